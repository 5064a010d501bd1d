"""The door of a service: a socket in the home folder, where the web server hears of code locations and asks errands.

One thread serves all guests and waits for none of them. What a guest does not take is not piled up: of each location it
is owed the newest snapshot and error, which are sent when it takes them; answers are kept up to a limit; a guest that
takes nothing for a while, or sends what is no message, is shown out. Errands of who is gone, or waits no longer, end.
"""

from __future__ import annotations

import logging
import os
import queue
import selectors
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import field
from itertools import count
from pathlib import Path
from typing import Protocol, Self

from watchbell.ground.channel import Channel, ConnectionEndedError, Frame, FrameError, FrameKind
from watchbell.ground.socket_path import short_address
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass
from watchbell.record.door import BEAT_SECONDS, DOOR_FILE, ReloadAsked, ServiceFacts
from watchbell.record.errand import (
    CHANGING_ERRANDS,
    ERRAND_SECONDS_MAX,
    PARAMS_BYTES_MAX,
    Errand,
    ErrandAnswer,
    ErrandDropped,
    ErrandProblem,
)
from watchbell.record.evaluation import LocationError
from watchbell.record.snapshot import LocationSnapshot

log = logging.getLogger("watchbell.services")

GUESTS_MAX = 32
ERRANDS_MAX = 64
"""Errands of one guest that are on their way (count)."""
STALL_SECONDS = 10.0
"""A guest that takes nothing for so long, although there is something for it, is shown out."""
UNSENT_BYTES_MAX = 64 * 1024 * 1024
"""A guest that lets more answers wait is shown out (bytes)."""
QUESTION_BYTES_MAX = 2 * PARAMS_BYTES_MAX + 65_536  # quotes inside quotes
GRACE_SECONDS = 5.0
"""The host ends errands itself; so much later the service answers for a host that does not."""
BACKLOG = 128


class ErrandHost(Protocol):
    """The process with a location's code, as the door sees it."""

    def run_errand(self, errand: Errand, answered: Callable[[bytes], None]) -> Callable[[], None]:
        """See ``record.host_port.Host``."""

    def reload(self) -> None:
        """See ``record.host_port.Host``."""


@dataclass(frozen=True)
class _Owed:
    """What a guest is to be told: a location's snapshot or error, as it is when it is told."""

    is_error: bool
    location_name: str


@dataclass(eq=False)
class _Guest:
    channel: Channel
    owed: dict[_Owed, None] = field(default_factory=dict)
    is_owed_facts: bool = True
    took_at: float = 0.0  # when it last took something, or had all
    errands: int = 0


@dataclass(eq=False)
class _Asked:
    guest: _Guest
    id: int  # the guest's own
    errand: Errand
    give_up_at: float
    drop: Callable[[], None] | None = None  # has it end; None: it is answered already


