"""What a button under a list of invites holds."""

from hypothesis import given
from hypothesis import strategies as st

from cogs._invite_list import InvitePage, Query
from cogs._texts import CAMPAIGN_LIMIT
from data.models import InviteFilter, InviteSort, InviteState
from tests.cogs.samples import BIG_ID


@given(
    st.integers(0, BIG_ID),
    st.integers(0, 99_999),
    st.builds(
        InviteFilter,
        state=st.sampled_from(InviteState),
        sort=st.sampled_from(InviteSort),
        campaign=st.none() | st.text(min_size=1, max_size=CAMPAIGN_LIMIT),
        inviter_id=st.none() | st.integers(0, BIG_ID),
        channel_id=st.none() | st.integers(0, BIG_ID),
    ),
)
def test_a_query_survives_its_button(owner: int, page: int, which: InviteFilter) -> None:
    """Whatever was asked for fits into a button's id and comes back from it unchanged."""
    query = Query(owner, page, which)
    button = InvitePage(query.encode(), "Next")

    assert len(button.custom_id) <= 100
    assert query == Query.decode(button.query)


@given(st.text(max_size=100))
def test_anything_else_is_stale(text: str) -> None:
    """An id that no Usher wrote is either nothing or a query, and never an error."""
    decoded = Query.decode(text)

    assert decoded is None or isinstance(decoded, Query)
