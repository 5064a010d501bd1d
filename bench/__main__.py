"""``python -m bench``: asks questions.py on both sides; a table for people, JSON lines for machines."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.measure import (
    ROOT,
    Figure,
    Side,
    WorkFailedError,
    compile_environment,
    fixed_work_ms,
    load_average,
    medians,
    now_text,
    run_work,
)
from bench.questions import QUESTIONS, Goal, Question

DAGSTER_PYTHON = ROOT / ".venv-dagster" / "bin" / "python"
OUTPUT = ROOT / "build" / "bench.jsonl"
HEADER = f"{'question: measure':<40}{'watchbell':>12}{'dagster':>12}{'ratio':>9}{'target':>10}{'recorded':>10}  unit"


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line, read."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="questions to ask; none: all of them")
    parser.add_argument("--list", action="store_true", help="show the questions and stop")
    parser.add_argument(
        "--dagster-python",
        type=Path,
        default=Path(os.environ.get("BENCH_DAGSTER_PYTHON", DAGSTER_PYTHON)),
        help="interpreter of an environment with Dagster and its web server (make bench-dagster makes one)",
    )
    parser.add_argument("--side", choices=["both", "watchbell", "dagster"], default="both", help="whom to ask")
    parser.add_argument("--rounds", type=int, help="how often each side runs; figures are medians")
    parser.add_argument("--long", action="store_true", help="also Dagster's sides that take many minutes")
    parser.add_argument("--out", type=Path, default=OUTPUT, help="file the JSON lines are added to")
    given = parser.parse_args(arguments)
    unknown = set(given.names) - {question.name for question in QUESTIONS}
    if unknown:
        parser.error(
            f"no such question: {', '.join(sorted(unknown))}; there are {', '.join(q.name for q in QUESTIONS)}"
        )
    if given.side != "watchbell" and not given.dagster_python.exists():
        print(f"no Dagster at {given.dagster_python}: only watchbell is measured (make bench-dagster)", file=sys.stderr)
        if given.side == "dagster":
            parser.error("nothing to measure")
        given.side = "watchbell"
    return given


def sides_of(given: argparse.Namespace) -> list[Side]:
    """Who is measured, ours first."""
    both = [Side("watchbell", Path(sys.executable)), Side("dagster", given.dagster_python)]
    return [side for side in both if given.side in {"both", side.name}]


def ask(question: Question, sides: Sequence[Side], rounds: int) -> dict[str, list[Figure] | str]:
    """The figures of each side, or why there are none; the sides take turns."""
    found: dict[str, list[list[Figure]]] = {side.name: [] for side in sides}
    failed: dict[str, str] = {}
    for number in range(rounds):
        for side in sides if number % 2 == 0 else reversed(sides):
            if side.name in failed:
                continue
            arguments = question.arguments
            if side.name == "dagster" and question.dagster_arguments is not None:
                arguments = question.dagster_arguments
            try:
                found[side.name].append(run_work(side, question.script, arguments, question.timeout_seconds))
            except WorkFailedError as error:
                failed[side.name] = str(error)
    return {name: failed.get(name) or medians(figures) for name, figures in found.items()}


def row(question: Question, measure: str, by_side: dict[str, Figure]) -> dict[str, object]:
    """One line of the result: both figures, their ratio, the target and whether it is met."""
    goal = next((each for each in question.goals if each.measure == measure), Goal(measure))
    ours, theirs = by_side.get("watchbell"), by_side.get("dagster")
    met = None
    if ours and goal.target is not None:
        met = ours.value >= goal.target if goal.at_least else ours.value <= goal.target
    ratio = None
    if ours and theirs and ours.value and theirs.value:
        ratio = ours.value / theirs.value if goal.at_least else theirs.value / ours.value
    return {
        "question": question.name,
        "measure": measure,
        "unit": next(iter(by_side.values())).unit,
        "watchbell": ours.value if ours else None,
        "dagster": theirs.value if theirs else None,
        "ratio": ratio,
        "target": goal.target,
        "met": met,
        "dagster_recorded": goal.recorded,
    }


def rows(question: Question, answers: dict[str, list[Figure] | str]) -> list[dict[str, object]]:
    """The lines of one question, in the order in which its script prints."""
    figures: dict[str, dict[str, Figure]] = {}
    for side, answer in answers.items():
        for figure in answer if isinstance(answer, list) else ():
            figures.setdefault(figure.measure, {})[side] = figure
    return [row(question, measure, by_side) for measure, by_side in figures.items()]


def shown(line: dict[str, object]) -> str:
    """A line of the table. ``!`` marks a target that is not reached."""

    def number(key: str, form: str = ",.3g") -> str:
        value = line[key]
        if not isinstance(value, int | float):
            return ""
        return f"{value:,.0f}" if abs(value) >= 1000 else format(value, form)

    mark = "!" if line["met"] is False else ""
    ratio = number("ratio") + ("x" if line["ratio"] else "")
    return (
        f"{line['question']}: {line['measure']}".ljust(40)
        + f"{number('watchbell')}{mark}".rjust(12)
        + number("dagster").rjust(12)
        + ratio.rjust(9)
        + number("target").rjust(10)
        + number("dagster_recorded").rjust(10)
        + f"  {line['unit']}"
    )


def main() -> int:
    """Asks, prints, writes; 1 when a side could not answer."""
    given = options()
    if given.list:
        for question in QUESTIONS:
            print(f"{question.name:<30}{question.what}")
        return 0
    sides = sides_of(given)
    for side in sides:
        compile_environment(side)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    failed, moods = False, []
    print(HEADER, flush=True)
    for question in QUESTIONS:
        if given.names and question.name not in given.names:
            continue
        skipped = question.is_ours_alone or (question.dagster_is_long and not given.long and given.side != "dagster")
        taking_part = [side for side in sides if not (skipped and side.name == "dagster")]
        before = fixed_work_ms()
        answers = ask(question, taking_part, given.rounds or question.rounds)
        moods += [before, fixed_work_ms()]
        noise = {"fixed_work_ms": moods[-2:], "load": load_average(), "at": now_text()}
        with given.out.open("a") as out:
            for line in rows(question, answers):
                print(shown(line), flush=True)
                out.write(json.dumps({**line, **noise}) + "\n")
        for side_name, answer in answers.items():
            if isinstance(answer, str):
                failed = True
                print(f"{question.name}: {side_name} gave no answer: {answer}", file=sys.stderr, flush=True)
    if moods:
        print(f"fixed work: {min(moods):.0f} to {max(moods):.0f} ms of CPU; the wider apart, the noisier the machine")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
