"""The door on real sockets: what guests are told, what they may ask, and that none of them is in the service's way."""

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.services.fakes import FakeHost, every_minute, location
from watchbell.ground.channel import READ_BYTES, Frame, FrameKind, FrameReader
from watchbell.ground.socket_path import short_address
from watchbell.record.door import DOOR_FILE, ReloadAsked, ServiceFacts
from watchbell.record.errand import Errand, ErrandAnswer, ErrandDropped, ErrandProblem
from watchbell.record.evaluation import LocationError
from watchbell.record.snapshot import LocationSnapshot
from watchbell.services import door as door_module
from watchbell.services.door import ERRANDS_MAX, GUESTS_MAX, Door

SECONDS_MAX = 20.0
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HERE = "here"


class Guest:
    """A web server's end of a connection."""

    def __init__(self, home: Path) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(SECONDS_MAX)
        with short_address(home / DOOR_FILE) as address:
            self.sock.connect(address)
        self._reader = FrameReader()
        self._frames: list[Frame] = []

    def next_frame(self) -> Frame:
        while not self._frames:
            data = self.sock.recv(READ_BYTES)
            if not data:
                raise EOFError
            self._frames += self._reader.feed(data)
        return self._frames.pop(0)

    def next(self) -> object:
        return self.next_frame().value()

    def until_facts(self) -> list[object]:
        """What is told before the service tells of itself."""
        told: list[object] = []
        while not isinstance(value := self.next(), ServiceFacts):
            told.append(value)
        return told

    def next_change(self) -> object:
        while isinstance(value := self.next(), ServiceFacts):
            pass
        return value

    def next_answer(self) -> Frame:
        while (frame := self.next_frame()).kind is not FrameKind.ERRAND_ANSWER:
            pass
        return frame

    def ask(self, number: int = 1, location_name: str = HERE, seconds: float = 20.0) -> None:
        errand = Errand(number, location_name, "look", "{}", seconds)
        self.sock.sendall(Frame.of(errand, FrameKind.ERRAND, number).encoded())

    def problem(self) -> ErrandProblem:
        answer = self.next_answer().value()
        assert isinstance(answer, ErrandAnswer)
        assert answer.problem is not None
        return answer.problem

    def is_shown_out(self) -> bool:
        """Whether the service closes the connection; waits for that."""
        try:
            while True:
                self.next_frame()
        except (EOFError, ConnectionError):
            return True


class Hall:
    """A door, its hosts and its guests."""

    def __init__(self, home: Path, ending: ExitStack) -> None:
        self.home = home
        self.hosts = {HERE: FakeHost(), "there": FakeHost()}
        self._ending = ending
        self.door = self.open()

    def open(self) -> Door:
        return self._ending.enter_context(Door(self.home, self.hosts, self.facts))

    def facts(self) -> ServiceFacts:
        return ServiceFacts("1", 1, "machine", NOON, location_names=tuple(self.hosts))

    def guest(self) -> Guest:
        made = Guest(self.home)
        self._ending.callback(made.sock.close)
        return made

    def asked(self, count: int = 1) -> list[tuple[Errand, Callable[[bytes], None]]]:
        """The errands that the first host was asked, when there are so many."""
        pause = threading.Event()
        end_at = time.monotonic() + SECONDS_MAX
        while len(self.hosts[HERE].errands) < count:
            assert time.monotonic() < end_at, self.hosts[HERE].errands
            pause.wait(0.005)
        return self.hosts[HERE].errands


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    with ExitStack() as ending:
        yield Hall(tmp_path, ending)


def big(text: str = "x") -> LocationSnapshot:
    """A snapshot that no socket takes at once."""
    return LocationSnapshot(HERE, (every_minute(description=text * 8_000_000),))


def test_a_guest_is_told_of_every_location_and_then_of_the_service(hall: Hall) -> None:
    first, error = location(every_minute()), LocationError("there", "no module")
    hall.door.changed(first)
    hall.door.failed(error)

    told = hall.guest().until_facts()

    assert [first, error] == told


