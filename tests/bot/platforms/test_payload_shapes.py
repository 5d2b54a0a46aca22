"""Invites as the platforms' own documents describe them, field by field."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from bot.platforms.payloads import DISCORD, FLUXER, InvitePayload, InviteReader
from bot.platforms.payloads.discord_invites import (
    DiscordFriendInvite,
    DiscordGroupInvite,
    DiscordGuildInvite,
    DiscordOther,
)
from bot.platforms.payloads.fluxer_invites import (
    FluxerGroupInvite,
    FluxerGuildInvite,
    FluxerInvite,
    FluxerOldInvite,
    FluxerOther,
    FluxerPackInvite,
)
from data.models import NO_GUILD, InviteKind
from tests import seeds
from tests.reference import FOLDER

pytestmark = pytest.mark.skipif(not seeds.there(), reason=seeds.ABSENT)

JSON = dict[str, Any]

DISCORDS = {
    "GuildInviteResponse": (DiscordGuildInvite, InviteKind.GUILD),
    "GroupDMInviteResponse": (DiscordGroupInvite, InviteKind.GROUP_DM),
    "FriendInviteResponse": (DiscordFriendInvite, InviteKind.FRIEND),
}
"""Discord's answers to create_channel_invite."""

KNOWN = seeds.interfaces() if seeds.there() else {}
WRONG: JSON = {"wrong": [None]}
"""What no field takes, except one that takes any object."""


def unmodelled(value: object, path: str = "") -> Iterator[str]:
    """Every field that a payload had and its model has not."""
    if isinstance(value, BaseModel):
        yield from (f"{path}{name}" for name in value.model_extra or ())
        for name in type(value).model_fields:
            yield from unmodelled(getattr(value, name), f"{path}{name}.")
    elif isinstance(value, tuple):
        for one in value:
            yield from unmodelled(one, path)


@pytest.mark.parametrize("name", DISCORDS)
def test_every_field_of_discords_answers(name: str) -> None:
    """Each kind of answer is read as what it is, and no documented field is unknown."""
    shape, kind = DISCORDS[name]

    read = DISCORD.one(seeds.sample(name, KNOWN))

    assert shape is shape_of(read)
    assert [] == list(unmodelled(read))
    assert kind is read.kind


def places(name: str, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], seeds.Member]]:
    """Every field of an answer, those of the things in it too."""
    for member in KNOWN[name].members if name in KNOWN else ():
        yield (*path, member.name), member
        yield from places(member.type.split(" ")[0], (*path, member.name))


def put(payload: JSON, path: tuple[str, ...], value: object) -> JSON:
    """The payload with another value at that place, or without it."""
    changed = copy.deepcopy(payload)
    inner = changed
    for step in path[:-1]:
        inner = inner[step]
    if value is ABSENT:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return changed


ABSENT = object()


def shape_of(read: InvitePayload) -> type[InvitePayload]:
    return type(read)


def read(reader: InviteReader, payload: JSON) -> type[InvitePayload] | None:
    """The shape as which it is read, None if it cannot be."""
    try:
        return type(reader.one(payload))
    except ValidationError:
        return None


@pytest.mark.parametrize("name", DISCORDS)
def test_types_and_nullability_of_discords_answers(name: str) -> None:
    """A field may be absent or null exactly where the document lets it, and has its type.

    Absent and null mean the same to us, so that what may be absent may be null.
    """
    full, shape = seeds.sample(name, KNOWN), DISCORDS[name][0]
    checked = 0
    for path, member in places(name):
        if path == ("type",):
            continue
        spared = member.optional or member.nullable
        assert spared == (read(DISCORD, put(full, path, ABSENT)) is shape), path
        assert spared == (read(DISCORD, put(full, path, None)) is shape), path
        if member.type.split(" ")[0] not in seeds.ANY_OBJECT:
            assert read(DISCORD, put(full, path, WRONG)) is not shape, path
        checked += 1
    assert checked >= len(KNOWN[name].members) - 1


def test_discords_target_types() -> None:
    """A stream, an embedded application and the third kind are targets; there is no fourth."""
    full = seeds.sample("GuildInviteResponse", KNOWN)

    for target in (1, 2, 3):
        assert DiscordGuildInvite is read(DISCORD, full | {"target_type": target})
    assert DiscordOther is read(DISCORD, full | {"target_type": 4})


# Fluxer

