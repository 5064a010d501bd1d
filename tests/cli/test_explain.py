"""``watchbell explain schedule``, ``sensor`` and ``run``: what is said of what the store holds."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.cli.conftest import Terminal
from tests.cli.ticking import scheduled, sensed
from watchbell.automate.due import Missed
from watchbell.ground.clock import SystemClock
from watchbell.ground.os_user import os_user_name
from watchbell.record.run import DagsterRunStatus
from watchbell.record.worker_identity import own_identity
from watchbell.services.lease import owner_text, take_lease


def first(terminal: Terminal, *words: str) -> str:
    """What is said first; ids of runs, and times of today, left out."""
    said = terminal.run("explain", *words)
    assert said.code == 0, said
    today = f"{SystemClock().now():%Y-%m-%d}"
    line = re.sub(rf"{today} \d\d:\d\d(:\d\d)? (UTC|Europe/Berlin)", "T", said.out.partition("\n")[0])
    line = re.sub(r"T \([\d.]+ m?s\)", "T", line)
    return re.sub(r"run [0-9a-f]{8}", "run R", line)


def detail(terminal: Terminal, name: str, *words: str) -> str:
    """One of the facts below it."""
    told = terminal.run("explain", *words, "--json").json()
    return "\n".join(each["text"] for each in told["details"] if each["name"] == name)


def with_service(terminal: Terminal) -> None:
    """As if a service were at work: its lease is held, by this process."""
    with terminal.instance() as instance:
        taken = take_lease(instance.store, owner_text(own_identity(), "test"), instance.clock.now())
    assert taken is not None


def of_nightly(terminal: Terminal, *more: str) -> str:
    return first(terminal, "schedule", "nightly", *more, "-f", "definitions.py")


def of_landing(terminal: Terminal, *more: str) -> str:
    return first(terminal, "sensor", "landing", *more, "-f", "definitions.py")


# -------------------------------------------------------------------- schedule


def test_a_schedule_that_was_never_turned_on(terminal: Terminal) -> None:
    assert of_nightly(terminal) == (
        "schedule 'nightly' does not tick: it was never turned on, and is not on by its definition."
    )


def test_a_schedule_that_somebody_turned_off(terminal: Terminal) -> None:
    terminal.run_on_code("schedule", "start", "nightly")
    terminal.run_on_code("schedule", "stop", "nightly")

    assert of_nightly(terminal) == "schedule 'nightly' does not tick: somebody turned it off at T."


def test_a_schedule_without_a_service(terminal: Terminal) -> None:
    terminal.run_on_code("schedule", "start", "nightly")

    assert of_nightly(terminal) == "schedule 'nightly' does not tick: no service is running here."


def test_a_time_before_a_schedule_took_effect(terminal: Terminal) -> None:
    terminal.run_on_code("schedule", "start", "nightly")
    with_service(terminal)

    told = of_nightly(terminal, "--at", "2026-03-28T12:00")

    why = "it took effect at T (turned on, or other times in its code), and owes nothing for the time before"
    assert told == f"schedule 'nightly' at 2026-03-28 03:05 Europe/Berlin did not run: {why}."


def test_a_time_with_its_runs(terminal: Terminal) -> None:
    terminal.run_on_code("schedule", "start", "nightly")
    with_service(terminal)
    scheduled(terminal, "2026-03-28T03:05:00+01:00")

    words = ("schedule", "nightly", "--at", "2026-03-28T05:00", "-f", "definitions.py")

    assert first(terminal, *words) == ("schedule 'nightly' at 2026-03-28 03:05 Europe/Berlin asked for run R (QUEUED).")
    assert "is none of its times; the one before it is 2026-03-28 03:05" in detail(terminal, "note", *words)
    assert detail(terminal, "logged", *words).endswith(": thinking")
    assert detail(terminal, "service", *words).startswith("process ")


def test_times_that_were_missed(terminal: Terminal) -> None:
    terminal.run_on_code("schedule", "start", "nightly")
    with_service(terminal)
    missed = [
        Missed(datetime(2026, 3, 27, 2, 5, tzinfo=UTC), "2 times from 2026-03-26 to 2026-03-27: missed, too old"),
        Missed(datetime(2026, 3, 28, 2, 5, tzinfo=UTC), "missed, and nobody looked"),
    ]
    scheduled(terminal, "2026-03-29T03:05:00+02:00", missed=missed)

    assert of_nightly(terminal, "--at", "2026-03-28T03:05") == (
        "schedule 'nightly' at 2026-03-28 03:05 Europe/Berlin was not evaluated: missed, and nobody looked."
    )
    why = "2 times from 2026-03-26 to 2026-03-27: missed, too old"
    assert of_nightly(terminal, "--at", "2026-03-26T03:05") == (
        f"schedule 'nightly' at 2026-03-26 03:05 Europe/Berlin was not evaluated: {why}."
    )


def test_a_time_to_come(terminal: Terminal) -> None:
    terminal.run_on_code("schedule", "start", "nightly")

    assert of_nightly(terminal, "--at", "2099-10-25") == (
        "2099-10-25 00:00 Europe/Berlin has not come yet; for schedule 'nightly' its next time from then on is "
        "2099-10-25 03:05 Europe/Berlin."
    )


def test_code_that_does_not_load_is_told_and_the_record_stays(terminal: Terminal) -> None:
    terminal.run_on_code("schedule", "start", "nightly")
    with_service(terminal)
    scheduled(terminal, "2026-03-28T03:05:00+01:00")
    terminal.write("import nothing_such\n")

    told = of_nightly(terminal)

    assert told.startswith(
        "schedule 'nightly' cannot be evaluated with the code as it is: cannot load 'definitions.py': "
        "ModuleNotFoundError: No module named 'nothing_such'"
    )
    assert "Its last tick, at 2026-03-28 03:05 Europe/Berlin, asked for run R (QUEUED)." in told


def test_a_schedule_the_code_has_no_more(terminal: Terminal) -> None:
    terminal.run_on_code("schedule", "start", "nightly")
    terminal.write("from watchbell import *\n@job\ndef other(): ...\ndefs = Definitions(jobs=[other])\n")

    assert of_nightly(terminal) == (
        "schedule 'nightly' does not tick: the code of its location does not define it any more."
    )


def test_names_that_are_none(terminal: Terminal) -> None:
    said = terminal.run_on_code("explain", "schedule", "nightli")

    assert (said.code, said.err) == (1, "error: there is no schedule 'nightli'; did you mean 'nightly'?\n")


# ---------------------------------------------------------------------- sensor


def test_a_sensor_that_asked_for_a_run(terminal: Terminal) -> None:
    with_service(terminal)
    sensed(terminal)

    assert of_landing(terminal) == "sensor 'landing', evaluated at T, asked for run R (QUEUED)."


def test_a_run_key_that_was_used_names_its_run(terminal: Terminal) -> None:
    with_service(terminal)
    holder = sensed(terminal).run_ids[0]
    terminal.run_on_code("sensor", "cursor", "landing", "--set", "0")
    sensed(terminal)

    words = ("sensor", "landing", "-f", "definitions.py")

    held = "run key '0' has its run, run R (QUEUED), asked for at T"
    assert first(terminal, *words) == f"sensor 'landing', evaluated at T, asked for nothing new: {held}."
    assert detail(terminal, "not run again", *words).startswith(f"0: run {holder[:8]} (QUEUED), asked for at ")
    assert "a request with another run key, or without one" in terminal.run("explain", *words).out


def test_a_sensor_that_skipped(terminal: Terminal) -> None:
    with_service(terminal)
    terminal.run_on_code("sensor", "cursor", "landing", "--set", "7")
    sensed(terminal)

    assert of_landing(terminal) == (
        "sensor 'landing', evaluated at T, asked for no run, its function skipped: seven is enough."
    )


def test_a_sensor_that_raised_says_what_and_where(terminal: Terminal) -> None:
    with_service(terminal)
    terminal.run_on_code("sensor", "cursor", "landing", "--set", "13")
    sensed(terminal)

    told = of_landing(terminal)

    assert told.startswith("sensor 'landing', evaluated at T, failed: RuntimeError: thirteen, in File ")
    assert told.endswith(", in landing.")


def test_a_sensor_that_was_never_evaluated(terminal: Terminal) -> None:
    with_service(terminal)

    assert of_landing(terminal) == "sensor 'landing' has not been evaluated yet."


def test_a_sensor_without_a_service_says_what_it_did_last(terminal: Terminal) -> None:
    sensed(terminal)

    assert of_landing(terminal) == (
        "sensor 'landing' does not tick: no service is running here. Its last tick, at T, asked for run R (QUEUED)."
    )


def test_at_a_time_the_evaluation_of_that_time_is_told(terminal: Terminal) -> None:
    with_service(terminal)
    sensed(terminal)
    before = (SystemClock().now() - timedelta(days=1)).isoformat()

    assert of_landing(terminal, "--at", before).startswith("sensor 'landing' had not been evaluated by ")


# ------------------------------------------------------------------------- run


def test_a_queued_run_without_a_service(terminal: Terminal) -> None:
    run_id = sensed(terminal).run_ids[0]

    assert first(terminal, "run", run_id[:6]) == (
        "run R of job 'etl' waits in the queue since T: no service is running here."
    )
    assert re.fullmatch(
        r"sensor 'landing', tick \d+ of .* UTC, run key '0'", detail(terminal, "asked for by", "run", run_id)
    )


def test_a_queued_run_with_no_room(terminal: Terminal) -> None:
    (terminal.home / "watchbell.yaml").parent.mkdir(exist_ok=True)
    (terminal.home / "watchbell.yaml").write_text("max_concurrent_runs: 1\n")
    with_service(terminal)
    going, waiting, last = (sensed(terminal).run_ids[0] for _ in range(3))
    with terminal.instance() as instance:
        lease = instance.store.lease("daemon")
        assert lease is not None
        instance.store.hand_out_runs([going], lease, instance.clock.now())

    full = "1 of 1 runs that may go on at once go on (max_concurrent_runs)"
    assert first(terminal, "run", waiting) == f"run R of job 'etl' waits in the queue since T: {full}; it is the next."
    assert first(terminal, "run", last) == (
        f"run R of job 'etl' waits in the queue since T: {full}; 1 run goes before it."
    )
    assert first(terminal, "run", going) == "run R of job 'etl' was handed out and its process is being started."


def test_a_run_that_failed_says_where(terminal: Terminal) -> None:
    terminal.run_on_code("job", "execute", "-j", "broken")
    [run] = terminal.run("run", "list", "--json").json()

    told = first(terminal, "run", run["run_id"])

    raised = "step 'explode' raised ValueError: the disk is on fire, in File "
    assert told.startswith(f"run R of job 'broken' failed at T: {raised}")
    assert detail(terminal, "asked for by", "run", run["run_id"]) == "somebody, by hand or from a program"


def test_a_run_that_succeeded(terminal: Terminal) -> None:
    config = json.dumps({"ops": {"load": {"config": {"rows": 3}}}})
    terminal.run_on_code("job", "execute", "-j", "etl", "--config-json", config)
    [run] = terminal.run("run", "list", "--json").json()

    told = first(terminal, "run", run["run_id"])

    assert re.fullmatch(r"run R of job 'etl' succeeded at T after [\d.]+ m?s\.", told), told


def test_a_run_that_was_canceled_before_it_began(terminal: Terminal) -> None:
    run_id = sensed(terminal).run_ids[0]
    terminal.run("run", "cancel", run_id)

    told = first(terminal, "run", run_id)

    who = os_user_name()
    assert told == f"run R of job 'etl' was canceled at T, before it began; {who} asked for the run to stop."


def test_a_run_that_executes_another_again_names_it(terminal: Terminal) -> None:
    terminal.run_on_code("job", "execute", "-j", "broken")
    [run] = terminal.run("run", "list", "--json").json()
    again = terminal.run("run", "reexecute", run["run_id"]).out.strip()

    asked_by = detail(terminal, "asked for by", "run", again)

    assert asked_by == f"re-execution of run {run['run_id'][:8]} ({DagsterRunStatus.FAILURE.value})"


def test_runs_that_are_none(terminal: Terminal) -> None:
    said = terminal.run("explain", "run", "nothing")

    assert said.code == 1
    assert "there is no run 'nothing'" in said.err


@pytest.mark.parametrize("kind", ["schedule", "sensor", "run", "asset"])
def test_each_says_what_it_is_for(terminal: Terminal, kind: str) -> None:
    assert "Say w" in terminal.run("explain", kind, "--help").out
