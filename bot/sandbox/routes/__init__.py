"""All routes, a table to each subject."""

from bot.sandbox.routes import (
    channels,
    commands,
    guilds,
    interactions,
    invites,
    members,
    messages,
    record,
    users,
)

ROUTES = [
    route
    for subject in (
        users,
        guilds,
        members,
        record,
        channels,
        messages,
        invites,
        commands,
        interactions,
    )
    for route in subject.table.routes
]
