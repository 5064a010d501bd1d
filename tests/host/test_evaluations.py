"""Evaluations through a real host: good ones answered, bad ones ended and named, none in another's way."""

from datetime import UTC, datetime

import pytest

from tests.host.conftest import Workshop
from watchbell.record.evaluation import Outcome
from watchbell.record.tick import AutomationKind
from watchbell.record.worker_identity import identity_of

START = """
import ctypes, os, signal, sys, time
from pathlib import Path
from watchbell import RunRequest, SensorResult, SkipReason, job, op, schedule, sensor

HERE = Path(__file__).parent

@op
def work():
    pass

@job(tags={"team": "a"})
def etl():
    work()

@sensor(job=etl)
def good(context):
    return RunRequest(run_key="k", tags={"pid": str(os.getpid())})
"""
MEGABYTES = 200


@pytest.fixture(params=["fork", "spawn"])
def process_start(request: pytest.FixtureRequest) -> str:
    return str(request.param)


# ------------------------------------------------------------------------ good


def test_a_sensor_sees_its_state_and_leaves_a_new_one(workshop: Workshop, process_start: str) -> None:
    code = (
        START
        + """
@sensor(job=etl)
def counting(context):
    context.log.info("seen %s at %s", context.cursor, context.last_tick_completion_time)
    context.update_cursor(str(int(context.cursor) + 1))
    return RunRequest(run_key=context.cursor, tags={"last": context.last_run_key})
"""
    )
    host = workshop.host(code, process_start=process_start)
    last = datetime(2024, 5, 1, tzinfo=UTC)

    answer = workshop.ask(host, "counting", cursor="41", last_run_key="41", last_tick_at=last)

    assert (answer.outcome, answer.cursor) == (Outcome.ANSWERED, "42")
    request = answer.run_requests[0]
    assert (request.run_key, request.job_name, request.tags["last"]) == ("42", "etl", "41")
    assert request.tags["team"] == "a"
    assert [line.message for line in answer.log] == [f"seen 41 at {last.timestamp()}"]


def test_a_schedule_sees_its_time_in_its_own_zone(workshop: Workshop) -> None:
    code = (
        START
        + """
@schedule(job=etl, cron_schedule="0 2 * * *", execution_timezone="Europe/Berlin")
def nightly(context):
    return RunRequest(run_key=context.scheduled_execution_time.isoformat())
"""
    )
    host = workshop.host(code)

    answer = workshop.ask(host, "nightly", AutomationKind.SCHEDULE, scheduled_at=datetime(2024, 7, 1, tzinfo=UTC))

    assert [each.run_key for each in answer.run_requests] == ["2024-07-01T02:00:00+02:00"]


def test_an_unchanged_cursor_is_not_told(workshop: Workshop) -> None:
    assert workshop.ask(workshop.host(START), "good", cursor="7").cursor is None


def test_a_reason_to_skip_is_told(workshop: Workshop) -> None:
    code = START + "\n@sensor(job=etl)\ndef quiet():\n    return SkipReason('nothing new')\n"

    answer = workshop.ask(workshop.host(code), "quiet")

    assert (answer.outcome, answer.skip_message, answer.run_requests) == (Outcome.ANSWERED, "nothing new", ())


def test_ten_thousand_run_requests_arrive(workshop: Workshop) -> None:
    code = (
        START
        + """
@sensor(job=etl)
def many():
    return [RunRequest(run_key=str(n), tags={"a": "b" * 100}) for n in range(10_000)]
"""
    )

    answer = workshop.ask(workshop.host(code), "many")

    assert [each.run_key for each in answer.run_requests] == [str(number) for number in range(10_000)]


def test_an_evaluator_is_used_again(workshop: Workshop) -> None:
    host = workshop.host(START)

    pids = {workshop.ask(host, "good").run_requests[0].tags["pid"] for _ in range(5)}

    assert len(pids) == 1


def test_the_instance_is_there_for_who_asks(workshop: Workshop) -> None:
    code = START + "\n@sensor(job=etl)\ndef asking(context):\n    return SkipReason(str(context.instance.get_runs()))\n"

    assert workshop.ask(workshop.host(code), "asking").skip_message == "[]"


