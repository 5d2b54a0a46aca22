"""Channels themselves."""

from bot.sandbox.calls import NOTHING, Answer, Table
from bot.sandbox.fluxer import payloads
from bot.sandbox.fluxer.calls import FluxerCall
from bot.sandbox.permissions import Permission

table = Table()


@table.route("GET", "/channels/{channel_id}")
def get_channel(call: FluxerCall) -> Answer:
    if call.any_channel.guild_id is None:
        return Answer(200, payloads.private_channel(call.any_channel, call.who))
    _, channel = call.channel
    return Answer(200, payloads.channel(channel))


@table.route("DELETE", "/channels/{channel_id}")
def delete_channel(call: FluxerCall) -> Answer:
    guild, channel = call.channel
    call.need(guild, Permission.MANAGE_CHANNELS, channel)
    guild.delete_channel(channel)
    return NOTHING
