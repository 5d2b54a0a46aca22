"""A day in a guild on the embedded platform, played through the real discord.py.

stage        its ledger, which replaces nobody else's
story        what happens
transcript   what a reader sees of it
"""