def test_evaluations_run_side_by_side(workshop: Workshop) -> None:
    """Each waits until all four have begun: in turns, they would never end."""
    code = (
        START
        + """
@sensor(job=etl)
def meeting(context):
    (HERE / f"came-{context.cursor}").touch()
    while len(list(HERE.glob("came-*"))) < 4:
        os.sched_yield()
    return SkipReason("met")
"""
    )
    host = workshop.host(code)

    for number in range(4):
        workshop.send(host, "meeting", cursor=str(number), timeout_seconds=20)

    assert {answer.skip_message for answer in workshop.answers(4).values()} == {"met"}


def test_a_full_pool_answers_in_the_order_of_arrival(workshop: Workshop) -> None:
    host = workshop.host(START, max_evaluators=1)

    asked = [workshop.send(host, "good") for _ in range(20)]

    assert list(workshop.answers(20)) == asked


# ------------------------------------------------------------------------- bad


def test_what_user_code_raises_comes_with_its_frames_first(workshop: Workshop, process_start: str) -> None:
    code = (
        START + "\n@sensor(job=etl)\ndef failing(context):\n    context.log.info('before')\n    raise OSError('gone')\n"
    )

    answer = workshop.ask(workshop.host(code, process_start=process_start), "failing")

    assert answer.error is not None
    assert (answer.outcome, answer.error.root.message) == (Outcome.RAISED, "OSError: gone\n")
    assert "raise OSError('gone')" in answer.error.root.stack[-1]
    assert not [line for line in answer.error.root.stack if "watchbell/host" in line]
    assert [line.message for line in answer.log] == ["before"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return 5", "returned 5"),
        ("import sys; sys.exit(3)", "SystemExit"),
        ("return RunRequest(job_name='etll')", "etll"),
        ("context.update_cursor('x' * 2_000_000)", "at most 1,000,000"),
        ("context.update_cursor('\\ud800')", "cannot be stored"),
        ("return RunRequest(run_config={'a': object()})", "object"),
        ("return [RunRequest() for _ in range(50_001)]", "at most 50,000"),
        ("f = lambda g: g(g); f(f)", "RecursionError"),
    ],
)
def test_a_mistake_of_the_user_is_told_and_harms_nobody(workshop: Workshop, body: str, message: str) -> None:
    host = workshop.host(START + f"\n@sensor(job=etl)\ndef wrong(context):\n    {body}\n")

    answer = workshop.ask(host, "wrong")

    assert answer.outcome is Outcome.RAISED
    assert answer.error is not None
    assert message in answer.error.to_string()
    assert workshop.ask(host, "good").outcome is Outcome.ANSWERED


def test_a_name_that_is_not_there_is_unknown(workshop: Workshop) -> None:
    answer = workshop.ask(workshop.host(START), "goood")

    assert answer.outcome is Outcome.UNKNOWN
    assert answer.error is not None
    assert "did you mean 'good'?" in answer.error.message


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("os._exit(7)", "exit code 7"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
        ("ctypes.string_at(0)", "SIGSEGV"),
    ],
)
def test_a_process_that_ends_is_told_with_its_end(workshop: Workshop, process_start: str, body: str, said: str) -> None:
    code = START + f"\n@sensor(job=etl)\ndef deadly():\n    print('last words', flush=True)\n    {body}\n"
    host = workshop.host(code, process_start=process_start)

    answer = workshop.ask(host, "deadly")

    assert answer.outcome is Outcome.KILLED
    assert answer.error is not None
    assert "sensor 'deadly'" in answer.error.message
    assert said in answer.error.message
    assert "last words" in answer.error.message
    assert workshop.ask(host, "good").outcome is Outcome.ANSWERED


@pytest.mark.parametrize("body", ["time.sleep(1000)", "ctypes.PyDLL(None).sleep(1000)", "while True: pass"])
def test_a_hanging_sensor_is_killed_at_its_deadline_and_shown(
    workshop: Workshop, process_start: str, body: str
) -> None:
    """PyDLL keeps the interpreter's lock: Python's own signal handlers and timers never run."""
    code = START + f"\n@sensor(job=etl)\ndef hanging():\n    {body}  # user code\n"
    host = workshop.host(code, process_start=process_start)

    hanging = workshop.send(host, "hanging", timeout_seconds=1.5, has_own_timeout=True)
    good = workshop.send(host, "good")
    answers = workshop.answers(2)

    error = answers[hanging].error
    assert error is not None
    assert answers[good].outcome is Outcome.ANSWERED
    assert "did not answer within 1.5 seconds (timeout_seconds of the sensor)" in error.message
    assert answers[hanging].outcome is Outcome.TIMED_OUT
    assert [line for line in error.stack if "defs.py" in line and "in hanging" in line]


