from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.automate.explain.evaluations import ROOT, evaluation
from watchbell import AutomationCondition as C
from watchbell.automate.explain.asset import AssetFacts, explain_asset
from watchbell.automate.explain.clauses import CheckFact, EntityFacts, Seen, whole_text_of
from watchbell.record.condition import ConditionEvaluation
from watchbell.record.run import DagsterRun, DagsterRunStatus

AT = datetime(2026, 11, 21, 2, tzinfo=UTC)
MADE = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
RUN = DagsterRun("etl", "3f2a91bc-0000", status=DagsterRunStatus.STARTED)
FACTS = {
    "orders": EntityFacts(MADE, "aaaaaaaa-1"),
    "raw": EntityFacts(MADE, "bbbbbbbb-1", AT, "cccccccc-1", (RUN,), ("dddddddd-9",)),
    "users": EntityFacts(),
    "raw:not_null": EntityFacts(check=CheckFact("failed", MADE, "eeeeeeee-2")),
    "raw:late": EntityFacts(check=CheckFact("planned", MADE)),
    "raw:old": EntityFacts(check=CheckFact("passed", MADE)),
}
CHECKS = {"raw": ["raw:not_null", "raw:late", "raw:old"]}
NOT_ASKED = "asset 'orders' was not asked for at 2026-11-21 02:00 UTC: "
ASKED = "asset 'orders' was asked for at 2026-11-21 02:00 UTC: "


def explained(condition: Any, *true: tuple[str, str], **more: Any) -> tuple[str, tuple[str, ...]]:
    """The sentence and what can change it."""
    trace = evaluation(condition, dict.fromkeys(true, True), **more)
    run_ids = ("3f2a91bc-0000",) if trace.requested else ()
    kept = ConditionEvaluation(ROOT, AT.timestamp(), int(bool(trace.requested)), "", run_ids, 7)
    facts = AssetFacts(ROOT, AT, evaluation=kept, trace=trace, seen=Seen(ROOT, AT, FACTS), runs={RUN.run_id: RUN})
    told = explain_asset(facts)
    return told.sentence, told.next_change


CASES: list[tuple[Any, ...]] = [
    (C.missing(),),
    (
        ~C.missing(),
        ("missing", "orders"),
    ),
    (C.missing().with_label("gone") & C.newly_updated(),),
    (C.run_in_progress(),),
    (C.backfill_in_progress(),),
    (
        ~C.any_deps_in_progress(),
        ("run_in_progress", "raw"),
    ),
    (
        ~C.any_deps_in_progress(),
        ("backfill_in_progress", "raw"),
    ),
    (
        ~C.any_deps_missing(),
        ("missing", "users"),
    ),
    (C.execution_failed(),),
    (
        ~C.any_deps_match(C.execution_failed()),
        ("execution_failed", "raw"),
    ),
    (C.newly_updated(),),
    (
        ~C.newly_updated(),
        ("newly_updated", "orders"),
    ),
    (C.any_deps_updated(),),
    (
        C.any_deps_updated(),
        ("newly_updated", "raw"),
        ("executed_with_root_target", "raw"),
    ),
    (
        C.newly_missing(),
        ("missing", "orders"),
        ("newly_true", "orders"),
    ),
    (C.newly_requested(),),
    (C.will_be_requested(),),
    (C.initial_evaluation(),),
    (C.code_version_changed(),),
    (C.any_deps_match(C.data_version_changed()),),
    (C.executed_with_tags(tag_keys={"team"}, tag_values={"a": "b"}),),
    (C.all_new_updates_have_run_tags(tag_keys={"team"}),),
    (C.all_deps_blocking_checks_passed(),),
    (
        C.all_deps_match(C.all_checks_match(~C.check_failed())),
        ("check_failed", "raw:not_null"),
    ),
    (C.freshness_passed(),),
    (
        ~C.freshness_failed(),
        ("freshness", "orders"),
    ),
    (C.in_latest_time_window(),),
    (C.cron_tick_passed("0 2 * * *", "Europe/Berlin"),),
    (
        ~C.cron_tick_passed("0 2 * * *"),
        ("cron_tick_passed", "orders"),
    ),
    (
        C.on_cron("0 2 * * *"),
        ("in_latest_time_window", "orders"),
        ("cron_tick_passed", "orders"),
    ),
    (C.materialized_since_cron("0 2 * * *"),),
    (C.failed_since_cron("0 2 * * *"),),
    (C.parent_newer(),),
    (C.parent_materialized(),),
    (C.any_downstream_conditions(),),
    (C.asset_matches("raw", C.newly_updated()),),
    (
        C.eager(),
        ("in_latest_time_window", "orders"),
    ),
    (
        C.eager(),
        ("in_latest_time_window", "orders"),
        ("newly_updated", "raw"),
        ("missing", "users"),
    ),
    (
        C.eager(),
        ("in_latest_time_window", "orders"),
        ("newly_updated", "raw"),
        ("run_in_progress", "raw"),
    ),
    ((C.missing() | C.code_version_changed()) & C.in_latest_time_window(),),
]
"""A condition, and which of its leaves are true of which entity (or remembered)."""


