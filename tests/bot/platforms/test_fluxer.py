"""What only Fluxer is asked, and what its answers become: through the real discord.py."""

from contextlib import suppress

import pytest

from bot.client import Usher
from bot.errors import NoAnswerError, RefusedError
from bot.platforms.fluxer_record import JOIN_SOURCES, Found, search
from bot.platforms.platform import InviteOrder
from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import Certainty, EndReason, InviteRecord, RecordMark, Source, Vanity
from tests.harness import WITH_RECORD, connected, decided, first_reading, until

SEARCH = "/guilds/{guild_id}/members-search"


@pytest.fixture
def platform() -> str:
    return "fluxer"


@pytest.fixture
async def primed(usher: Usher, guild: Guild) -> Usher:
    """The record has begun: the first question of a guild is answered with nothing."""
    with suppress(NoAnswerError):
        await usher.platform.record(guild.id, 1)
    await usher.platform.record(guild.id, 1)
    return usher


class TestRecord:
    async def test_first_answer_is_none(self, usher: Usher, sandbox: Sandbox, guild: Guild) -> None:
        """While the record is being made nothing is told, and it is asked again soon."""
        sandbox.index_delay = 3600
        guild.indexed_at = None

        with pytest.raises(NoAnswerError, match="being made") as told:
            await usher.platform.record(guild.id, 10)

        assert told.value.retry_after is None

    async def test_an_empty_record_is_none(
        self, primed: Usher, sandbox: Sandbox, guild: Guild
    ) -> None:
        """Whoever asks is a member, so that an empty list only says that there is no record."""
        sandbox.record_absent = True

        with pytest.raises(NoAnswerError, match="empty"):
            await primed.platform.record(guild.id, 10)

    async def test_names_how_somebody_came(
        self, primed: Usher, sandbox: Sandbox, guild: Guild
    ) -> None:
        """The newest members with their source, their code and who invited them."""
        invite = guild.add_invite(guild.channel("general"), by=guild.owner)
        member = await sandbox.join(invite.code)

        page = await primed.platform.record(guild.id, 10)

        told = next(one for one in page.members if one.membership.member_id == member.id)
        assert told.confirmation is not None
        assert (Source.INVITE, invite.code) == (told.confirmation.source, told.confirmation.code)
        assert guild.owner.id == told.confirmation.inviter_id
        assert int(member.joined_at) * 1000 == told.membership.joined_at

    @pytest.mark.parametrize("oldest_first", [False, True])
    @pytest.mark.parametrize("every", [0.0, 0.3, 5.0])
    async def test_has_pages(
        self, primed: Usher, guild: Guild, oldest_first: bool, every: float
    ) -> None:
        """Everybody is told once, also of hundreds who came in the same second."""
        guild.populate(350, every=every)
        told: list[int] = []
        mark, pages = None, 0

        while pages < 40:
            page = await primed.platform.record(
                guild.id, 1000, after=mark, oldest_first=oldest_first
            )
            assert len(guild.members) == page.total
            if page.mark is None:
                break
            mark, pages = page.mark, pages + 1
            told += [member.membership.member_id for member in page.members]

        assert len(told) == len(set(told))
        assert set(guild.members) == set(told)
        assert pages <= 8

    async def test_goes_on_without_who_left(
        self, primed: Usher, sandbox: Sandbox, guild: Guild
    ) -> None:
        """If the last of a page has left, those of its second are told again: nobody is lost."""
        guild.populate(250, every=0.0)
        first = await primed.platform.record(guild.id, 100, oldest_first=True)
        assert first.mark is not None
        await sandbox.leave(guild.members[first.mark.member_id])

        rest = await primed.platform.record(guild.id, 100, after=first.mark, oldest_first=True)

        told = {one.membership.member_id for one in (*first.members, *rest.members)}
        assert set(guild.members) <= told

    @pytest.mark.parametrize(
        ("fault", "again"),
        [
            ({"status": 403, "code": "MISSING_PERMISSIONS"}, True),
            ({"status": 503}, False),
            ({"status": 200, "body": '{"members": [{}]}'}, False),
            ({"status": 200, "body": "[]"}, False),
        ],
        ids=str,
    )
    async def test_that_does_not_answer(
        self, primed: Usher, sandbox: Sandbox, guild: Guild, fault: dict[str, object], again: bool
    ) -> None:
        """A refusal is remembered for a good while; anything else is asked again soon."""
        sandbox.fail("POST", "/guilds/*/members-search", times=None, **fault)

        with pytest.raises(NoAnswerError) as told:
            await primed.platform.record(guild.id, 10)

        assert again is (told.value.retry_after is not None)

    @pytest.mark.parametrize("number", [0, 1, 2, 3, 4, 5, 6, 77])
    def test_numbers_of_sources(self, number: int) -> None:
        """Its own numbering; a number that nobody knows is some other way, and kept."""
        how = {"join_source_type": number, "source_invite_code": "abc", "inviter_id": "9"}
        entry = {"user_id": "5", "joined_at": 7, "is_bot": False, "supplemental": how}
        [member] = Found.model_validate({"members": [entry]}).members
        told = member.member().confirmation

        assert told is not None
        assert (JOIN_SOURCES.get(number, Source.OTHER), number) == (told.source, told.raw_source)
        assert (("abc", 9) if number == 1 else (None, None)) == (told.code, told.inviter_id)

    def test_without_permission_nothing_is_told(self) -> None:
        """Null is not a source: who may not manage the server is told nothing."""
        how = {"join_source_type": None, "source_invite_code": None, "inviter_id": None}
        entry = {"user_id": "5", "joined_at": 7, "is_bot": False, "supplemental": how}
        [member] = Found.model_validate({"members": [entry]}).members

        assert member.member().confirmation is None

    def test_every_field_of_a_search(self) -> None:
        """At most a hundred, from the second in which the last page ended."""
        asked = search(1000, RecordMark(5, 7_999), 100, oldest_first=True)

        assert {
            "limit": 100,
            "offset": 100,
            "sort_by": "joinedAt",
            "sort_order": "asc",
            "joined_at_gte": 7,
        } == asked


