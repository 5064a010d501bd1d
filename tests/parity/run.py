"""Run the parity scenarios on the ``dagster`` of this interpreter, and compare with what Dagster was seen to do.

python -m tests.parity.run --topic checks            what they say here, as JSON
python -m tests.parity.run --topic checks --diff     where that differs from what is recorded
python -m tests.parity.run --reference PYTHON        run both sides now and compare line by line
python -m tests.parity.run --record                  write what is said here to expected/: with Dagster installed
                                                     its side, else what watchbell says where it differs on purpose
python -m tests.parity.run --reference PYTHON --record   write both sides, Dagster's as that interpreter says it
python -m tests.parity.run --pending                 write pending.txt anew
"""

import argparse
import difflib
import importlib
import json
import os
import pkgutil
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.parity import scenarios
from tests.parity.scenario import SCENARIOS, Scenario, perform

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
EXPECTED = FOLDER / "expected"
PENDING = FOLDER / "pending.txt"
SECONDS_MAX = 60

Lines = dict[str, list[str]]


def load() -> dict[str, Scenario]:
    """All scenarios by ``topic.name``, in the order of their files."""
    for found in pkgutil.iter_modules(scenarios.__path__):
        importlib.import_module(f"{scenarios.__name__}.{found.name}")
    return SCENARIOS


def chosen(topics: Iterable[str], names: Iterable[str]) -> list[Scenario]:
    """The scenarios of these topics and with these words in their key; all when neither is given."""
    topics, names = set(topics), list(names)
    every = load().values()
    return [
        each
        for each in every
        if (not topics or each.topic in topics) and (not names or any(name in each.key for name in names))
    ]


def apart(one: Scenario, *, trace: bool) -> list[str]:
    """``perform`` in a forked process, so that one scenario cannot spoil, end or hold up the others."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        signal.alarm(SECONDS_MAX)
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        if not trace:
            os.dup2(quiet, 2)
        with open(writing, "w") as out:  # noqa: PTH123
            json.dump(perform(one, trace=trace), out)
        os._exit(0)
    os.close(writing)
    with open(reading) as told:  # noqa: PTH123
        text = told.read()
    _, status = os.waitpid(child, 0)
    return list(json.loads(text)) if text else [f"the process ended with status {status}"]


def run_here(some: Iterable[Scenario], *, trace: bool = False) -> Lines:
    """What these scenarios say in this interpreter."""
    return {each.key: apart(each, trace=trace) for each in some}


def side() -> str:
    """Whose ``dagster`` this interpreter imports: ``dagster`` or ``watchbell``; the alias names itself as Dagster does,
    but its objects are watchbell's own.
    """
    return str(importlib.import_module("dagster").asset.__module__).partition(".")[0]


def run_there(python: str, keys: Iterable[str]) -> Lines:
    """What these scenarios say in another interpreter.

    Raises:
        SystemExit: it has no Dagster, or watchbell under that name: nothing is to be compared with itself.
    """
    command = [python, "-m", "tests.parity.run", "--whose"]
    whose = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False).stdout.strip()
    if whose != "dagster":
        raise SystemExit(
            f"--reference needs a Python with Dagster itself; `dagster` of {python} is {whose or 'missing'}"
        )
    command = [python, "-m", "tests.parity.run", *(f"--exactly={key}" for key in keys)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return dict(json.loads(done.stdout))


def expected_of(topic: str) -> dict[str, dict[str, list[str]]]:
    """What is recorded for a topic: lines by scenario and by who said them (``watchbell`` only where it differs)."""
    path = EXPECTED / f"{topic}.json"
    return dict(json.loads(path.read_text())) if path.exists() else {}


def expected_lines(one: Scenario) -> list[str] | None:
    """What watchbell is to say in a scenario; None when nothing is recorded."""
    recorded = expected_of(one.topic).get(one.name, {})
    return recorded.get("watchbell" if one.differs else "dagster")


def record(some: Iterable[Scenario], said: Lines, whose: str) -> None:
    """Write what was said into the files of the topics. Scenarios that are gone lose their entry.

    Args:
        some: the scenarios.
        said: what they said.
        whose: who said it: ``dagster``, or ``watchbell``, of which only what differs on purpose is written.
    """
    written = [each for each in some if whose == "dagster" or each.differs]
    for topic in {each.topic for each in written}:
        entries = expected_of(topic)
        for one in (each for each in written if each.topic == topic):
            entries[one.name] = {**entries.get(one.name, {}), whose: said[one.key]}
            if not one.differs:
                entries[one.name].pop("watchbell", None)
        known = {each.name for each in SCENARIOS.values() if each.topic == topic}
        kept = {name: entries[name] for name in sorted(entries.keys() & known)}
        (EXPECTED / f"{topic}.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")


def pending() -> set[str]:
    """The keys of scenarios that watchbell does not pass yet."""
    return set(PENDING.read_text().split()) if PENDING.exists() else set()


def differences(said: Lines, expected: dict[str, list[str] | None]) -> list[str]:
    """For people: each scenario that differs, with its lines."""
    text = []
    for key, lines in said.items():
        wanted = expected[key]
        if lines != wanted:
            compared = difflib.unified_diff(
                wanted or ["(nothing recorded)"], lines, "dagster", "watchbell", "", "", 1, ""
            )
            text += [f"== {key}", *list(compared)[2:], ""]
    return text


def main(arguments: list[str] | None = None) -> int:
    """See the module's docstring; the exit code is 1 when something differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.parity.run")
    parser.add_argument("--topic", action="append", default=[])
    parser.add_argument("--name", action="append", default=[], help="part of a scenario's key")
    parser.add_argument("--exactly", action="append", default=[], help=argparse.SUPPRESS)
    parser.add_argument("--reference", help="a Python that has Dagster installed")
    parser.add_argument("--whose", action="store_true", help=argparse.SUPPRESS)
    for flag in ("--diff", "--record", "--pending", "--trace"):
        parser.add_argument(flag, action="store_true")
    given = parser.parse_args(arguments)

    if given.whose:
        print(side())
        return 0
    some = [load()[key] for key in given.exactly] or chosen(given.topic, given.name)
    there = run_there(given.reference, [each.key for each in some]) if given.reference else {}
    here = run_here(some, trace=given.trace)
    if given.record:
        record(some, here, side())
        if given.reference:
            record(some, there, "dagster")
        return 0
    if given.pending:
        failing = {each.key for each in some if here[each.key] != expected_lines(each)}
        rest = pending() - here.keys() if given.topic or given.name else set()
        PENDING.write_text("".join(f"{key}\n" for key in sorted(failing | rest)))
        print(f"{len(failing)} of {len(some)} scenarios are pending")
        return 0
    if given.reference:
        return report(
            differences(here, {each.key: expected_lines(each) if each.differs else there[each.key] for each in some}),
            some,
        )
    if given.diff:
        return report(differences(here, {each.key: expected_lines(each) for each in some}), some)
    print(json.dumps(here, indent=1, ensure_ascii=False))
    return 0


def report(found: list[str], some: list[Scenario]) -> int:
    """Print what differs and how many; the exit code."""
    differing = sum(line.startswith("== ") for line in found)
    print("\n".join(found))
    print(f"{len(some) - differing} of {len(some)} scenarios say what they should")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
