"""How backfills look in a terminal, and in a file."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from watchbell.automate.backfills.estimate import Estimate
from watchbell.automate.backfills.plan import BackfillPlan
from watchbell.automate.backfills.steps import PlanStep
from watchbell.cli.backfill_show import (
    FILE_LINE_SECONDS,
    ProgressLine,
    advice_on,
    few_names,
    shortened,
    show_parts,
    show_plan,
)
from watchbell.record.backfill import Backfill, BackfillPart, BackfillStatus, BackfillTarget, PartState
from watchbell.record.keys import AssetKey

P, B = PartState, BackfillStatus


def backfill(status: BackfillStatus = B.IN_PROGRESS, **counts: int) -> Backfill:
    target = BackfillTarget("etl", "shop")
    states = {PartState(name.upper()): count for name, count in counts.items()}
    return Backfill("b1", (target,), datetime(2026, 1, 1, tzinfo=UTC), status=status, counts=states)


def step_of(*names: str, first: str = "2026-01-01", last: str = "2026-01-31") -> PlanStep:
    return PlanStep(1, ", ".join(names), 31, 31, first, last, asset_keys=tuple(AssetKey(name) for name in names))


def plan_of(*steps: PlanStep, runs: int = 2) -> BackfillPlan:
    parts = [BackfillPart(number) for number in range(runs)]
    return BackfillPlan(backfill(), parts, steps, estimate=Estimate(None, 1))


@pytest.mark.parametrize("columns", [80, 120, 200])
def test_a_plan_of_very_many_assets_fits_the_terminal(
    columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))

    show_plan(plan_of(step_of(*(f"table_{number}" for number in range(200)))))

    lines = capsys.readouterr().out.splitlines()
    assert max(len(line) for line in lines[:3]) <= columns
    assert " more " in lines[2]


def test_long_keys_lose_their_middle(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "80")

    show_plan(plan_of(step_of("sales", first=f"{'a' * 60}/001", last=f"{'a' * 60}/099")))

    row = capsys.readouterr().out.splitlines()[2]
    assert ["…aaaaaaaaa/001" in row, "…aaaaaaaaa/099" in row] == [True, True]


@pytest.mark.parametrize(
    ("names", "length", "text"),
    [
        (["a", "b", "c"], 24, "a, b, c"),
        (["orders", "refunds", "totals"], 20, "orders and 2 more"),
        (["one_name_that_is_far_too_long"], 11, "one_n…_long"),
        (["one_name_that_is_far_too_long", "b"], 26, "one_nam…oo_long and 1 more"),
    ],
)
def test_names_are_counted_where_there_is_no_room(names: list[str], length: int, text: str) -> None:
    assert few_names(names, length) == text
    assert len(text) <= length


def test_a_text_keeps_its_beginning_and_its_end() -> None:
    assert [shortened("abcdefgh", length) for length in (8, 7, 6)] == ["abcdefgh", "abc…fgh", "abc…gh"]


def test_a_listed_part_takes_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    row = {
        "part": 0,
        "makes": "a",
        "for": "k",
        "state": "FAILED",
        "attempt": 1,
        "run_id": "r",
        "needs": "",
        "why": "x\ny",
    }

    show_parts([{**row, "why": "first line\nsecond line"}])

    assert len(capsys.readouterr().out.splitlines()) == 3


def test_advice_names_the_commands() -> None:
    rows = [{"state": "FAILED", "run_id": "0123456789"}, {"state": "BLOCKED", "run_id": None}]

    advice = advice_on(backfill(B.COMPLETED_FAILED, failed=1, blocked=4), rows)

    assert advice == [
        "3 more: watchbell backfill show b1 --limit 5",
        "why a run failed: watchbell run show 01234567",
        "to run them again: watchbell backfill retry b1",
    ]
    assert advice_on(backfill(B.COMPLETED_SUCCESS, succeeded=2), []) == []
    assert advice_on(backfill(B.PAUSED, waiting=2), []) == ["to go on: watchbell backfill resume b1"]


def test_a_file_gets_a_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    line = ProgressLine(is_terminal=False)

    for seconds in range(100):
        line.show(backfill(running=100 - seconds, succeeded=seconds + 1), seconds + 0.5)
    line.show(backfill(B.COMPLETED_SUCCESS, succeeded=101), 100)

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + 99 // FILE_LINE_SECONDS + 1
    assert lines[-1].startswith("COMPLETED_SUCCESS")


def test_a_line_that_is_written_over_never_wraps(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    line = ProgressLine(is_terminal=True)

    line.show(backfill(B.COMPLETED_FAILED, succeeded=1234, running=99, waiting=4321, failed=12, blocked=321), 0)

    shown = capsys.readouterr().out.replace("\x1b[K", "").removeprefix("\r")
    assert len(shown) < 80
    assert "21 %  1,234 done, 99 begun, 4,321 waiting, 12 failed" in shown
