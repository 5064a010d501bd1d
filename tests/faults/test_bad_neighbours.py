"""One bad neighbour: whatever it does, the others stay punctual; it fails with its reason and is quarantined."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests.faults.definitions import GOOD, neighbourhood, unruly_schedule, unruly_sensor
from tests.faults.machine import is_in_time
from tests.faults.rig import Rig
from watchbell.automate import phases
from watchbell.automate.switch import started
from watchbell.record.settings import Settings
from watchbell.record.tick import TickStatus

LATE_SECONDS = 1.0
"""No good tick is stored later than this after its minute began, whatever the bad one does."""
TIMEOUT_SECONDS = 1.2
"""Longer than what counts as late: an evaluation that waits for a hanging one is seen to be late."""
SETTINGS = Settings(evaluation_timeout_seconds=TIMEOUT_SECONDS, evaluation_memory_mb=150)


@dataclass(frozen=True)
class Row:
    """A bad thing and what is said about it.

    Args:
        body: what the function does.
        reason: what its failed tick must say.
    """

    body: str
    reason: str


HANGS = Row("time.sleep(3600)", r"did not answer within 1.2 seconds")
ENDS_ITS_PROCESS = {
    "hangs": HANGS,
    "hangs_and_ignores_signals": Row(
        "for each in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:\n"
        "    signal.signal(each, signal.SIG_IGN)\ntime.sleep(3600)",
        r"did not answer within 1.2 seconds",
    ),
    "is_stuck_in_one_c_call": Row("all(itertools.repeat(True))", r"did not answer within 1.2 seconds"),
    "exits": Row("os._exit(1)", r"exit code 1"),
    "exits_with_success": Row("os._exit(0)", r"exit code 0"),
    "kills_itself": Row("os.kill(os.getpid(), signal.SIGKILL)", r"SIGKILL"),
    "reads_no_memory": Row("ctypes.string_at(0)", r"SIGSEGV"),
    "takes_memory": Row("held = b'x' * 700_000_000\ntime.sleep(3600)", r"MB of memory, more than the 150 MB"),
    "closes_everything": Row("os.closerange(0, 1000)\ntime.sleep(3600)", r"its process|did not answer"),
}
ALIKE = {"hangs_and_ignores_signals", "exits_with_success", "kills_itself"}
"""Those that another one stands for in the quick tests."""
FAILS_ALONE = {
    "raises": Row("raise ValueError('no such bucket')", r"no such bucket"),
    "raises_what_is_no_exception": Row("raise KeyboardInterrupt", r"KeyboardInterrupt"),
    "exits_politely": Row("sys.exit(3)", r"SystemExit|sys\.exit"),
    "recurses": Row("def again(): return again()\nagain()", r"RecursionError"),
    "returns_nonsense": Row("return 42", r"42|int"),
    "raises_with_a_surrogate": Row("raise ValueError('half a \\ud800 character')", r"half a"),
    "raises_what_cannot_be_shown": Row(
        "class Odd(Exception):\n    def __str__(self):\n        raise RuntimeError('twice')\nraise Odd", r"Odd"
    ),
}  # fmt: skip
REFUSED_ANSWERS = {
    "cursor_of_5_mb": Row("return SensorResult(skip_reason='x', cursor='c' * 5_000_000)", r"cursor.*1,000,000"),
    "cursor_with_a_surrogate": Row("return SensorResult(skip_reason='x', cursor='\\ud800')", r"surrogate"),
    "cursor_with_a_nul": Row("context.update_cursor('a\\0b')\nreturn SkipReason('x')", r"control character"),
    "run_key_of_2_kb": Row("return RunRequest(run_key='k' * 2_000)", r"run_key|run key"),
    "tag_with_a_surrogate": Row("return RunRequest(tags={'a': '\\udfff'})", r"surrogate"),
    "tag_without_sense": Row("return RunRequest(tags={'dagster/max_retries': 'x'})", r"max_retries.*whole number"),
    "unknown_job": Row("return RunRequest(job_name='quikc')", r"quikc.*quick"),
}


def pass_minutes(rig: Rig, count: int) -> None:
    """Lets minutes pass; in each of them every good one must be stored in time."""
    for _ in range(count):
        minute = rig.next_minute()
        seconds = rig.until(lambda: rig.have_ticked(GOOD, minute), f"the good ticks of {minute:%H:%M}")  # noqa: B023
        assert is_in_time(seconds, LATE_SECONDS), f"the good ticks of {minute:%H:%M} took {seconds:.2f} seconds"


def failures_of(rig: Rig, name: str) -> list[str]:
    """The reasons of an automation's failed ticks, oldest first."""
    found = [tick.error for tick in rig.ticks(name) if tick.status is TickStatus.FAILURE]
    return [error.to_string() if error is not None else "" for error in found]


