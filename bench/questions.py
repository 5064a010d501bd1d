"""The questions: which script answers them, with which arguments, what we aim at and what Dagster was seen to take.

``recorded`` figures of Dagster were taken earlier, on a quiet machine (two cores, SQLite on a local disk). They are
shown as such, beside a measurement or in place of one that takes too long; they never enter a ratio.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    """What is known beforehand about one measure.

    Args:
        measure: the figure's name, as the script prints it.
        target: at most this much, in the figure's unit; None: printed for information.
        recorded: what Dagster was seen to take, in the same unit; None: never recorded.
        at_least: the target is a floor instead (rates).
    """

    measure: str
    target: float | None = None
    recorded: float | None = None
    at_least: bool = False


@dataclass(frozen=True)
class Question:
    """One thing worth knowing.

    Args:
        name: how it is asked for on the command line.
        what: the question in words.
        script: ``bench/work/<script>.py``.
        arguments: what the script is given.
        goals: targets and recorded figures of its measures.
        dagster_arguments: what the script is given on Dagster's side; None: the same.
        is_ours_alone: Dagster cannot do it.
        dagster_is_long: Dagster needs minutes for it; asked only with ``--long``.
        rounds: how often each side runs unless told otherwise; figures are medians.
        timeout_seconds: for one run of the script.
    """

    name: str
    what: str
    script: str
    arguments: tuple[str, ...] = ()
    goals: tuple[Goal, ...] = ()
    dagster_arguments: tuple[str, ...] | None = None
    is_ours_alone: bool = False
    dagster_is_long: bool = False
    rounds: int = 1
    timeout_seconds: float = 300.0


SKIP = '{"overlap": "skip"}'
JITTER = '{"jitter": 40}'

QUESTIONS: tuple[Question, ...] = (
    Question(
        "import",
        "starting an interpreter that imports the package, or a file of definitions",
        "importing",
        goals=(
            Goal("import", recorded=950),
            Goal("import-times-empty", target=2),
            Goal("declaring-file", target=150),
            Goal("modules", recorded=841),
            Goal("memory", recorded=64),
        ),
        rounds=5,
        timeout_seconds=60,
    ),
    Question(
        "commands",
        "one command, prompt to prompt",
        "commands",
        goals=(
            Goal("version", target=100, recorded=1030),
            Goal("ops-1-in-process", target=300, recorded=1800),
            Goal("ops-1-default", target=350, recorded=3650),
            Goal("ops-10-in-process", target=350, recorded=2140),
            Goal("ops-10-default", target=600, recorded=21000),
            Goal("asset-materialize", target=300, recorded=3650),
        ),
        rounds=3,
        timeout_seconds=180,
    ),
    Question(
        "ops",
        "one op of a long chain",
        "chains",
        ("ops", "300", "1000"),
        goals=tuple(
            Goal(f"op-{place}-{count}", target, recorded)
            for count in (300, 1000)
            for place, target, recorded in (("memory", 0.2, 5.9), ("sqlite", 0.4, 19.7))
        ),
    ),
    Question(
        "assets",
        "one asset of a long chain",
        "chains",
        ("assets", "300", "1000"),
        goals=tuple(
            Goal(f"asset-{place}-{count}", target, recorded)
            for count in (300, 1000)
            for place, target, recorded in (("memory", 0.4, 12.9), ("sqlite", 0.8, 41.5))
        ),
    ),
    Question(
        "loading",
        "5,000 assets of one code location, from the decorators to the job that makes them all",
        "loading",
        ("5000",),
        goals=(Goal("load-5000", target=1), Goal("load-5000-memory")),
        rounds=3,
    ),
    Question(
        "ops-laden",
        "one op of a long chain with types, metadata, a hook and an IO manager of one's own",
        "laden",
        ("ops", "300"),
        goals=(Goal("op-laden-memory", 0.3), Goal("op-laden-sqlite", 0.6)),
    ),
    Question(
        "assets-laden",
        "one asset of a long chain with metadata, a check and an IO manager of one's own",
        "laden",
        ("assets", "300"),
        goals=(Goal("asset-laden-memory", 0.6), Goal("asset-laden-sqlite", 1.2)),
    ),
    Question(
        "forking",
        "a step in a process of its own, 200 of them in one run",
        "forking",
        ("200",),
        goals=(Goal("forked-step-200", target=15),),
        dagster_is_long=True,
        timeout_seconds=900,
    ),
    Question(
        "events",
        "storing an asset event, finding the newest, materializing one asset, all on SQLite",
        "events",
        ("100", "100000"),
        goals=(
            Goal("report", target=0.2, recorded=5.8),
            Goal("latest-100", target=0.1, recorded=8.3),
            Goal("latest-100000", target=0.1, recorded=8.3),
            Goal("materialize-one", target=5, recorded=183),
        ),
        dagster_arguments=("100", "2000"),
    ),
    Question(
        "events-batched",
        "storing asset events together",
        "batching",
        goals=(Goal("report-batched", target=0.02),),
        is_ours_alone=True,
        rounds=3,
    ),
    Question(
        "start",
        "the service coming up: first tick, first answer of the web server",
        "starting",
        goals=(
            Goal("cpu", target=0.8, recorded=7.2),
            Goal("first-tick", target=1, recorded=5.3),
            Goal("first-answer", target=1, recorded=5.7),
        ),
        rounds=3,
        timeout_seconds=90,
    ),
    Question(
        "idle",
        "the service with nothing to do, over 30 s",
        "idling",
        ("30",),
        goals=(
            Goal("processes", target=2, recorded=5),
            Goal("memory", target=100, recorded=509),
            Goal("cpu", target=0.3, recorded=4.7),
        ),
    ),
    Question(
        "partitions-hourly",
        "keys, windows and sets of the hours of ten years, in a zone whose clocks change",
        "partition_sets",
        goals=(
            Goal("has-key", target=50, recorded=30),
            Goal("all-keys", target=200, recorded=4613),
            Goal("set-of-58000-keys", target=500, recorded=8677),
            Goal("union-intersection-difference", target=1, recorded=347),
        ),
        rounds=3,
    ),
    Question(
        "partitions-listed",
        "1,000,000 listed keys, and sets of them",
        "partition_sets",
        ("--static", "1000000"),
        goals=(
            Goal("has-key", target=5, recorded=15_872),
            Goal("union-intersection-difference", target=50, recorded=595),
        ),
    ),
    Question(
        "partitions-listed-10-million",
        "10,000,000 listed keys, and sets of them",
        "partition_sets",
        ("--static", "10000000"),
        goals=(Goal("has-key", target=5), Goal("union-intersection-difference", target=500)),
        dagster_is_long=True,
    ),
    Question(
        "conditions",
        "a tick of eager assets in ten layers: the first, one in which nothing is new, one after a root was made",
        "conditions",
        ("layers", "200", "1000"),
        goals=(
            Goal("assets-200-quiet", target=5),
            Goal("assets-1000-first", target=40, recorded=4_100),
            Goal("assets-1000-quiet", target=2, recorded=5_600),
            Goal("assets-1000-one-updated", target=40, recorded=7_500),
            Goal("assets-1000-each-descendant"),
        ),
        timeout_seconds=1_200,
    ),
    Question(
        "conditions-large",
        "the same of 5,000 and 20,000 assets (Dagster: 5,000)",
        "conditions",
        ("layers", "5000", "20000"),
        dagster_arguments=("layers", "5000"),
        goals=(
            Goal("assets-5000-quiet", target=5),
            Goal("assets-20000-quiet", target=5),
            Goal("assets-20000-memory", target=500),
        ),
        dagster_is_long=True,
        timeout_seconds=7_200,
    ),
    Question(
        "conditions-days",
        "the same of 500 eager assets with 1,096 days each",
        "conditions",
        ("days",),
        goals=(
            Goal("days-first", target=50, recorded=3_400),
            Goal("days-quiet", target=2, recorded=5_600),
            Goal("days-updated", target=100, recorded=8_700),
        ),
        timeout_seconds=600,
    ),
    Question(
        "conditions-hours",
        "the same of 50 eager assets with 26,000 hours each",
        "conditions",
        ("hours",),
        goals=(Goal("hours-first"), Goal("hours-quiet", target=5), Goal("hours-updated")),
        timeout_seconds=600,
    ),
    Question(
        "conditions-listed",
        "the same of two eager assets, one made from the other, with 1,000,000 listed partitions each",
        "conditions",
        ("listed",),
        goals=(Goal("listed-first"), Goal("listed-quiet", target=5), Goal("listed-updated")),
        timeout_seconds=900,
    ),
    Question(
        "simulate-year",
        "a year of 200 schedules and 500 automation conditions, simulated",
        "simulating",
        goals=(Goal("year", target=30), Goal("ticks-a-second", target=2000, at_least=True), Goal("year-memory")),
        is_ours_alone=True,
        timeout_seconds=900,
    ),
    Question(
        "partitions-mapped",
        "hours to days and back, over three years: everything, and a random half",
        "partition_maps",
        goals=(
            Goal("days-to-hours-all", target=5, recorded=0.38),
            Goal("hours-to-days-all", target=5, recorded=0.54),
            Goal("days-to-hours-scattered", target=5, recorded=0.22),
            Goal("hours-to-days-scattered", target=5, recorded=1396),
        ),
        dagster_arguments=("--rounds", "1"),
        rounds=3,
    ),
    Question(
        "partitions-status",
        "how the partitions of 1,000 assets with 1,000 each stand (Dagster: 5 with 100)",
        "partition_status",
        ("--assets", "1000", "--partitions", "1000"),
        goals=(Goal("states", target=1), Goal("state-of-a-partition", recorded=181), Goal("memory", target=50)),
        dagster_arguments=("--assets", "5", "--partitions", "100"),
        timeout_seconds=600,
    ),
    Question(
        "partitions-status-command",
        "the command that shows how 10,000,000 partitions of one asset stand",
        "partition_status",
        ("--command", "minutes.py", "readings"),
        goals=(Goal("command", target=1),),
        is_ours_alone=True,
    ),
    Question(
        "schedules-200",
        "200 schedules due each minute, all skipping",
        "schedules",
        ("--count", "200", "--minutes", "2", "--lead", "12"),
        goals=(
            Goal("tick", target=1, recorded=78),
            Goal("late-median", recorded=7.7),
            Goal("late-last", target=0.5, recorded=16.8),
        ),
        timeout_seconds=260,
    ),
    Question(
        "schedules-run",
        "100 schedules due each minute, each asking for a run that stays in the queue",
        "schedules",
        ("--count", "100", "--minutes", "2", "--lead", "12", "--request"),
        goals=(Goal("tick", target=2, recorded=200),),
        timeout_seconds=260,
    ),
    Question(
        "schedules-1000",
        "1,000 schedules due each minute, and a restart after a missed minute",
        "schedules",
        ("--count", "1000", "--minutes", "2", "--lead", "2", "--restart"),
        goals=(
            Goal("tick", target=1, recorded=78),
            Goal("late-median", recorded=51),
            Goal("late-last", target=3),
            Goal("restart-first-tick", target=2, recorded=28),
        ),
        dagster_is_long=True,
        timeout_seconds=500,
    ),
    Question(
        "schedules-5000",
        "5,000 schedules due each minute, and a restart after a missed minute",
        "schedules",
        ("--count", "5000", "--minutes", "1", "--lead", "5", "--restart"),
        goals=(Goal("tick", target=1, recorded=78), Goal("restart-first-tick", target=5, recorded=400)),
        dagster_is_long=True,
        timeout_seconds=900,
    ),
    Question(
        "sensors-100",
        "100 sensors with a minimum interval of 5 s, all skipping",
        "sensors",
        ("--count", "100", "--interval", "5", "--seconds", "30"),
        goals=(Goal("evaluation", target=1, recorded=49), Goal("rate", recorded=10.8)),
        timeout_seconds=150,
    ),
    Question(
        "sensors-1000",
        "1,000 sensors with a minimum interval of 1 s, all skipping",
        "sensors",
        ("--count", "1000", "--interval", "1", "--seconds", "20"),
        goals=(Goal("evaluation", target=1, recorded=49), Goal("rate", target=1000, at_least=True)),
        dagster_is_long=True,
        timeout_seconds=240,
    ),
    Question(
        "sensors-10000",
        "10,000 sensors with a minimum interval of 30 s, all skipping (Dagster: 100)",
        "sensors",
        ("--count", "10000", "--interval", "30", "--seconds", "60"),
        goals=(
            Goal("evaluation", target=1.5, recorded=49),
            Goal("rate", target=330, at_least=True),
            Goal("between-median", target=30.5),
            Goal("between-longest", target=33),
        ),
        dagster_arguments=("--count", "100", "--interval", "30", "--seconds", "60"),
        timeout_seconds=300,
    ),
    Question(
        "sensors-sleeping",
        "50 sensors that sleep 0.2 s, every 5 s: time between two evaluations of one",
        "sensors",
        ("--count", "50", "--interval", "5", "--seconds", "40", "--sleep", "0.2"),
        goals=(Goal("between-median", target=5.3, recorded=12.5), Goal("between-longest", target=6)),
        timeout_seconds=150,
    ),
    Question(
        "reaction",
        "100 asset sensors: from the moment an asset was made until the run of its sensor is queued",
        "reacting",
        ("--count", "100", "--gap", "0.1"),
        goals=(Goal("reaction-median", target=50), Goal("reaction-p99", target=250)),
        timeout_seconds=180,
    ),
    Question(
        "failure-reaction",
        "runs that fail: from the end of the run until the run failure sensor is called",
        "failing",
        ("--count", "40", "--interval", "2"),
        goals=(Goal("called-median", target=50), Goal("called-p99", target=250)),
        dagster_arguments=("--count", "5", "--interval", "8"),
        timeout_seconds=240,
    ),
    Question(
        "failure-burst",
        "5,000 runs that failed while the service was away, and a run failure sensor (Dagster: 50)",
        "bursting",
        ("--count", "5000"),
        goals=(Goal("rate"), Goal("event"), Goal("ticks")),
        dagster_arguments=("--count", "50", "--seconds", "600"),
        timeout_seconds=900,
    ),
    Question(
        "crowd-idle",
        "10,000 schedules and 10,000 sensors that wait, over 60 s (Dagster: 200 and 200)",
        "crowd",
        ("--schedules", "10000", "--sensors", "10000"),
        goals=(Goal("idle-cpu", target=2), Goal("idle-memory")),
        dagster_arguments=("--schedules", "200", "--sensors", "200"),
        timeout_seconds=240,
    ),
    Question(
        "crowd-due",
        "the same, of which 3,000 schedules are due in one minute and ask for a run each (Dagster: 50 of 200)",
        "crowd",
        ("--schedules", "10000", "--sensors", "10000", "--due", "3000"),
        goals=(Goal("late-p99"), Goal("stored-last", target=10), Goal("tick", target=2, recorded=200)),
        dagster_arguments=("--schedules", "200", "--sensors", "200", "--due", "50"),
        timeout_seconds=300,
    ),
    Question(
        "crowd-due-skip",
        "the same with overlap='skip', in the second minute: each time finds a run that is not over",
        "crowd",
        ("--schedules", "10000", "--sensors", "10000", "--due", "3000", "--minutes", "2", "--policy", SKIP),
        goals=(Goal("late-p99"), Goal("late-last", target=10), Goal("tick", target=2)),
        is_ours_alone=True,
        timeout_seconds=360,
    ),
    Question(
        "crowd-due-jitter",
        "the same with jitter=40: CPU of a tick and the last one of the minute",
        "crowd",
        ("--schedules", "10000", "--sensors", "10000", "--due", "3000", "--policy", JITTER),
        goals=(Goal("stored-last", target=50), Goal("tick", target=2)),
        is_ours_alone=True,
        timeout_seconds=300,
    ),
    Question(
        "sensors-sleeping-1000",
        "1,000 sensors that sleep 0.2 s, every 5 s: 200 a second are wanted, 40 at a time",
        "sensors",
        ("--count", "1000", "--interval", "5", "--seconds", "40", "--sleep", "0.2"),
        goals=(Goal("rate", target=200, at_least=True), Goal("between-median", target=5.3), Goal("between-longest")),
        dagster_arguments=("--count", "50", "--interval", "5", "--seconds", "40", "--sleep", "0.2"),
        timeout_seconds=200,
    ),
    Question(
        "sensors-async-1000",
        "1,000 async sensors that wait 0.2 s, every 5 s, in one process",
        "sensors",
        ("--count", "1000", "--interval", "5", "--seconds", "40", "--sleep", "0.2", "--asynchronous"),
        goals=(
            Goal("rate", target=195, at_least=True),
            Goal("on-time", target=99, at_least=True),
            Goal("late-p99", target=0.25),
            Goal("between-longest", target=6),
            Goal("cpu-service"),
            Goal("cpu-host"),
            Goal("cpu-evaluators"),
        ),
        is_ours_alone=True,
        timeout_seconds=200,
    ),
    Question(
        "runs",
        "runs started by a sensor: one at a time, and a batch",
        "runs",
        ("--singles", "8", "--batch", "300"),
        goals=(
            Goal("run-cpu", target=0.03, recorded=2.36),
            Goal("created-to-first-step", target=0.05),
            Goal("created-to-finished", target=0.1, recorded=2.6),
            Goal("batch-rate", target=1500, recorded=42, at_least=True),
        ),
        dagster_arguments=("--singles", "4", "--batch", "20"),
        timeout_seconds=300,
    ),
    Question(
        "backfill",
        "a backfill of 10,000 partitions of a job, from the command until all runs are there",
        "backfilling",
        ("--partitions", "10000"),
        goals=(Goal("all-created"), Goal("creating", target=5), Goal("run-created", target=0.5, recorded=716)),
        dagster_arguments=("--partitions", "60"),
        timeout_seconds=300,
    ),
    Question(
        "api",
        "200 mixed questions a second to the API, on a store with 100,000 runs and 5 million events",
        "api_load",
        ("100000", "5000000", "30"),
        goals=(Goal("answers"), Goal("p50"), Goal("p95"), Goal("p99", target=100), Goal("server-cpu")),
        is_ours_alone=True,
        timeout_seconds=600,
    ),
)
