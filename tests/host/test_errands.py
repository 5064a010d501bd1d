"""Errands in real processes: whatever one does, it is answered once, and the host works on."""

import json
import queue
import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any

import psutil
import pytest

from tests.host.conftest import WAIT_SECONDS, Workshop
from watchbell.ground.channel import Frame
from watchbell.host.client import HostClient
from watchbell.host.errand_pool import AT_ONCE_MAX
from watchbell.host.errands.desk import may_change
from watchbell.host.errands.table import ERRANDS
from watchbell.record.errand import CHANGING_ERRANDS, Errand, ErrandAnswer, ErrandProblem

CODE = """
import os, subprocess, sys, threading, time
from pathlib import Path
from watchbell import (
    DagsterInstance, DagsterEventType, Definitions, DynamicPartitionsDefinition, RunRequest, SensorResult, SkipReason,
    job, op, run_failure_sensor, schedule, sensor
)

HERE = Path(__file__).parent
CUT_OFF = (
    "import subprocess as s, sys; print(s.Popen([sys.executable, '-c', 'import time; time.sleep(1000)'], "
    "start_new_session=True, stdout=s.DEVNULL, stderr=s.DEVNULL).pid)"
)


@op
def work():
    pass


@job(tags={"team": "food"})
def etl():
    work()


@schedule(job=etl, cron_schedule="0 6 * * *", execution_timezone="Europe/Berlin")
def nightly(context):
    context.log.info("for %s", context.scheduled_execution_time)
    return RunRequest(run_key="r", run_config={}, tags={"day": f"{context.scheduled_execution_time:%A}"})


@sensor(job=etl)
def counting(context):
    print("printed, and part of no answer")
    context.update_cursor(str(int(context.cursor or 0) + 1))
    if context.last_run_key == "k":
        return SensorResult(dynamic_partitions_requests=[
            DynamicPartitionsDefinition(name="cities").build_add_request(["oslo"])
        ])
    return SkipReason(f"was at {context.cursor}")


@sensor(job=etl)
def raising(context):
    context.log.warning("about to fail")
    return 1 / 0


@sensor(job=etl)
def killed(context):
    os.kill(os.getpid(), 9)


@sensor(job=etl)
def leaving(context):
    print("the last words", flush=True)
    os._exit(3)


@sensor(job=etl)
def exiting(context):
    sys.exit("no more")


@sensor(job=etl)
def hanging(context):
    own = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"], start_new_session=True)
    orphan = subprocess.run([sys.executable, "-c", CUT_OFF], capture_output=True, text=True, check=True)
    (HERE / "pids").write_text(f"{os.getpid()} {own.pid} {orphan.stdout}")
    threading.Event().wait()


@sensor(job=etl)
def leaving_one_behind(context):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"], start_new_session=True)
    return SkipReason(str(child.pid))


@sensor(job=etl)
def splitting(context):
    if os.fork() == 0:
        return SkipReason("the copy")
    return SkipReason("the first")


@sensor(job=etl)
def closing(context):
    sys.stdout.close(); sys.stderr.close(); os.close(1); os.close(2)
    return SkipReason("speechless")


@sensor(job=etl)
def shouting(context):
    print("x" * 5_000_000)
    return SkipReason("hoarse")


@sensor(job=etl)
def huge(context):
    return SkipReason("ok") if context.cursor else SensorResult(
        run_requests=[RunRequest(run_key=str(n), tags={"t": "x" * 99_000}) for n in range(500)]
    )


@sensor(job=etl)
def meddling(context):
    context.instance.add_dynamic_partitions("cities", ["oslo"])


@sensor(job=etl)
async def waiting(context):
    return SkipReason("in a loop of its own")


@run_failure_sensor
def alert(context):
    raise ValueError(context.dagster_run.run_id)


defs = Definitions(
    jobs=[etl], schedules=[nightly],
    sensors=[counting, raising, killed, leaving, exiting, hanging, leaving_one_behind, splitting, closing, shouting,
             huge, meddling, waiting, alert],
)
"""
BROKEN = "raise RuntimeError('not yet')"


