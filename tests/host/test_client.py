"""The host as the services see it: reloaded, mended, killed, and never in the way."""

import os
import queue
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.host.conftest import WAIT_SECONDS, Workshop
from watchbell.host.client import HostClient
from watchbell.host.messages import HostConfig
from watchbell.host.targets import file_target
from watchbell.host.watch import ProcessWatcher
from watchbell.record.evaluation import LocationError, Outcome
from watchbell.record.run import RunWorker
from watchbell.record.snapshot import LocationSnapshot
from watchbell.record.worker_identity import identity_of

CODE = """
import os
from pathlib import Path
from watchbell import SkipReason, job, op, sensor

HERE = Path(__file__).parent

@op
def work():
    pass

@job
def etl():
    work()

@sensor(job=etl)
def version():
    return SkipReason("one")

@sensor(job=etl)
def host_pid():
    return SkipReason(str(os.getppid()))

@sensor(job=etl)
def waiting():
    (HERE / "waits").write_text(str(os.getpid()))  # both are pipes: each waits for the other side
    (HERE / "go").read_text()
    return SkipReason("waited")
"""
CHANGED = CODE.replace('"one"', '"two"')
BROKEN = CODE + "\ndef broken(:\n"


@pytest.fixture
def pipes(workshop: Workshop) -> Path:
    """Makes the pipes of the sensor that waits; the folder they are in."""
    for name in ("waits", "go"):
        os.mkfifo(workshop.folder / name)
    return workshop.folder


def worker_that_waits(pipes: Path) -> RunWorker:
    """The evaluator of the sensor that waits, as soon as it does."""
    found = identity_of(int((pipes / "waits").read_text()))
    assert found is not None
    return found


# ---------------------------------------------------------------------- loading


def test_starting_gives_what_the_code_defines(workshop: Workshop) -> None:
    _, result = workshop.start(CODE)

    assert isinstance(result, LocationSnapshot)
    assert (result.name, result.warnings) == ("defs.py", ())
    assert [each.name for each in result.sensors] == ["host_pid", "version", "waiting"]
    assert result.watched_files == (str(workshop.folder / "defs.py"),)


def test_starting_with_broken_code_gives_its_place(workshop: Workshop) -> None:
    _, result = workshop.start(BROKEN)

    assert isinstance(result, LocationError)
    assert (result.file, result.line) == (str(workshop.folder / "defs.py"), len(BROKEN.splitlines()))
    assert "def broken(:" in result.details


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import os\nos._exit(5)\n", "ended with exit code 5 while it loaded"),
        ("import ctypes\nctypes.string_at(0)\n", "was ended by SIGSEGV while it loaded"),
    ],
)
def test_code_that_kills_the_host_while_it_loads_is_an_error(workshop: Workshop, code: str, said: str) -> None:
    _, result = workshop.start(code)

    assert isinstance(result, LocationError)
    assert said in result.message


def test_code_that_hangs_while_it_loads_is_an_error_with_the_place(workshop: Workshop) -> None:
    _, result = workshop.start("import time\ntime.sleep(1000)  # user code\n", load_timeout_seconds=1.0)

    assert isinstance(result, LocationError)
    assert "did not load within 1 seconds" in result.message
    assert 'defs.py", line 2' in result.details


def test_threads_started_at_import_are_named_and_make_it_spawn(workshop: Workshop) -> None:
    code = (
        CODE
        + """
import threading
threading.Thread(target=threading.Event().wait, name="poller", daemon=True).start()

@sensor(job=etl)
def threads():
    return SkipReason(str(sorted(thread.name for thread in threading.enumerate())))
"""
    )
    client, result = workshop.start(code)

    assert isinstance(result, LocationSnapshot)
    assert "1 thread(s): 'poller'" in result.warnings[0]
    assert workshop.ask(client, "threads").skip_message == "['MainThread', 'poller']"  # loaded anew, not forked


def test_what_is_printed_at_import_does_not_disturb(workshop: Workshop, capfd: pytest.CaptureFixture[str]) -> None:
    host = workshop.host("import sys\nprint('to stdout')\nprint('to stderr', file=sys.stderr)\n" + CODE)

    assert workshop.ask(host, "version").skip_message == "one"
    host.stop()
    written = capfd.readouterr()
    assert (sorted(written.err.split("\n")), written.out) == (["", "to stderr", "to stdout"], "")


# --------------------------------------------------------------------- reloading


