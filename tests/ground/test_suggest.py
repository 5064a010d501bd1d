"""Messages about a wrong name point to the right one."""

from __future__ import annotations

from watchbell.ground.suggest import did_you_mean, nearest


def test_a_misspelt_name_finds_the_right_one() -> None:
    assert nearest("dialy_job", ["hourly_job", "daily_job"]) == "daily_job"


def test_case_does_not_matter() -> None:
    assert nearest("Orders", ["orders", "order_items"]) == "orders"


def test_nothing_close_is_none() -> None:
    assert nearest("xyz", ["daily", "hourly"]) is None


def test_without_a_close_name_the_valid_ones_are_listed() -> None:
    assert did_you_mean("xyz", ["b", "a"]) == "; there are: a, b"


def test_a_long_list_is_cut_and_counted() -> None:
    assert did_you_mean("xyz", [f"name{i:02}" for i in range(10)], listed_max=2) == (
        "; there are: name00, name01 and 8 more"
    )


def test_no_names_at_all_is_said() -> None:
    assert did_you_mean("xyz", []) == "; there are none"
