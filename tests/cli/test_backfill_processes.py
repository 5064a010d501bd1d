"""A backfill of days and months by real processes: commands, the service, its workers."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.service import Service, command, environment, wait_until

CODE = """
import time
from pathlib import Path

from watchbell import (
    DailyPartitionsDefinition,
    Definitions,
    MonthlyPartitionsDefinition,
    asset,
    define_asset_job,
    in_process_executor,
)

MADE = Path(__file__).parent / "made"
days = DailyPartitionsDefinition(start_date="2026-01-01", end_date="2026-03-01")
months = MonthlyPartitionsDefinition(start_date="2026-01-01", end_date="2026-03-01")


def note(context):
    MADE.mkdir(exist_ok=True)
    with (MADE / f"{context.asset_key.to_user_string()} {context.partition_key}").open("a") as file:
        file.write(context.run_id + "\\n")


@asset(partitions_def=days)
def readings(context):
    if context.partition_key == "2026-02-02" and not (Path(__file__).parent / "mended").exists():
        raise ValueError("the station was silent")
    while context.partition_key == "2026-01-03" and not (Path(__file__).parent / "open").exists():
        time.sleep(0.02)  # user code
    note(context)


@asset(partitions_def=months, deps=[readings])
def summary(context):
    note(context)


defs = Definitions(assets=[readings, summary], executor=in_process_executor)
"""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A service that is not started yet."""
    with Service(tmp_path, CODE, {"max_concurrent_runs": 4}) as made:
        yield made


def run(service: Service, *words: str) -> subprocess.CompletedProcess[str]:
    """A command to its end, in the service's folder."""
    return subprocess.run(
        command("backfill", *words),
        cwd=service.folder,
        env=environment(service.home),
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def facts(service: Service, backfill_id: str) -> dict:
    """What ``backfill show`` says for scripts."""
    return json.loads(run(service, "show", backfill_id, "--json").stdout)


def made(service: Service) -> dict[str, int]:
    """How often each partition was made, by asset and key."""
    return {file.name: len(file.read_text().splitlines()) for file in (service.folder / "made").glob("*")}


def launch(service: Service, *words: str) -> str:
    """Launches a backfill; its id."""
    done = run(service, "launch", "-f", "definitions.py", "--assets", "*", "--yes", *words)
    assert done.returncode == 0, done
    return done.stdout.split()[-1]


def test_days_then_months_with_a_pause_and_a_retry_of_what_failed(service) -> None:
    wanted = ("--range", "2026-01-30...2026-02-03", "--max-runs", "2")
    backfill_id = launch(service, *wanted)  # nothing runs yet: it waits in the store
    assert run(service, "pause", backfill_id).stdout == f"backfill {backfill_id} is PAUSED\n"
    service.start()
    assert facts(service, backfill_id)["counts"]["WAITING"] == 7
    assert run(service, "resume", backfill_id).returncode == 0

    watched = run(service, "show", backfill_id, "--wait", "--json")

    ended = json.loads(watched.stdout)
    assert (ended["status"], watched.returncode) == ("COMPLETED_FAILED", 1)
    assert {state: count for state, count in ended["counts"].items() if count} == {
        "SUCCEEDED": 5,  # four days and January
        "FAILED": 1,
        "BLOCKED": 1,
    }
    assert [(part["makes"], part["for"], part["state"]) for part in facts(service, backfill_id)["parts"]] == [
        ("readings", "2026-02-02", "FAILED"),
        ("summary", "2026-02-01", "BLOCKED"),
    ]

    (service.folder / "mended").touch()
    assert run(service, "retry", backfill_id).returncode == 0
    again = run(service, "show", backfill_id, "--wait")

    assert (again.returncode, "COMPLETED_SUCCESS" in again.stdout) == (0, True), again
    days = [f"readings 2026-{day}" for day in ("01-30", "01-31", "02-01", "02-02", "02-03")]
    assert made(service) == dict.fromkeys([*days, "summary 2026-01-01", "summary 2026-02-01"], 1)
    left = run(service, "launch", "-f", "definitions.py", "--assets", "*", "--missing", "--dry-run", "--json")
    assert json.loads(left.stdout)["partitions"] == 59 - 5


def test_a_canceled_backfill_begins_nothing_more_and_goes_on_after_a_retry(service) -> None:
    backfill_id = launch(service, "--range", "2026-01-01...2026-01-12", "--max-runs", "1")
    service.start()
    wait_until((service.folder / "made" / "readings 2026-01-02").exists, "the second partition")

    assert run(service, "cancel", backfill_id).returncode == 0
    run(service, "show", backfill_id, "--wait")

    ended = facts(service, backfill_id)
    assert ended["status"] == "CANCELED"
    assert (ended["counts"]["SUCCEEDED"], ended["counts"]["CANCELED"]) == (2, 11)  # ten days and the month
    (service.folder / "open").touch()
    assert run(service, "retry", backfill_id).returncode == 0
    assert run(service, "launch", "-f", "definitions.py", "--assets", "readings", "--latest", "1", "-y").returncode == 0
    assert run(service, "show", backfill_id, "--wait").returncode == 0
    assert len([name for name in made(service) if name.startswith("readings 2026-01")]) == 12