def test_changed_code_is_used_after_a_reload(workshop: Workshop) -> None:
    host = workshop.host(CODE)
    workshop.write(CHANGED)

    host.reload()
    workshop.told.next_snapshot()

    assert workshop.ask(host, "version").skip_message == "two"


def test_an_evaluation_on_its_way_is_finished_by_the_old_code(workshop: Workshop, pipes: Path) -> None:
    host = workshop.host(CODE)
    waiting = workshop.send(host, "waiting", timeout_seconds=WAIT_SECONDS)
    worker_that_waits(pipes)
    old_host = next(iter(host._hosted))
    workshop.write(CHANGED.replace("waited", "waited anew"))

    host.reload()
    workshop.told.next_snapshot()
    meanwhile = workshop.ask(host, "version")
    (pipes / "go").write_text("")
    answer = workshop.told.next_answer()
    old_host.join(WAIT_SECONDS)

    assert (meanwhile.skip_message, answer.id, answer.skip_message) == ("two", waiting, "waited")
    assert old_host not in host._hosted


def test_broken_code_leaves_the_last_good_one_and_is_told(workshop: Workshop) -> None:
    host = workshop.host(CODE)
    workshop.write(BROKEN)

    host.reload()
    error = workshop.told.next_error()

    assert error.line == len(BROKEN.splitlines())
    assert error.older_goes_on
    assert workshop.ask(host, "version").skip_message == "one"


def test_a_saved_file_is_loaded_by_itself_broken_and_mended(workshop: Workshop) -> None:
    host = workshop.host(CODE, watch_files=True)

    workshop.write(BROKEN)
    error = workshop.told.next_error()
    during = workshop.ask(host, "version")
    workshop.write(CHANGED)
    workshop.told.next_snapshot()
    after = workshop.ask(host, "version")

    assert "invalid syntax" in error.message
    assert (during.skip_message, after.skip_message) == ("one", "two")


def test_code_that_was_broken_from_the_start_is_loaded_when_mended(workshop: Workshop) -> None:
    client, _ = workshop.start("from a_module_to_come import *\n", watch_files=True)
    asked = workshop.send(client, "version")

    workshop.write(CODE, "a_module_to_come.py")
    workshop.told.next_snapshot()
    answer = workshop.told.next_answer()

    assert (answer.id, answer.skip_message) == (asked, "one")


def test_without_any_code_it_is_tried_again(workshop: Workshop) -> None:
    """What the code waits for need not be a source file."""
    _, result = workshop.start("open(__file__.replace('defs.py', 'table')).read()\n" + CODE)
    (workshop.folder / "table").touch()

    snapshot = workshop.told.next_snapshot()

    assert isinstance(result, LocationError)
    assert len(snapshot.sensors) == 3


def test_code_broken_since_it_was_loaded_is_no_fault_of_the_sensor(workshop: Workshop) -> None:
    """A spawned evaluator loads what is there now."""
    host = workshop.host(CODE, process_start="spawn")
    workshop.write(BROKEN)

    answer = workshop.ask(host, "version")

    assert answer.outcome is Outcome.RAISED
    assert answer.error is not None
    assert "invalid syntax" in answer.error.message


def test_a_change_of_an_imported_file_counts(workshop: Workshop) -> None:
    workshop.write("WORD = 'one'\n", "words.py")
    code = "import words\n" + CODE.replace('"one"', "words.WORD")
    host = workshop.host(code, watch_files=True)

    workshop.write("WORD = 'two'\n", "words.py")
    workshop.told.next_snapshot()

    assert workshop.ask(host, "version").skip_message == "two"


def test_a_change_while_the_code_loads_is_not_missed(workshop: Workshop) -> None:
    """The code changes its own file when it is loaded first: after it was read, before it is watched."""
    code = CODE + "\nif not (HERE / 'changed').exists():\n    (HERE / 'changed').touch()\n"
    code += "    text = Path(__file__).read_text()\n    Path(__file__).write_text(text.replace('on' + 'e', 'two'))\n"
    host = workshop.host(code, watch_files=True)

    workshop.told.next_snapshot()

    assert workshop.ask(host, "version").skip_message == "two"


# ---------------------------------------------------------------------- crashes


