"""How sentences name commands, and that none names them otherwise."""

import ast
import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.wording import SLASH, command, press, speak, typed, with_prefix

ROOT = Path(__file__).parent.parent.parent
SOURCES = sorted(
    path
    for folder in ("bot", "cogs")
    for path in (ROOT / folder).rglob("*.py")
    if not {"sandbox", "demo"} & set(path.parts)
)


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    speak(SLASH)


def test_slash_commands_are_the_usual() -> None:
    """Unless somebody says otherwise."""
    assert ("/invite list", "`/invite list`", "button") == (
        typed("invite list"),
        command("invite list"),
        press(),
    )


async def test_what_is_started_speaks_as_who_started_it() -> None:
    """A task takes the words over, and gives none back: two platforms in a process do not mix."""

    async def of(prefix: str) -> str:
        speak(with_prefix(prefix))
        return await asyncio.get_running_loop().create_task(later())

    async def later() -> str:
        await asyncio.sleep(0)
        return f"{command('help')} {press()}"

    tasks = [asyncio.get_running_loop().create_task(of(prefix)) for prefix in ("!", "usher ")]

    assert ["`!help` reaction", "`usher help` reaction"] == await asyncio.gather(*tasks)
    assert "`/help`" == command("help")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_sentence_names_a_slash_command(path: Path) -> None:
    """Whatever is said to people takes the words from here; docstrings may speak of slashes."""
    tree = ast.parse(path.read_text("utf-8"))
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    said = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs
    ]

    assert [] == [text for text in said if "`/" in text]
