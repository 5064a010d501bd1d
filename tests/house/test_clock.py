"""The clock is a value: below the services nobody reads it."""

import ast

from tests.house.sources import sources

BELOW_THE_SERVICES = {
    "ground", "record", "store", "declare", "instance", "automate", "execute", "host", "launch",
}  # fmt: skip
THE_CLOCK = "ground/clock.py"
# Where the machine's own clock is taken, because nobody above could pass one.
RIMS = {
    "declare/partitions/view.py": "users who name no moment mean now",
    "execute/in_process.py": "a call without an instance",
    "execute/pipes/session.py": "a session that is opened by user code",
    "host/condition_evaluator.py": "a process of its own",
    "host/client.py": "compared with times of files",
    "host/evaluate.py": "a process of its own",
    "host/fresh_import.py": "compared with times of files",
    "host/main.py": "a process of its own",
    "host/worker.py": "a process of its own",
}

# Last two words of the dotted name. Monotonic clocks measure durations and are allowed everywhere.
READS = {
    ("time", "time"), ("time", "time_ns"),
    ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"),
    ("dt", "now"), ("dt", "utcnow"), ("dt", "today"),
}  # fmt: skip


def clock_reads(tree: ast.AST) -> list[int]:
    """The lines that name a function which reads the wall clock, called or handed on."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and tuple(ast.unparse(node).split(".")[-2:]) in READS:
            found.append(node.lineno)
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            found += [node.lineno for alias in node.names if alias.name in {"time", "time_ns"}]
    return found


def test_no_code_below_the_services_reads_the_wall_clock() -> None:
    found = [
        f"{source.path}:{line}"
        for source in sources()
        if source.floor in BELOW_THE_SERVICES and source.path != THE_CLOCK
        for line in clock_reads(source.tree)
    ]

    assert found == [], "take the time as an argument, or a Clock (ground/clock.py) at the rim"


def test_the_machines_clock_is_taken_at_the_known_rims_only() -> None:
    found = {
        source.path
        for source in sources()
        if source.floor in BELOW_THE_SERVICES
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "SystemClock"
    }

    assert found == set(RIMS)


def test_the_finder_sees_calls_references_and_imports() -> None:
    text = "started = time.monotonic()\nat = datetime.now(UTC)\nfactory = time.time\nfrom time import time_ns\n"

    assert sorted(clock_reads(ast.parse(text))) == [2, 3, 4]
