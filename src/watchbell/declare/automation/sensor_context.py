"""What a sensor's function is given: its cursor, and what is known of its last evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from watchbell.declare.automation.evaluation import EvaluationContext
from watchbell.ground.errors import CheckError
from watchbell.ground.value import dataclass
from watchbell.record.request import CURSOR_BYTES_MAX, check_text

EVENTS_MAX = 100
BATCH_SECONDS = 1.0


@dataclass(frozen=True)
class EventBatch:
    """What one evaluation of a sensor of every event may take together.

    Args:
        events_max: most events (count, >= 1).
        seconds: after this it takes no further one; the next evaluation goes on from there.
    """

    events_max: int = EVENTS_MAX
    seconds: float = BATCH_SECONDS


class SensorEvaluationContext(EvaluationContext):
    """What a sensor's function is given.

    Args:
        name: the sensor.
        cursor: text its last evaluation left.
        last_tick_at: when it was evaluated last.
        last_run_key: run key of the last run it caused.
        started_at: when it was turned on.
        event_ids: storage ids of the run events, or materializations, to react to; None: it reads on from its cursor.
        batch: for a sensor of every materialization, how many of them it may take together.
        called_for: takes the storage ids of the materializations that a sensor of one asset is called for.
        repository_name: name of the definitions around it, if it is not that of ``repository_def``.
        facts: as for :class:`EvaluationContext`.

    Example:
        >>> @sensor(job_name="etl")
        ... def files(context: SensorEvaluationContext):
        ...     seen = int(context.cursor or 0)
        ...     context.update_cursor(str(seen + 1))
        >>> files.evaluate_tick(build_sensor_context(cursor="3")).cursor
        '4'
    """

    def __init__(
        self,
        name: str | None = None,
        *,
        cursor: str | None = None,
        last_tick_at: datetime | None = None,
        last_run_key: str | None = None,
        started_at: datetime | None = None,
        event_ids: Sequence[int] | None = None,
        batch: EventBatch | None = None,
        called_for: list[int] | None = None,
        repository_name: str | None = None,
        **facts: Any,
    ) -> None:
        super().__init__(name, **facts)
        self._cursor = cursor
        self._is_cursor_updated = False
        self._last_tick_at = last_tick_at
        self._last_run_key = last_run_key
        self._started_at = started_at
        self.event_ids = None if event_ids is None else tuple(event_ids)
        self.batch = batch or EventBatch()
        self.called_for = [] if called_for is None else called_for
        self._repository_name = repository_name

    @property
    def cursor(self) -> str | None:
        """Text the last evaluation left; None at first. After :meth:`update_cursor`, the new one."""
        return self._cursor

    @property
    def cursor_updated(self) -> bool:
        """Whether :meth:`update_cursor` was called."""
        return self._is_cursor_updated

    def update_cursor(self, cursor: str | None) -> None:
        """Leaves text for the next evaluation; stored together with the runs this one asks for.

        Args:
            cursor: at most 1 MB; None: forget it.

        Raises:
            ParameterCheckError: no text, too long, or with characters that cannot be stored.
        """
        self._cursor = None if cursor is None else check_text(cursor, "cursor", CURSOR_BYTES_MAX)
        self._is_cursor_updated = True

    @property
    def sensor_name(self) -> str:
        """The sensor's name.

        Raises:
            CheckError: the context was built without one.
        """
        if self._name is None:
            raise CheckError("this context was built without a sensor_name; pass sensor_name= to what builds it")
        return self._name

    @property
    def repository_name(self) -> str | None:
        """Name of the definitions around it; None in a test that gives none."""
        if self._repository_name is not None:
            return self._repository_name
        return None if self._repository_def is None else self._repository_def.name

    @property
    def last_tick_completion_time(self) -> float | None:
        """When it was evaluated last, in seconds since the epoch; None if it never was."""
        return None if self._last_tick_at is None else self._last_tick_at.timestamp()

    @property
    def last_completion_time(self) -> float | None:
        """The same as :attr:`last_tick_completion_time`."""
        return self.last_tick_completion_time

    @property
    def last_run_key(self) -> str | None:
        """Run key of the last run it caused; None if there is none."""
        return self._last_run_key

    @property
    def last_sensor_start_time(self) -> float | None:
        """When it was turned on, in seconds since the epoch; None if that is not known."""
        return None if self._started_at is None else self._started_at.timestamp()

    @property
    def is_first_tick_since_sensor_start(self) -> bool:
        """Whether it was not evaluated since it was turned on."""
        if self._started_at is None:
            return self._last_tick_at is None
        return self._last_tick_at is None or self._last_tick_at < self._started_at
