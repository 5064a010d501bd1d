"""Async evaluations through a real host: many at once in one process, and the ones that spoil it found and named."""

import queue

import pytest

from tests.host.conftest import WAIT_SECONDS, Workshop
from watchbell import AssetMaterialization, DagsterInstance, job, op
from watchbell.host.watch import ProcessWatcher
from watchbell.record.evaluation import Answer, Outcome
from watchbell.record.event import DagsterEventType
from watchbell.record.query import EventQuery
from watchbell.record.run import RunWorker
from watchbell.record.tick import AutomationKind
from watchbell.record.worker_identity import identity_of

START = """
import asyncio, ctypes, os, sys, time
from pathlib import Path
from watchbell import RunRequest, SensorResult, SkipReason, job, op, schedule, sensor

HERE = Path(__file__).parent

@op
def work():
    pass

@job(tags={"team": "a"})
def etl():
    work()

def pid():
    return SkipReason(str(os.getpid()))

async def come(name):  # until the test, or another evaluation, has made this file
    while not (HERE / name).exists():
        await asyncio.sleep(0.005)

@sensor(job=etl)
async def patient(context):
    await come("go")
    return pid()

@sensor(job=etl)
async def quick(context):
    return pid()
"""


@pytest.fixture(params=["fork", "spawn"])
def process_start(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def text_of(answer: Answer) -> str:
    assert answer.error is not None, answer
    return answer.error.message


# ------------------------------------------------------------------------ good


def test_an_async_sensor_sees_its_state_and_leaves_a_new_one(workshop: Workshop, process_start: str) -> None:
    code = (
        START
        + """
@sensor(job=etl)
async def counting(context):
    await asyncio.sleep(0)
    context.log.info("seen %s", context.cursor)
    context.update_cursor(str(int(context.cursor) + 1))
    yield RunRequest(run_key="a")
    await asyncio.sleep(0)
    yield RunRequest(run_key="b")
"""
    )
    host = workshop.host(code, process_start=process_start)

    answer = workshop.ask(host, "counting", cursor="41")

    assert (answer.outcome, answer.cursor) == (Outcome.ANSWERED, "42")
    assert [(each.run_key, each.tags["team"]) for each in answer.run_requests] == [("a", "a"), ("b", "a")]
    assert [line.message for line in answer.log] == ["seen 41"]


def test_an_async_schedule_is_evaluated(workshop: Workshop) -> None:
    code = (
        START
        + """
async def allowed(context):
    await asyncio.sleep(0)
    return True

@schedule(job=etl, cron_schedule="0 2 * * *", should_execute=allowed)
async def nightly(context):
    await asyncio.sleep(0)
    return RunRequest(run_key="n")
"""
    )

    answer = workshop.ask(workshop.host(code), "nightly", AutomationKind.SCHEDULE)

    assert [each.run_key for each in answer.run_requests] == ["n"]


KINDS = (
    START
    + """
from watchbell import AssetKey, asset_sensor, multi_asset_sensor, run_failure_sensor

@asset_sensor(asset_key=AssetKey("orders"), job=etl, every_event=True)
async def each_order(context, asset_event):
    await asyncio.sleep(0.01)
    return RunRequest(run_key=f"order {asset_event.storage_id}")

@multi_asset_sensor(monitored_assets=[AssetKey("orders")], job=etl)
async def some_orders(context):
    await asyncio.sleep(0.01)
    context.advance_all_cursors()
    return RunRequest(run_key=str(len(context.latest_materialization_records_by_key())))

@run_failure_sensor(request_job=etl)
async def alert(context):
    await asyncio.sleep(0.01)
    if context.dagster_run.tags.get("mood") == "bad":
        task = asyncio.create_task(asyncio.sleep(1000))
        await asyncio.sleep(0)
        task.cancel()
        await task
    yield RunRequest(run_key=context.dagster_run.run_id)
"""
)


def test_async_sensors_of_assets_are_evaluated(workshop: Workshop) -> None:
    with DagsterInstance.from_home(workshop.home) as instance:
        for _ in range(2):
            instance.report_runless_asset_event(AssetMaterialization("orders"))
    host = workshop.host(KINDS)

    each = workshop.ask(host, "each_order", cursor="0")
    some = workshop.ask(host, "some_orders")

    assert [request.run_key for request in each.run_requests] == ["order 1", "order 2"]
    assert each.cursor == "2"
    assert [request.run_key for request in some.run_requests] == ["1"]
    assert some.cursor is not None


def test_an_async_run_failure_sensor_answers_for_each_of_several_runs(workshop: Workshop) -> None:
    @op
    def fails() -> None:
        raise ValueError("no")

    @job
    def broken() -> None:
        fails()

    with DagsterInstance.from_home(workshop.home) as instance:
        runs = [
            broken.execute_in_process(instance=instance, raise_on_error=False, tags={"mood": mood}).run_id
            for mood in ("good", "bad", "good")
        ]
        failures = instance.events(EventQuery(types=frozenset({DagsterEventType.RUN_FAILURE})))
        ids = tuple(entry.storage_id for entry in failures)
    host = workshop.host(KINDS)

    parts = workshop.ask(host, "alert", event_ids=ids).parts

    assert [part.outcome for part in parts] == [Outcome.ANSWERED, Outcome.RAISED, Outcome.ANSWERED]
    assert [each.run_key for part in parts for each in part.run_requests] == [runs[0], runs[2]]
    assert parts[1].error is not None
    assert "what the function waited for was cancelled" in parts[1].error.to_string()


def test_two_hundred_wait_at_once_in_one_process(workshop: Workshop) -> None:
    code = (
        START
        + """
here = set()

@sensor(job=etl)
async def meeting(context):
    here.add(context.cursor)
    while len(here) < 200:  # ends only if all are there at the same time
        await asyncio.sleep(0.01)
    return pid()
"""
    )
    host = workshop.host(code)
    for number in range(200):
        workshop.send(host, "meeting", cursor=str(number))

    answers = workshop.answers(200)

    assert {each.outcome for each in answers.values()} == {Outcome.ANSWERED}
    assert len({each.skip_message for each in answers.values()}) == 1


def test_plain_sensors_are_not_kept_by_async_ones(workshop: Workshop) -> None:
    code = START + "\n@sensor(job=etl)\ndef plain():\n    return pid()\n"
    host = workshop.host(code)
    workshop.send(host, "patient")

    plain = workshop.ask(host, "plain")
    (workshop.folder / "go").touch()
    patient = workshop.told.next_answer()

    assert plain.outcome is Outcome.ANSWERED
    assert plain.skip_message != patient.skip_message


def test_each_evaluation_has_its_own_context_variables(workshop: Workshop) -> None:
    code = (
        START
        + """
from contextvars import ContextVar
seen = ContextVar("seen", default="")

@sensor(job=etl)
async def varying(context):
    seen.set(seen.get() + context.cursor)
    await asyncio.sleep(0.01)
    return SkipReason(seen.get())
"""
    )
    host = workshop.host(code)
    for number in range(3):
        workshop.send(host, "varying", cursor=str(number))

    assert [each.skip_message for _, each in sorted(workshop.answers(3).items())] == ["0", "1", "2"]


def test_all_of_asyncio_works(workshop: Workshop) -> None:
    code = (
        START
        + """
@sensor(job=etl)
async def busy(context):
    process = await asyncio.create_subprocess_exec("echo", "hello", stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    async with asyncio.TaskGroup() as group:
        added = group.create_task(asyncio.to_thread(sum, [1, 2]))
    runs = await asyncio.gather(asyncio.to_thread(context.instance.get_runs), asyncio.sleep(0))
    async with asyncio.timeout(10):
        await asyncio.sleep(0)
    return SkipReason(f"{said.decode().strip()} {added.result()} {runs}")
"""
    )

    assert workshop.ask(workshop.host(code), "busy").skip_message == "hello 3 [[], None]"


# ------------------------------------------------------------------- exceptions


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("raise ValueError('broken')", "ValueError: broken"),
        ("sys.exit(3)", "SystemExit: 3"),
        ("raise asyncio.CancelledError('mine')", "CancelledError: mine"),
        ("asyncio.current_task().cancel(); await asyncio.sleep(1)", "CancelledError"),
        ("await asyncio.create_task(exits())", "SystemExit: 4"),
        ("asyncio.get_running_loop().stop(); await asyncio.sleep(0.01); raise KeyError('on')", "KeyError: 'on'"),
    ],
)
def test_what_is_raised_is_the_answer_and_the_process_goes_on(
    workshop: Workshop, statement: str, expected: str
) -> None:
    code = (
        START
        + f"""
async def exits():
    sys.exit(4)

@sensor(job=etl)
async def raising(context):
    await asyncio.sleep(0)
    {statement}
"""
    )
    host = workshop.host(code)
    before = workshop.ask(host, "quick").skip_message

    answer = workshop.ask(host, "raising")

    assert answer.outcome is Outcome.RAISED
    assert expected in answer.error.to_string() if answer.error else False
    assert workshop.ask(host, "quick").skip_message == before


