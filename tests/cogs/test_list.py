"""`/invite list`: what is on it, in which order, and the buttons under it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.client import Usher
from bot.sandbox import NotOffered, Sandbox
from bot.sandbox.entities import Channel, Member
from bot.sandbox.guild import Guild
from bot.sandbox.replies import Reply
from data.ledger import Ledger
from tests.harness import connected, decided, on_both, until
from tests.moderators import labels, named, press, slash_only, use

pytestmark = on_both


def codes(reply: Reply) -> list[str]:
    """The codes on a page, in their order."""
    lines = reply.embeds[0]["description"].splitlines()
    return [line.split("`")[1] for line in lines if line.startswith("`")]


@pytest.fixture
async def listed(sandbox: Sandbox, moderator: Member, general: Channel, usher: Usher) -> Any:
    """Ask for a list with options."""
    del usher

    async def ask(**options: Any) -> Reply:
        return await use(sandbox, moderator, general, "invite list", **options)

    return ask


async def test_a_list_has_the_live_invites_with_their_totals(
    sandbox: Sandbox, guild: Guild, moderator: Member, general: Channel, listed: Any
) -> None:
    """Without options there are the live invites, newest first, and how many there are."""
    for uses in (1, 2):
        await use(sandbox, moderator, general, "invite create", max_uses=uses)
    one, two = guild.invites

    reply = await listed()

    assert [two, one] == codes(reply)
    assert "Live invites: 2" in reply.text
    assert reply.ephemeral
    assert not labels(reply)


async def test_an_empty_list_says_how_to_make_an_invite(sandbox: Sandbox, listed: Any) -> None:
    """Where there are no invites the list says which command makes one."""
    assert named(sandbox, "invite create") in (await listed()).text


async def test_an_expired_invite_is_not_live_even_if_nobody_said_so(
    sandbox: Sandbox, ledger: Ledger, guild: Guild, moderator: Member, general: Channel, listed: Any
) -> None:
    """The platform is silent about expiry; the list is not."""
    await use(sandbox, moderator, general, "invite create", max_age="1s")
    [code] = guild.invites

    async def over() -> bool:
        record = await ledger.invite(guild.id, code)
        return record is not None and record.ended(datetime.now(UTC))

    await until(over)

    assert "Live invites: 0" in (await listed()).text
    assert "**expired**" in (await listed(state="ended")).text


class TestFilters:
    """Options of the list."""

    @pytest.fixture(autouse=True)
    async def invites(
        self, sandbox: Sandbox, guild: Guild, moderator: Member, general: Channel, usher: Usher
    ) -> list[str]:
        """One invite per campaign and channel, the first on behalf of a partner."""
        del usher
        hall = guild.add_channel("hall")
        partner = guild.add_member("partner")
        await use(
            sandbox, moderator, general, "invite create", campaign="fair: a", on_behalf=partner
        )
        await use(sandbox, moderator, general, "invite create", channel=hall, max_age="1h")
        return list(guild.invites)

    async def test_by_campaign(self, listed: Any, invites: list[str]) -> None:
        """Only the invites of one campaign."""
        assert invites[:1] == codes(await listed(campaign="fair: a"))

    async def test_by_channel(self, guild: Guild, listed: Any, invites: list[str]) -> None:
        """Only the invites that lead to one channel."""
        assert invites[1:] == codes(await listed(channel=guild.channel("hall")))

    async def test_by_inviter(self, guild: Guild, listed: Any, invites: list[str]) -> None:
        """Only the invites that somebody made, or that were made on their behalf."""
        partner = next(member for member in guild.members.values() if member.name == "partner")

        assert invites[:1] == codes(await listed(inviter=partner))

    async def test_expiring_soonest(self, listed: Any, invites: list[str]) -> None:
        """What expires soonest comes first, what never does last."""
        assert invites[::-1] == codes(await listed(sort="expiring soonest"))

    async def test_most_used(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, listed: Any, invites: list[str]
    ) -> None:
        """What was used most comes first."""
        await sandbox.join(invites[0])
        await decided(ledger, guild, 1)

        assert invites == codes(await listed(sort="most used"))

    async def test_least_used(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, listed: Any, invites: list[str]
    ) -> None:
        """What nobody needs comes first, however old it is."""
        await sandbox.join(invites[0])
        await decided(ledger, guild, 1)

        reply = await listed(sort="least used")

        assert invites[::-1] == codes(reply)
        assert "least used first" in reply.text

    async def test_oldest(self, listed: Any, invites: list[str]) -> None:
        """What was made first comes first."""
        assert invites == codes(await listed(sort="oldest"))

    async def test_capitals_do_not_matter_in_a_campaign(
        self, listed: Any, invites: list[str]
    ) -> None:
        """A campaign is found in whatever letters somebody types it."""
        assert invites[:1] == codes(await listed(campaign="FAIR: A"))

    async def test_a_campaign_that_is_none_leads_to_one_that_is(
        self, listed: Any, invites: list[str]
    ) -> None:
        """Whoever mistypes a campaign is told that there is none, and which they may mean."""
        del invites

        reply = await listed(campaign="fare: a")

        assert "There is no campaign fare: a. Did you mean fair: a?" in reply.text

    async def test_nothing_fits(self, listed: Any) -> None:
        """Where no invite fits the options, the list says what else to try."""
        reply = await listed(campaign="fair: a", state="ended")

        assert "None fits" in reply.text
        assert "state: all" in reply.text

    @slash_only
    async def test_only_offered_states(self, listed: Any) -> None:
        """A state that does not exist cannot be asked for."""
        with pytest.raises(NotOffered):
            await listed(state="dead")


async def test_listing_needs_manage_server(
    sandbox: Sandbox, usher: Usher, stranger: Member, general: Channel
) -> None:
    """Whoever may not see the server's invites on the platform does not see them here."""
    del usher

    reply = await use(sandbox, stranger, general, "invite list")

    assert "You need **Manage Server**." == reply.text


