"""The link on a real door, and on services that come and go."""

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from watchbell.ground.channel import Frame
from watchbell.ground.clock import ManualClock
from watchbell.record import door as door_record
from watchbell.record.door import DOOR_FILE, ServiceFacts
from watchbell.record.errand import Errand, ErrandAnswer, ErrandProblem
from watchbell.record.evaluation import LocationError
from watchbell.record.snapshot import LocationSnapshot, ScheduleSnapshot
from watchbell.services.door import Door
from watchbell.web import link as link_module
from watchbell.web.link import ASKER_GONE, DoorShutError, ErrandFailedError, Link, StillLink

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECONDS_MAX = 20.0
HERE, THERE = "here", "there"


class Code:
    """A host that answers what the test says."""

    def __init__(self) -> None:
        self.answers: dict[str, ErrandAnswer] = {}
        self.asked: list[Errand] = []
        self.was_asked = threading.Event()
        self.was_dropped = threading.Event()
        self.reloads = 0

    def run_errand(self, errand: Errand, answered: Callable[[bytes], None]) -> Callable[[], None]:
        self.asked.append(errand)
        self.was_asked.set()
        if errand.name in self.answers:
            answered(Frame.of(self.answers[errand.name]).body)
        return self.was_dropped.set

    def reload(self) -> None:
        self.reloads += 1