def test_tasks_left_behind_are_cancelled_and_told(workshop: Workshop) -> None:
    code = (
        START
        + """
from collections.abc import Coroutine

async def endless():
    try:
        await asyncio.sleep(1000)
    finally:
        (HERE / "cancelled").touch()

@sensor(job=etl)
async def leaving(context):
    asyncio.create_task(endless())
    await asyncio.sleep(0)

class Nameless(Coroutine):
    def __init__(self):
        inner = endless()
        self.send, self.throw, self.close = inner.send, inner.throw, inner.close

    def send(self, value): ...
    def throw(self, *error): ...
    def close(self): ...
    def __await__(self): ...

@sensor(job=etl)
async def leaving_the_nameless(context):
    asyncio.create_task(Nameless(), name="anonymous")
    await asyncio.sleep(0)

@sensor(job=etl)
async def looking(context):
    await come("cancelled")
"""
    )
    host = workshop.host(code)

    answer = workshop.ask(host, "leaving")

    assert "left 1 task(s) behind" in answer.log[-1].message
    assert "endless()" in answer.log[-1].message
    assert "left 1 task(s) behind" in workshop.ask(host, "leaving_the_nameless").log[-1].message
    assert workshop.ask(host, "looking").outcome is Outcome.ANSWERED


def test_resources_are_set_up_and_torn_down_for_each_evaluation(workshop: Workshop) -> None:
    code = (
        START
        + """
from contextlib import contextmanager
from watchbell import ConfigurableResource, Definitions
steps = []

class Place(ConfigurableResource):
    @contextmanager
    def yield_for_execution(self, context):
        steps.append("up")
        try:
            yield self
        finally:
            steps.append("down")

@sensor(job=etl)
async def using(context, place: Place):
    await asyncio.sleep(0.01)
    if context.cursor == "hang":
        await asyncio.sleep(1000)
    return SkipReason(" ".join(steps))

defs = Definitions(jobs=[etl], sensors=[using], resources={"place": Place()})
"""
    )
    host = workshop.host(code)
    first = workshop.ask(host, "using").skip_message
    hung = workshop.ask(host, "using", cursor="hang", timeout_seconds=0.1)

    assert first == "up"
    assert hung.outcome is Outcome.TIMED_OUT
    assert workshop.ask(host, "using").skip_message == "up down up down up"


