"""The database: many at once on a fresh home, a full disk, a dead writer, and files that cannot be used."""

from __future__ import annotations

import ctypes
import json
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.faults.definitions import neighbourhood
from tests.faults.service import Service, command, environment, wait_until
from watchbell.ground.errors import StoreFullError
from watchbell.instance import DagsterInstance
from watchbell.record.run import DagsterRunStatus

PROCESSES = 8
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2  # from <linux/prctl.h> and <linux/capability.h>
DATABASE = "watchbell.db"

WRITER = """
import os, pathlib, sys, time
from watchbell import DagsterInstance, in_process_executor, job, op

folder, own = pathlib.Path(sys.argv[1]), sys.argv[2]

@op
def work(context):
    for number in range(20):
        context.log.info(f"line {number}")

@job(executor_def=in_process_executor)
def working():
    work()

(folder / f"ready-{own}").touch()
while not (folder / "begin").exists():
    time.sleep(0.001)
with DagsterInstance.from_home(os.environ["WATCHBELL_HOME"]) as instance:
    assert working.execute_in_process(instance=instance, tags={"own": own}).success
"""

WAITING = """
import os, pathlib, time
from watchbell import Definitions, in_process_executor, job, op

FOLDER = pathlib.Path(__file__).parent

@op
def work(context):
    (FOLDER / f"began-{os.getpid()}").touch()
    while not (FOLDER / "go").exists():
        time.sleep(0.01)

@job(executor_def=in_process_executor)
def waiting():
    work()

defs = Definitions(jobs=[waiting])
"""

COUNTING = """
from watchbell import DefaultSensorStatus, Definitions, RunRequest, SensorResult, job, op, sensor

@op
def nothing():
    pass

@job
def quick():
    nothing()

@sensor(job=quick, minimum_interval_seconds=1, default_status=DefaultSensorStatus.RUNNING)
def counting(context):
    number = int(context.cursor or 0) + 1
    return SensorResult(run_requests=[RunRequest(tags={"number": str(number)})], cursor=str(number))

defs = Definitions(jobs=[quick], sensors=[counting])
"""


