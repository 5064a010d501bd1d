"""Wrong answers of schedules and sensors: what the function does, and what its failed tick must say.

Each begins well, with a run key and (a sensor) a cursor, so that something is there to be half-committed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

SCHEDULES, SENSORS = "schedule", "sensor"
KINDS = (SCHEDULES, SENSORS)
PAST_LIMIT = "[RunRequest(run_key=f'k{each}') for each in range(50_001)]"


@dataclass(frozen=True)
class Row:
    """A wrong answer.

    Args:
        body: what the function does.
        words: what its failed tick must say.
        job: the job it starts.
        kinds: who is tested with it.
        more: further arguments of the decorator.
        cls_name: class of the error, where schedules and sensors agree; None: they do not, or it is not ours to say.
    """

    body: str
    words: tuple[str, ...]
    job: str = "quick"
    kinds: tuple[str, ...] = KINDS
    more: str = ""
    cls_name: str | None = None


def request(arguments: str, *words: str, cls_name: str = "ParameterCheckError", job: str = "quick") -> Row:
    """A second request that cannot be, after a good one."""
    return Row(f"return [RunRequest('k'), RunRequest({arguments})]", words, job, cls_name=cls_name)


def config(value: str, *words: str) -> Row:
    """A run config that holds what cannot be stored."""
    return Row(
        f"return [RunRequest('k'), RunRequest('bad', run_config={{'ops': {{'load': {value}}}}})]",
        ("run_config", *words),
        cls_name="ParameterCheckError",
    )


def result(arguments: str, *words: str, cls_name: str = "ParameterCheckError", job: str = "quick") -> Row:
    """A result of a sensor that cannot be."""
    return Row(f"return SensorResult({arguments})", words, job, (SENSORS,), cls_name=cls_name)


RETURNED = {
    "text": Row("return 'quick'", ("returned 'quick' (str)", "RunRequest", "SkipReason")),
    "number": Row("return 42", ("returned 42 (int)", "RunRequest")),
    "true": Row("return True", ("returned True (bool)", "RunRequest")),
    "object": Row("return object()", ("(object)", "RunRequest")),
    "mute": Row("return Mute()", ("Mute whose repr raises",)),
    "endless": Row("return 'x' * 1_000_000", ("returned 'xxx", "…", "RunRequest")),
    "class": Row("return RunRequest", ("(type)", "RunRequest")),
    "mapping": Row("return {'ops': {}}", ("(dict)", "RunRequest"), kinds=(SENSORS,)),
    "set": Row("return {1}", ("(set)", "RunRequest")),
    "texts": Row("return [RunRequest('k'), 'quick']", ("returned 'quick' (str)", "RunRequest")),
    "mappings": Row("return [RunRequest('k'), {'ops': {}}]", ("(dict)", "RunRequest")),
    "nested": Row("return [RunRequest('k'), [RunRequest('l')]]", ("(list)", "RunRequest")),
    "run_and_skip": Row("return [RunRequest('k'), SkipReason('x')]", ("SkipReason",)),
    "two_skips": Row("return [SkipReason('x'), SkipReason('y')]", ("SkipReason",)),
    "two_results": Row("return [SensorResult(), SensorResult()]", ("one SensorResult",), kinds=(SENSORS,)),
    "result_and_run": Row(
        "return [SensorResult(cursor='z'), RunRequest('k')]", ("one SensorResult",), kinds=(SENSORS,)
    ),
    "yielded_text": Row("yield RunRequest('k')\nyield 'quick'", ("returned 'quick' (str)", "RunRequest")),
    "too_many": Row(f"return {PAST_LIMIT}", ("50,001", "50,000", "cursor"), cls_name="TooManyRunRequestsError"),
    "too_many_yielded": Row(f"yield from {PAST_LIMIT}", ("50,001", "cursor"), cls_name="TooManyRunRequestsError"),
}
RAISED = {
    "error": Row("raise ValueError('no disk')", ("ValueError", "no disk", "definitions.py")),
    "late": Row("yield RunRequest('k')\nraise ValueError('no disk')", ("ValueError", "no disk", "definitions.py")),
    "exit": Row("sys.exit(3)", ("SystemExit", "3")),
    "late_exit": Row("yield RunRequest('k')\nsys.exit(3)", ("SystemExit", "3")),
    "interrupt": Row("raise KeyboardInterrupt", ("KeyboardInterrupt",)),
    "no_exception": Row("raise BaseException('odd')", ("BaseException", "odd")),
    "generator_exit": Row("raise GeneratorExit('odd')", ("GeneratorExit",)),
    "stop_iteration": Row("raise StopIteration('odd')", ("StopIteration",)),
    "late_stop": Row("yield RunRequest('k')\nraise StopIteration('odd')", ("StopIteration",)),
    "cancelled": Row("import asyncio\nraise asyncio.CancelledError", ("CancelledError",)),
    "recursion": Row("def again(): return again()\nagain()", ("RecursionError",)),
    "memory": Row("raise MemoryError", ("MemoryError",)),
    "speechless": Row("raise Speechless", ("Speechless",)),
    "long_text": Row("raise ValueError('x' * 5_000_000)", ("characters in all",)),
    "surrogate": Row("raise ValueError('half a \\ud800 character')", ("half a",)),
    "group": Row("raise ExceptionGroup('two', [ValueError('no disk'), KeyError('a')])", ("two", "2 sub-exceptions")),
    "endless_cause": Row("circle()", ("ValueError", "round")),
    "own_error": Row("raise DagsterInvariantViolationError('own words')", ("own words",)),
    "failure": Row("raise Failure('own words')", ("own words",)),
    "context_member": Row("context.no_such_member", ("no_such_member",)),
    "no_resource": Row("context.resources.no_such_thing", ("no_such_thing",)),
}
REQUESTS = {
    "key_number": request("run_key=3", "run_key is text", "3 (int)"),
    "key_long": request("'k' * 2_000", "run_key", "2,000 bytes", "1,000"),
    "key_nul": request("'a\\0b'", "run_key", "position 1"),
    "key_surrogate": request("'a\\ud800'", "run_key", "surrogate"),
    "job_number": request("job_name=3", "job_name is text"),
    "job_unknown": request("job_name='quikc'", "'quikc'", "'quick'", cls_name="DagsterInvariantViolationError"),
    "job_keyword": request("job='quick'", "job", cls_name="TypeError"),
    "tags_list": request("tags=['a']", "tags is a mapping"),
    "tags_key": request("tags={3: 'x'}", "tags", "3 (int)"),
    "tags_object": request("tags={'a': object()}", "'a'", "JSON", cls_name="DagsterInvalidDefinitionError"),
    "tags_long": request("tags={'a': 'v' * 100_001}", "'a'", "100,000"),
    "tags_long_key": request("tags={'k' * 1_001: 'v'}", "tags", "1,000"),
    "tags_nul": request("tags={'a': 'a\\0b'}", "'a'", "position 1"),
    "tags_surrogate": request("tags={'a': '\\ud800'}", "'a'", "surrogate"),
    "tags_senseless": request(
        "tags={'dagster/max_retries': 'x'}", "max_retries", "whole number", cls_name="DagsterInvalidDefinitionError"
    ),
    "config_number": request("run_config=3", "run_config is a mapping", "3"),
    "config_list": request("run_config=[1]", "run_config is a mapping"),
    "assets_text": request("asset_selection='a'", "asset_selection is a list of keys", "'a'", job="made"),
    "assets_number": request("asset_selection=[3]", "3", "asset key", job="made"),
    "assets_one": request("asset_selection=AssetKey('a')", "asset_selection is a list of keys", job="made"),
    "assets_unknown": request(
        "asset_selection=[AssetKey('nowhere')]", "'nowhere'", "'made'", cls_name="DagsterInvalidSubsetError", job="made"
    ),
    "assets_of_another": request(
        "asset_selection=[AssetKey('b')]", "'b'", "'made'", cls_name="DagsterInvalidSubsetError", job="made"
    ),
    "assets_of_no_assets": request(
        "asset_selection=[AssetKey('a')]", "'a'", "'quick'", cls_name="DagsterInvalidSubsetError"
    ),
    "checks_text": request("asset_check_keys=['rows']", "asset_check_keys", "AssetCheckKey", job="made"),
    "checks_unknown": request(
        "asset_check_keys=[AssetCheckKey(AssetKey('a'), 'rwos')]",
        "rwos",
        cls_name="DagsterInvalidSubsetError",
        job="made",
    ),
    "stale_number": request("stale_assets_only=3", "stale_assets_only", "3"),
    "partition_number": request("partition_key=3", "partition_key is text", job="coloured"),
    "partition_unknown": request(
        "partition_key='gren'", "'gren'", "'green'", cls_name="DagsterUnknownPartitionError", job="coloured"
    ),
    "partition_of_none": request("partition_key='red'", "'quick'", "partition", cls_name="CheckError"),
    "partition_dynamic": request(
        "partition_key='acme'", "'acme'", "tenants", cls_name="DagsterUnknownPartitionError", job="of_tenants"
    ),
}
CONFIGS = {
    "config_time": config("datetime(2024, 1, 1)", "datetime"),
    "config_bytes": config("b'x'", "bytes"),
    "config_object": config("object()", "object"),
    "config_set": config("{1}", "set"),
    "config_key": config("{(1, 2): 3}", "tuple"),
    "config_circle": config("[CIRCLE]", "itself"),
    "config_deep": config("DEEP", "deep"),
}
RESOURCES = {
    "set_up": Row(
        "return RunRequest('k', tags={'a': str(context.resources.broken)})",
        ("no network", "broken"),
        more="required_resource_keys={'broken'}",
    ),
    "torn_down": Row(
        "return RunRequest('k', tags={'a': str(context.resources.leaking)})",
        ("no way back",),
        more="required_resource_keys={'leaking'}",
    ),
}
PARTS = {
    "should_raises": Row("return RunRequest('k')", ("no calendar",), kinds=(SCHEDULES,), more="should_execute=unsure"),
    "tags_raise": Row("return {}", ("no tags",), kinds=(SCHEDULES,), more="tags_fn=tagless"),
    "tags_are_none": Row("return {}", ("tags", "3"), kinds=(SCHEDULES,), more="tags_fn=lambda context: 3"),
}
RESULTS = {
    "both": result("[RunRequest('k')], skip_reason='x'", "run_requests", "skip_reason", cls_name="CheckError"),
    "runs_text": result("['k']", "run_requests", "'k'"),
    "runs_one": result("RunRequest('k')", "run_requests", "list"),
    "reason_number": result("skip_reason=3", "skip_reason", "3"),
    "cursor_number": result("[RunRequest('k')], cursor=3", "cursor is text", "3 (int)"),
    "cursor_long": result("[RunRequest('k')], cursor='c' * 1_000_001", "cursor", "1,000,000"),
    "cursor_bytes_long": result("[RunRequest('k')], cursor='ü' * 600_000", "cursor", "1,200,000"),
    "cursor_nul": result("[RunRequest('k')], cursor='a\\0b'", "cursor", "position 1"),
    "cursor_surrogate": result("[RunRequest('k')], cursor='\\udfff'", "cursor", "surrogate"),
    "cursor_twice": result(
        "[RunRequest('k')], cursor='x'", "update_cursor", "SensorResult", cls_name="DagsterInvariantViolationError"
    ),
    "wish_text": result("[RunRequest('k')], dynamic_partitions_requests=['x']", "dynamic_partitions_requests", "'x'"),
    "wish_bad_key": result(
        "[RunRequest('k')], dynamic_partitions_requests=[TENANTS.build_add_request(['ok', 'a\\nb'])]", "partition key"
    ),
    "wish_number": result(
        "[RunRequest('k')], dynamic_partitions_requests=[TENANTS.build_add_request([3])]", "partition key", "3 (int)"
    ),
    "wish_and_bad_run": result(
        "[RunRequest('k', partition_key='zenit')], dynamic_partitions_requests=[TENANTS.build_add_request(['zenith'])]",
        "'zenit'",
        "'zenith'",
        cls_name="DagsterUnknownPartitionError",
        job="of_tenants",
    ),
    "wish_taken_back": result(
        "[RunRequest('k', partition_key='zenith')], dynamic_partitions_requests="
        "[TENANTS.build_add_request(['zenith']), TENANTS.build_delete_request(['zenith'])]",
        "'zenith'",
        cls_name="DagsterUnknownPartitionError",
        job="of_tenants",
    ),
    "event_text": result(
        "[RunRequest('k')], asset_events=['a']", "asset event", "'a'", cls_name="DagsterInvariantViolationError"
    ),
    "event_bad_key": result("[RunRequest('k')], asset_events=[AssetMaterialization(3)]", "asset key"),
    "event_and_bad_run": result(
        "[RunRequest('k', job_name='quikc')], asset_events=[AssetMaterialization('a')]",
        "'quikc'",
        cls_name="DagsterInvariantViolationError",
    ),
    "moved_wrongly": Row(
        "context.update_cursor(3)\nreturn RunRequest('k')", ("cursor is text", "3 (int)"), kinds=(SENSORS,)
    ),
    "moved_far": Row(
        "context.update_cursor('c' * 1_000_001)\nreturn RunRequest('k')", ("cursor", "1,000,000"), kinds=(SENSORS,)
    ),
    "not_its_job": Row(
        "return [RunRequest('k'), RunRequest('l', job_name='other')]", ("'other'", "among its jobs"), kinds=(SENSORS,)
    ),
    "no_job_said": Row(
        "return RunRequest('k')", ("job_name", "quick", "other"), kinds=(SENSORS,), job="None, jobs=[quick, other]"
    ),
}
ROWS: dict[str, Row] = {
    f"{group}_{name}": row
    for group, rows in {
        "returned": RETURNED,
        "raised": RAISED,
        "request": {**REQUESTS, **CONFIGS},
        "resource": RESOURCES,
        "part": PARTS,
        "result": RESULTS,
    }.items()
    for name, row in rows.items()
}
CASES: dict[str, Row] = {f"{kind}_{name}": row for name, row in ROWS.items() for kind in row.kinds}
"""Every row for each kind it is for, by the automation's name."""

