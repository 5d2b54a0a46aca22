"""Channels themselves."""

from bot.sandbox import payloads
from bot.sandbox.calls import Answer, Call, Table
from bot.sandbox.permissions import Permission

table = Table()


@table.route("GET", "/channels/{channel_id}")
def get_channel(call: Call) -> Answer:
    if call.any_channel.guild_id is None:
        return Answer(200, payloads.dm_channel(call.any_channel))
    guild, channel = call.channel
    return Answer(200, guild.channel_payload(channel))


@table.route("DELETE", "/channels/{channel_id}")
def delete_channel(call: Call) -> Answer:
    guild, channel = call.channel
    call.need(guild, Permission.MANAGE_CHANNELS, channel)
    shown = guild.channel_payload(channel)
    guild.delete_channel(channel)
    return Answer(200, shown)