class TestPages:
    """Buttons that turn pages."""

    @pytest.fixture
    async def first(self, guild: Guild, moderator: Member, listed: Any, seen: Any) -> Reply:
        """The first page of 23 invites."""
        for _ in range(23):
            guild.create_invite(guild.channel("general"), by=moderator)
        await seen(23)
        page: Reply = await listed()
        assert "Live invites: 23" in page.text
        return page

    async def test_pages_turn_both_ways(
        self, sandbox: Sandbox, guild: Guild, moderator: Member, first: Reply
    ) -> None:
        """Next and Previous show every invite once, in place of the page before."""
        second = await press(sandbox, moderator, first, "Next")
        third = await press(sandbox, moderator, second, "Next")
        seen = [*codes(first), *codes(second), *codes(third)]
        back = await press(sandbox, moderator, third, "Previous")

        assert sorted(guild.invites) == sorted(seen)
        assert codes(second) == codes(back)
        assert third.message is first.message

    async def test_there_is_no_button_to_nowhere(
        self, sandbox: Sandbox, moderator: Member, first: Reply
    ) -> None:
        """The first page has no way back, the last none on, and no two lead to the same."""
        second = await press(sandbox, moderator, first, "Next")
        third = await press(sandbox, moderator, second, "Next")

        offered = [labels(page) for page in (first, second, third)]
        assert [["Next", "Last"], ["Previous", "Next"], ["First", "Previous"]] == offered

    async def test_the_ends_are_one_press_away(
        self, sandbox: Sandbox, moderator: Member, first: Reply
    ) -> None:
        """Last leads to the last page and First to the first, however many are between."""
        last = await press(sandbox, moderator, first, "Last")
        back = await press(sandbox, moderator, last, "First")

        assert "Page 3 of 3" in last.text
        assert codes(first) == codes(back)

    async def test_the_middle_has_every_way(
        self, sandbox: Sandbox, guild: Guild, moderator: Member, first: Reply, seen: Any
    ) -> None:
        """Where every way leads somewhere else there are four."""
        for _ in range(20):
            guild.create_invite(guild.channel("general"), by=moderator)
        await seen(43)
        second = await press(sandbox, moderator, first, "Next")

        third = await press(sandbox, moderator, second, "Next")

        assert ["First", "Previous", "Next", "Last"] == labels(third)
        assert len(third.components) <= 1

    async def test_a_page_that_is_gone_leads_to_the_first(
        self, sandbox: Sandbox, guild: Guild, moderator: Member, first: Reply, seen: Any
    ) -> None:
        """When the invites of a page have gone meanwhile, the first page is shown."""
        second = await press(sandbox, moderator, first, "Next")
        for code in codes(first) + codes(second):
            guild.revoke_invite(code, by=moderator)
        await seen(3)

        page = await press(sandbox, moderator, second, "Next")

        assert "Page 1 of 1" in page.text
        assert 3 == len(codes(page))

    @slash_only
    async def test_a_page_obeys_only_its_owner(
        self, sandbox: Sandbox, guild: Guild, first: Reply
    ) -> None:
        """Even where others see a list, only who asked for it can turn its pages."""
        assert first.message is not None
        first.message.ephemeral = False

        reply = await press(sandbox, guild.owner, first, "Next")

        assert "belongs to whoever used the command" in reply.text

    async def test_the_permission_is_checked_at_every_press(
        self, sandbox: Sandbox, guild: Guild, moderator: Member, first: Reply
    ) -> None:
        """Whoever lost Manage Server turns no more pages."""
        guild.set_roles(moderator, [])

        reply = await press(sandbox, moderator, first, "Next")

        assert reply.text.startswith("You need **Manage Server**.")
        assert reply.ephemeral


async def test_buttons_work_after_a_restart(
    sandbox: Sandbox,
    ledger: Ledger,
    guild: Guild,
    moderator: Member,
    general: Channel,
    seen: Any,
) -> None:
    """A page sent before a restart turns after it."""
    async with connected(ledger, sandbox):
        for _ in range(21):
            guild.create_invite(general, by=moderator)
        await seen(21)
        first = await use(sandbox, moderator, general, "invite list", sort="least used")

    async with connected(ledger, sandbox):
        third = await press(sandbox, moderator, first, "Last")
        second = await press(sandbox, moderator, third, "Previous")

    assert "Page 3 of 3 · least used first" in third.text
    assert "Page 2 of 3 · least used first" in second.text


@slash_only
async def test_a_stale_button_says_so(
    sandbox: Sandbox, guild: Guild, moderator: Member, listed: Any, seen: Any
) -> None:
    """A button of another version of Usher tells to use the command again."""
    for _ in range(11):
        guild.create_invite(guild.channel("general"), by=moderator)
    await seen(11)
    page: Reply = await listed()
    assert page.message is not None
    page.message.body["components"][0]["components"][0]["custom_id"] = "il:of-old"

    reply = await press(sandbox, moderator, page, "Next")

    assert "from an older Usher. Use `/invite list` again." in reply.text