def fail_once(rig: Rig, name: str) -> None:
    """Lets a minute pass in which a bad one fails."""
    before = len(failures_of(rig, name))
    pass_minutes(rig, 1)
    rig.until(lambda: len(failures_of(rig, name)) > before, f"the failure of {name}")


def wait_for_the_first(rig: Rig, name: str) -> int:
    """A sensor is evaluated as soon as it is on, a schedule at its time; how often it was evaluated by then."""
    if "schedule" in name:
        return 0
    rig.until(lambda: len(rig.ticks(name)) == 1, f"the first evaluation of {name}")
    return 1


def assert_good_ticks(rig: Rig, minutes: int) -> None:
    """Every good one has exactly one good tick for each minute."""
    for name in GOOD:
        ticks = rig.ticks(name)
        wanted = TickStatus.SUCCESS if "schedule" in name else TickStatus.SKIPPED
        assert {tick.status for tick in ticks} == {wanted}, name
        times = [tick.tick_at for tick in ticks if tick.tick_at.second == 0]
        assert len(times) == len(set(times)) == minutes, name


def assert_quarantined_after_three(folder: Path, code: str, name: str, reason: str) -> None:
    with Rig(folder, code, SETTINGS) as rig:
        minutes = SETTINGS.quarantine_after - wait_for_the_first(rig, name)
        for _ in range(minutes):
            assert rig.state(name).quarantine_reason is None
            fail_once(rig, name)
        pass_minutes(rig, 3)

        assert_good_ticks(rig, minutes + 3)
        reasons = failures_of(rig, name)
        assert len(reasons) == 3, "it is not evaluated any more"
        for each in reasons:
            assert name in each
            assert re.search(reason, each), each
        shown = rig.state(name).quarantine_reason
        assert shown is not None
        assert re.search(reason, shown), shown


@pytest.mark.parametrize(
    "row",
    [pytest.param(row, id=name, marks=[pytest.mark.slow] * (name in ALIKE)) for name, row in ENDS_ITS_PROCESS.items()],
)
def test_a_sensor_that_ends_or_outlasts_its_process_is_quarantined_and_nobody_waits(tmp_path, row) -> None:
    code = neighbourhood(unruly_sensor(row.body))

    assert_quarantined_after_three(tmp_path, code, "unruly_sensor", row.reason)


@pytest.mark.parametrize("row", [HANGS, ENDS_ITS_PROCESS["exits"]], ids=["hangs", "exits"])
def test_a_schedule_that_ends_or_outlasts_its_process_is_quarantined_and_nobody_waits(tmp_path, row) -> None:
    code = neighbourhood(unruly_schedule(row.body))

    assert_quarantined_after_three(tmp_path, code, "unruly_schedule", row.reason)