def test_what_a_killed_sensor_started_is_killed_too(workshop: Workshop) -> None:
    code = (
        START
        + """
import subprocess
@sensor(job=etl)
def starting():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    (HERE / "child").write_text(str(child.pid))
    time.sleep(1000)  # user code
"""
    )
    host = workshop.host(code)

    workshop.ask(host, "starting", timeout_seconds=1.5)
    pid = int((workshop.folder / "child").read_text())

    assert identity_of(pid) is None


def test_a_sensor_that_takes_too_much_memory_is_killed_and_named(workshop: Workshop) -> None:
    code = (
        START
        + f"""
@sensor(job=etl)
def greedy():
    held = bytearray(os.urandom(1) * {MEGABYTES} * 1024 * 1024)
    time.sleep(1000)  # user code
"""
    )
    host = workshop.host(code)

    answer = workshop.ask(host, "greedy", memory_mb=100, timeout_seconds=20)

    assert answer.outcome is Outcome.KILLED
    assert answer.error is not None
    assert "more than the 100 MB" in answer.error.message


def test_memory_that_the_code_takes_at_import_is_not_the_sensors(workshop: Workshop) -> None:
    code = START + f"\nLOOKUP = bytearray(os.urandom(1) * {MEGABYTES} * 1024 * 1024)\n"
    code += "\n@sensor(job=etl)\ndef modest():\n    time.sleep(0.5)  # user code\n    return SkipReason('ok')\n"
    host = workshop.host(code)

    assert workshop.ask(host, "modest", memory_mb=100).skip_message == "ok"


def test_an_evaluator_that_kept_much_is_not_used_again(workshop: Workshop) -> None:
    code = (
        START
        + """
kept = []
@sensor(job=etl)
def keeping():
    kept.append(bytearray(b"x") * (80 * 1024 * 1024))  # made in place: never twice as much
    return SkipReason(str(os.getpid()))
"""
    )
    host = workshop.host(code, max_evaluators=1)

    pids = {workshop.ask(host, "keeping", memory_mb=150).skip_message for _ in range(3)}

    assert len(pids) == 3


def test_output_without_end_does_not_stop_others(workshop: Workshop) -> None:
    code = (
        START
        + """
@sensor(job=etl)
def chatting():
    while True:
        print("x" * 1000)
"""
    )
    host = workshop.host(code)

    chatting = workshop.send(host, "chatting", timeout_seconds=1.5)
    good = workshop.send(host, "good")

    assert list(workshop.answers(2)) == [good, chatting]


def test_a_sensor_that_closes_all_files_is_replaced(workshop: Workshop) -> None:
    code = START + "\n@sensor(job=etl)\ndef closing():\n    os.closerange(0, 1000)\n"
    host = workshop.host(code)

    assert workshop.ask(host, "closing").outcome is Outcome.KILLED
    assert workshop.ask(host, "good").outcome is Outcome.ANSWERED


def test_more_hanging_sensors_than_evaluators_hold_nobody_up_for_long(workshop: Workshop) -> None:
    code = START + "\n@sensor(job=etl)\ndef hanging():\n    time.sleep(1000)  # user code\n"
    host = workshop.host(code, max_evaluators=2)
    hanging = {workshop.send(host, "hanging", timeout_seconds=20) for _ in range(5)}
    good = workshop.send(host, "good")

    first = workshop.told.next_answer()

    assert first.id == good
    assert first.id not in hanging


def test_good_sensors_are_on_time_beside_every_bad_one(workshop: Workshop) -> None:
    bad = ["time.sleep(1000)", "ctypes.PyDLL(None).sleep(1000)", "os._exit(1)", "ctypes.string_at(0)", "while 1: pass"]
    code = START + "".join(
        f"\n@sensor(job=etl)\ndef bad_{number}():\n    {body}  # user code\n" for number, body in enumerate(bad)
    )
    host = workshop.host(code, max_evaluators=8)
    for number in range(len(bad)):
        workshop.send(host, f"bad_{number}", timeout_seconds=20)

    good = {workshop.send(host, "good") for _ in range(50)}
    outcomes = set()
    while good:
        answer = workshop.told.next_answer()
        outcomes.add(answer.outcome)
        good.discard(answer.id)

    assert outcomes <= {Outcome.ANSWERED, Outcome.KILLED}  # none of the 50 waited for the deadline of another
