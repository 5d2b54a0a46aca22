"""Measures Usher against the requirements that the README promises; run with `make bench`.

Every figure comes from the real client, a real SQLite file and the embedded platform, each in a
process of its own. Nothing is timed that is not asserted to have happened.
"""
