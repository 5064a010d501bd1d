"""Where a run comes from is not for who asks for it to say."""

from __future__ import annotations

from watchbell.record.run_origin import tags_of_person


def test_a_person_gives_tags_and_no_other_origin() -> None:
    given = {
        "team": "data",
        "dagster/priority": "3",
        "dagster/schedule_name": "nightly",
        "dagster/backfill": "b1",
        "watchbell/launched_by": "somebody else",
    }

    assert tags_of_person(given, "ada") == {"team": "data", "dagster/priority": "3", "watchbell/launched_by": "ada"}


def test_of_nobody_nothing_is_claimed() -> None:
    assert tags_of_person({"watchbell/launched_by": "ada", "team": "data"}, None) == {"team": "data"}