EVENTS = {0: FluxerGuildInvite, 1: FluxerGroupInvite, 2: FluxerPackInvite, 3: FluxerPackInvite}


def schemas() -> JSON:
    """Fluxer's own schemas, in which the event's document names three."""
    if not FOLDER.exists():
        pytest.skip("Fluxer's own description of itself is not here")
    found: JSON = json.loads((FOLDER / "fluxer-openapi.json").read_text())["components"]["schemas"]
    guild = found["GuildInviteMetadataResponse"]["properties"]["guild"]
    return found | {"GuildPartialResponse": guild}


def example(schema: JSON, known: JSON) -> Any:
    """A value with every field of a JSON schema."""
    if "$ref" in schema:
        return example(known[schema["$ref"].split("/")[-1]], known)
    if "anyOf" in schema:
        return example(schema["anyOf"][0], known)
    if "enum" in schema:
        return schema["enum"][0]
    if "properties" in schema:
        return {name: example(one, known) for name, one in schema["properties"].items()}
    kinds = schema.get("type", "integer")
    if kinds == "array":
        return [example(schema["items"], known)]
    text = "2026-11-01T10:00:00Z" if schema.get("format") == "date-time" else "7"
    plain = {"string": text, "integer": 1, "number": 1, "boolean": True}
    return plain[kinds[0] if isinstance(kinds, list) else kinds]


def shapes_of_the_event() -> list[tuple[int, JSON, JSON]]:
    """Each shape of INVITE_CREATE: its number, its schema and a payload with every field."""
    known = schemas()
    numbered = [
        (number, schema)
        for schema in seeds.event()
        for kind in [schema["properties"]["type"]]
        for number in kind.get("enum", [kind.get("const")])
    ]
    return [(number, one, example(one, known) | {"type": number}) for number, one in numbered]


def test_every_shape_of_invite_create() -> None:
    """Of a guild, a group DM and both kinds of packs: each is read as it is, with every field."""
    kinds: set[InviteKind] = set()
    for number, _, payload in shapes_of_the_event():
        found = FLUXER.one(payload)
        assert EVENTS[number] is shape_of(found)
        assert [] == list(unmodelled(found))
        kinds.add(found.kind)
    assert set(FluxerInvite.kinds.values()) == kinds


METADATA = {"created_at", "uses", "max_uses", "max_age"}
"""Required in the event and in lists, and absent when somebody only looks at an invite."""


def test_types_and_nullability_of_invite_create() -> None:
    """What the event must have no shape can do without, and each field has its type."""
    for number, schema, payload in shapes_of_the_event():
        for name, described in schema["properties"].items():
            if name == "type":
                continue
            shape = EVENTS[number]
            without = read(FLUXER, put(payload, (name,), ABSENT)) is shape
            assert without == (name not in schema["required"] or name in METADATA), name
            assert read(FLUXER, put(payload, (name,), WRONG)) is not shape, name
            if "null" in described.get("type", ()):
                assert read(FLUXER, put(payload, (name,), None)) is shape, name


@pytest.mark.parametrize("name", ["pack", "guild", "channel", "inviter"])
def test_the_things_of_an_invite(name: str) -> None:
    """A field of a thing that is required by Fluxer's description is required here."""
    known = schemas()
    for number, schema, payload in shapes_of_the_event():
        if name not in payload:
            continue
        described = schema["properties"][name]
        if "$ref" in described:
            described = known[described["$ref"]]
        for inner in described["properties"]:
            required = inner in set(described["required"]) - {"global_name", "avatar"}
            without = read(FLUXER, put(payload, (name, inner), ABSENT)) is EVENTS[number]
            nullable = "null" in json.dumps(described["properties"][inner])
            assert without == (not required or nullable), (name, inner)
            assert read(FLUXER, put(payload, (name, inner), WRONG)) is not EVENTS[number], inner


@pytest.mark.parametrize("document", ["fluxer-create-pack-invite", "fluxer-list-guild-invites"])
def test_fluxers_examples(document: str) -> None:
    """The example of each document is read with every field, once its placeholders have values."""
    said = json.dumps(seeds.example(document)).replace('"<string>"', '"7"')
    [shown] = [one] if isinstance(one := json.loads(said), dict) else one

    found = FLUXER.one(shown)

    assert FluxerGuildInvite is shape_of(found)
    assert [] == list(unmodelled(found))
    assert (7, seeds_count(), 7) == (found.home, found.uses, found.invite().channel_id)


