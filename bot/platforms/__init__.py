"""What Usher asks of a chat platform, and how each platform answers.

platform         the questions and orders, as values: no chat library
common           what is asked of every platform alike, through discord.py
discord, fluxer  what each of them does in its own way
payloads         the platforms' JSON as our values
trail            the audit log, page by page
links            the code in what somebody typed
refusals, speech  how an order fails, and how a message is said
direct           single questions beside the bot's connection
internals        every name of discord.py that it does not promise, in one place

discord.py speaks with Fluxer by translation at its edge; nothing above knows of it:

fluxer_edge      what is translated, and where it is hooked in
fluxer_payloads  Fluxer's JSON as Discord's: pure
fluxer_wire      between the library and its sockets: version, sessions, refusals, 401
fluxer_record    the record of how members came: pure
leaky            rate limits of buckets that leak, one for each route
throttle         the one over all routes
turns            waiting for room, in order and not for ever
discovery        where an instance has its API, gateway and links
"""
