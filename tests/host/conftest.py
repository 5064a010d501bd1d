"""A host with real processes, and somebody who is told what happens in it."""

import queue
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from watchbell.host.client import HostClient
from watchbell.host.messages import HostConfig
from watchbell.host.targets import file_target
from watchbell.record.evaluation import Answer, Evaluation, LocationError, WorkerExit
from watchbell.record.snapshot import LocationSnapshot
from watchbell.record.tick import AutomationKind

WAIT_SECONDS = 30.0


class Told:
    """Whom a host tells; each kind of news in a queue of its own."""

    def __init__(self) -> None:
        self.answers: queue.Queue[Answer] = queue.Queue()
        self.ends: queue.Queue[WorkerExit] = queue.Queue()
        self.snapshots: queue.Queue[LocationSnapshot] = queue.Queue()
        self.errors: queue.Queue[LocationError] = queue.Queue()

    def answered(self, answer: Answer) -> None:
        self.answers.put(answer)

    def worker_exited(self, end: WorkerExit) -> None:
        self.ends.put(end)

    def location_changed(self, snapshot: LocationSnapshot) -> None:
        self.snapshots.put(snapshot)

    def location_failed(self, error: LocationError) -> None:
        self.errors.put(error)

    def next_answer(self) -> Answer:
        return self.answers.get(timeout=WAIT_SECONDS)

    def next_end(self) -> WorkerExit:
        return self.ends.get(timeout=WAIT_SECONDS)

    def next_snapshot(self) -> LocationSnapshot:
        return self.snapshots.get(timeout=WAIT_SECONDS)

    def next_error(self) -> LocationError:
        return self.errors.get(timeout=WAIT_SECONDS)


class Workshop:
    """A folder with the user's code and a home, and the hosts started on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir()
        self.told = Told()
        self.started: list[HostClient] = []
        self.questions = 0

    def write(self, code: str, name: str = "defs.py") -> Path:
        path = self.folder / name
        path.write_text(textwrap.dedent(code))
        return path

    def host(self, code: str, *, watch_files: bool = False, **changes: Any) -> HostClient:
        """A host that has loaded this code."""
        client, result = self.start(code, watch_files=watch_files, **changes)
        assert isinstance(result, LocationSnapshot), result
        return client

    def start(
        self, code: str, *, watch_files: bool = False, **changes: Any
    ) -> tuple[HostClient, LocationSnapshot | LocationError]:
        config = HostConfig(file_target(self.write(code)), str(self.home))
        client = HostClient(replace(config, **changes), watch_files=watch_files)
        self.started.append(client)
        return client, client.start(self.told)

    def ask(self, client: HostClient, name: str, kind: AutomationKind = AutomationKind.SENSOR, **facts: Any) -> Answer:
        """The answer to an evaluation, when no other one is on its way."""
        self.send(client, name, kind, **facts)
        return self.told.next_answer()

    def send(self, client: HostClient, name: str, kind: AutomationKind = AutomationKind.SENSOR, **facts: Any) -> int:
        self.questions += 1
        client.evaluate(Evaluation(self.questions, kind, name, **facts))
        return self.questions

    def answers(self, count: int) -> dict[int, Answer]:
        found = [self.told.next_answer() for _ in range(count)]
        return {answer.id: answer for answer in found}


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    made = Workshop(tmp_path)
    yield made
    for client in made.started:
        client.stop()