def seeds_count() -> int:
    """The count in all examples, the half of the largest."""
    return 1_073_741_823


@pytest.mark.parametrize(("count", "fits"), [(0, True), (2_147_483_647, True), (-1, False)])
def test_the_bounds_of_counts(count: int, *, fits: bool) -> None:
    """Counts go from 0 to the largest of 32 bits."""
    said = json.dumps(seeds.example("fluxer-list-guild-invites")[0]).replace('"<string>"', '"7"')
    for name in ("member_count", "presence_count", "uses", "max_uses", "max_age"):
        shape = read(FLUXER, json.loads(said) | {name: count})
        assert fits == (shape is FluxerGuildInvite), name
        assert read(FLUXER, json.loads(said) | {name: 2_147_483_648}) is not FluxerGuildInvite


def test_the_example_of_the_older_document() -> None:
    """It is read with every field, also those that have gone since."""
    found = FLUXER.one(seeds.example("fluxer-invite-resource"))

    assert FluxerOldInvite is shape_of(found)
    assert [] == list(unmodelled(found))
    assert ("abc123xyz", 987654321098765432, 42) == (found.code, found.home, found.uses)
    invite = found.invite()
    assert 444555666777888999 == invite.channel_id
    assert 123456789012345678 == invite.inviter_id


def test_every_field_of_the_older_document() -> None:
    """Each field of its structure is one of the model's, null or absent where it says so."""
    full = seeds.example("fluxer-invite-resource")
    fields = dict(seeds.fields_of_resource())
    assert 17 == len(fields)
    for name, kind in fields.items():
        assert name in FluxerOldInvite.model_fields
        if "null" in kind:
            assert FluxerOldInvite is read(FLUXER, full | {name: None}), name
            assert FluxerOldInvite is read(FLUXER, put(full, (name,), ABSENT)), name
        if name not in ("guild_id", "channel_id", "inviter_id", "code"):
            assert read(FLUXER, full | {name: WRONG}) is not FluxerOldInvite, name
    for name in ("created_at", "version"):
        assert read(FLUXER, put(full, (name,), ABSENT)) is not FluxerOldInvite, name
    bare = {name: full[name] for name in ("code", "type", "created_at", "version")}
    found = FLUXER.one(bare)
    assert (0, 0, 0, False) == (found.uses, found.max_uses, found.max_age, found.temporary)


def test_ids_may_stand_alone() -> None:
    """The older document has ids beside the things, so that one is enough."""
    full = seeds.example("fluxer-invite-resource")

    invite = FLUXER.one(full | {"guild": None, "channel": None, "inviter": None}).invite()

    assert (987654321098765432, 444555666777888999) == (invite.guild_id, invite.channel_id)
    assert 123456789012345678 == invite.inviter_id


def recorded() -> list[tuple[str, JSON]]:
    """Every invite that a real server answered or sent."""
    folder = FOLDER / "fluxer-recorded"
    if not folder.exists():
        return []
    answers = [
        (exchange["name"], one)
        for exchange in json.loads((folder / "rest.json").read_text())
        for body in [exchange["response"]["body"]]
        for one in (body if isinstance(body, list) else [body])
        if isinstance(one, dict) and {"code", "type"} <= one.keys()
    ]
    events = json.loads((folder / "gateway.json").read_text())["events"]["INVITE_CREATE"]
    return answers + [("INVITE_CREATE", event["d"]) for event in events]


@pytest.mark.parametrize(("name", "payload"), recorded())
def test_what_a_real_server_said(name: str, payload: JSON) -> None:
    """It is read by its documented shape, with nothing left over."""
    found = FLUXER.one(payload)

    expected = FluxerPackInvite if name.startswith("pack") else FluxerGuildInvite
    assert expected is shape_of(found)
    assert [] == list(unmodelled(found))
    belongs = found.invite().guild_id != NO_GUILD
    assert belongs == (expected is FluxerGuildInvite)


def test_unknown_kinds_and_fields_are_kept() -> None:
    """What is in no document is read by what is needed of it, and nothing of it is lost."""
    payload = {"code": "abc", "type": 9, "realm": {"id": "7"}, "uses": 3}

    for reader, other in ((FLUXER, FluxerOther), (DISCORD, DiscordOther)):
        found = reader.one(payload)
        assert other is shape_of(found)
        assert {"realm": {"id": "7"}} == found.model_extra
        assert (InviteKind.OTHER, 9) == (found.invite().kind, found.invite().raw_kind)