# -------------------------------------------------------------------- deadlines


def test_one_that_waits_too_long_is_cancelled_and_others_go_on(workshop: Workshop) -> None:
    code = (
        START
        + """
async def inner():
    await asyncio.sleep(1000)  # here

@sensor(job=etl)
async def slow(context):
    context.log.info("began")
    await inner()
"""
    )
    host = workshop.host(code)
    workshop.send(host, "patient")

    slow = workshop.ask(host, "slow", timeout_seconds=0.1)
    (workshop.folder / "go").touch()
    patient = workshop.told.next_answer()

    assert slow.outcome is Outcome.TIMED_OUT
    assert "sensor 'slow' did not answer within 0.1 seconds" in text_of(slow)
    assert "inner() in " in text_of(slow)
    assert slow.error is not None
    assert "# here" not in "".join(slow.error.stack[:1])
    assert [line.message for line in slow.log] == ["began"]
    assert patient.outcome is Outcome.ANSWERED
    assert workshop.ask(host, "quick").skip_message == patient.skip_message


def test_an_async_generator_that_hangs_is_named_where_it_waits(workshop: Workshop) -> None:
    code = (
        START
        + """
async def deep():
    await asyncio.sleep(1000)

@sensor(job=etl)
async def slow(context):
    yield RunRequest("a")
    await deep()
"""
    )

    answer = workshop.ask(workshop.host(code), "slow", timeout_seconds=0.1)

    assert (answer.outcome, answer.run_requests) == (Outcome.TIMED_OUT, ())
    assert "deep() in " in text_of(answer)


