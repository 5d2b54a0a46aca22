"""What people touch: commands, buttons and menus. Thin: values in, one call, one reply."""

EXTENSIONS = (
    "cogs.tracking",
    "cogs.invites",
    "cogs.joins",
    "cogs.setup",
    "cogs.settings",
    "cogs.reports",
    "cogs.packs",
    "cogs.reactions",
    "cogs.help",
)
"""In the order of loading; written by hand, so that nothing is loaded by luck."""
