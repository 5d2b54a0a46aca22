"""A day in a guild, as people would live it."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from rich.console import Console

from bot.attribution import Lags
from bot.client import Usher
from bot.demo import stage
from bot.demo.hands import Hands, Slash, Text
from bot.demo.transcript import WIDTH, Transcript
from bot.patience import Pace, Patience
from bot.platforms import internals
from bot.sandbox import Permission, Reply, Sandbox
from bot.sandbox.entities import Channel, Member
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import Certainty, EndReason

LAGS = Lags(event=0.3, counter=0.1)
"""The embedded platform tells everything at once; a real one needs the defaults."""

PATIENCE = Patience(
    unmet=(0.1, 0.2),
    record=(0.5,),
    expiry=0.2,
    pace=Pace(look=0.1, verdict=0.6, say=0.3, edit=0.3),
)

_MODERATOR = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.CREATE_INSTANT_INVITE
    | Permission.MANAGE_GUILD
)
"""Of the moderators of this guild."""

A_DAY = 86_400.0

LONGEST_WAIT = 10.0
"""Seconds for anything that the story waits for."""


async def play(path: Path, extension_names: Sequence[str], platform: str) -> None:
    """Play the story on a fresh ledger at `path` and print what moderators see."""
    await stage.cleared(path)
    async with Sandbox(platform=platform) as sandbox, Ledger.open(path) as ledger:
        await ledger.set_meta(stage.MADE_BY, stage.DEMO)
        internals.use_endpoints(sandbox.api_base, sandbox.gateway_url)
        guild = sandbox.add_guild("Harbour", features=("VANITY_URL",), vanity="harbour")
        async with _connected(ledger, sandbox, extension_names):
            await Story(sandbox, ledger, guild).tell(path)


FAREWELL = """
The ledger of this story is {path}. Look into it:
    USHER_LEDGER={path} {usher} export joins --guild {guild_id} --format csv
Run on a real server (README.md says step by step how to get a token):
    put the line USHER_TOKEN=… into a file named .env, then: {usher} run