class TestInvites:
    async def test_every_field_of_an_order(self, usher: Usher, guild: Guild) -> None:
        """What was ordered is what the platform made."""
        order = InviteOrder(
            channel_id=guild.channel("general").id, max_age=3600, max_uses=7, temporary=True
        )

        invite = await usher.platform.create_invite(order, "because")

        assert (3600, 7, True) == (invite.max_age, invite.max_uses, invite.temporary)
        assert guild.id == invite.guild_id

    @pytest.mark.parametrize(
        ("fault", "said"),
        [
            ({"status": 200, "body": "{}"}, "Fluxer gave an answer that I cannot read"),
            ({"status": 403, "code": "MISSING_PERMISSIONS"}, "Fluxer says that I lack"),
            ({"status": 400, "code": "MAX_INVITES"}, "Fluxer's limit of 1000 invites"),
            ({"status": 404, "code": "UNKNOWN_CHANNEL"}, "channel does not exist any more"),
            ({"status": 503}, "Fluxer has a fault of its own"),
            ({"drop": True}, "Fluxer did not answer"),
        ],
        ids=str,
    )
    async def test_refused_orders(
        self, usher: Usher, sandbox: Sandbox, guild: Guild, fault: dict[str, object], said: str
    ) -> None:
        """An order that fails says why, and names the platform that it failed on."""
        sandbox.fail("POST", "/channels/*/invites", times=None, **fault)

        with pytest.raises(RefusedError, match=said):
            await usher.platform.create_invite(
                InviteOrder(channel_id=guild.channel("general").id), "because"
            )

    async def test_the_vanity_has_a_counter_of_its_own(
        self, ledger: Ledger, sandbox: Sandbox
    ) -> None:
        """The list is without it."""
        guild = sandbox.add_guild("Harbour", features=("VANITY_URL",), vanity="harbour")
        async with connected(ledger, sandbox) as usher:
            await sandbox.join("harbour")
            listing = await usher.platform.list_invites(guild.id)

        assert Vanity("harbour", 1) == listing.reading.vanity
        assert {} == listing.invites

    async def test_links_of_an_instance(self, ledger: Ledger) -> None:
        """An instance has links of its own, which are understood beside the public ones."""
        usher = Usher(
            ledger, extension_names=(), platform="fluxer", links="https://chat.example.org/invite/"
        )
        platform = usher.platform

        assert "https://chat.example.org/invite/abc123" == platform.link("abc123")
        assert "abc123" == platform.code("https://chat.example.org/invite/abc123")
        assert "abc123" == platform.code("fluxer.gg/abc123")
        assert platform.code("https://chat.example.org/abc123") is None