def test_a_function_that_only_fails_is_not_quarantined(tmp_path, monkeypatch) -> None:
    """Each of these fails again and again with its own error, and is asked again: it costs others nothing."""
    monkeypatch.setattr(phases, "CROWD_MIN", 100)  # all of them begin at the full minute
    rows = {f"unruly_sensor_that_{name}": row for name, row in {**FAILS_ALONE, **REFUSED_ANSWERS}.items()}
    code = neighbourhood("".join(unruly_sensor(row.body, name) for name, row in rows.items()))

    with Rig(tmp_path, code, SETTINGS) as rig:
        for _ in range(4):
            minute = rig.next_minute()
            rig.until(lambda: rig.have_ticked([*GOOD, *rows], minute), "all ticks")  # noqa: B023

        assert_good_ticks(rig, 4)
        for name, row in rows.items():
            reasons = failures_of(rig, name)
            assert len(reasons) >= 4, name
            assert re.search(row.reason, reasons[0]), f"{name}: {reasons[0]}"
            assert rig.state(name).quarantine_reason is None, name
            assert rig.state(name).cursor is None, name


def test_a_failed_tick_shows_the_line_it_hung_at(tmp_path) -> None:
    code = neighbourhood(unruly_sensor("time.sleep(3600)  # here it waits"))

    with Rig(tmp_path, code, SETTINGS) as rig:
        wait_for_the_first(rig, "unruly_sensor")
        [text] = failures_of(rig, "unruly_sensor")

    line = 1 + code.splitlines().index("    time.sleep(3600)  # here it waits")
    assert re.search(rf'definitions\.py", line {line} in unruly_sensor', text), text


def test_what_it_printed_last_is_told_with_its_end(tmp_path) -> None:
    code = neighbourhood(unruly_sensor("print('x' * 5_000_000)\nprint('the disk is on fire', flush=True)\nos._exit(9)"))

    with Rig(tmp_path, code, SETTINGS) as rig:
        wait_for_the_first(rig, "unruly_sensor")
        [text] = failures_of(rig, "unruly_sensor")

    assert "the disk is on fire" in text
    assert len(text) < 100_000


def test_processes_that_a_killed_sensor_started_end_with_it(tmp_path) -> None:
    """They would hold its files and its memory; the pid stands in a file so that it can be looked for."""
    pid_file = tmp_path / "pid"
    body = f"child = subprocess.Popen(['sleep', '3600'])\npathlib.Path({str(pid_file)!r}).write_text(str(child.pid))\n"
    code = neighbourhood(unruly_sensor(body + "time.sleep(3600)"))

    with Rig(tmp_path, code, SETTINGS) as rig:
        wait_for_the_first(rig, "unruly_sensor")
        pid = int(pid_file.read_text())

        rig.until(lambda: not is_running(pid), f"the end of process {pid}")


def test_ten_thousand_requests_in_a_tick_keep_nobody_waiting(tmp_path) -> None:
    code = neighbourhood(unruly_sensor("return [RunRequest(run_key=str(number)) for number in range(10_000)]"))

    with Rig(tmp_path, code, Settings()) as rig:
        pass_minutes(rig, 2)
        rig.until(lambda: rig.state("unruly_sensor").last_tick_at is not None, "the tick with 10,000 runs")
        pass_minutes(rig, 2)
        rig.until(lambda: len(rig.ticks("unruly_sensor")) >= 2, "a later tick")

        assert_good_ticks(rig, 4)
        first, *later = rig.ticks("unruly_sensor")
        assert len(first.run_ids) == 10_000
        assert {tick.status for tick in later} == {TickStatus.SKIPPED}, "the keys were used"
        assert rig.instance.get_runs_count() == 10_000 + 4 * 10


def test_more_requests_than_a_tick_may_make_are_refused_with_the_way_out(tmp_path) -> None:
    code = neighbourhood(unruly_sensor("return [RunRequest() for number in range(50_001)]"))

    with Rig(tmp_path, code, Settings()) as rig:
        pass_minutes(rig, 1)
        rig.until(lambda: rig.state("unruly_sensor").last_tick_at is not None, "the refused tick")

        reason = failures_of(rig, "unruly_sensor")[0]
        assert "50,001" in reason
        assert "cursor" in reason
        assert rig.instance.get_runs_count() == 10