def block(condition: Any, *true: tuple[str, str]) -> str:
    """A case as it stands in ``sentences.txt``: the condition, what is true, the sentence, what can change it."""
    sentence, changes = explained(condition, *true, checks=CHECKS)
    given = f"\n  where {', '.join(f'{kind} of {entity}' for kind, entity in true)}" if true else ""
    return f"{condition}{given}\n  {sentence}\n" + "".join(f"  - {each}\n" for each in changes)


WRITTEN = (Path(__file__).parent / "sentences.txt").read_text(encoding="utf-8").split("\n\n")


@pytest.mark.parametrize(("case", "written"), list(zip(CASES, WRITTEN, strict=True)))
def test_a_blocking_clause_is_told(case: tuple[Any, ...], written: str) -> None:
    assert block(*case).strip() == written.strip()


def test_who_has_no_deps_is_told_so() -> None:
    told = explained(C.any_deps_updated(), deps=())

    assert told == (
        f"{NOT_ASKED}blocked by any_deps_updated: any_deps_updated is not true: it has no deps that it asks.",
        ("a change of its deps",),
    )


def test_of_many_dependencies_some_are_named() -> None:
    sentence, changes = explained(C.any_deps_match(C.newly_updated()), deps=[f"d{number}" for number in range(9)])

    assert sentence == (
        f"{NOT_ASKED}blocked by any_deps_match(newly_updated): d0 was not made since the evaluation before, d1 was not "
        "made since the evaluation before, d2 was not made since the evaluation before and 6 more."
    )
    assert len(changes) == 6


def test_clauses_of_which_one_would_do_are_told_together() -> None:
    sentence, changes = explained(
        ~C.any_deps_missing() | ~C.in_progress(), ("missing", "users"), ("run_in_progress", ROOT)
    )

    why = "users is missing and a run is to make it"
    assert sentence == f"{NOT_ASKED}blocked by ~any_deps_missing | ~in_progress: {why}."
    assert changes == ("a materialization of users", "the end of that run")


def test_what_was_asked_for_is_told_with_what_was_new() -> None:
    sentence, changes = explained(C.eager(), ("in_latest_time_window", ROOT), ("newly_updated", "raw"))

    why = "raw was made at 2026-11-20 18:30 UTC by run bbbbbbbb, since the evaluation before"
    assert sentence == f"{ASKED}{why}; run 3f2a91bc (STARTED) makes it."
    assert changes == ("the next evaluation",)


def test_what_waited_and_is_free_now_is_told_so() -> None:
    sentence, _ = explained(C.eager(), ("in_latest_time_window", ROOT), ("since", ROOT))

    assert sentence == (
        f"{ASKED}what asks for it came at an earlier evaluation, and nothing holds it back any more; run 3f2a91bc "
        "(STARTED) makes it."
    )


def test_a_stored_condition_is_written_as_it_is_declared() -> None:
    conditions = [
        C.eager(), C.on_cron("0 2 * * *", "Europe/Berlin"), C.on_missing(), C.asset_matches("raw", C.missing()),
        C.executed_with_tags(tag_values={"a": "b"}), C.freshness_failed(), C.missing().since(C.newly_updated()),
    ]  # fmt: skip

    assert [whole_text_of(evaluation(each, {}).tree) for each in conditions] == [str(each) for each in conditions]