def test_one_that_goes_on_although_cancelled_is_set_apart(workshop: Workshop) -> None:
    code = (
        START
        + """
@sensor(job=etl)
async def stubborn(context):
    if context.cursor == "good":
        return pid()
    while True:
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            pass
"""
    )
    host = workshop.host(code)
    number = workshop.send(host, "patient")

    stubborn = workshop.ask(host, "stubborn", timeout_seconds=0.1)
    (workshop.folder / "go").touch()
    patient = workshop.told.next_answer()

    assert stubborn.outcome is Outcome.TIMED_OUT
    assert "although it was cancelled" in text_of(stubborn)
    assert (patient.id, patient.outcome) == (number, Outcome.ANSWERED)
    assert workshop.ask(host, "quick").skip_message == patient.skip_message
    assert workshop.ask(host, "stubborn", cursor="good").skip_message != patient.skip_message


# --------------------------------------------------------------------- blocking


def test_one_that_blocks_for_a_moment_is_told_so_in_its_log(workshop: Workshop) -> None:
    code = (
        START
        + """
def ask_the_server():
    time.sleep(0.3)

@sensor(job=etl)
async def blocking(context):
    await asyncio.sleep(0)
    ask_the_server()
    return SkipReason("done")
"""
    )

    answer = workshop.ask(workshop.host(code), "blocking")

    assert answer.skip_message == "done"
    line = answer.log[-1].message
    assert line.startswith("sensor 'blocking' kept the event loop from all others for 0.")
    assert f"ask_the_server() in {workshop.folder}/defs.py, line " in line


def test_a_function_that_keeps_the_interpreter_for_a_moment_is_told_so(workshop: Workshop) -> None:
    code = (
        START
        + """
@sensor(job=etl)
async def counting(context):
    await asyncio.sleep(0.1)
    sum(range(15_000_000))
    return SkipReason("done")
"""
    )

    answer = workshop.ask(workshop.host(code), "counting")

    assert [("counting() in " in line.message) for line in answer.log] == [True]


BLOCKING = (
    START
    + """
@sensor(job=etl)
async def blocking(context):
    if context.cursor == "good":
        return pid()
    (HERE / "blocks").touch()
    hang()
"""
)


@pytest.mark.parametrize(
    "hang",
    ["def hang():\n    while True: pass", "def hang():\n    time.sleep(1000)", "def hang():\n    sum(range(10**12))"],
    ids=["busy", "sleeping", "in C"],
)
def test_one_that_blocks_is_ended_by_name_and_the_others_are_asked_again(workshop: Workshop, hang: str) -> None:
    host = workshop.host(BLOCKING + hang)
    innocents = [workshop.send(host, "patient") for _ in range(3)]
    workshop.send(host, "quick")
    assert workshop.told.next_answer().skip_message is not None
    culprit = workshop.send(host, "blocking")

    blocked = workshop.told.next_answer()
    (workshop.folder / "go").touch()
    others = workshop.answers(3)

    assert (blocked.id, blocked.outcome) == (culprit, Outcome.TIMED_OUT)
    assert "sensor 'blocking' kept " in text_of(blocked)
    assert blocked.error is not None
    assert "hang" in "".join(blocked.error.stack)
    assert sorted(others) == innocents
    assert {each.outcome for each in others.values()} == {Outcome.ANSWERED}
    there = workshop.ask(host, "quick").skip_message
    assert {each.skip_message for each in others.values()} == {there}
    assert workshop.ask(host, "blocking", cursor="good").skip_message != there


def test_a_callback_that_blocks_is_its_evaluations_fault(workshop: Workshop) -> None:
    code = BLOCKING.replace("    hang()", "    asyncio.get_running_loop().call_soon(hang); await asyncio.sleep(1000)")
    host = workshop.host(code + "def hang():\n    time.sleep(1000)")
    workshop.send(host, "patient")
    culprit = workshop.send(host, "blocking")

    blocked = workshop.told.next_answer()
    (workshop.folder / "go").touch()

    assert (blocked.id, blocked.outcome) == (culprit, Outcome.TIMED_OUT)
    assert "hang() in " in text_of(blocked)
    assert workshop.told.next_answer().outcome is Outcome.ANSWERED