@pytest.fixture
def ended_writers(tmp_path: Path) -> Iterator[list[tuple[int, str]]]:
    """Eight processes open the instance at the same moment and execute a job on it; exit code and output of each."""
    script = tmp_path / "writer.py"
    script.write_text(WRITER, encoding="utf-8")
    umask = os.umask(0)  # what is private is so by itself, not by the user's habits
    with ExitStack() as ending:
        ending.callback(os.umask, umask)
        writers = []
        for number in range(PROCESSES):
            writer = subprocess.Popen(
                [sys.executable, str(script), str(tmp_path), str(number)],
                env=environment(tmp_path / "home"),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            ending.enter_context(writer)
            ending.callback(writer.kill)
            writers.append(writer)
        wait_until(lambda: len(list(tmp_path.glob("ready-*"))) == PROCESSES, "the processes")
        (tmp_path / "begin").touch()
        told = [writer.communicate(timeout=60)[0] for writer in writers]
        yield [(writer.returncode, text) for writer, text in zip(writers, told, strict=True)]


def test_eight_processes_at_once_on_a_fresh_home_all_work_and_keep_it_private(tmp_path, ended_writers) -> None:
    assert [code for code, _ in ended_writers] == [0] * PROCESSES, [text[-1_000:] for _, text in ended_writers]

    home = tmp_path / "home"
    with DagsterInstance.from_home(home) as instance:
        runs = instance.get_runs()
        assert sorted(run.tags["own"] for run in runs) == [str(number) for number in range(PROCESSES)]
        assert all(run.is_success for run in runs)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    wide = [str(each.relative_to(home)) for each in home.rglob("*") if stat.S_IMODE(each.stat().st_mode) & 0o077]
    assert wide == []


def test_one_of_eight_runs_in_terminals_killed_the_others_finish_and_its_run_fails(tmp_path) -> None:
    """While they run nobody minds them; the service that comes next sees whose process is gone."""
    with Service(tmp_path, WAITING, home=tmp_path / "home") as service:
        words = ("job", "execute", "-f", "definitions.py", "-j", "waiting", "--tags")
        terminals = [service.beside(*words, json.dumps({"own": str(number)})) for number in range(PROCESSES)]
        service.wait_until(lambda: len(list(tmp_path.glob("began-*"))) == PROCESSES, "the ops")
        terminals[3].kill()
        terminals[3].wait()
        (tmp_path / "go").touch()
        codes = [terminal.wait(60) for terminal in terminals]

        service.start()
        failed = service.wait_for_run(DagsterRunStatus.FAILURE)

        assert codes == [-9 if number == 3 else 0 for number in range(PROCESSES)]
        assert failed.tags["own"] == "3"
        assert str(terminals[3].pid) in service.failure_of(failed.run_id)
        assert len(service.runs(DagsterRunStatus.SUCCESS)) == PROCESSES - 1


# ------------------------------------------------------------------ disk full


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MB; only root may make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m,mode=700", "tmpfs", str(folder)]
    try:
        made = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        made = False
    if not made:
        pytest.skip("a small file system cannot be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Takes all the space there is; the file that holds it."""
    path = folder / "ballast"
    with path.open("wb", buffering=0) as file:
        for size in (65_536, 4_096):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    return path


def test_a_disk_that_is_full_for_a_while_loses_no_number(tmp_path, small_disk) -> None:
    """A counting sensor, each number one run: the disk fills, evaluations cannot be stored, space comes again."""
    with Service(tmp_path, COUNTING, {"max_concurrent_runs": 2}, home=small_disk / "home") as service:
        service.start()
        service.wait_until(lambda: len(service.ticks("counting")) >= 2, "the first ticks")
        ballast = fill(small_disk)
        service.wait_until(lambda: "is full" in service.output, "a word about the disk")
        assert service.process is not None
        assert service.process.poll() is None, "the service lives on"
        told_times = service.output.count("is full")
        ballast.unlink()
        ticks = len(service.ticks("counting"))
        service.wait_until(lambda: len(service.ticks("counting")) >= ticks + 2, "ticks after the space came back")
        service.wait_until(
            lambda: len(service.runs(DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE)) >= ticks, "the runs' ends"
        )
        assert service.stop() == 0

        numbers = sorted(int(run.tags["number"]) for run in service.runs())
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) == int(service.state("counting").cursor or 0)
        assert told_times < 50, "it does not shout"


def test_a_write_that_finds_no_space_leaves_nothing_and_says_so(tmp_path) -> None:
    """SQLite's own limit stands for the disk's, so that this runs everywhere."""
    with DagsterInstance.from_home(tmp_path / "home") as instance:
        database = instance.store._database
        with database.read() as _:
            connection = database._connection
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {pages}")
        before = instance.get_runs_count()
        big = {"tags": {f"key{number}": "x" * 50_000 for number in range(5)}}

        with pytest.raises(StoreFullError, match="is full"):
            instance.create_run_for_job(type("Job", (), {"name": "working"}), **big)

        assert instance.get_runs_count() == before
        with database.read() as _:
            connection.execute("PRAGMA max_page_count = 1000000")
        instance.create_run_for_job(type("Job", (), {"name": "working"}), **big)
        assert instance.get_runs_count() == before + 1


# ------------------------------------------------ databases that are no use


def made_home(folder: Path) -> Path:
    """A home with a database in it."""
    home = folder / "home"
    DagsterInstance.from_home(home).close()
    with closing(sqlite3.connect(home / DATABASE)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")  # one file holds all
        connection.execute("PRAGMA journal_mode = WAL")
    return home


def make_newer(home: Path) -> None:
    with closing(sqlite3.connect(home / DATABASE)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = 'from_the_future'")


def make_damaged(home: Path) -> None:
    path = home / DATABASE
    data = bytearray(path.read_bytes())
    data[4_096:] = b"\xa5" * (len(data) - 4_096)
    path.write_bytes(data)


def make_no_database(home: Path) -> None:
    (home / DATABASE).write_bytes(b"this is a shopping list\n" * 400)


def make_truncated(home: Path) -> None:
    path = home / DATABASE
    path.write_bytes(path.read_bytes()[:5_000])


def make_another_programs(home: Path) -> None:
    path = home / DATABASE
    path.unlink()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")


UNUSABLE = {
    "newer": (make_newer, "newer watchbell"),
    "damaged": (make_damaged, "damaged"),
    "no_database": (make_no_database, "damaged or is no database"),
    "truncated": (make_truncated, "damaged"),
    "another_programs": (make_another_programs, "another program"),
}


def contents(home: Path) -> dict[str, bytes]:
    """What is in the home's files; SQLite's shared memory and empty logs left out."""
    found = {each.name: each.read_bytes() for each in home.iterdir() if each.is_file()}
    return {name: data for name, data in found.items() if data and not name.endswith("-shm")}


def run_command(home: Path, *words: str, **options: object) -> subprocess.CompletedProcess[str]:
    """A command of watchbell to its end."""
    return subprocess.run(
        command(*words), env=environment(home), capture_output=True, text=True, timeout=30, check=False, **options
    )


def obey_permissions() -> None:
    """Makes a process of root's obey the modes of files as everybody else does; called before it begins."""
    for capability in CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH:
        if ctypes.CDLL(None, use_errno=True).prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")


def assert_one_clear_message(done: subprocess.CompletedProcess[str], said: str, home: Path) -> None:
    assert done.returncode == 1, done
    assert "Traceback" not in done.stdout + done.stderr
    assert said in done.stderr
    assert str(home) in done.stderr
    assert done.stderr.count("error:") == 1


@pytest.mark.parametrize("words", [("run", "list"), ("daemon", "-f", "definitions.py")], ids=["command", "service"])
@pytest.mark.parametrize("kind", UNUSABLE)
def test_an_unusable_database_is_one_clear_message_and_nothing_is_written(tmp_path, kind, words) -> None:
    home = made_home(tmp_path)
    (tmp_path / "definitions.py").write_text(COUNTING, encoding="utf-8")
    make, said = UNUSABLE[kind]
    make(home)
    before = contents(home)

    done = run_command(home, *words, cwd=tmp_path)

    assert_one_clear_message(done, said, home)
    assert contents(home) == before


@pytest.mark.parametrize("words", [("run", "list"), ("daemon", "-f", "definitions.py")], ids=["command", "service"])
def test_a_read_only_home_is_one_clear_message_and_nothing_is_written(tmp_path, words) -> None:
    home = made_home(tmp_path)
    (tmp_path / "definitions.py").write_text(COUNTING, encoding="utf-8")
    obeys = obey_permissions if os.geteuid() == 0 else None
    for each in home.iterdir():
        if each.is_file():
            each.chmod(0o400)
    home.chmod(0o500)
    before = contents(home)
    try:
        done = run_command(home, *words, cwd=tmp_path, preexec_fn=obeys)
    finally:
        home.chmod(0o700)

    assert_one_clear_message(done, "cannot be written", home)
    assert contents(home) == before


def test_a_home_that_is_a_file_is_one_clear_message(tmp_path) -> None:
    home = tmp_path / "home"
    home.write_text("not a folder")

    done = run_command(home, "run", "list")

    assert_one_clear_message(done, "home", home)
    assert home.read_text() == "not a folder"


def test_a_database_damaged_under_a_running_service_ends_it_with_one_message(tmp_path) -> None:
    """No crash loop: it says what is wrong, once, and leaves the file to whoever repairs it."""
    with Service(tmp_path, neighbourhood(schedules=0)) as service:  # no runs, whose workers would write too
        service.start()
        service.wait_until(lambda: len(service.ticks("good_sensor_0")) >= 1, "the first tick")
        service.kill()
        service.instance.close()
        service._instance = None
        with closing(sqlite3.connect(service.home / DATABASE)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # all there is now lies in the one file
        make_damaged(service.home)
        written = len(service.output)

        service.start()
        code = service.wait()

        told = service.output[written:]
        assert code == 1
        assert told.count("is damaged") == 1, told
        assert "Traceback" not in told
