"""The real service, seen from outside: all bad neighbours at once, for some seconds of the real clock."""

from __future__ import annotations

import re
import signal
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

from tests.faults.definitions import GOOD_SCHEDULES, GOOD_SENSORS, neighbourhood, unruly_sensor
from tests.faults.machine import is_in_time
from tests.faults.service import LOCATION, Service
from watchbell.record.tick import AutomationKey, AutomationKind, Tick, TickStatus

INTERVAL_SECONDS = 1.0
LATE_SECONDS = 1.0
TICKS = 6
SETTINGS = {
    "evaluation_timeout_seconds": 1.5,
    "evaluation_memory_mb": 150,
    "max_concurrent_runs": 1,  # the ten thousand runs are not what is measured
}
BAD = {
    "unruly_hangs": ("time.sleep(3600)", "did not answer within 1.5 seconds"),
    "unruly_stuck": ("all(itertools.repeat(True))", "did not answer within 1.5 seconds"),
    "unruly_exits": ("os._exit(1)", "exit code 1"),
    "unruly_eats": ("held = b'x' * 700_000_000\ntime.sleep(3600)", "MB of memory"),
    "unruly_crashes": ("ctypes.string_at(0)", "SIGSEGV"),
}
HARMLESS = {
    "unruly_raises": ("raise ValueError('no such bucket')", "no such bucket"),
    "unruly_cursor": ("return SensorResult(skip_reason='x', cursor='c' * 5_000_000)", "1,000,000"),
    "unruly_surrogate": ("return SensorResult(skip_reason='x', cursor='\\ud800')", "surrogate"),
}
MANY = "return [RunRequest(run_key=str(number)) for number in range(10_000)]"


def gaps_of(ticks: Sequence[Tick]) -> list[float]:
    """Seconds between the begins of an automation's ticks, and how long each took."""
    begun = [tick.tick_at for tick in ticks]
    between = [(later - earlier).total_seconds() for earlier, later in pairwise(begun)]
    return [*between, *((tick.ended_at - tick.tick_at).total_seconds() for tick in ticks)]


def all_code(interval_seconds: float) -> str:
    rows = {name: body for name, (body, _) in {**BAD, **HARMLESS}.items()}
    bad = "".join(unruly_sensor(body, name, interval_seconds) for name, body in rows.items())
    return neighbourhood(bad, schedules=10, sensor_seconds=interval_seconds)


def failures(service: Service, name: str) -> list[str]:
    return [tick.error.message for tick in service.ticks(name) if tick.status is TickStatus.FAILURE and tick.error]


def test_good_sensors_keep_their_pace_beside_every_bad_one_at_once(tmp_path) -> None:
    with Service(tmp_path, all_code(INTERVAL_SECONDS), SETTINGS) as service:
        service.start()
        service.wait_until(
            lambda: all(service.state(name).quarantine_reason for name in BAD), "the quarantine of all bad ones"
        )
        service.wait_until(
            lambda: all(len(service.ticks(name)) >= TICKS for name in GOOD_SENSORS), f"{TICKS} ticks of the good ones"
        )

        for name in GOOD_SENSORS:
            ticks = service.ticks(name)
            assert {tick.status for tick in ticks} == {TickStatus.SKIPPED}
            assert is_in_time(max(gaps_of(ticks)), INTERVAL_SECONDS + LATE_SECONDS), name
            assert [int(tick.cursor or 0) for tick in ticks] == list(range(1, len(ticks) + 1))
        for name, (_, reason) in BAD.items():
            told = failures(service, name)
            assert len(told) == 3
            assert all(re.search(reason, each) for each in told), told
        for name, (_, reason) in HARMLESS.items():
            told = failures(service, name)
            assert len(told) >= 3
            assert all(re.search(reason, each) for each in told), told
            assert service.state(name).quarantine_reason is None
            assert service.state(name).cursor is None


@pytest.mark.slow
def test_good_sensors_keep_their_pace_beside_ten_thousand_requests_again_and_again(tmp_path) -> None:
    code = neighbourhood(unruly_sensor(MANY, "unruly_many", INTERVAL_SECONDS), sensor_seconds=INTERVAL_SECONDS)
    with Service(tmp_path, code, SETTINGS | {"evaluation_timeout_seconds": 60}) as service:
        service.start()
        service.wait_until(
            lambda: all(len(service.ticks(name)) >= TICKS for name in GOOD_SENSORS), f"{TICKS} ticks of the good ones"
        )

        first, *later = service.ticks("unruly_many")
        assert len(first.run_ids) == 10_000
        assert {len(tick.dropped_run_keys) for tick in later} <= {10_000}
        for name in GOOD_SENSORS:
            assert is_in_time(max(gaps_of(service.ticks(name))), INTERVAL_SECONDS + LATE_SECONDS), name