def test_one_that_blocks_alone_has_all_its_time(workshop: Workshop) -> None:
    code = BLOCKING + "def hang():\n    time.sleep(1000)"

    answer = workshop.ask(workshop.host(code), "blocking", timeout_seconds=0.8)

    assert answer.outcome is Outcome.TIMED_OUT
    assert "sensor 'blocking' did not answer within 0.8 seconds" in text_of(answer)
    assert "hang() in " in text_of(answer)


def test_who_was_set_apart_is_not_any_more_with_new_code(workshop: Workshop) -> None:
    code = BLOCKING + "def hang():\n    time.sleep(1000)"
    first = workshop.host(code)
    workshop.ask(first, "blocking", timeout_seconds=0.6)

    second = workshop.host(code)

    assert workshop.ask(second, "blocking", cursor="good").skip_message == workshop.ask(second, "quick").skip_message


# ----------------------------------------------------------------------- crashes


@pytest.mark.parametrize(
    ("crash", "said"),
    [("os._exit(7)", "exit code 7"), ("ctypes.string_at(0)", "SIGSEGV"), ("os.kill(os.getpid(), 9)", "SIGKILL")],
)
def test_one_that_ends_the_process_is_named_and_the_others_are_answered(
    workshop: Workshop, crash: str, said: str, process_start: str
) -> None:
    code = (
        START
        + f"""
@sensor(job=etl)
async def crashing(context):
    await asyncio.sleep(0)
    {crash}
"""
    )
    host = workshop.host(code, process_start=process_start)
    innocents = [workshop.send(host, "patient") for _ in range(3)]
    culprit = workshop.send(host, "crashing")

    crashed = workshop.told.next_answer()
    (workshop.folder / "go").touch()
    others = workshop.answers(3)

    assert (crashed.id, crashed.outcome) == (culprit, Outcome.KILLED)
    assert "sensor 'crashing' has no answer: its process " in text_of(crashed)
    assert said in text_of(crashed)
    assert "; it is evaluated alone until the code is loaded anew" in text_of(crashed)
    assert sorted(others) == innocents
    assert {each.outcome for each in others.values()} == {Outcome.ANSWERED}


def test_a_process_that_is_killed_from_outside_costs_nobody_an_answer(workshop: Workshop) -> None:
    code = (
        START
        + """
@sensor(job=etl)
async def calling(context):
    (HERE / context.cursor).write_text(str(os.getpid()))
    await come("go")
    return pid()

@sensor(job=etl)
def killer():
    os.kill(int((HERE / "a").read_text()), 9)
"""
    )
    host = workshop.host(code)
    workshop.send(host, "calling", cursor="a")
    workshop.ask(host, "quick")
    workshop.send(host, "calling", cursor="b")

    workshop.ask(host, "killer")
    (workshop.folder / "go").touch()
    answers = workshop.answers(2)

    assert {each.outcome for each in answers.values()} == {Outcome.ANSWERED}


def test_one_that_takes_too_much_memory_is_named(workshop: Workshop) -> None:
    code = (
        START
        + """
@sensor(job=etl)
async def hungry(context):
    kept = []
    while True:
        kept.append(bytearray(10_000_000))
        await asyncio.sleep(0.01)
"""
    )
    host = workshop.host(code)
    innocents = [workshop.send(host, "patient") for _ in range(2)]
    workshop.send(host, "hungry", memory_mb=200)
    (workshop.folder / "go").touch()

    answers = workshop.answers(3)

    hungry = answers.pop(max(answers))
    assert hungry.outcome is Outcome.KILLED
    assert "MB of memory, more than the 200 MB an evaluation may take" in text_of(hungry)
    assert sorted(answers) == innocents
    assert {each.outcome for each in answers.values()} == {Outcome.ANSWERED}


def test_the_process_ends_with_its_host(workshop: Workshop) -> None:
    host = workshop.host(START)
    process = identity_of(int(workshop.ask(host, "quick").skip_message or 0))
    assert process is not None
    workshop.send(host, "patient")
    told: queue.Queue[RunWorker] = queue.Queue()
    watcher = ProcessWatcher()
    watcher.watch(process, told.put)

    host.stop()
    ended = told.get(timeout=WAIT_SECONDS)
    watcher.stop()

    assert ended == process
