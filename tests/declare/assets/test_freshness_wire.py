"""Freshness policies as text: written and read they are the same."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.declare.assets.freshness_kind import FreshnessKind
from watchbell.declare.assets.freshness_policy import FreshnessPolicy, LegacyFreshnessPolicy
from watchbell.declare.assets.freshness_wire import Policy, freshness_from_text, freshness_text
from watchbell.ground.wire import WireError

WINDOWS = st.builds(
    lambda warn, more: FreshnessPolicy.time_window(warn + more, warn),
    st.timedeltas(timedelta(minutes=1), timedelta(days=90)),
    st.timedeltas(timedelta(minutes=1), timedelta(days=90)),
)
PLAIN = st.timedeltas(timedelta(minutes=1), timedelta(days=900)).map(FreshnessPolicy.time_window)
CRONS = st.builds(
    FreshnessPolicy.cron,
    st.sampled_from(["0 9 * * *", "0 0 1 * *"]),
    st.timedeltas(timedelta(minutes=1), timedelta(hours=20)),
    st.sampled_from(["UTC", "Europe/Berlin"]),
)
LAGS = st.builds(
    lambda minutes, cron: LegacyFreshnessPolicy(maximum_lag_minutes=minutes, cron_schedule=cron),
    st.integers(0, 10_000) | st.floats(0, 10_000),
    st.none() | st.just("0 9 * * *"),
)


@given(WINDOWS | PLAIN | CRONS | LAGS)
def test_a_policy_that_is_written_and_read_is_the_same(policy: Policy) -> None:
    text = freshness_text(policy)

    assert text is not None
    assert freshness_from_text(text) == policy


def test_a_kind_of_somebodys_own_is_no_text() -> None:
    assert freshness_text(FreshnessKind()) is None


def test_the_text_of_another_version_is_refused() -> None:
    with pytest.raises(WireError, match="another version"):
        freshness_from_text('["moon", 1]')