class Asker:
    """Asks a host errands and waits for what comes."""

    def __init__(self, client: HostClient) -> None:
        self.client = client
        self.answers: queue.Queue[ErrandAnswer] = queue.Queue()

    def send(self, name: str, params: object = None, *, number: int = 1, seconds: float = 20.0) -> None:
        text = params if isinstance(params, str) else json.dumps({} if params is None else params)
        self.client.run_errand(Errand(number, "defs.py", name, text, seconds), self._take)

    def drop(self, name: str, params: object) -> Callable[[], None]:
        """Asks, and gives what says that nobody waits for the answer."""
        return self.client.run_errand(Errand(1, "defs.py", name, json.dumps(params), 300.0), self._take)

    def answer(self, name: str, params: object = None, *, seconds: float = 20.0) -> ErrandAnswer:
        self.send(name, params, seconds=seconds)
        return self.next()

    def next(self) -> ErrandAnswer:
        return self.answers.get(timeout=WAIT_SECONDS)

    def sensor(self, name: str, **params: object) -> dict[str, Any]:
        """What a preview of a sensor answers."""
        answer = self.answer("preview_sensor", {"name": name, **params})
        assert answer.result is not None, answer.problem
        found: dict[str, Any] = json.loads(answer.result)
        return found

    def problem(self, name: str, params: object = None, *, seconds: float = 20.0) -> ErrandProblem:
        answer = self.answer(name, params, seconds=seconds)
        assert answer.problem is not None, answer.result
        return answer.problem

    def _take(self, body: bytes) -> None:
        value = Frame(body).value()
        assert isinstance(value, ErrandAnswer)
        self.answers.put(value)


@pytest.fixture
def asker(workshop: Workshop) -> Asker:
    return Asker(workshop.host(CODE))


def gone(pid: int) -> bool:
    """Whether a process is over, or about to be seen to be."""
    try:
        psutil.Process(pid).wait(WAIT_SECONDS)
    except psutil.NoSuchProcess:
        return True
    return True


def test_a_schedule_is_previewed_for_its_next_time(asker: Asker) -> None:
    answer = asker.answer("preview_schedule", {"name": "nightly"})

    found = json.loads(answer.result or "")
    assert found["outcome"] == "requested"
    assert found["is_nominal"]
    assert found["fires"][0] == found["evaluated_for"]
    assert [line["message"].startswith("for ") for line in found["log"]] == [True]
    assert found["duration_seconds"] >= 0


@pytest.mark.parametrize(
    ("at", "evaluated_for", "day", "is_nominal"),
    [
        ("2026-03-27T06:00", "2026-03-27T06:00:00+01:00", "Friday", True),
        ("2026-03-27T05:00:00+00:00", "2026-03-27T06:00:00+01:00", "Friday", True),
        ("2026-07-01T10:00+02:00", "2026-07-01T10:00:00+02:00", "Wednesday", False),
    ],
)
def test_a_schedule_is_previewed_for_a_time(asker: Asker, at, evaluated_for, day, is_nominal) -> None:
    answer = asker.answer("preview_schedule", {"name": "nightly", "at": at})

    found = json.loads(answer.result or "")
    assert evaluated_for == found["evaluated_for"]
    assert is_nominal is found["is_nominal"]
    assert found["request_count"] == 1
    assert found["requests"] == [
        {
            "job": "etl",
            "run_key": "r",
            "run_config": {},
            "tags": {"team": "food", "day": day, "dagster/schedule_name": "nightly"},
            "partition_key": None,
            "asset_selection": None,
            "asset_checks": None,
            "stale_only": False,
        }
    ]


def test_a_sensor_is_previewed_with_its_stored_cursor_another_or_none(asker: Asker) -> None:
    stored = asker.sensor("counting")
    other = asker.sensor("counting", cursor="7")
    none = asker.sensor("counting", cursor=None, last_run_key="k")

    assert (stored["cursor_before"], stored["cursor_after"], stored["skip_reason"]) == (None, "1", "was at 1")
    assert (other["cursor_before"], other["cursor_after"], other["outcome"]) == ("7", "8", "skipped")
    assert none["dynamic_partitions"] == [{"name": "cities", "does": "add", "keys": ["oslo"], "key_count": 1}]