class House:
    """A home, its service, and a link to it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.clock = ManualClock(NOON)
        self.link = Link(home, self.clock)
        self.code = {HERE: Code(), THERE: Code()}
        self.loading: tuple[str, ...] = ()
        self.changes: list[str] = []
        self._changed = asyncio.Event()
        self.link.on_change(self._note)

    def _note(self, topic: str) -> None:
        self.changes.append(topic)
        self._changed.set()

    def door(self, pid: int = 1) -> Door:
        def facts() -> ServiceFacts:
            return ServiceFacts("1", pid, "m", NOON, location_names=tuple(self.code), loading_names=self.loading)

        return Door(self.home, self.code, facts)

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(SECONDS_MAX):
            while not condition():
                self._changed.clear()
                await self._changed.wait()


def visit(home: Path, story: Callable[[House], Awaitable[None]]) -> None:
    """Runs a story with a link that is looking for its service."""

    async def run() -> None:
        house = House(home)
        async with house.link:
            await story(house)

    asyncio.run(run())


@asynccontextmanager
async def service(house: House, pid: int = 1) -> AsyncIterator[Door]:
    """A service that the link has found."""
    door = house.door(pid)
    door.__enter__()
    try:
        await house.until(lambda: house.link.is_open and (found := house.link.service()) and found.pid == pid)
        yield door
    finally:
        await asyncio.to_thread(door.__exit__)


def snapshot(name: str = HERE, text: str = "") -> LocationSnapshot:
    return LocationSnapshot(name, (ScheduleSnapshot("s", ("0 6 * * *",), "UTC", "etl", description=text),))


def test_a_link_without_a_service_says_since_when(tmp_path: Path) -> None:
    link = Link(tmp_path, ManualClock(NOON))

    assert not link.is_open
    assert link.lost_at == NOON
    assert (link.locations(), link.errors(), link.service()) == ([], [], None)


def test_a_link_that_is_not_open_refuses_at_once(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        with pytest.raises(DoorShutError, match="watchbell dev"):
            await house.link.ask(HERE, "look", {})
        with pytest.raises(DoorShutError):
            await house.link.reload()

    visit(tmp_path, story)


def test_what_the_service_tells_can_be_read(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        async with service(house) as door:
            door.changed(snapshot(HERE, "x" * 1_000_000))  # long enough to be read in a thread
            door.failed(LocationError(THERE, "no module"))
            await house.until(lambda: house.link.locations() and house.link.errors())

            assert house.link.locations() == [snapshot(HERE, "x" * 1_000_000)]
            assert house.link.errors() == [LocationError(THERE, "no module")]
            assert house.link.lost_at is None

            door.changed(snapshot(THERE))
            await house.until(lambda: not house.link.errors())

            assert [each.name for each in house.link.locations()] == [HERE, THERE]

    visit(tmp_path, story)


def test_when_the_service_ends_what_it_told_last_stays_and_the_next_one_is_found(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        async with service(house) as door:
            door.changed(snapshot())
            await house.until(house.link.locations)
            house.clock.advance(60)
        await house.until(lambda: not house.link.is_open)

        assert house.link.lost_at == NOON.replace(minute=1)
        assert house.link.locations() == [snapshot()]

        house.loading = (HERE,)
        async with service(house, pid=2):
            assert house.link.lost_at is None
            assert house.link.locations() == [snapshot()]  # until the new one has loaded its code
        house.loading, house.code = (), {THERE: Code()}
        await house.until(lambda: not house.link.is_open)
        async with service(house, pid=3):
            assert house.link.locations() == []

    visit(tmp_path, story)


def test_changes_are_told_once_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watchbell.services.door.BEAT_SECONDS", 0.01)

    async def story(house: House) -> None:
        async with service(house) as door:
            door.changed(snapshot())
            await house.until(house.link.locations)
            await house.link.reload()  # many beats may have come by now
        await house.until(lambda: not house.link.is_open)

    noted: list[str] = []

    async def noting(house: House) -> None:
        await story(house)
        noted.extend(house.changes)

    visit(tmp_path, noting)

    assert noted == ["service", "locations", "service"]


def test_a_listener_that_has_ended_is_told_nothing(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        told: list[str] = []
        house.link.on_change(told.append)()
        async with service(house):
            pass

        assert told == []

    visit(tmp_path, story)


def test_a_listener_that_fails_is_in_nobodys_way(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def fail(topic: str) -> None:
        raise ValueError(topic)

    async def story(house: House) -> None:
        house.link.on_change(fail)
        async with service(house) as door:
            door.changed(snapshot())
            await house.until(house.link.locations)

            assert house.link.is_open

    visit(tmp_path, story)

    assert "a listener of the link failed" in caplog.text


def test_errands_are_answered(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        long = {"rows": ["x" * 1000] * 500}
        house.code[HERE].answers = {
            "look": ErrandAnswer(1, '{"found": 3}'),
            "read": ErrandAnswer(2, json.dumps(long)),
        }
        async with service(house):
            found = await house.link.ask(HERE, "look", {"at": [1, None]}, timeout_seconds=7)
            read = await house.link.ask(HERE, "read", {})

        [asked, _] = house.code[HERE].asked
        assert ({"found": 3}, long) == (found, read)
        assert (
            asked.location_name, asked.name, asked.params, asked.timeout_seconds,
        ) == (HERE, "look", '{"at": [1, null]}', 7)  # fmt: skip

    visit(tmp_path, story)


def test_many_errands_are_on_their_way_at_once(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        house.code[HERE].answers = {str(n): ErrandAnswer(n, f'{{"n": {n}}}') for n in range(50)}
        async with service(house):
            found = await asyncio.gather(*(house.link.ask(HERE, str(n), {}) for n in range(50)))

        assert [{"n": n} for n in range(50)] == found

    visit(tmp_path, story)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (ErrandAnswer(1, problem=ErrandProblem("user_code", "it raised")), "user_code"),
        (ErrandAnswer(1, "[1]"), "internal"),
        (ErrandAnswer(1, "{"), "internal"),
    ],
)
def test_what_is_no_result_is_a_problem(tmp_path: Path, answer: ErrandAnswer, kind: str) -> None:
    async def story(house: House) -> None:
        house.code[HERE].answers = {"look": answer}
        async with service(house):
            with pytest.raises(ErrandFailedError) as caught:
                await house.link.ask(HERE, "look", {})

        assert kind == caught.value.problem.kind

    visit(tmp_path, story)


def test_who_waits_when_the_service_ends_is_told(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        async with service(house):
            waiting = asyncio.create_task(house.link.ask(HERE, "look", {}))
            await asyncio.to_thread(house.code[HERE].was_asked.wait, SECONDS_MAX)
        with pytest.raises(DoorShutError, match="before it answered"):
            await waiting

    visit(tmp_path, story)


def test_a_service_that_never_answers_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "GRACE_SECONDS", 0.0)

    async def story(house: House) -> None:
        async with service(house):
            with pytest.raises(ErrandFailedError) as caught:
                await house.link.ask(HERE, "look", {}, timeout_seconds=0.05)

        assert caught.value.problem.kind == "timeout"

    visit(tmp_path, story)


def test_a_question_that_is_too_long_is_not_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "PARAMS_BYTES_MAX", 10)

    async def story(house: House) -> None:
        async with service(house):
            with pytest.raises(ErrandFailedError) as caught:
                await house.link.ask(HERE, "look", {"long": "x" * 10})

        assert caught.value.problem.kind == "bad_request"
        assert house.code[HERE].asked == []

    visit(tmp_path, story)


def test_code_is_loaded_again(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        async with service(house):
            await house.link.reload(THERE)
            await house.link.reload()
            with pytest.raises(ErrandFailedError, match="no code location 'nowhere'"):
                await house.link.reload("nowhere")

        assert (house.code[HERE].reloads, house.code[THERE].reloads) == (1, 2)

    visit(tmp_path, story)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n\r\n",
        Frame(b'{"$": "of another version"}').encoded(),
        Frame(b'{"$": "service_facts", "version": "2"}').encoded(),
        Frame(b'{"$": "location_error", "location_name": ["a list"]}').encoded(),
        Frame(b"no json").encoded(),
    ],
)
def test_who_is_no_service_is_left_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: bytes) -> None:
    monkeypatch.setattr(link_module, "SILENCE_SECONDS_MAX", 0.05)

    def stranger() -> None:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(tmp_path / DOOR_FILE))
            listening.listen()
            guest, _ = listening.accept()
            with guest:
                guest.sendall(said)
                while guest.recv(100):
                    pass
        (tmp_path / DOOR_FILE).unlink()

    async def story(house: House) -> None:
        async with asyncio.timeout(SECONDS_MAX):
            await asyncio.to_thread(stranger)
        assert not house.link.is_open
        async with service(house):
            assert house.link.lost_at is None

    visit(tmp_path, story)


def test_a_still_link_knows_what_it_was_given_and_answers_nothing() -> None:
    errors: list[LocationError] = []
    link = StillLink([snapshot()], errors, NOON)
    errors.append(LocationError(THERE, "no module"))

    async def ask() -> dict[str, Any]:
        return await link.ask(HERE, "look", {})

    assert ([snapshot()], errors, NOON, False) == (link.locations(), link.errors(), link.lost_at, link.is_open)
    with pytest.raises(DoorShutError):
        asyncio.run(ask())
    with pytest.raises(DoorShutError):
        asyncio.run(link.reload())


def test_a_service_is_silent_for_less_than_a_link_takes_for_its_end() -> None:
    assert door_record.BEAT_SECONDS * 3 < door_record.SILENCE_SECONDS_MAX


def test_what_only_looks_ends_when_whoever_asked_hangs_up(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        async with service(house):
            code, hung_up = house.code[HERE], asyncio.Event()

            async def gone() -> None:
                await hung_up.wait()

            ASKER_GONE.set(gone)
            asking = asyncio.create_task(house.link.ask(HERE, "look", {}))
            await asyncio.to_thread(code.was_asked.wait, SECONDS_MAX)
            hung_up.set()

            with pytest.raises(ErrandFailedError, match="hung up"):
                await asking
            assert await asyncio.to_thread(code.was_dropped.wait, SECONDS_MAX)

    visit(tmp_path, story)


def test_what_is_cancelled_ends_and_what_changes_something_does_not(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        async with service(house):
            code = house.code[HERE]

            async def gone() -> None:
                return

            ASKER_GONE.set(gone)
            code.answers["launch_job"] = ErrandAnswer(1, '{"run_id": "r"}')
            assert await house.link.ask(HERE, "launch_job", {}) == {"run_id": "r"}
            assert not code.was_dropped.is_set()

            code.was_asked.clear()
            ASKER_GONE.set(asyncio.Event().wait)  # nobody hangs up, but the request is given up
            asking = asyncio.create_task(house.link.ask(HERE, "look", {}))
            await asyncio.to_thread(code.was_asked.wait, SECONDS_MAX)
            asking.cancel()
            assert await asyncio.to_thread(code.was_dropped.wait, SECONDS_MAX)

    visit(tmp_path, story)
