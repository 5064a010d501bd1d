"""The rooms a warm schedule tick enters that makes one run: a scenario for whoever counts modules and functions.

A counter calls :func:`prepare` first, then :func:`act` under its profiler. Both processes of a tick are played in one,
with their real parts: the service's loop, the messages between the processes (written and read as on the wire), the
evaluator with the user's schedule, the commit to a SQLite file. What lies between is left out: sockets and the thread's
inbox on either side.

Run by itself, it prints the count: ``python -m bench.rooms``.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import watchbell
from watchbell import DagsterInstance, DefaultScheduleStatus, Definitions, RunRequest, ScheduleDefinition, job, op
from watchbell.ground.channel import Frame, FrameKind, FrameReader
from watchbell.ground.ids import new_run_id
from watchbell.host.evaluate import Evaluator
from watchbell.host.evaluator import answer_frame
from watchbell.record.errand import Errand
from watchbell.record.evaluation import Answer, CancelRun, Evaluation, LocationError, OtherAssets, StartRun
from watchbell.record.host_port import HostEvents
from watchbell.record.lease import Lease
from watchbell.record.settings import Settings
from watchbell.record.snapshot import LocationSnapshot
from watchbell.services.schedules import SchedulesLoop
from watchbell.services.ticker import Desk

PACKAGE = f"{Path(watchbell.__file__).parent}{os.sep}"
MODULES_MAX = 30
FUNCTIONS_MAX = 150
FIRST_AT = datetime(2024, 5, 6, 7, 8, 0, tzinfo=UTC)


@op
def work() -> int:
    """Next to nothing."""
    return 1


@job
def one() -> None:
    """The job that is asked for."""
    work()


def ask_for_a_run(_context: object) -> RunRequest:
    """The user's schedule."""
    return RunRequest()


every_minute = ScheduleDefinition(
    name="every_minute",
    job=one,
    cron_schedule="* * * * *",
    execution_fn=ask_for_a_run,
    default_status=DefaultScheduleStatus.RUNNING,
)
defs = Definitions(jobs=[one], schedules=[every_minute])


@dataclass
class HostInOneProcess:
    """A host that evaluates at once, in this process, through the messages of the real one.

    Args:
        evaluator: what plays the evaluator process.
        answers: what came of it, for the loop.
        reader: cuts the bytes of a connection into messages.
    """

    evaluator: Evaluator
    answers: list[Answer] = field(default_factory=list)
    reader: FrameReader = field(default_factory=FrameReader)

    def evaluate(self, evaluation: Evaluation) -> None:
        """Passes the question over, evaluates it, passes the answer back."""
        asked = self.passed(Frame.of(evaluation))
        assert isinstance(asked, Evaluation)
        answer = self.passed(answer_frame(self.evaluator.evaluate(asked)))
        assert isinstance(answer, Answer)
        self.answers.append(answer)

    def passed(self, frame: Frame) -> object:
        """What arrives at the other end."""
        (arrived,) = self.reader.feed(frame.encoded())
        assert arrived.kind in {FrameKind.VALUE, FrameKind.ANSWER}
        return arrived.value()

    def start(self, events: HostEvents) -> LocationSnapshot | LocationError:
        """Not part of a tick."""
        raise NotImplementedError

    def tell(self, others: OtherAssets) -> None:
        """Not part of a tick."""
        raise NotImplementedError

    def start_run(self, start: StartRun) -> None:
        """Not part of a tick."""
        raise NotImplementedError

    def cancel_run(self, cancel: CancelRun) -> None:
        """Not part of a tick."""
        raise NotImplementedError

    def run_errand(self, errand: Errand, answered: Callable[[bytes], None]) -> Callable[[], None]:
        """Not part of a tick."""
        raise NotImplementedError

    def reload(self) -> None:
        """Not part of a tick."""
        raise NotImplementedError

    def stop(self) -> None:
        """Not part of a tick."""
        raise NotImplementedError


@dataclass
class Scene:
    """Everything that stands ready before the tick.

    Args:
        folder: of the database.
        instance: the open instance.
        host: where user code is evaluated.
        loop: the service's loop for schedules.
        now: the loop's time.
    """

    folder: tempfile.TemporaryDirectory[str]
    instance: DagsterInstance
    host: HostInOneProcess
    loop: SchedulesLoop
    now: datetime


def tick(scene: Scene) -> None:
    """A minute later the schedule is due: the loop asks, is answered, and commits."""
    scene.now += timedelta(minutes=1)
    scene.loop.step(scene.now, ())
    answers = scene.host.answers.copy()
    scene.host.answers.clear()
    scene.loop.step(scene.now + timedelta(milliseconds=5), answers)


def prepare() -> Scene:
    """A service that has ticked twice and was told of the runs."""
    folder = tempfile.TemporaryDirectory()
    instance = DagsterInstance.local_temp(folder.name)
    repository = defs.get_repository_def()
    host = HostInOneProcess(Evaluator(repository, str(Path(folder.name))))
    lease = instance.store.acquire_lease("daemon", "rooms", FIRST_AT, seconds=3600)
    assert isinstance(lease, Lease)
    desk = Desk(instance.store, host, Settings(), lambda: lease, new_run_id)
    loop = SchedulesLoop(desk, repository.snapshot("rooms"), runs_queued=lambda: None)
    scene = Scene(folder, instance, host, loop, FIRST_AT)
    loop.step(FIRST_AT, ())  # takes in the definitions
    tick(scene)
    tick(scene)
    assert len(instance.get_runs()) == 2, "the warm-up made no runs"
    return scene


def act(scene: Scene) -> None:
    """The tick that is looked at."""
    tick(scene)


def entered(work_to_watch: Callable[[], object]) -> list[tuple[str, str]]:
    """The (file, function) pairs of watchbell that a piece of work enters, sorted."""
    found: set[tuple[str, str]] = set()

    def watch(frame: FrameType, event: str, _argument: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(PACKAGE) and code.co_name != "<module>":
            found.add((code.co_filename.removeprefix(PACKAGE), code.co_qualname))

    sys.setprofile(watch)
    try:
        work_to_watch()
    finally:
        sys.setprofile(None)
    return sorted(found)


def main() -> None:
    """Prints every function entered on stderr, the two counts on stdout."""
    scene = prepare()
    rooms = entered(lambda: act(scene))
    assert len(scene.instance.get_runs()) == 3, "the tick made no run"
    for file, function in rooms:
        print(f"{file}: {function}", file=sys.stderr)
    print(json.dumps({"modules": len({file for file, _ in rooms}), "functions": len(rooms)}))


if __name__ == "__main__":
    main()
