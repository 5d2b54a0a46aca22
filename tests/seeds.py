"""The five documents that describe the platforms' invites, taken apart for tests."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.reference import FOLDER

DOCUMENTS = FOLDER.parent / "seeds"
ABSENT = "the documents that describe the platforms' invites are not here"
NAMES = (
    "discord-create-channel-invite",
    "fluxer-create-pack-invite",
    "fluxer-invite-create-event",
    "fluxer-invite-resource",
    "fluxer-list-guild-invites",
)

JSON = dict[str, Any]


def text(name: str) -> str:
    return (DOCUMENTS / f"{name}.txt").read_text("utf-8")


def there() -> bool:
    return DOCUMENTS.exists()


def example(name: str, nth: int = 0) -> Any:
    """The nth JSON example of a document that shows an invite."""
    found = [match.start() for match in re.finditer(r"(?:\[\s*)?\{\s*\"code\"", text(name))]
    return json.JSONDecoder().raw_decode(text(name), found[nth])[0]


def event() -> list[JSON]:
    """The shapes of INVITE_CREATE as JSON schemas: of a guild, of a group DM, of a pack."""
    shapes: list[JSON] = json.loads(text("fluxer-invite-create-event"))["payload"]["oneOf"]
    return shapes


@dataclass
class Member:
    """A field of an interface: `name?: type | null`."""

    name: str
    optional: bool
    type: str
    nullable: bool


@dataclass
class Interface:
    members: list[Member] = field(default_factory=list)


def interfaces() -> dict[str, Interface]:
    """Every interface of Discord's document, which nests them where they are first used."""
    found: dict[str, Interface] = {}
    open_ones: list[tuple[str, str]] = []
    name, said = "", ""
    for line in text("discord-create-channel-invite").splitlines():
        if opened := re.fullmatch(r"(?:\| )?interface (\w+) \{", line):
            open_ones.append((name, said))
            name, said = opened[1], ""
            found[name] = Interface()  # shown again it is the same
        elif line == "}" and open_ones:
            name, said = open_ones.pop()
        elif name and (begun := re.fullmatch(r"(\w+\??): (.*)", line)) and not said:
            said = f"{begun[1]}: {begun[2]}"
        elif name:
            said += f" {line}"
        if said.endswith(";"):
            found[name].members.append(_member(said))
            said = ""
    return found


def _member(said: str) -> Member:
    name, _, kind = said.removesuffix(";").partition(": ")
    kind = re.sub(r"type \w+ = [\w |]+?(?= \| \d &|$| \| null)", "", kind).strip()
    nullable = kind.endswith("| null")
    plain = kind.removesuffix("| null").strip()
    return Member(name.removesuffix("?"), name.endswith("?"), plain, nullable)


def sample(name: str, known: dict[str, Interface]) -> JSON:
    """An object with every field of an interface."""
    return {member.name: _value(member, known) for member in known[name].members}


def _value(member: Member, known: dict[str, Interface]) -> Any:
    kind = member.type
    if kind.endswith("[]"):
        return [_value(Member(member.name, False, kind[:-2].strip("()"), False), known)]
    if constant := re.match(r"(\d) & ", kind):
        return int(constant[1])
    word = kind.split(" ")[0]
    if word in known:
        return sample(word, known)
    return _plain(member.name, word)


def _plain(name: str, word: str) -> Any:
    """A value of a type that the document does not take apart; most are enums of numbers."""
    if word == "string" and name.endswith(("_at", "_time")):
        return "2026-11-01T10:00:00+00:00"
    return {} if word in ANY_OBJECT else _PLAIN.get(word, 1)


ANY_OBJECT = {
    "{",
    "UserAvatarDecorationResponse",
    "UserCollectiblesResponse",
    "UserPrimaryGuildResponse",
    "ApplicationOAuth2InstallParamsResponse",
    "ScheduledEventUserResponse",
}
"""Types that the document names and does not take apart."""

_PLAIN: JSON = {
    "SnowflakeType": "7",
    "string": "x",
    "GuildFeatures": "x",
    "boolean": True,
    "InviteChannelRecipientResponse": {"username": "x"},
}


def fields_of_resource() -> Iterator[tuple[str, str]]:
    """The fields of Fluxer's invite object, each with its type, from its older document."""
    part = text("fluxer-invite-resource")
    part = part[part.index("Structure") : part.index("Example Invite")]
    for name, kind in re.findall(r"^([a-z_]+)\n([A-Za-z0-9 |]+)$", part, re.MULTILINE):
        if name != "required":  # a mark of the field before
            yield name, kind


def endpoints() -> set[str]:
    """Every endpoint that the documents name, as `METHOD /path`, without versions."""
    found = set()
    for name in NAMES:
        said = text(name)
        found |= set(re.findall(r"^(?:GET|POST|PUT|PATCH|DELETE) /\S+$", said, re.MULTILINE))
        for method, url in re.findall(r"--request (\w+) \\\n--url (\S+)", said):
            found.add(f"{method} {url}")
    return {re.sub(r" (?:https://[^/]+)?(?:/api)?(?:/v1)?/", " /", one) for one in found}
