"""The web server's side of the service's door: what the service tells, and questions that need the user's code.

One task keeps the connection, and opens it again when it ends. What was told last stays readable from any thread, also
while the door is shut; :attr:`Link.is_open` and :attr:`Link.lost_at` say how old it may be.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import field, replace
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, Literal, Protocol, Self

from watchbell.ground.channel import BODY_BYTES_MAX, READ_BYTES, Frame, FrameKind, FrameReader
from watchbell.ground.clock import Clock, SystemClock
from watchbell.ground.errors import DagsterError
from watchbell.ground.socket_path import short_address
from watchbell.ground.value import dataclass
from watchbell.record.door import DOOR_FILE, SILENCE_SECONDS_MAX, ReloadAsked, ServiceFacts
from watchbell.record.errand import (
    CHANGING_ERRANDS,
    ERRAND_SECONDS,
    ERRAND_SECONDS_MAX,
    PARAMS_BYTES_MAX,
    Errand,
    ErrandAnswer,
    ErrandDropped,
    ErrandProblem,
)
from watchbell.record.evaluation import LocationError
from watchbell.record.snapshot import LocationSnapshot

log = logging.getLogger("watchbell.web")

RETRY_SECONDS_MIN, RETRY_SECONDS_MAX = 0.05, 1.0
STEADY_SECONDS = 5.0  # a connection that lasted so long is opened again without delay
GRACE_SECONDS = 15.0
"""The service ends errands itself; so much later the link gives up on a service that does not."""
INLINE_BYTES_MAX = 64 * 1024  # longer messages are read in a thread, so that nobody's answer waits for them
WRITE_SECONDS_MAX = 10.0

ASKER_GONE: ContextVar[Callable[[], Awaitable[None]] | None] = ContextVar("watchbell_asker_gone", default=None)
"""In a request: waits until whoever asks has hung up. What only looks is not worked on any longer then."""

Topic = Literal["locations", "service"]
"""What changed: what is known of code locations, or whether and which service works."""
Listener = Callable[[Topic], None]


class ErrandFailedError(DagsterError):
    """An errand, or a reload, has no result.

    Args:
        problem: why.
    """

    def __init__(self, problem: ErrandProblem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class DoorShutError(ErrandFailedError):
    """No service works that could be asked, or it ended before it answered."""


class ServiceLink(Protocol):
    """What the web server knows of a service, and asks it."""

    @property
    def is_open(self) -> bool:
        """Whether a service works, as far as can be seen from here."""

    @property
    def lost_at(self) -> datetime | None:
        """Since when no service has been heard; None: one is."""

    def locations(self) -> list[LocationSnapshot]:
        """The definitions that were told last, by name; old ones while the door is shut."""

    def errors(self) -> list[LocationError]:
        """Why the newest code of locations is not in use, by name."""

    def service(self) -> ServiceFacts | None:
        """What the service told last of itself; None: there has been none."""

    async def ask(
        self, location_name: str, errand: str, params: Mapping[str, Any], *, timeout_seconds: float = ERRAND_SECONDS
    ) -> dict[str, Any]:
        """The result of an errand.

        Args:
            location_name: whose code it needs.
            errand: its name in ``host/errands/table.py``.
            params: what its function is given; JSON.
            timeout_seconds: after this it is given up, and its process killed.

        Raises:
            ErrandFailedError: there is none; its ``problem`` says why.
        """

    async def reload(self, location_name: str | None = None) -> None:
        """Has the code of a location, or of all, loaded again; returns before that is done.

        Raises:
            ErrandFailedError: no service works, or there is no such location.
        """

    def on_change(self, listener: Listener) -> Callable[[], None]:
        """Calls ``listener`` in the event loop's thread when something changed; what is returned ends that."""


