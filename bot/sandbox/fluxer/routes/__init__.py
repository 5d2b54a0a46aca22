"""All of Fluxer's routes that a bot like ours meets, a table to each subject."""

from bot.sandbox.fluxer.routes import (
    absent,
    channels,
    guilds,
    instance,
    invites,
    members,
    messages,
    packs,
    reactions,
    users,
    vanity,
)

ROUTES = [
    route
    for subject in (
        users,
        guilds,
        vanity,
        members,
        channels,
        messages,
        reactions,
        invites,
        packs,
        instance,
        absent,
    )
    for route in subject.table.routes
]
