"""Links as people type and paste them."""

import string
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.platforms import links

DOCUMENTED = [
    "fluxer.gg/CODE",
    "fluxer.gg/invite/CODE",
    "fluxer.app/invite/CODE",
    "web.fluxer.app/invite/CODE",
    "canary.fluxer.app/invite/CODE",
    "fluxer.chat/invite/CODE",
    "fluxer.chat/CODE",
    "discord.gg/CODE",
    "discord.com/invite/CODE",
    "discordapp.com/invite/CODE",
]
OWN = frozenset({"chat.example.org/i", "127.0.0.1:8080/invite", "kiosk.example.org"})
HOSTS = {form.split("/")[0] for form in DOCUMENTED}
BARE_HOSTS = {"fluxer.gg", "fluxer.chat", "discord.gg"}
"""Those whose links may do without `invite`."""

PIECES = [
    *HOSTS,
    *("https://", "/", "//", "invite", "abc", "www.", "@", ":", "443", ".", "..", "?", "#", " "),
    *("evil.example", "%2F", "\\", "\u017f", "\u212a", "<", ">"),
]
"""What a link may be put together from that is none; two look like s and k when made small."""

CODES = st.text(string.ascii_letters + string.digits + "-", min_size=2, max_size=100)
BEFORE = st.sampled_from(["", "http://", "https://", "HTTPS://", "www.", "https://www."])
AFTER = st.sampled_from(["", "/", "?event=7", "/?a=b&c=https://elsewhere.example/x"])
AROUND = st.sampled_from(
    [("", ""), ("<", ">"), ("  ", "\n"), (" <", "> "), ("`", "`"), ("|| <", ">||")]
)


@given(form=st.sampled_from(DOCUMENTED), code=CODES, before=BEFORE, after=AFTER, around=AROUND)
def test_every_form_of_link(
    form: str, code: str, before: str, after: str, around: tuple[str, str]
) -> None:
    """Each documented form names its code, however it is dressed."""
    typed = f"{around[0]}{before}{form.replace('CODE', code)}{after}{around[1]}"

    assert code == links.code(typed)


@given(code=CODES, around=AROUND)
def test_a_bare_code(code: str, around: tuple[str, str]) -> None:
    """A code is itself, in the letters in which it was typed."""
    assert code == links.code(f"{around[0]}{code}{around[1]}")


@given(
    st.one_of(
        st.text(),
        st.builds(
            "".join,
            st.lists(st.sampled_from(PIECES), max_size=8),
        ),
    )
)
@example("https://fluxer.gg@evil.example/abc")
@example("fluxer.app/abc")
@example("di\u017fcord.gg/abc")
def test_nothing_else_is_a_link(typed: str) -> None:
    """Whatever names a code is a code, or leads a browser to that code at a known address."""
    code = links.code(typed)
    text = typed.strip()
    text = text[1:-1] if text[:1] == "<" and text[-1:] == ">" else text
    if code is None or code == text:
        return

    url = urlsplit(text if text.lower().startswith("http") else f"https://{text}")
    host = (url.hostname or "").removeprefix("www.")
    assert host in HOSTS
    assert (None, None, None, "") == (url.username, url.password, url.port, url.fragment)
    steps = url.path.removesuffix("/").split("/")[1:]
    assert steps == ["invite", code] or (steps == [code] and host in BARE_HOSTS)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "a",
        "abc 123",
        "../../guilds",
        "https://",
        "https://fluxer.gg",
        "https://fluxer.gg/",
        "fluxer.app/abc123",
        "discord.com/abc123",
        "discord.com/channels/1/2",
        "fluxer.app.evil.example/invite/abc123",
        "fluxer.gg.evil.example/abc123",
        "notdiscord.gg/abc123",
        "evil.example/discord.gg/abc123",
        "evil.example/?fluxer.gg/abc123",
        "https://evil.example/abc123",
        "https://someone@fluxer.gg/abc123",
        "https://fluxer.gg:fluxer.gg@evil.example/abc123",
        "https://fluxer.gg:443/abc123",
        "fluxer.gg:8080/abc123",
        "fluxer.gg//abc123",
        "fluxer.gg/invite/abc123/more",
        "fluxer.gg/abc123#part",
        "fluxer.gg\\abc123",
        "fluxer.gg/abc%31",
        "fluxer.gg/abc_123",
        "ftp://fluxer.gg/abc123",
        "https:fluxer.gg/abc123",
        "https://https://fluxer.gg/abc123",
        "javascript:fluxer.gg/abc123",
        "join us at https://fluxer.gg/abc123",
        "https://fluxer.gg/abc123 now",
        "www.www.fluxer.gg/abc123",
        "staging.fluxer.app/invite/abc123",
        "fluxer.gg/" + "a" * 101,
        "<<fluxer.gg/abc123>>",
        "<fluxer.gg/abc123",
        "di\u017fcord.gg/abc123",
        "fluxer.gg/\u0430bc123",
        "\uff46luxer.gg/abc123",
        "discord.gg/abc\uff11\uff12\uff13",
    ],
)
def test_what_only_looks_like_a_link(typed: str) -> None:
    """Another host, a missing `invite`, a port, a name before the host: none of it is a link."""
    assert links.code(typed, OWN) is None


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("https://chat.example.org/i/abc123", "abc123"),
        ("Chat.Example.org/i/abc123/?x=1", "abc123"),
        ("http://127.0.0.1:8080/invite/abc123", "abc123"),
        ("https://chat.example.org/abc123", None),
        ("https://chat.example.org/I/abc123", None),
        ("https://www.chat.example.org/i/abc123", None),
        ("https://chat.example.org.evil.example/i/abc123", None),
        ("127.0.0.1/invite/abc123", None),
        ("Kiosk.example.org/abc123", "abc123"),
        ("\u212aiosk.example.org/abc123", None),
        ("127.0.0.1:8081/invite/abc123", None),
    ],
)
def test_an_instance_has_links_of_its_own(typed: str, code: str | None) -> None:
    """They are those under its own base, with its port, and only for its bot."""
    assert code == links.code(typed, OWN)
    assert links.code(typed) is None


@pytest.mark.parametrize(
    "address",
    ["https://Chat.Example.org/i", "http://chat.example.org/i/", " chat.example.org/i "],
)
def test_the_base_of_an_instance(address: str) -> None:
    """It is the address that the instance names, without the scheme and the last slash."""
    assert "chat.example.org/i" == links.base(address)
