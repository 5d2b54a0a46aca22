"""Messages of a channel read page by page, and how often that may be asked for."""

import discord
import pytest

from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from tests.sandbox.clients import MESSAGES, Clock, Recorder, Rest


class TestPages:
    @pytest.fixture
    async def written(self, sandbox: Sandbox, guild: Guild, clock: Clock) -> list[int]:
        """Ids of nine messages, oldest first."""
        said = []
        for number in range(9):
            clock.time += 1
            said.append(await sandbox.say(guild.owner, guild.channel("general"), str(number)))
        return [message.id for message in said]

    @pytest.mark.parametrize(
        ("query", "texts"),
        [
            pytest.param("limit=2", "87", id="newest"),
            pytest.param("", "876543210", id="all"),
            pytest.param("before={4}&limit=2", "32", id="before"),
            pytest.param("after={4}&limit=2", "65", id="after"),
            pytest.param("around={4}&limit=3", "543", id="around"),
            pytest.param("around={4}&limit=4", "5432", id="around, uneven"),
            pytest.param("around={4}&limit=1", "4", id="around, itself"),
            pytest.param("around={0}&limit=4", "10", id="around the first"),
            pytest.param("before={0}", "", id="before the first"),
            pytest.param("after={8}", "", id="after the last"),
        ],
    )
    async def test_pages(
        self, rest: Rest, path: str, written: list[int], query: str, texts: str
    ) -> None:
        """A page holds what is next to a message, newest first."""
        found = await rest("GET", f"{path}?{query.format(*written)}")

        numbers = [written.index(int(one["id"])) for one in found.body]
        assert texts == "".join(map(str, numbers))

    @pytest.mark.parametrize("query", ["limit=0", "limit=101", "before=x", "before=5&after=6"])
    async def test_bad_pages(self, rest: Rest, path: str, query: str) -> None:
        """Pages that cannot be are refused."""
        assert (400, 50035) == (await rest("GET", f"{path}?{query}")).refusal

    async def test_the_client_reads_around(self, client: Recorder, written: list[int]) -> None:
        """The real client finds what was written around a message, and since."""
        place = client.guilds[0].text_channels[0]
        middle = discord.Object(written[4])

        around = [one.id async for one in place.history(around=middle, limit=3)]
        since = [one.id async for one in place.history(after=middle)]

        assert written[3:6] == sorted(around)
        assert written[5:] == since


class TestRateLimit:
    async def test_five_in_five_seconds(self, rest: Rest, guild: Guild) -> None:
        """The sixth message in a channel within five seconds has to wait; others have room."""
        other = guild.add_channel("other")
        path = f"/channels/{guild.channel('general').id}/messages"

        sent = [await rest("POST", path, json={"content": "x"}) for _ in range(6)]
        elsewhere = await rest("POST", f"/channels/{other.id}/messages", json={"content": "x"})
        read = await rest("GET", path)

        assert [200] * 5 + [429] == [one.status for one in sent]
        headers = sent[0].headers
        assert ("5", "4") == (headers["X-RateLimit-Limit"], headers["X-RateLimit-Remaining"])
        assert 4 < float(headers["X-RateLimit-Reset-After"]) <= 5
        assert 0 < sent[5].body["retry_after"] <= 5
        assert [200, 200] == [elsewhere.status, read.status]
        assert headers["X-RateLimit-Bucket"] == elsewhere.headers["X-RateLimit-Bucket"]

    async def test_edits_have_a_bucket_of_their_own(self, rest: Rest, guild: Guild) -> None:
        """Edits in a channel share a bucket, whichever message they change; deletions another."""
        path = f"/channels/{guild.channel('general').id}/messages"
        made = [(await rest("POST", path, json={"content": "x"})).body["id"] for _ in range(2)]
        body = {"content": "y"}

        edits = [
            (await rest("PATCH", f"{path}/{made[turn % 2]}", json=body)).status for turn in range(6)
        ]

        assert [200] * 5 + [429] == edits
        assert 204 == (await rest("DELETE", f"{path}/{made[0]}")).status

    async def test_the_limit_is_a_switch(
        self, sandbox: Sandbox, client: Recorder, guild: Guild
    ) -> None:
        """A test may widen the limit, and the real client then never waits."""
        sandbox.rate_limit(MESSAGES, 100, 5.0)
        place = client.guilds[0].text_channels[0]

        for number in range(20):
            await place.send(str(number))

        assert 20 == sandbox.count("POST", MESSAGES) == len(sandbox.messages(guild.channels[0]))