@dataclass(frozen=True)
class _Known:
    """What is known at a moment; replaced as a whole, so that any thread may read it."""

    locations: Mapping[str, LocationSnapshot] = field(default_factory=dict)
    errors: Mapping[str, LocationError] = field(default_factory=dict)
    service: ServiceFacts | None = None
    is_open: bool = False
    lost_at: datetime | None = None


class Link:
    """The connection to the service of a home; ``async with link:`` keeps it, in the loop that entered it.

    Args:
        home: the home folder.
        clock: says since when the service is lost.
    """

    def __init__(self, home: str | Path, clock: Clock | None = None) -> None:
        self._path = Path(home) / DOOR_FILE
        self._clock = clock or SystemClock()
        self._known = _Known(lost_at=self._clock.now())
        self._listeners: list[Listener] = []
        self._numbers = count(1)
        self._waiting: dict[int, asyncio.Future[bytes]] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._told_snapshots: set[str] = set()  # in this connection
        self._told_errors: set[str] = set()
        self._task: asyncio.Task[None] | None = None
        self._garbage = ""

    async def __aenter__(self) -> Self:
        """Begins to look for the service; does not wait for it."""
        self._task = asyncio.create_task(self._keep(), name="watchbell-link")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Closes the connection; whoever waits for an answer is told that there is none."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    # ------------------------------------------------------------------ reads

    @property
    def is_open(self) -> bool:
        """See :class:`ServiceLink`."""
        return self._known.is_open

    @property
    def lost_at(self) -> datetime | None:
        """See :class:`ServiceLink`."""
        return self._known.lost_at

    def locations(self) -> list[LocationSnapshot]:
        """See :class:`ServiceLink`."""
        return [each for _, each in sorted(self._known.locations.items())]

    def errors(self) -> list[LocationError]:
        """See :class:`ServiceLink`."""
        return [each for _, each in sorted(self._known.errors.items())]

    def service(self) -> ServiceFacts | None:
        """See :class:`ServiceLink`."""
        return self._known.service

    def on_change(self, listener: Listener) -> Callable[[], None]:
        """See :class:`ServiceLink`."""
        self._listeners.append(listener)

        def end() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return end

    # -------------------------------------------------------------- questions

    async def ask(
        self, location_name: str, errand: str, params: Mapping[str, Any], *, timeout_seconds: float = ERRAND_SECONDS
    ) -> dict[str, Any]:
        """See :class:`ServiceLink`."""
        text = json.dumps(params, allow_nan=False)
        if len(text) > PARAMS_BYTES_MAX:
            raise ErrandFailedError(
                ErrandProblem(
                    "bad_request", f"a question of {len(text):,} bytes is too long; {PARAMS_BYTES_MAX:,} are not"
                )
            )
        number = next(self._numbers)
        seconds = min(timeout_seconds, ERRAND_SECONDS_MAX)
        asked = Errand(number, location_name, errand, text, seconds)
        frame = Frame.of(asked, FrameKind.ERRAND, number)
        gone = ASKER_GONE.get()
        if gone is None or errand in CHANGING_ERRANDS:
            return await self._answer_to(number, frame, seconds)
        return await self._answer_unless_gone(number, frame, seconds, gone)

    async def _answer_unless_gone(
        self, number: int, frame: Frame, seconds: float, gone: Callable[[], Awaitable[None]]
    ) -> dict[str, Any]:
        """The answer to an errand; it ends when whoever asks hangs up."""
        answer = asyncio.ensure_future(self._answer_to(number, frame, seconds))
        hung_up = asyncio.ensure_future(gone())
        try:
            await asyncio.wait({answer, hung_up}, return_when=asyncio.FIRST_COMPLETED)
            if answer.done():
                return answer.result()
            raise ErrandFailedError(ErrandProblem("unavailable", "whoever asked hung up; nothing was found out"))
        finally:
            hung_up.cancel()
            if not answer.done():
                answer.cancel()
                if self._writer is not None:
                    self._writer.write(Frame.of(ErrandDropped(), id=number).encoded())

    async def reload(self, location_name: str | None = None) -> None:
        """See :class:`ServiceLink`."""
        number = next(self._numbers)
        await self._answer_to(number, Frame.of(ReloadAsked(location_name), id=number), WRITE_SECONDS_MAX)

    async def _answer_to(self, number: int, frame: Frame, seconds: float) -> dict[str, Any]:
        writer = self._writer
        if writer is None or not self._known.is_open:
            raise DoorShutError(_SHUT)
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            writer.write(frame.encoded())
            async with asyncio.timeout(seconds + GRACE_SECONDS):
                body = await answer
        except TimeoutError as error:
            text = f"the service did not answer within {seconds + GRACE_SECONDS:g} seconds"
            raise ErrandFailedError(ErrandProblem("timeout", text)) from error
        finally:
            self._waiting.pop(number, None)
        if len(body) > INLINE_BYTES_MAX:
            return await asyncio.to_thread(_result_of, body)
        return _result_of(body)

    # ------------------------------------------------------------- connection

    async def _keep(self) -> None:
        pause_seconds = RETRY_SECONDS_MIN
        try:
            while True:
                began_at = time.monotonic()
                try:
                    await self._be_guest()
                except (OSError, EOFError):  # no service, or it ended, or is silent: what TimeoutError is as well
                    pass
                except Exception as error:  # whatever it says: a service of another version, as a rule
                    self._note_garbage(error)
                self._shut()
                if time.monotonic() - began_at > STEADY_SECONDS:
                    pause_seconds = RETRY_SECONDS_MIN
                await asyncio.sleep(pause_seconds)
                pause_seconds = min(pause_seconds * 2, RETRY_SECONDS_MAX)
        finally:
            self._shut()

    def _note_garbage(self, error: Exception) -> None:
        if str(error) != self._garbage:  # it is tried again, and said once
            self._garbage = str(error)
            log.error("what the service at %s says cannot be read (is it of another version?): %s", self._path, error)

    async def _be_guest(self) -> None:
        """Takes what the service tells until the connection ends.

        Raises:
            OSError: there is no door, or the connection ended.
            EOFError: the service closed it.
            Exception: what it says cannot be read.
        """
        with short_address(self._path) as address:
            reader, self._writer = await asyncio.open_unix_connection(address)
        frames = FrameReader(BODY_BYTES_MAX)
        self._told_snapshots, self._told_errors = set(), set()
        while True:
            async with asyncio.timeout(SILENCE_SECONDS_MAX):  # not wait_for, which may swallow that we are to end
                data = await reader.read(READ_BYTES)
            if not data:
                raise EOFError("the service closed the door")
            for frame in frames.feed(data):
                await self._take(frame)

    async def _take(self, frame: Frame) -> None:
        if frame.kind is FrameKind.ERRAND_ANSWER:
            waiting = self._waiting.get(frame.id)
            if waiting is not None and not waiting.done():
                waiting.set_result(frame.body)
            return
        is_long = len(frame.body) > INLINE_BYTES_MAX
        value = await asyncio.to_thread(frame.value) if is_long else frame.value()
        if isinstance(value, LocationSnapshot):
            self._on_snapshot(value)
        elif isinstance(value, LocationError):
            self._set(errors={**self._known.errors, value.location_name: value})
            self._told_errors.add(value.location_name)
            self._tell("locations")
        elif isinstance(value, ServiceFacts):
            self._on_facts(value)

    def _on_snapshot(self, snapshot: LocationSnapshot) -> None:
        errors = {name: each for name, each in self._known.errors.items() if name != snapshot.name}
        self._set(locations={**self._known.locations, snapshot.name: snapshot}, errors=errors)
        self._told_snapshots.add(snapshot.name)
        self._tell("locations")

    def _on_facts(self, facts: ServiceFacts) -> None:
        """A service tells of itself after it has told of its locations: what it did not tell of, it does not have."""
        before = self._known
        kept = self._told_snapshots.union(facts.loading_names)  # what the service before had is better than nothing
        locations = {name: each for name, each in before.locations.items() if name in kept}
        errors = {name: each for name, each in before.errors.items() if name in self._told_errors}
        self._set(locations=locations, errors=errors, service=facts, is_open=True, lost_at=None)
        if len(locations) < len(before.locations) or len(errors) < len(before.errors):
            self._tell("locations")
        known = before.service
        same = known is not None and replace(known, loops=facts.loops) == facts
        if not before.is_open or not same:
            self._tell("service")

    def _shut(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(DoorShutError(_LOST))
        if self._known.is_open:
            self._set(is_open=False, lost_at=self._clock.now())
            self._tell("service")

    def _set(self, **changes: Any) -> None:
        self._known = replace(self._known, **changes)

    def _tell(self, topic: Topic) -> None:
        for listener in list(self._listeners):
            try:
                listener(topic)
            except Exception:  # its own trouble; the others and the connection go on
                log.exception("a listener of the link failed")


class StillLink:
    """What a web server without a service knows: what it was given. For tests of the API.

    Args:
        locations: the definitions in use; read anew at each question, so a list may be changed.
        errors: what could not be loaded; likewise.
        lost_at: since when no service works.
        is_open: whether one does; it answers nothing all the same.
        facts: what it tells of itself.
    """

    def __init__(
        self,
        locations: Sequence[LocationSnapshot] = (),
        errors: Sequence[LocationError] = (),
        lost_at: datetime | None = None,
        *,
        is_open: bool = False,
        facts: ServiceFacts | None = None,
    ) -> None:
        self._locations = locations
        self._errors = errors
        self._lost_at = lost_at
        self._is_open = is_open
        self._facts = facts

    @property
    def is_open(self) -> bool:
        """See :class:`ServiceLink`."""
        return self._is_open

    @property
    def lost_at(self) -> datetime | None:
        """See :class:`ServiceLink`."""
        return self._lost_at

    def locations(self) -> list[LocationSnapshot]:
        """See :class:`ServiceLink`."""
        return list(self._locations)

    def errors(self) -> list[LocationError]:
        """See :class:`ServiceLink`."""
        return list(self._errors)

    def service(self) -> ServiceFacts | None:
        """See :class:`ServiceLink`."""
        return self._facts

    async def ask(
        self, location_name: str, errand: str, params: Mapping[str, Any], *, timeout_seconds: float = ERRAND_SECONDS
    ) -> dict[str, Any]:
        """Nobody answers: ``unavailable``."""
        raise DoorShutError(_SHUT)

    async def reload(self, location_name: str | None = None) -> None:
        """Nobody does: ``unavailable``."""
        raise DoorShutError(_SHUT)

    def on_change(self, listener: Listener) -> Callable[[], None]:
        """Nothing ever changes."""
        return lambda: None


_SHUT = ErrandProblem(
    "unavailable",
    "the service does not work, so that no code can be asked; start it with `watchbell dev` or `watchbell daemon`",
)
_LOST = ErrandProblem("unavailable", "the service ended before it answered; ask again when it works again")


def _result_of(body: bytes) -> dict[str, Any]:
    """The result in an answer.

    Raises:
        ErrandFailedError: it carries a problem, or cannot be read.
    """
    try:
        answer = Frame(body).value()
        if isinstance(answer, ErrandAnswer) and answer.problem is not None:
            raise ErrandFailedError(answer.problem)
        result = json.loads(answer.result or "{}") if isinstance(answer, ErrandAnswer) else None
    except ValueError as error:
        raise ErrandFailedError(ErrandProblem("internal", f"the answer cannot be read: {error}")) from error
    if not isinstance(result, dict):
        raise ErrandFailedError(ErrandProblem("internal", "the answer is no object"))
    return result