def test_a_syntax_error_at_reload_leaves_the_last_good_version_at_work(tmp_path) -> None:
    good = neighbourhood()

    with Rig(tmp_path, good, SETTINGS) as rig:
        pass_minutes(rig, 1)
        rig.file.write_text(good + "\nthis is no python\n", encoding="utf-8")
        rig.until(lambda: bool(rig.problems), "the error of the broken file")
        pass_minutes(rig, 3)
        rig.file.write_text(good.replace("all is well", "mended"), encoding="utf-8")
        rig.until(lambda: bool(rig.snapshots), "the mended file")
        pass_minutes(rig, 1)

        assert_good_ticks(rig, 5)
        [problem] = rig.problems
        assert "SyntaxError" in problem.message
        assert problem.file == str(rig.file)
        assert problem.line == len(good.splitlines()) + 2
        assert rig.ticks("good_sensor_0")[-2].skip_reason == "all is well"
        assert rig.ticks("good_sensor_0")[-1].skip_reason == "mended"


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ("raise RuntimeError('no licence')", "no licence"),
        ("import nothing_like_this", "nothing_like_this"),
        ("sys.exit(1)", "sys.exit"),
        ("os._exit(5)", "exit code 5"),
        ("jobs = [quick]; defs = Definitions(schedules=[good_schedule('same'), good_schedule('same')])", "same"),
    ],
)
def test_code_that_breaks_at_import_leaves_the_last_good_version_at_work(tmp_path, broken, told) -> None:
    good = neighbourhood()

    with Rig(tmp_path, good, SETTINGS) as rig:
        pass_minutes(rig, 1)
        rig.file.write_text(f"{good}\n{broken}\n", encoding="utf-8")
        rig.until(lambda: bool(rig.problems), "the error of the broken file")
        pass_minutes(rig, 2)

        assert_good_ticks(rig, 3)
        assert told in rig.problems[0].message + rig.problems[0].details


def test_a_quarantined_sensor_works_again_once_somebody_starts_it(tmp_path) -> None:
    flag = tmp_path / "mended"
    body = f"if not pathlib.Path({str(flag)!r}).exists():\n    os._exit(1)\nreturn SkipReason('mended')"

    with Rig(tmp_path, neighbourhood(unruly_sensor(body)), SETTINGS) as rig:
        for _ in range(3 - wait_for_the_first(rig, "unruly_sensor")):
            fail_once(rig, "unruly_sensor")
        flag.touch()
        before = rig.state("unruly_sensor")
        assert before.quarantine_reason is not None
        rig.change_state(before, started(before, rig.clock.now()))
        rig.until(lambda: rig.ticks("unruly_sensor")[-1].status is TickStatus.SKIPPED, "its first good tick")

        assert rig.ticks("unruly_sensor")[-1].skip_reason == "mended"
        assert rig.state("unruly_sensor").failures_in_row == 0


def test_two_failures_with_a_success_between_do_not_add_up(tmp_path) -> None:
    body = (
        f"path = pathlib.Path({str(tmp_path / 'count')!r})\n"
        "count = int(path.read_text()) if path.exists() else 0\n"
        "path.write_text(str(count + 1))\n"
        "if count % 3 < 2:\n    os._exit(1)\n"
        "return SkipReason('for once')"
    )

    with Rig(tmp_path, neighbourhood(unruly_sensor(body)), SETTINGS) as rig:
        wait_for_the_first(rig, "unruly_sensor")
        for count in range(2, 8):
            pass_minutes(rig, 1)
            rig.until(lambda: len(rig.ticks("unruly_sensor")) >= count, "its tick")  # noqa: B023

        assert rig.state("unruly_sensor").quarantine_reason is None
        assert len(failures_of(rig, "unruly_sensor")) == 5


def is_running(pid: int) -> bool:
    """Whether a process is there and not merely waiting to be reaped."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
