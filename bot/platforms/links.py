"""The code in what somebody typed: a bare code, or one of the links that are known. Pure."""

import re
from collections.abc import Collection
from typing import Final

KNOWN: Final = frozenset(
    {
        "fluxer.gg",
        "fluxer.gg/invite",
        "fluxer.app/invite",
        "web.fluxer.app/invite",
        "canary.fluxer.app/invite",
        "fluxer.chat",
        "fluxer.chat/invite",
        "discord.gg",
        "discord.gg/invite",
        "discord.com/invite",
        "discordapp.com/invite",
    }
)
"""What stands before `/CODE` in the links of both platforms: people paste either anywhere."""

_AROUND: Final = frozenset({("<", ">"), ("`", "`"), ("||", "||")})
"""What people and clients put around a link or a code: no preview, as it is, a spoiler."""

_CODE: Final = re.compile(r"[A-Za-z0-9-]{2,100}")
_SCHEME: Final = re.compile(r"https?://", re.IGNORECASE | re.ASCII)
_LINK: Final = re.compile(r"(?P<base>.+)/(?P<code>[A-Za-z0-9-]{2,100})/?(?:\?\S*)?")


def code(text: str, own: Collection[str] = ()) -> str | None:
    """The code that a text names and nothing but names; None if it is anything else.

    `own` are bases as `base` gives them, of an instance with an address of its own. Host, path
    and port must be one of the known, letter by letter: a link that only looks like one leads
    elsewhere.
    """
    text = _bare(text)
    if not text.isascii():  # some letters of other scripts become ASCII when they are made small
        return None
    if _CODE.fullmatch(text):
        return text
    link = _LINK.fullmatch(_SCHEME.sub("", text, count=1) if _SCHEME.match(text) else text)
    if link is None:
        return None
    named = _small_host(link["base"])
    return link["code"] if named in own or named.removeprefix("www.") in KNOWN else None


def base(address: str) -> str:
    """What stands before `/CODE` in an instance's own links: its address without the scheme."""
    return _small_host(_SCHEME.sub("", address.strip(), count=1).rstrip("/"))


def _bare(text: str, around: frozenset[tuple[str, str]] = _AROUND) -> str:
    """Without blanks around it, and without what keeps a link from being shown: each once."""
    text = text.strip()
    for begin, end in around:
        if text.startswith(begin) and text.endswith(end) and len(text) > len(begin + end):
            return _bare(text[len(begin) : -len(end)], around - {(begin, end)})
    return text


def _small_host(address: str) -> str:
    """Capital and small letters are the same in a host, and nowhere else."""
    host, slash, path = address.partition("/")
    return f"{host.lower()}{slash}{path}"