def test_changes_are_told_as_they_come(hall: Hall) -> None:
    guest = hall.guest()
    guest.until_facts()
    older, newer = location(every_minute("a")), location(every_minute("b"))
    error = LocationError(HERE, "wrong", older_goes_on=True)

    told = []
    for change in (older, error, newer):
        if isinstance(change, LocationSnapshot):
            hall.door.changed(change)
        else:
            hall.door.failed(change)
        told.append(guest.next_change())

    assert [older, error, newer] == told


def test_an_error_that_is_over_is_not_told(hall: Hall) -> None:
    hall.door.failed(LocationError(HERE, "wrong"))
    hall.door.changed(location(every_minute()))

    told = hall.guest().until_facts()

    assert [location(every_minute())] == told


def test_the_service_is_heard_again_and_again(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door_module, "BEAT_SECONDS", 0.01)
    guest = hall.guest()

    told = [guest.next() for _ in range(5)]

    assert [hall.facts()] * 5 == told


def test_the_door_is_for_its_user_alone_and_gone_when_it_is_shut(hall: Hall) -> None:
    path = hall.home / DOOR_FILE
    mode = path.stat().st_mode & 0o777
    guest = hall.guest()

    hall.door.__exit__()

    assert mode == 0o600
    assert not path.exists()
    assert guest.is_shown_out()
    assert list(hall.home.iterdir()) == []


def test_a_home_with_a_long_path_has_a_door(tmp_path: Path) -> None:
    home = tmp_path / ("long" * 20) / ("longer" * 20)
    home.mkdir(parents=True)

    with ExitStack() as ending:
        hall = Hall(home, ending)
        told = hall.guest().until_facts()

    assert told == []
    assert list(home.iterdir()) == []


def test_the_socket_of_a_service_that_is_gone_is_replaced(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / DOOR_FILE))
    with socket.socket(socket.AF_UNIX) as early, pytest.raises(ConnectionRefusedError):
        early.connect(str(tmp_path / DOOR_FILE))

    with ExitStack() as ending:
        told = Hall(tmp_path, ending).guest().until_facts()

    assert told == []


def test_a_service_that_lost_its_door_to_the_next_one_leaves_it_there(hall: Hall) -> None:
    hall.open()
    hall.door.__exit__()

    told = hall.guest().until_facts()

    assert told == []