"""


@asynccontextmanager
async def _connected(
    ledger: Ledger, sandbox: Sandbox, extension_names: Sequence[str]
) -> AsyncIterator[None]:
    bot = Usher(
        ledger,
        extension_names=extension_names,
        platform=sandbox.platform,
        lags=LAGS,
        patience=PATIENCE,
        guild_ready_timeout=0.1,
    )
    async with bot, asyncio.TaskGroup() as group:
        group.create_task(bot.start(sandbox.token))
        async with asyncio.timeout(LONGEST_WAIT):
            await bot.wait_for("ready")
        yield
        await bot.close()


class Story:
    """The cast, and one method per scene in the order of the day."""

    def __init__(self, sandbox: Sandbox, ledger: Ledger, guild: Guild) -> None:
        self.sandbox = sandbox
        self.ledger = ledger
        self.guild = guild
        self.general: Channel = guild.channel("general")
        moderators = guild.add_role("Moderators", permissions=int(_MODERATOR), position=1)
        self.moderator: Member = guild.add_member("moderator", roles=[moderators])
        self.helper: Member = guild.add_member("helper")
        self.partner: Member = guild.add_member("partner")
        self.log: Channel = guild.add_channel("join-log")
        self.hands: Hands = Text(sandbox)
        if sandbox.platform == "discord":
            self.hands = Slash(sandbox)
            # An administrator lets everybody see /invite; Usher still asks what each may do.
            guild.allow_command("invite", guild.role("@everyone"))
        console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)
        self.say = Transcript(console, self._name, self.hands.private)
        self.codes: dict[str, str] = {}
        sandbox.record_lag = A_DAY  # the record speaks when the story says so

    async def tell(self, path: Path) -> None:
        await self._read()
        await self._create()
        await self._arrive()
        await self._end()
        await self._correct()
        await self._explain()
        await self._log()
        await self._refuse()
        self.say.plain(FAREWELL.format(path=path, usher=_usher(), guild_id=self.guild.id))

    async def _create(self) -> None:
        self.say.title("A moderator chooses a log channel, and creates invites")
        await self._ask(self.moderator, "settings log", channel=self.log)
        await self._made("website", max_age="never", reason="For the website")
        await self._made("speaker", max_uses=1, max_age="1 day", on_behalf=self.partner)
        await self._made("launch", max_age="4s", campaign="launch day")
        await self._ask(self.moderator, "invite list")
        await self._ask(self.moderator, "invite show", code=self.codes["launch"])

    async def _made(self, name: str, **options: object) -> None:
        before = set(self.guild.invites)
        await self._ask(self.moderator, "invite create", **options)
        [self.codes[name]] = set(self.guild.invites) - before

    async def _arrive(self) -> None:
        self.say.title("People come, leave, and come back")
        self.say.tell("Somebody comes by the link on the website, all alone.")
        self.first = await self._join("website", "newcomer")
        await self._decided()
        self.say.tell("Six people come by it in one breath.")
        for number in range(1, 7):
            await self._join("website", f"crew-{number}")
        await self._decided()
        self.say.tell("Two people come at the same moment, by two different links.")
        self.twin = await self._join("launch", "twin-1")
        await self._join("website", "twin-2")
        await self._decided()
        self.say.tell("The speaker comes by the one-use invite, which ends with that.")
        await self._join("speaker", "speaker")
        await self._decided()
        self.say.tell("Somebody comes by the vanity URL, and somebody finds the server by itself.")
        await self.sandbox.join("harbour", "regular")
        await self._decided()
        self.explorer = await self.sandbox.enter(self.guild, "explorer", source="discovery")
        await self._decided()
        self.say.tell("The newcomer leaves, and comes back an hour later (in this story, at once).")
        await self.sandbox.leave(self.first)
        await self.sandbox.rejoin(self.first.user, self.codes["website"])
        await self._decided()
        await self._ask(self.moderator, "joins recent")

    async def _end(self) -> None:
        self.say.title("Invites end")
        spare = self.guild.create_invite(self.general, by=self.helper)
        self.say.tell("The helper made an invite by hand. The moderator does not want it.")
        await self._until(lambda: self._known(spare.code))
        asked = await self._ask(
            self.moderator, "invite revoke", code=spare.code, reason="Not agreed on"
        )
        self.say.command("moderator", self.hands.pressing(asked, "Revoke"))
        self.say.reply(await self.hands.press(self.moderator, asked, "Revoke"))
        self.say.tell("Meanwhile the launch invite has expired; the platform never says so.")
        await self._until(self._launch_over)
        await self._ask(self.moderator, "invite list", state="ended")
        await self._ask(self.moderator, "invite show", code=spare.code)

    async def _correct(self) -> None:
        self.say.title("A moderator knows better")
        note = "A moderator of another server let them in"
        await self._ask(
            self.moderator, "joins correct", member=self.explorer, source="manual", note=note
        )

    async def _explain(self) -> None:
        self.say.title("Who came how, how sure that is, and why")
        await self._ask(self.moderator, "joins who", member=self.first)
        await self._ask(self.moderator, "joins who", member=self.twin)
        self.say.tell("The platform's own record has caught up, and Usher has asked it.")
        self.sandbox.record_lag = 0
        await self._until(self._twin_is_confirmed)
        await self._ask(self.moderator, "joins who", member=self.twin)
        await self._ask(self.moderator, "joins accuracy")

    async def _log(self) -> None:
        self.say.title("What the log channel says by now")
        self.say.tell("Each line was written once, and changed when its verdict improved.")
        await self._until(self._all_told)
        for message in self.sandbox.messages(self.log):
            self.say.message(f"#{self.log.name}", message.content)

    async def _refuse(self) -> None:
        self.say.title("What is not possible is said plainly")
        await self._ask(self.helper, "invite revoke", code=self.codes["website"])
        await self._ask(self.moderator, "invite create", max_age="soon")
        await self._ask(self.moderator, "invite show", code="no-such-code")

    async def _ask(self, member: Member, command: str, /, **options: object) -> Reply:
        self.say.command(member.name, self.hands.typed(command, options))
        reply = await self.hands.give(member, self.general, command, options)
        self.say.reply(reply)
        return reply

    async def _join(self, name: str, who: str) -> Member:
        return await self.sandbox.join(self.codes[name], who)

    async def _read(self) -> None:
        await self._until(self._has_baseline)

    async def _decided(self) -> None:
        await asyncio.sleep(LAGS.event)  # until the event is surely there
        await self._until(self._nothing_pending)

    async def _has_baseline(self) -> bool:
        return await self.ledger.baseline(self.guild.id) is not None

    async def _nothing_pending(self) -> bool:
        _, pending = await self.ledger.joins(self.guild.id, certainty=Certainty.PENDING)
        return not pending

    async def _all_told(self) -> bool:
        return not await self.ledger.guilds_to_tell()

    async def _known(self, code: str) -> bool:
        return await self.ledger.invite(self.guild.id, code) is not None

    async def _twin_is_confirmed(self) -> bool:
        [join] = await self.ledger.joins_of(self.guild.id, self.twin.user.id)
        return join.certainty is Certainty.CONFIRMED

    async def _launch_over(self) -> bool:
        record = await self.ledger.invite(self.guild.id, self.codes["launch"])
        return record is not None and record.end_reason is EndReason.EXPIRED

    async def _until(self, ask: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(LONGEST_WAIT):
            while not await ask():  # noqa: ASYNC110 - facts in a file announce nothing
                await asyncio.sleep(0.02)

    def _name(self, kind: str, number: int) -> str:
        """How a client shows a mention."""
        if kind == "#":
            return next((f"#{c.name}" for c in self.guild.channels if c.id == number), "#gone")
        member = self.guild.members.get(number)
        return f"@{member.name}" if member else "@somebody"


def _usher() -> str:
    """How to call Usher from where the reader stands."""
    here = Path(".venv/bin/usher")
    return str(here) if here.exists() else "usher"
