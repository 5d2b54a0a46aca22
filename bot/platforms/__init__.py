"""What Usher asks of a chat platform, and how each platform answers.

platform    the questions and orders, as values: no chat library
discord     Discord's answers, through discord.py
internals   every name of discord.py that it does not promise, in one place
"""