def test_where_no_socket_can_be_the_service_goes_on_without(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with Door(tmp_path / "nowhere", {}, lambda: ServiceFacts("1", 1, "m", NOON)) as door:
        door.changed(location())

    assert "no door at" in caplog.text


def test_a_guest_that_does_not_listen_is_in_nobodys_way_and_shown_out(
    hall: Hall, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(door_module, "BEAT_SECONDS", 0.05)
    monkeypatch.setattr(door_module, "STALL_SECONDS", 0.5)
    hall.door.changed(big())
    deaf, other = hall.guest(), hall.guest()

    told = other.until_facts()
    while "does not listen" not in caplog.text:
        other.next()

    assert [big()] == told
    assert deaf.is_shown_out()


def test_of_many_changes_a_slow_guest_is_told_the_newest(hall: Hall) -> None:
    hall.door.changed(big())
    slow, quick = hall.guest(), hall.guest()
    assert quick.until_facts() == [big()]
    for number in range(20):
        hall.door.changed(big(str(number % 10)))
    hall.door.changed(big("z"))
    while quick.next_change() != big("z"):
        pass

    told = slow.until_facts()

    assert told[-1] == big("z")
    assert len(told) <= 3


@pytest.mark.parametrize(
    "said",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        struct.pack(">IBQ", 2**32 - 1, 0, 0),
        struct.pack(">IBQ", 60 * 1024 * 1024, 0, 0),
        Frame(b"no json").encoded(),
        Frame(b'{"$": "nothing of ours"}').encoded(),
        Frame(b'{"$": "errand"}').encoded(),
        Frame(b'{"$": "errand", "id": [], "location_name": {}, "name": 3, "timeout_seconds": "x"}').encoded(),
        Frame.of(LocationError(HERE, "I am the service")).encoded(),
    ],
)
def test_who_says_what_is_no_message_is_shown_out_alone(hall: Hall, said: bytes) -> None:
    rude, other = hall.guest(), hall.guest()

    rude.sock.sendall(said)

    assert rude.is_shown_out()
    other.ask(5)
    assert hall.asked()[0][0].id == 5


def test_only_so_many_guests_are_let_in(hall: Hall) -> None:
    guests = []
    for _ in range(GUESTS_MAX):
        guests.append(hall.guest())
        guests[-1].until_facts()

    one_more = hall.guest()

    assert one_more.is_shown_out()
    guests[0].ask()
    assert len(hall.asked()) == 1


def test_errands_of_two_guests_are_answered_to_who_asked_and_unread(hall: Hall) -> None:
    first, second = hall.guest(), hall.guest()
    first.ask(7)
    hall.asked(1)
    second.ask(7)
    (_, to_first), (_, to_second) = hall.asked(2)

    to_second(b"anything: two")
    to_first(b"anything: one")

    assert (first.next_answer().id, b"anything: one") == (7, b"anything: one")
    assert second.next_answer().body == b"anything: two"


def test_an_answer_to_who_is_gone_is_nobodys(hall: Hall) -> None:
    gone, other = hall.guest(), hall.guest()
    gone.ask(1)
    [(_, answered)] = hall.asked()
    gone.sock.close()
    other.ask(2)
    hall.asked(2)

    answered(b"late")
    hall.asked(2)[1][1](b"yours")

    assert other.next_answer().body == b"yours"


def test_an_errand_for_a_location_that_is_not_there_is_refused(hall: Hall) -> None:
    guest = hall.guest()

    guest.ask(location_name="her")
    problem = guest.problem()

    assert (problem.kind, problem.where) == ("not_found", "location")
    assert "did you mean 'here'" in problem.message


def test_a_guest_may_have_only_so_many_errands_on_their_way(hall: Hall) -> None:
    guest = hall.guest()
    for number in range(ERRANDS_MAX + 1):
        guest.ask(number)

    problem = guest.problem()

    assert problem.kind == "unavailable"
    hall.asked(ERRANDS_MAX)[0][1](b"one is answered")
    guest.next_answer()
    guest.ask(1_000)
    assert hall.asked(ERRANDS_MAX + 1)[-1][0].id == 1_000


def test_an_errand_that_the_host_does_not_answer_is_given_up(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door_module, "GRACE_SECONDS", 0.0)
    monkeypatch.setattr(door_module, "BEAT_SECONDS", 0.01)
    guest = hall.guest()

    guest.ask(seconds=0.05)
    problem = guest.problem()

    assert problem.kind == "timeout"
    assert "look was not answered within 0.05 seconds" in problem.message


@pytest.mark.parametrize(("name", "expected"), [(None, (1, 1)), ("there", (0, 1))])
def test_code_is_loaded_again_for_one_location_or_all(hall: Hall, name: str | None, expected: tuple[int, int]) -> None:
    guest = hall.guest()

    guest.sock.sendall(Frame.of(ReloadAsked(name), id=3).encoded())
    answer = guest.next_answer()

    assert ErrandAnswer(3, "{}") == answer.value()
    assert expected == (hall.hosts[HERE].reloads, hall.hosts["there"].reloads)


def test_code_that_is_not_there_is_not_loaded_again(hall: Hall) -> None:
    guest = hall.guest()

    guest.sock.sendall(Frame.of(ReloadAsked("nowhere"), id=3).encoded())

    assert guest.problem().kind == "not_found"


def test_an_errand_ends_when_its_guest_waits_no_longer_or_is_gone(hall: Hall) -> None:
    first, second = hall.guest(), hall.guest()
    first.ask(7)
    second.ask(8)
    hall.asked(2)

    first.sock.sendall(Frame.of(ErrandDropped(), id=7).encoded())
    dropped = hall.hosts[HERE].dropped.get(timeout=SECONDS_MAX)
    second.sock.close()

    assert (dropped, hall.hosts[HERE].dropped.get(timeout=SECONDS_MAX)) == (7, 8)


def test_who_dropped_errands_may_ask_others(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door_module, "ERRANDS_MAX", 1)
    guest = hall.guest()
    guest.ask(1)
    guest.sock.sendall(Frame.of(ErrandDropped(), id=1).encoded())

    guest.ask(2)

    assert [errand.id for errand, _ in hall.asked(2)] == [1, 2]
