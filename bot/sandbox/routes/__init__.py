"""All routes, a table to each subject."""

from bot.sandbox.routes import (
    channels,
    commands,
    guilds,
    interactions,
    invites,
    members,
    messages,
    users,
)

ROUTES = [
    route
    for subject in (users, guilds, members, channels, messages, invites, commands, interactions)
    for route in subject.table.routes
]
