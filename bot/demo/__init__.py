"""A day in a guild on the embedded platform, played through the real discord.py.

story        what happens
transcript   what a reader sees of it
"""
