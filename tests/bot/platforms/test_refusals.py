from types import SimpleNamespace

import discord
import pytest

from bot.platforms.refusals import refusal


def failed(status: int, code: int = 0, message: str = "no") -> discord.HTTPException:
    """As the library raises it; the response is only asked for status and reason."""
    response = SimpleNamespace(status=status, reason="because")
    return discord.HTTPException(response, {"code": code, "message": message})


@pytest.mark.parametrize(
    ("error", "said"),
    [
        pytest.param(failed(400, 30016), "1000 invites", id="full"),
        pytest.param(failed(404, 10006), "knows no such invite", id="unknown invite"),
        pytest.param(failed(403, 50013), "lack a permission", id="missing permission"),
        pytest.param(failed(403, 50001), "View Channel", id="missing access"),
        pytest.param(failed(429), "slow down", id="rate limit"),
        pytest.param(failed(502), "fault of its own", id="server fault"),
        pytest.param(failed(400, 50035, "max_age: *too* big"), r"\*too\* big", id="other"),
        pytest.param(discord.RateLimited(61.7), "62 seconds", id="long rate limit"),
        pytest.param(TimeoutError(), "did not answer", id="no answer"),
    ],
)
def test_sentences(error: BaseException, said: str) -> None:
    """Each refusal says what it means, in words that cannot be taken for formatting."""
    assert said in refusal(error, "Discord")


@pytest.mark.parametrize("error", [failed(500), failed(502), failed(503), TimeoutError()])
def test_what_is_not_known_is_not_guessed(error: BaseException) -> None:
    """A fault says nothing of whether the order was carried out: it may have been."""
    said = refusal(error, "Discord")

    assert "I do not know whether it was done. Look at `/invite list`" in said
    assert "Nothing was changed" not in said


def test_a_full_guild_is_told_which_invites_to_look_at() -> None:
    """The help names an order that there is, in which the useless invites come first."""
    assert "`/invite list` with `sort: least used`" in refusal(failed(400, 30016), "Discord")