_HEAD = """
import sys
from datetime import datetime
from pathlib import Path

from watchbell import (
    AssetCheckKey,
    AssetKey,
    AssetMaterialization,
    AssetSelection,
    DagsterInvariantViolationError,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    Definitions,
    DynamicPartitionsDefinition,
    Failure,
    RunRequest,
    SensorResult,
    SkipReason,
    StaticPartitionsDefinition,
    asset,
    asset_check,
    define_asset_job,
    job,
    op,
    resource,
    schedule,
    sensor,
)

MENDED = Path({flag!r})
TENANTS = DynamicPartitionsDefinition(name="tenants")
CIRCLE = []
CIRCLE.append(CIRCLE)
DEEP = []
for _ in range(100_000):
    DEEP = [DEEP]


class Mute:
    def __repr__(self):
        raise RuntimeError("no words")


class Speechless(Exception):
    def __str__(self):
        raise RuntimeError("no words")


def circle():
    one, other = ValueError("round"), ValueError("and round")
    one.__cause__, other.__cause__ = other, one
    raise one


@op
def load(): ...


@job
def quick():
    load()


@job
def other():
    load()


@job(partitions_def=StaticPartitionsDefinition(["red", "green"]))
def coloured():
    load()


@job(partitions_def=TENANTS)
def of_tenants():
    load()


@asset
def a(): ...


@asset
def b(): ...


made = define_asset_job("made", selection=[a])


@resource
def broken(context):
    raise OSError("no network")


@resource
def leaking(context):
    yield 1
    raise OSError("no way back")


def unsure(context):
    if MENDED.exists():
        return True
    raise LookupError("no calendar")


def tagless(context):
    raise LookupError("no tags")


"""
_TAIL = """
found = [value for name, value in list(globals().items()) if name.startswith(("schedule_", "sensor_"))]
defs = Definitions(
    assets=[a, b],
    jobs=[quick, other, coloured, of_tenants, made],
    schedules=[each for each in found if hasattr(each, "cron_schedule")],
    sensors=[each for each in found if hasattr(each, "minimum_interval_seconds")],
    resources={"broken": broken, "leaking": leaking},
)
"""