class Door:
    """See the module; ``with door:`` opens it, after which it may be told.

    Args:
        home: the home folder.
        hosts: by code location.
        facts: what the service tells of itself; called from the door's thread, and quick.
    """

    def __init__(self, home: Path, hosts: Mapping[str, ErrandHost], facts: Callable[[], ServiceFacts]) -> None:
        self._path = home / DOOR_FILE
        self._hosts = hosts
        self._facts = facts
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._snapshots: dict[str, LocationSnapshot] = {}
        self._errors: dict[str, LocationError] = {}
        self._encoded: dict[_Owed, bytes] = {}  # only while guests take it
        self._guests: dict[int, _Guest] = {}
        self._numbers = count(1)
        self._asked: dict[int, _Asked] = {}
        self._beat_at = 0.0
        self._is_over = False
        self._sockets: tuple[socket.socket, socket.socket, socket.socket] | None = None  # listens, wakes, is woken
        self._inode: tuple[int, int] | None = None
        self._selector: selectors.BaseSelector  # made with the sockets
        self._thread = threading.Thread(target=self._run, name="watchbell door", daemon=True)

    def __enter__(self) -> Self:
        """Opens it; where that cannot be, the service works without one, and says so."""
        try:
            listener = self._open()
        except OSError as error:
            log.error("no door at %s, so the web pages cannot see this service: %s", self._path, error)
            return self
        wakes, woken = socket.socketpair()
        self._sockets = listener, wakes, woken
        for each in self._sockets:
            each.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Shuts it: all guests see that the service is over."""
        if self._sockets is None:
            return
        self._post(self._end)
        self._thread.join()
        with suppress(OSError):
            found = self._path.stat()
            if (found.st_dev, found.st_ino) == self._inode:  # else the next service has put its own there
                self._path.unlink()
        sockets, self._sockets = self._sockets, None
        for each in sockets:
            each.close()

    # ------------------------------------------------------------- from any thread

    def changed(self, snapshot: LocationSnapshot) -> None:
        """Newer definitions are in use."""
        self._post(lambda: self._on_changed(snapshot))

    def failed(self, error: LocationError) -> None:
        """Newer code cannot be used."""
        self._post(lambda: self._on_failed(error))

    def _post(self, work: Callable[[], None]) -> None:
        sockets = self._sockets
        if sockets is None:  # it could not be opened, or is shut
            return
        self._inbox.put(work)
        with suppress(OSError):  # full: it is awake anyway; closed: it is over
            sockets[1].send(b"w")

    # ------------------------------------------------------------------- life

    def _open(self) -> socket.socket:
        """A socket at the door's address, in the place of one that a service that is gone has left there.

        Raises:
            OSError: the folder takes no sockets, or cannot be written.
        """
        draft = self._path.with_name(f".door-{os.getpid()}")
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with suppress(FileNotFoundError):
                draft.unlink()
            with short_address(draft) as address:
                listener.bind(address)
            draft.chmod(0o600)
            listener.listen(BACKLOG)
            found = draft.stat()
            draft.rename(self._path)
        except OSError:
            listener.close()
            with suppress(OSError):
                draft.unlink()
            raise
        self._inode = (found.st_dev, found.st_ino)
        return listener

    def _run(self) -> None:
        assert self._sockets is not None
        listener, _, woken = self._sockets
        with self._selector as selector:
            selector.register(listener, selectors.EVENT_READ, lambda: self._on_knock(listener))
            selector.register(woken, selectors.EVENT_READ, lambda: self._on_wake(woken))
            while not self._is_over:
                self._turn(selector.select(self._wait_seconds()))
            for guest in list(self._guests.values()):
                self._show_out(guest)
            listener.close()

    def _turn(self, ready: list[tuple[selectors.SelectorKey, int]]) -> None:
        for key, events in ready:
            if not isinstance(key.data, _Guest):
                key.data()
            elif self._guests.get(key.fd) is key.data:
                self._serve(key.data, events)
        self._take_inbox()
        now = time.monotonic()
        if now >= self._beat_at:
            self._beat_at = now + BEAT_SECONDS
            for guest in self._guests.values():
                guest.is_owed_facts = True
            self._give_up(now)
        for guest in list(self._guests.values()):
            self._tell(guest, now)
        if not any(guest.owed for guest in self._guests.values()):
            self._encoded.clear()

    def _wait_seconds(self) -> float:
        return max(0.0, self._beat_at - time.monotonic())

    def _end(self) -> None:
        self._is_over = True

    def _on_wake(self, woken: socket.socket) -> None:
        with suppress(BlockingIOError):
            woken.recv(4096)

    def _take_inbox(self) -> None:
        while True:
            try:
                work = self._inbox.get_nowait()
            except queue.Empty:
                return
            work()

    # ----------------------------------------------------------------- guests

    def _on_knock(self, listener: socket.socket) -> None:
        try:
            sock, _ = listener.accept()
        except OSError:  # it went away again, or no descriptor is free
            return
        if len(self._guests) >= GUESTS_MAX:
            sock.close()
            return
        guest = _Guest(Channel(sock, QUESTION_BYTES_MAX), took_at=time.monotonic())
        guest.owed = {_Owed(False, name): None for name in self._snapshots}
        guest.owed.update({_Owed(True, name): None for name in self._errors})
        self._guests[sock.fileno()] = guest
        self._selector.register(sock, selectors.EVENT_READ, guest)

    def _serve(self, guest: _Guest, events: int) -> None:
        try:
            if events & selectors.EVENT_WRITE:
                before = guest.channel.unsent_bytes
                guest.channel.flush()
                if guest.channel.unsent_bytes < before:
                    guest.took_at = time.monotonic()
            if events & selectors.EVENT_READ:
                for frame in guest.channel.receive():
                    self._take(guest, frame)
        except ConnectionEndedError:
            self._show_out(guest)
        except Exception as error:  # whatever it sent: it is the guest's fault, and nobody else's trouble
            log.warning("a guest at the door said what is no message, and was shown out: %s", error)
            self._show_out(guest)

    def _tell(self, guest: _Guest, now: float) -> None:
        """Sends what a guest is owed, as far as it takes it."""
        channel = guest.channel
        try:
            while guest.owed and not channel.is_writing:
                owed = next(iter(guest.owed))
                del guest.owed[owed]
                body = self._body(owed)
                if body is not None:
                    channel.send(Frame(body))
            if guest.is_owed_facts and not guest.owed and not channel.is_writing:
                guest.is_owed_facts = False
                channel.send(Frame.of(self._facts()))
        except ConnectionEndedError:
            self._show_out(guest)
            return
        if not channel.is_writing:
            guest.took_at = now
        elif now - guest.took_at > STALL_SECONDS:
            log.warning("a guest at the door does not listen, and was shown out")
            self._show_out(guest)
            return
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if channel.is_writing else 0)
        if self._selector.get_key(channel.sock).events != wanted:
            self._selector.modify(channel.sock, wanted, guest)

    def _body(self, owed: _Owed) -> bytes | None:
        value = (self._errors if owed.is_error else self._snapshots).get(owed.location_name)
        if value is None:  # the error is over
            return None
        body = self._encoded.get(owed)
        if body is None:
            body = self._encoded[owed] = Frame.of(value).body
        return body

    def _show_out(self, guest: _Guest) -> None:
        if self._guests.pop(guest.channel.fileno(), None) is not None:
            self._selector.unregister(guest.channel.sock)
            for number in [number for number, asked in self._asked.items() if asked.guest is guest]:
                self._drop(number)
        guest.channel.close()

    # --------------------------------------------------------------- what is told

    def _on_changed(self, snapshot: LocationSnapshot) -> None:
        self._snapshots[snapshot.name] = snapshot
        self._errors.pop(snapshot.name, None)
        self._owe(_Owed(False, snapshot.name))

    def _on_failed(self, error: LocationError) -> None:
        self._errors[error.location_name] = error
        self._owe(_Owed(True, error.location_name))

    def _owe(self, owed: _Owed) -> None:
        self._encoded.pop(owed, None)
        for guest in self._guests.values():
            guest.owed.pop(owed, None)  # it comes last: an error is told after the snapshot it came after
            guest.owed[owed] = None
            guest.is_owed_facts = True

    # ------------------------------------------------------------- what is asked

    def _take(self, guest: _Guest, frame: Frame) -> None:
        value = frame.value()
        if isinstance(value, Errand):
            self._ask(guest, frame.id, value)
        elif isinstance(value, ErrandDropped):
            of_guest = [number for number, each in self._asked.items() if each.guest is guest and each.id == frame.id]
            for number in of_guest:
                self._drop(number)
        elif isinstance(value, ReloadAsked):
            self._reload(guest, frame.id, value)
        else:
            raise FrameError(f"{type(value).__name__} is nothing that a service is told")

    def _ask(self, guest: _Guest, number: int, errand: Errand) -> None:
        host = self._hosts.get(errand.location_name)
        if host is None:
            self._refuse(guest, number, self._no_location(errand.location_name))
            return
        if guest.errands >= ERRANDS_MAX:
            text = f"{ERRANDS_MAX} questions are on their way already; ask again when they are answered"
            self._refuse(guest, number, ErrandProblem("unavailable", text))
            return
        seconds = min(errand.timeout_seconds, ERRAND_SECONDS_MAX)
        asked = next(self._numbers)
        guest.errands += 1
        question = self._asked[asked] = _Asked(guest, number, errand, time.monotonic() + seconds + GRACE_SECONDS)
        question.drop = host.run_errand(errand, lambda body: self._post(lambda: self._answer(asked, body)))

    def _drop(self, asked: int) -> None:
        """Has an errand end for whose answer nobody waits."""
        found = self._asked.pop(asked)
        found.guest.errands -= 1
        if found.drop is not None and found.errand.name not in CHANGING_ERRANDS:
            found.drop()

    def _answer(self, asked: int, body: bytes) -> None:
        """Passes an answer on, unread."""
        found = self._asked.pop(asked, None)
        if found is None:
            return
        found.guest.errands -= 1
        self._send(found.guest, found.id, body)

    def _give_up(self, now: float) -> None:
        for number, asked in list(self._asked.items()):
            if asked.give_up_at <= now:
                text = f"{asked.errand.name} was not answered within {asked.errand.timeout_seconds:g} seconds"
                answer = ErrandAnswer(asked.id, problem=ErrandProblem("timeout", text))
                self._answer(number, Frame.of(answer).body)

    def _reload(self, guest: _Guest, number: int, wanted: ReloadAsked) -> None:
        name = wanted.location_name
        if name is not None and name not in self._hosts:
            self._refuse(guest, number, self._no_location(name))
            return
        for each, host in self._hosts.items():
            if name is None or each == name:
                host.reload()
        self._send(guest, number, Frame.of(ErrandAnswer(number, "{}")).body)

    def _refuse(self, guest: _Guest, number: int, problem: ErrandProblem) -> None:
        self._send(guest, number, Frame.of(ErrandAnswer(number, problem=problem)).body)

    def _no_location(self, name: str) -> ErrandProblem:
        text = f"there is no code location {name[:200]!r}{did_you_mean(name, self._hosts)}"
        return ErrandProblem("not_found", text, where="location")

    def _send(self, guest: _Guest, number: int, body: bytes) -> None:
        if guest.channel.fileno() not in self._guests:  # it has gone
            return
        if guest.channel.unsent_bytes > UNSENT_BYTES_MAX:
            log.warning("a guest at the door asks and does not listen, and was shown out")
            self._show_out(guest)
            return
        try:
            guest.channel.send(Frame(body, FrameKind.ERRAND_ANSWER, number))
        except ConnectionEndedError:
            self._show_out(guest)