class TestTracking:
    """The whole bot: what happens in a guild, and what the ledger says of it."""

    async def test_a_join_is_named_by_the_record(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild
    ) -> None:
        """Two at once by two invites: no counter tells them apart, and the record does."""
        general = guild.channel("general")
        codes = [guild.add_invite(general, by=guild.owner, uses=3).code for _ in range(2)]
        async with connected(ledger, sandbox, patience=WITH_RECORD) as usher:
            await first_reading(ledger, guild)
            for _ in range(2):
                with suppress(NoAnswerError):
                    await usher.platform.record(guild.id, 1)
            members = [await sandbox.join(code) for code in codes]

            async def confirmed() -> bool:
                joins, _ = await ledger.joins(guild.id, limit=2)
                return {Certainty.CONFIRMED} == {join.certainty for join in joins}

            await until(confirmed)
            joins, _ = await ledger.joins(guild.id, limit=2)

        assert {(one.member_id, one.code) for one in joins} == {
            (member.id, code) for member, code in zip(members, codes, strict=True)
        }

    @pytest.mark.usefixtures("usher")
    async def test_a_leave_is_written_down(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild
    ) -> None:
        """Though the event has nothing but an id."""
        await first_reading(ledger, guild)
        member = await sandbox.enter(guild)
        await decided(ledger, guild, 1)
        await sandbox.leave(member)

        async def left() -> bool:
            [join], _ = await ledger.joins(guild.id, limit=1)
            return join.left_at is not None

        await until(left)

    @pytest.mark.usefixtures("usher")
    async def test_invites_are_followed(self, ledger: Ledger, guild: Guild) -> None:
        """Made by hand and revoked by hand: both are written down, with who did it."""
        await first_reading(ledger, guild)
        moderator = guild.add_member("moderator")
        invite = guild.create_invite(guild.channel("general"), by=moderator, max_uses=5)

        async def known() -> InviteRecord | None:
            return await ledger.invite(guild.id, invite.code)

        made = await until(known)
        assert (moderator.id, 5) == (made.invite.inviter_id, made.invite.max_uses)
        assert guild.channel("general").id == made.invite.channel_id
        guild.revoke_invite(invite.code, by=moderator)

        async def ended() -> InviteRecord | None:
            record = await ledger.invite(guild.id, invite.code)
            return record if record is not None and record.ended_by is not None else None

        record = await until(ended)
        assert (EndReason.REVOKED, moderator.id) == (record.end_reason, record.ended_by)

    async def test_a_restart_finds_what_it_missed(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild
    ) -> None:
        """Who came while Usher was away is found when the guild is there again."""
        async with connected(ledger, sandbox):
            await first_reading(ledger, guild)
        missed = await sandbox.enter(guild)
        async with connected(ledger, sandbox):
            [join] = await decided(ledger, guild, 1)

        assert missed.id == join.member_id