def test_a_service_that_is_asked_to_stop_ends_with_code_0_whatever_hangs(tmp_path) -> None:
    code = neighbourhood(unruly_sensor("time.sleep(3600)") + unruly_sensor("all(itertools.repeat(1))", "unruly_stuck"))
    with Service(tmp_path, code) as service:
        service.start()
        service.wait_until(lambda: len(service.ticks("good_sensor_0")) >= 1, "a tick")
        family = service.family()
        assert family

        assert service.stop(10) == 0

        service.wait_until(lambda: not any(map(psutil.Process.is_running, family)), "the end of its processes", 5)
        assert "Traceback" not in service.output


def test_ctrl_c_ends_it_with_code_0_too(tmp_path) -> None:
    with Service(tmp_path, neighbourhood()) as service:
        service.start()
        service.wait_until(lambda: len(service.ticks("good_sensor_0")) >= 1, "a tick")
        assert service.process is not None
        service.process.send_signal(signal.SIGINT)

        assert service.wait(10) == 0
        assert "Traceback" not in service.output


def test_code_that_is_broken_at_the_start_is_told_and_taken_once_it_is_mended(tmp_path) -> None:
    with Service(tmp_path, "this is no python\n") as service:
        service.start()
        service.wait_until(lambda: "SyntaxError" in service.output, "the syntax error")
        assert re.search(r"definitions\.py.*1", service.output)
        service.file.write_text(neighbourhood(sensor_seconds=1), encoding="utf-8")

        service.wait_until(lambda: len(service.ticks("good_sensor_0")) >= 1, "a tick of the mended code")


def test_broken_code_at_reload_is_told_while_the_last_good_version_ticks(tmp_path) -> None:
    good = neighbourhood(sensor_seconds=INTERVAL_SECONDS, schedules=0)
    with Service(tmp_path, good) as service:
        service.start()
        service.wait_until(lambda: len(service.ticks("good_sensor_0")) >= 1, "a tick")
        service.file.write_text(good + "\nthis is no python\n", encoding="utf-8")
        service.wait_until(lambda: "SyntaxError" in service.output, "the syntax error")
        seen = len(service.ticks("good_sensor_0"))
        service.wait_until(lambda: len(service.ticks("good_sensor_0")) >= seen + 3, "ticks of the last good version")
        service.file.write_text(good.replace("all is well", "mended"), encoding="utf-8")
        service.wait_until(lambda: service.ticks("good_sensor_0")[-1].skip_reason == "mended", "the mended version")

        for name in GOOD_SENSORS:
            assert is_in_time(max(gaps_of(service.ticks(name))), INTERVAL_SECONDS + LATE_SECONDS), name


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_schedules_on_the_real_clock_stay_within_a_second_for_three_minutes(tmp_path: Path) -> None:
    """The default limits: 60 seconds for an evaluation, 1 GB of memory, and a sensor that takes two."""
    bad = {
        "unruly_hangs": "time.sleep(3600)",
        "unruly_stuck": "all(itertools.repeat(True))",
        "unruly_exits": "os._exit(1)",
        "unruly_eats": "held = b'x' * 2_000_000_000\ntime.sleep(3600)",
    }
    code = neighbourhood("".join(unruly_sensor(body, name, 1) for name, body in bad.items()), sensor_seconds=1)
    with Service(tmp_path, code) as service:
        service.start()
        service.wait_until(lambda: len(schedule_ticks(service, GOOD_SCHEDULES[0])) >= 3, "three minutes", 300)
        service.wait_until(lambda: all(service.state(name).quarantine_reason for name in bad), "the quarantine", 90)

        for name in GOOD_SCHEDULES:
            ticks = schedule_ticks(service, name)
            assert {tick.status for tick in ticks} == {TickStatus.SUCCESS}
            late = [tick.ended_at - tick.tick_at for tick in ticks]
            assert max(late) < timedelta(seconds=LATE_SECONDS), name
        for name in GOOD_SENSORS:
            assert is_in_time(max(gaps_of(service.ticks(name))), INTERVAL_SECONDS + LATE_SECONDS), name


def schedule_ticks(service: Service, name: str) -> list[Tick]:
    return service.instance.store.ticks(AutomationKey(LOCATION, AutomationKind.SCHEDULE, name))[::-1]
