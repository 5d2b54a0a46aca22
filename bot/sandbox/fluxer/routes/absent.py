"""Routes that Discord has and Fluxer is known not to have: met, they are no gap of ours."""

from bot.sandbox.calls import Answer, Table
from bot.sandbox.fluxer.calls import FluxerCall
from bot.sandbox.fluxer.errors import refused

table = Table()


@table.route("GET", "/gateway", authorised=False)
@table.route("GET", "/applications/{application_id}/commands")
@table.route("POST", "/applications/{application_id}/commands")
@table.route("PUT", "/applications/{application_id}/commands")
@table.route("GET", "/applications/{application_id}/guilds/{guild_id}/commands")
@table.route("PUT", "/applications/{application_id}/guilds/{guild_id}/commands")
@table.route("POST", "/interactions/{interaction_id}/{token}/callback", authorised=False)
def nothing(_call: FluxerCall) -> Answer:
    raise refused("NOT_FOUND")