def test_what_user_code_raises_is_told_with_its_stack_and_what_it_logged(asker: Asker) -> None:
    found = asker.sensor("raising")

    assert found["outcome"] == "failed"
    assert found["error"]["class"] == "ZeroDivisionError"
    assert 'defs.py", line' in found["error"]["stack"][0]
    assert "watchbell/" not in found["error"]["text"]
    assert [line["message"] for line in found["log"]] == ["about to fail"]


@pytest.mark.parametrize(
    ("name", "kind", "wanted"),
    [("killed", "user_code", "was ended by SIGKILL"), ("leaving", "user_code", "ended with exit code 3")],
)
def test_an_errand_that_ends_its_process_is_answered(asker: Asker, name, kind, wanted) -> None:
    problem = asker.problem("preview_sensor", {"name": name})

    assert kind == problem.kind
    assert wanted in problem.message
    assert asker.sensor("counting")["outcome"] == "skipped"  # the host works on


def test_the_last_words_of_a_process_are_told(asker: Asker) -> None:
    problem = asker.problem("preview_sensor", {"name": "leaving"})

    assert problem.error is not None
    assert "the last words" in problem.error.message


def test_an_exit_is_an_error_of_the_users(asker: Asker) -> None:
    assert asker.sensor("exiting")["error"]["message"] == "SystemExit: no more"


def test_an_errand_that_hangs_is_killed_at_its_deadline_with_all_it_started(asker: Asker, workshop: Workshop) -> None:
    problem = asker.problem("preview_sensor", {"name": "hanging"}, seconds=5)

    assert problem.kind == "timeout"
    assert "within 5 seconds" in problem.message
    assert problem.error is not None
    assert "in hanging" in "".join(problem.error.stack)
    pids = [int(each) for each in (workshop.folder / "pids").read_text().split()]
    assert [gone(pid) for pid in pids] == [True] * 3


def test_what_an_errand_leaves_behind_ends_with_it(asker: Asker) -> None:
    pid = int(asker.sensor("leaving_one_behind")["skip_reason"])

    assert gone(pid)


def test_a_copy_that_user_code_makes_of_itself_answers_nothing(asker: Asker) -> None:
    assert asker.sensor("splitting")["skip_reason"] == "the first"
    assert asker.sensor("counting")["skip_reason"] == "was at 1"
    assert asker.answers.empty()


@pytest.mark.parametrize(("name", "reason"), [("closing", "speechless"), ("shouting", "hoarse")])
def test_what_user_code_prints_does_not_matter(asker: Asker, name, reason) -> None:
    assert reason == asker.sensor(name)["skip_reason"]


def test_an_answer_that_is_too_long_is_a_problem(asker: Asker) -> None:
    problem = asker.problem("preview_sensor", {"name": "huge"})

    assert problem.kind == "internal"
    assert "bytes long" in problem.message
    assert asker.sensor("huge", cursor="1")["skip_reason"] == "ok"


def test_an_errand_that_only_looks_changes_nothing(asker: Asker) -> None:
    found = asker.sensor("meddling")

    assert found["error"]["class"] == "LookOnlyError"


def test_async_functions_are_waited_for(asker: Asker) -> None:
    assert asker.sensor("waiting")["skip_reason"] == "in a loop of its own"


@pytest.mark.parametrize(
    ("errand", "params", "kind", "where", "wanted"),
    [
        ("preview_sensors", {}, "not_found", "errand", "did you mean 'preview_sensor'"),
        ("preview_sensor", "[]", "bad_request", "params", "object"),
        ("preview_sensor", "{", "bad_request", "params", "JSON"),
        ("preview_sensor", {}, "bad_request", "name", "name has to be a text"),
        ("preview_sensor", {"name": "countin"}, "not_found", "name", "did you mean 'counting'"),
        ("preview_sensor", {"name": "alert", "run_id": "nope"}, "bad_request", "run_id", "not there"),
        ("preview_sensor", {"name": "alert", "event_id": 12}, "bad_request", "event_id", "there is no event 12"),
        ("preview_sensor", {"name": "counting", "event_id": 1}, "bad_request", "event_id", "no sensor of runs"),
        ("preview_sensor", {"name": "counting", "last_tick_at": "?"}, "bad_request", "last_tick_at", "is no time"),
        ("preview_schedule", {"name": "nightl"}, "not_found", "name", "did you mean 'nightly'"),
        ("preview_schedule", {"name": "nightly", "at": "soon"}, "bad_request", "at", "is no time"),
        ("preview_schedule", {"name": "nightly", "at": "2026-03-29T02:30"}, "bad_request", "at", "does not exist"),
    ],
)
def test_a_question_that_makes_no_sense_says_where(asker: Asker, errand, params, kind, where, wanted) -> None:
    problem = asker.problem(errand, params)

    assert (kind, where) == (problem.kind, problem.where)
    assert wanted in problem.message


