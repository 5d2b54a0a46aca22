"""What a button under a list of joins holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogs._join_list import JoinPage, Query
from cogs._typed import CODE_LIMIT
from data.models import Certainty, Source
from tests.cogs.samples import BIG_ID


@given(
    st.integers(0, BIG_ID),
    st.integers(0, 999_999),
    st.none() | st.sampled_from(Certainty),
    st.none() | st.sampled_from(Source),
    st.none()
    | st.text(st.characters(codec="utf-8", exclude_categories=("Z", "C")), max_size=CODE_LIMIT)
    .map(lambda code: "".join(code.split()))
    .filter(bool),
)
def test_a_query_survives_its_button(
    owner: int, page: int, certainty: Certainty | None, source: Source | None, code: str | None
) -> None:
    """Whatever was asked for fits into a button's id and comes back from it unchanged."""
    query = Query(owner, page, certainty, source, code)
    button = JoinPage(query.encode(), "Next")

    assert len(button.custom_id) <= 100
    assert query == Query.decode(button.query)


@pytest.mark.parametrize("text", ["", "1:0", "1:0::", "1:0:sur::", "1:0:::a b", "1:0::mag:"])
def test_another_id_is_stale(text: str) -> None:
    """An id that this Usher would not write is no query."""
    assert Query.decode(text) is None
