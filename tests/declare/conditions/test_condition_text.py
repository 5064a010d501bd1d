"""How conditions are called and written."""

from datetime import timedelta
from typing import Any

import pytest

from watchbell import AssetSelection, AutomationCondition

C = AutomationCondition
M, U = C.missing(), C.newly_updated()


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (M, "missing"),
        (M & U, "missing & newly_updated"),
        (M | U, "missing | newly_updated"),
        ((M | U) & ~M, "(missing | newly_updated) & ~missing"),
        (~(M & U), "~(missing & newly_updated)"),
        ((M & U).newly_true(), "(missing & newly_updated).newly_true()"),
        (M.since(M | U), "missing.since(missing | newly_updated)"),
        ((M & U).with_label("ready") | M, "ready | missing"),
        ((M & U).with_label("ready"), "ready: missing & newly_updated"),
        (C.any_deps_match(M), "any_deps_match(missing)"),
        (C.all_deps_match(M).allow(AssetSelection.groups("g")), 'all_deps_match(missing, allow group:"g")'),
        (C.any_checks_match(C.check_failed(), True), "any_checks_match(check_failed, blocking_only)"),
        (C.asset_matches("x", M), "asset_matches(x, missing)"),
        (C.cron_tick_passed("@daily", "Asia/Tokyo"), "cron_tick_passed(@daily, Asia/Tokyo)"),
        (C.in_latest_time_window(timedelta(hours=36)), "in_latest_time_window(1 day, 12:00:00)"),
        (C.executed_with_tags(tag_keys={"a"}), "executed_with_tags(tag_keys={a})"),
        (C.freshness_failed() & M, "freshness_failed & missing"),
        (C.any_downstream_conditions(), "any_downstream_conditions"),
        (C.any_job_root_assets_match(M) & M, "any_job_root_assets_match(missing) & missing"),
        (C.parent_newer() & C.parent_materialized(), "parent_newer & parent_materialized"),
    ],
)
def test_a_condition_is_written_on_one_line(condition: AutomationCondition[Any], text: str) -> None:
    assert text == str(condition)


def test_the_text_of_eager_names_its_parts() -> None:
    text = (
        "eager: in_latest_time_window & (newly_missing | any_deps_updated).since(handled) & ~any_deps_missing & "
        "~any_deps_in_progress & ~in_progress"
    )

    assert text == str(C.eager())


def test_a_name_tells_what_the_condition_is_about() -> None:
    names = [C.cron_tick_passed("@daily").name, C.in_latest_time_window().name, (M & U).name]

    assert names == ["cron_tick_passed(cron_schedule=@daily, cron_timezone=UTC)", "in_latest_time_window", "AND"]


def test_a_description_is_there_where_the_name_does_not_say_it() -> None:
    found = [each.description for each in (M, M & U, C.in_latest_time_window(), C.parent_newer())]

    assert found == ["", "All of", "Within latest time window", "Made from something that was made later"]