def test_what_a_dead_host_left_unanswered_is_asked_of_the_next(workshop: Workshop) -> None:
    host = workshop.host(
        CODE
        + """
@sensor(job=etl)
def second_time():
    if not (HERE / "first").exists():
        (HERE / "first").touch()
        os.kill(int((HERE / "host").read_text()), 9)
    return SkipReason("asked again")
"""
    )
    (workshop.folder / "host").write_text(str(next(iter(host._hosted)).pid))

    answer = workshop.ask(host, "second_time")

    assert (answer.outcome, answer.skip_message) == (Outcome.ANSWERED, "asked again")
    error = workshop.told.next_error()
    assert error.message.endswith("it is started again")
    assert not error.older_goes_on  # the only code there was went with it


def test_an_evaluation_that_lost_two_hosts_is_answered_as_killed(workshop: Workshop, pipes: Path) -> None:
    host = workshop.host(CODE)
    waiting = workshop.send(host, "waiting", timeout_seconds=WAIT_SECONDS)
    worker_that_waits(pipes)
    next(iter(host._hosted)).kill()
    error = workshop.told.next_error()
    workshop.told.next_snapshot()
    worker_that_waits(pipes)

    next(iter(host._hosted)).kill()
    answer = workshop.told.next_answer()
    workshop.told.next_snapshot()

    assert (answer.id, answer.outcome, answer.attempt) == (waiting, Outcome.KILLED, 2)
    assert answer.error is not None
    assert "SIGKILL" in answer.error.message
    assert "SIGKILL" in str(answer.earlier)
    assert "SIGKILL" in error.message
    assert workshop.ask(host, "version").skip_message == "one"


def test_what_is_asked_while_there_is_no_host_is_answered_by_the_next(workshop: Workshop) -> None:
    host = workshop.host(CODE)
    connection = next(iter(host._hosted))

    connection.kill()
    connection.join(WAIT_SECONDS)
    asked = workshop.send(host, "version")

    answer = workshop.told.next_answer()
    assert (answer.id, answer.skip_message) == (asked, "one")


def test_a_host_that_is_stuck_is_replaced(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watchbell.host.connection.LOOK_SECONDS", 0.1)
    host = workshop.host(CODE, load_timeout_seconds=2.0)

    os.kill(next(iter(host._hosted)).pid, signal.SIGSTOP)
    answer = workshop.ask(host, "version", timeout_seconds=0.5)

    assert answer.skip_message == "one"
    assert workshop.ask(host, "version").skip_message == "one"


def test_evaluators_end_with_their_host(workshop: Workshop, pipes: Path) -> None:
    host = workshop.host(CODE)
    workshop.send(host, "waiting", timeout_seconds=WAIT_SECONDS)
    worker = worker_that_waits(pipes)

    next(iter(host._hosted)).kill()

    assert _ends(worker)


def test_a_host_may_be_stopped_unstarted_and_twice(workshop: Workshop) -> None:
    client = HostClient(HostConfig(file_target(workshop.write(CODE)), str(workshop.home)))

    client.stop()
    client.stop()


def test_stopping_ends_all_processes(workshop: Workshop) -> None:
    host = workshop.host(CODE)
    host_pid = int(workshop.ask(host, "host_pid").skip_message or 0)

    host.stop()

    assert identity_of(host_pid) is None


def test_when_the_service_dies_host_and_evaluators_end(workshop: Workshop, pipes: Path) -> None:
    workshop.write(CODE)
    service = f"""
        import sys
        sys.path.insert(0, {str(Path(__file__).parents[2])!r})
        from pathlib import Path
        from tests.host.conftest import Told
        from watchbell.host.client import HostClient
        from watchbell.host.messages import HostConfig
        from watchbell.host.targets import file_target
        from watchbell.record.evaluation import Evaluation
        from watchbell.record.tick import AutomationKind

        folder = Path({str(workshop.folder)!r})
        client = HostClient(HostConfig(file_target(folder / "defs.py"), str(folder / "home")), watch_files=False)
        client.start(Told())
        print(next(iter(client._hosted)).pid, flush=True)
        client.evaluate(Evaluation(1, AutomationKind.SENSOR, "waiting"))
        input()
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(service)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    host = identity_of(int(process.stdout.readline()))
    assert host is not None
    evaluator = worker_that_waits(pipes)

    process.send_signal(signal.SIGKILL)
    process.communicate()

    assert (_ends(host), _ends(evaluator)) == (True, True)


def _ends(worker: RunWorker) -> bool:
    told: queue.Queue[RunWorker] = queue.Queue()
    watcher = ProcessWatcher()
    watcher.watch(worker, told.put)
    try:
        return told.get(timeout=WAIT_SECONDS) == worker
    finally:
        watcher.stop()