def definitions(flag: Path) -> str:
    """A file with an automation for each case; when ``flag`` is there, they all answer as they should.

    Args:
        flag: a file.
    """
    return head(flag) + "".join(_text(*each) for each in CASES.items()) + _TAIL


def head(flag: Path) -> str:
    """What the rows speak of: imports, jobs, assets, resources."""
    return _HEAD.replace("{flag!r}", repr(str(flag)))


def _text(name: str, row: Row) -> str:
    is_schedule = name.startswith(SCHEDULES)
    kind = "schedule(cron_schedule='* * * * *', " if is_schedule else "sensor("
    status = "DefaultScheduleStatus" if is_schedule else "DefaultSensorStatus"
    good = "'green'" if row.job == "coloured" else "'zenith'" if row.job == "of_tenants" else "None"
    add = row.job == "of_tenants" and not is_schedule
    answer = f"RunRequest('k', job_name={row.job.split(',')[0] if row.job[0] == 'N' else repr(row.job)}"
    if row.job.startswith("None"):
        answer = "RunRequest('k', job_name='quick'"
    answer += f", partition_key={good})"
    mended = (
        f"SensorResult([{answer}], dynamic_partitions_requests=[TENANTS.build_add_request(['zenith'])])"
        if add
        else answer
    )
    moved = "" if is_schedule else "    context.update_cursor('moved')\n"
    return f"""
def body_of_{name}(context):
{indent(row.body, "    ")}


@{kind}job={row.job}, default_status={status}.RUNNING, {row.more})
def {name}(context):
{moved}    if MENDED.exists():
        return {mended}
    return body_of_{name}(context)

"""