def test_many_at_once_are_all_answered_in_their_own_name(asker: Asker) -> None:
    for number in range(40):
        asker.send("preview_sensor", {"name": "counting", "cursor": str(number)}, number=number)

    answers = [asker.next() for _ in range(40)]

    found = {answer.id: json.loads(answer.result or "")["cursor_after"] for answer in answers}
    assert {number: str(number + 1) for number in range(40)} == found


def test_those_that_wait_for_hanging_ones_are_given_up_when_their_own_time_is_up(asker: Asker) -> None:
    for _ in range(AT_ONCE_MAX):
        asker.send("preview_sensor", {"name": "hanging"}, seconds=300)
    for _ in range(3):
        asker.send("preview_sensor", {"name": "counting"}, seconds=0.2)

    problems = [asker.next().problem for _ in range(3)]

    assert [(each.kind, "was not begun" in each.message) for each in problems if each is not None] == [
        ("timeout", True)
    ] * 3


def test_where_fork_is_not_used_an_errand_begins_in_a_new_process(workshop: Workshop) -> None:
    asker = Asker(workshop.host(CODE, process_start="spawn"))

    assert asker.sensor("counting")["skip_reason"] == "was at 1"


def test_without_code_an_errand_is_refused_with_the_reason(workshop: Workshop) -> None:
    client, _ = workshop.start(BROKEN)

    problem = Asker(client).problem("preview_sensor", {"name": "counting"})

    assert problem.kind == "unavailable"
    assert "not yet" in problem.message


def test_an_errand_of_a_host_that_dies_is_answered(workshop: Workshop) -> None:
    asker = Asker(workshop.host(CODE))
    asker.send("preview_sensor", {"name": "hanging"})
    started = workshop.folder / "pids"
    pause = threading.Event()
    while not (started.exists() and started.read_text().strip()):
        pause.wait(0.02)
    pid = int(started.read_text().split()[0])
    psutil.Process(pid).parent().kill()

    problem = asker.next().problem

    assert problem is not None
    assert problem.kind == "unavailable"
    assert "SIGKILL" in problem.message
    assert gone(pid)


def test_new_code_does_not_end_the_errands_of_the_old(workshop: Workshop) -> None:
    until_told = "while not (HERE / 'go').exists():\n        time.sleep(0.02)\n    return SkipReason('old')"
    asker = Asker(workshop.host(CODE.replace("threading.Event().wait()", until_told)))
    asker.send("preview_sensor", {"name": "hanging"})
    workshop.write(CODE)
    asker.client.reload()
    workshop.told.next_snapshot()
    (workshop.folder / "go").touch()

    answer = asker.next()

    assert json.loads(answer.result or "")["skip_reason"] == "old"


def test_an_errand_for_which_nobody_waits_ends_with_all_it_started(asker: Asker, workshop: Workshop) -> None:
    drop = asker.drop("preview_sensor", {"name": "hanging"})
    pids, pause = workshop.folder / "pids", threading.Event()
    while not (pids.exists() and len(pids.read_text().split()) == 3):
        pause.wait(0.02)

    drop()

    assert all(gone(int(pid)) for pid in pids.read_text().split())
    assert asker.sensor("counting")["skip_reason"] == "was at 1"
    assert asker.answers.empty()


def test_errands_that_change_something_are_those_that_are_done_in_any_case() -> None:
    functions = {
        name: getattr(import_module(path.partition(":")[0]), path.partition(":")[2]) for name, path in ERRANDS.items()
    }

    assert {name for name, function in functions.items() if may_change(function)} == CHANGING_ERRANDS
