import asyncio

from bot.jobs import Jobs


async def test_jobs_end_with_their_owner() -> None:
    """Whatever still runs when the owner leaves is cancelled, and waited for."""
    ended: list[str] = []

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("work")

    async with Jobs() as jobs:
        jobs.start(work())
        await asyncio.sleep(0)

    assert ["work"] == ended


async def test_a_job_that_comes_too_late_is_dropped() -> None:
    """What is started while everything ends never runs, and nobody is warned of it."""
    ran: list[str] = []

    async def work() -> None:
        ran.append("work")

    async with Jobs() as jobs:
        pass
    jobs.start(work())
    await asyncio.sleep(0)

    assert [] == ran
