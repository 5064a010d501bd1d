"""Until when an asset is fresh, and since when it is late."""

from datetime import UTC, datetime, timedelta

from watchbell.automate.catalog.freshness import freshness_of
from watchbell.declare.assets.freshness_policy import FreshnessPolicy

NOW = datetime(2026, 5, 12, 9, tzinfo=UTC)


def test_without_a_policy_nothing_is_said() -> None:
    assert freshness_of(None, NOW, NOW) is None


def test_a_window_ends_so_long_after_it_was_made() -> None:
    found = freshness_of(FreshnessPolicy.time_window(timedelta(hours=26)), NOW, NOW)

    assert found is not None
    assert (found.due_at, found.is_late) == (NOW + timedelta(hours=26), False)
    assert found.policy_text == "made within the last 1 d 2 h"


def test_a_deadline_that_was_missed_is_the_last_one() -> None:
    policy = FreshnessPolicy.cron(deadline_cron="0 8 * * *", lower_bound_delta=timedelta(hours=2))
    late = freshness_of(policy, NOW - timedelta(days=1), NOW)
    fresh = freshness_of(policy, NOW - timedelta(hours=2), NOW)

    assert late is not None
    assert fresh is not None
    assert (late.is_late, late.due_at) == (True, NOW.replace(hour=8))
    assert (fresh.is_late, fresh.due_at) == (False, NOW.replace(hour=8) + timedelta(days=1))
