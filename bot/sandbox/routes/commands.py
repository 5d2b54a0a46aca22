"""Commands, global and of a guild."""

from typing import Any

from bot.sandbox import command_rules, payloads
from bot.sandbox.calls import NOTHING, Answer, Call, Table
from bot.sandbox.entities import Command
from bot.sandbox.errors import Refused

JSON = dict[str, Any]
table = Table()

FIELDS = (
    "name type description options nsfw dm_permission default_member_permissions contexts "
    "integration_types name_localizations description_localizations handler id"
)
GLOBAL = "/applications/{application_id}/commands"
GUILD = "/applications/{application_id}/guilds/{guild_id}/commands"


def _scope(call: Call) -> int | None:
    """The guild whose commands are meant; None: the global ones."""
    if call.id("application_id") != call.world.application.id:
        raise Refused(
            403, 20012, "You are not authorized to perform this action on this application"
        )
    return call.guild.id if "guild_id" in call.params else None


def _registered(call: Call) -> list[Command]:
    scope = _scope(call)
    commands = call.world.application.commands.values()
    return [command for command in commands if command.guild_id == scope]


def _shown(call: Call, command: Command) -> JSON:
    return payloads.command(command, call.world.application.id)


def _command(call: Call) -> Command:
    for command in _registered(call):
        if command.id == call.id("command_id"):
            return command
    raise Refused(404, 10063)


@table.route("GET", GLOBAL, query="with_localizations")
@table.route("GET", GUILD, query="with_localizations")
def list_commands(call: Call) -> Answer:
    return Answer(200, [_shown(call, command) for command in _registered(call)])


@table.route("PUT", GLOBAL, fields=FIELDS)
@table.route("PUT", GUILD, fields=FIELDS)
def overwrite_commands(call: Call) -> Answer:
    """Replace them all; a command keeps its id as long as it keeps its name."""
    command_rules.check(call.body)
    before = {(one.name, one.type): one for one in _registered(call)}
    held = call.world.application.commands
    for old in before.values():
        del held[old.id]
    return Answer(200, [_shown(call, _put(call, before, body)) for body in call.body])


@table.route("POST", GLOBAL, fields=FIELDS)
@table.route("POST", GUILD, fields=FIELDS)
def upsert_command(call: Call) -> Answer:
    command_rules.check([call.body])
    before = {(one.name, one.type): one for one in _registered(call)}
    new = (call.body["name"], call.body.get("type", 1)) not in before
    return Answer(201 if new else 200, _shown(call, _put(call, before, call.body)))


def _put(call: Call, before: dict[tuple[str, int], Command], body: JSON) -> Command:
    world = call.world
    old = before.get((body["name"], body.get("type", 1)))
    command_id = world.ids.next() if old is None else old.id
    command = Command(command_id, world.ids.next(), _scope(call), dict(body))
    world.application.commands[command_id] = command
    return command


@table.route("GET", GLOBAL + "/{command_id}")
@table.route("GET", GUILD + "/{command_id}")
def get_command(call: Call) -> Answer:
    return Answer(200, _shown(call, _command(call)))


@table.route("PATCH", GLOBAL + "/{command_id}", fields=FIELDS)
@table.route("PATCH", GUILD + "/{command_id}", fields=FIELDS)
def edit_command(call: Call) -> Answer:
    command = _command(call)
    command_rules.check([command.body | call.body])
    command.body |= call.body
    command.version = call.world.ids.next()
    return Answer(200, _shown(call, command))


@table.route("DELETE", GLOBAL + "/{command_id}")
@table.route("DELETE", GUILD + "/{command_id}")
def delete_command(call: Call) -> Answer:
    del call.world.application.commands[_command(call).id]
    return NOTHING
