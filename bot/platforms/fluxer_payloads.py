"""Fluxer's JSON as Discord's, which discord.py understands. Pure functions; nothing is changed.

They add what the library cannot do without, and leave alone all that it does not read.
tests/bot/platforms/test_fluxer_payloads.py feeds every recorded payload to the library.
"""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

Json = dict[str, Any]

_CREATED: Final = 40
INVITE_ACTIONS: Final = frozenset({_CREATED, 41, 42})
"""Audit log events whose target is a code: invite created, changed, deleted."""

_UNNAMED: Final[Json] = {"username": "", "discriminator": "0000", "avatar": None}
"""What the library wants of every user, where Fluxer gives an id only."""

_UNREAD: Final = frozenset({"call", "message_snapshots", "stickers"})
"""Of a message, what Usher has no use for and the library expects in another shape."""

REASON_LIMIT: Final = 512
"""Characters of an audit log reason; Fluxer drops a longer one as a whole."""

_PLAIN: Final = str.maketrans(
    {0x2013: "-", 0x2014: "-", 0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"'}
    | {ord("ß"): "ss", ord("→"): "->"}
)
"""Dashes, quotation marks and the like, which no decomposition makes plain."""


def ready(data: Json, gateway: str, known: Iterable[int]) -> Json:
    """The first event of a session.

    gateway   where to resume: there is no other address for it
    known     guilds of an earlier session: unavailable until their GUILD_CREATE comes, as on
              Discord. One that never comes was left meanwhile.
    """
    shard, count = data.get("shard") or (0, 1)  # told only to sessions that asked for one
    waiting = [
        {"id": str(guild_id), "unavailable": True}
        for guild_id in known
        if (guild_id >> 22) % count == shard
    ]
    return {
        **data,
        "resume_gateway_url": gateway,
        "shard": [shard, count],
        "guilds": [*(data.get("guilds") or ()), *waiting],
    }


def guild(data: Json, *, known: bool = False) -> Json:
    """A guild that is there now, its properties beside its channels, roles and members.

    known   the library has it: it is available again, and was not joined
    """
    if data.get("unavailable"):
        return data
    flat = {**data, **(data.get("properties") or {})}
    flat["members"] = [member(one) for one in data.get("members") or ()]
    if known:
        flat["unavailable"] = False
    return flat


def user(data: Json) -> Json:
    return _UNNAMED | data


def member(data: Json) -> Json:
    """A member, or what an event tells of one."""
    if "username" in data.get("user", _UNNAMED):
        return {"flags": 0, **data}
    return {"flags": 0, **data, "user": user(data["user"])}


def of_user(data: Json) -> Json:
    """An event about somebody of whom only the id is told: left, banned."""
    return {**data, "user": user(data["user"])}


def chunk(data: Json) -> Json:
    """Members that were asked for."""
    return {**data, "members": [member(one) for one in data["members"]]}


def message(data: Json) -> Json:
    """Null is nothing here: the library wants such a field to be absent."""
    told = {key: one for key, one in data.items() if one is not None}
    for key in _UNREAD:
        told.pop(key, None)
    for key, translate in _NESTED:
        if key in told:
            told[key] = translate(told[key])
    return told


def reaction(data: Json) -> Json:
    """Somebody reacted, or took it back."""
    told = {"type": 0, "burst": False, **data}
    if told.get("member"):
        told["member"] = member(told["member"])
    return told


def invite(data: Json) -> Json:
    """INVITE_CREATE, or an invite in an answer: the library looks for the ids beside the rest."""
    told = dict(data)
    for thing in ("channel", "guild"):
        if data.get(thing):
            told.setdefault(f"{thing}_id", data[thing]["id"])
    for count in ("member_count", "presence_count"):
        if count in data:
            told[f"approximate_{count}"] = data[count]
    return told


def audit_entry(data: Json) -> Json:
    """The target of an invite's entry is a code: it goes where Discord has it, in the changes."""
    code = data.get("target_id")
    if data["action_type"] not in INVITE_ACTIONS or code is None:
        return data
    changes = [one for one in data.get("changes") or () if one.get("key") != "code"]
    named = {"key": "code", ("new_value" if data["action_type"] == _CREATED else "old_value"): code}
    return {**data, "target_id": None, "changes": [named, *changes]}


def audit_log(data: Json) -> Json:
    entries = [audit_entry(one) for one in data.get("audit_log_entries") or ()]
    return {**data, "audit_log_entries": entries}


def application(data: Json) -> Json:
    return {**data, "description": data.get("description") or "", "owner": user(data["owner"])}


def deleted_invite(code: str) -> Json:
    """Deleting is answered with nothing; the library makes an invite of the answer all the same."""
    return {"code": code, "type": 0, "channel": {"id": "0", "name": "", "type": 0}}


def each(whole: str, part: str = "") -> Callable[[Json], Sequence[Json]]:
    """An event about several things at once, as one event for each.

    whole   what the list of them is called
    part    where an event about one has it; empty if its fields stand beside all others
    """

    def split(data: Json) -> list[Json]:
        about = {"guild_id": data["guild_id"]}
        return [{**about, **({part: one} if part else one)} for one in data[whole]]

    return split


def errors(body: Json) -> Json:
    """Faults of a form as Discord nests them; Fluxer gives a list of path, message and code."""
    listed = body.get("errors")
    if not isinstance(listed, list):
        return body
    nested: Json = {}
    for fault in (one for one in listed if isinstance(one, dict)):
        told = {"code": fault.get("code", ""), "message": fault.get("message", "")}
        nested.setdefault(str(fault.get("path") or "body"), {"_errors": []})["_errors"].append(told)
    return {**body, "errors": nested}


def audit_reason(text: str) -> str:
    """A reason that can stand in a header and reads there as it was meant.

    Fluxer stores the header's bytes as they are, without decoding anything, and what it makes of
    those beyond ASCII depends on the servers in between. So letters lose their accents, and what
    no ASCII letter stands for becomes a question mark.
    """
    plain = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    kept = "".join(_ascii(one) for one in plain if not unicodedata.combining(one))
    return " ".join(kept.split())[:REASON_LIMIT].rstrip()


def _ascii(character: str) -> str:
    if character.isspace():
        return " "
    if not character.isprintable():
        return ""
    return character if character.isascii() else "?"


def _without_nulls(data: Json) -> Json:
    return {key: one for key, one in data.items() if one is not None}


def _attachment(data: Json) -> Json:
    """The addresses of a file that is not there any more are null."""
    return {"url": "", "proxy_url": "", "size": 0, **_without_nulls(data)}


def _reaction(data: Json) -> Json:
    counted = {"normal": data.get("count", 0), "burst": 0}
    return {"me": False, "me_burst": False, "count_details": counted, **_without_nulls(data)}


def _all(translate: Callable[[Json], Json]) -> Callable[[list[Json]], list[Json]]:
    return lambda listed: [translate(one) for one in listed]


_NESTED: Final[tuple[tuple[str, Callable[[Any], Any]], ...]] = (
    ("member", member),
    ("embeds", _all(_without_nulls)),
    ("attachments", _all(_attachment)),
    ("reactions", _all(_reaction)),
    ("referenced_message", message),
)
"""What of a message is translated by itself."""
