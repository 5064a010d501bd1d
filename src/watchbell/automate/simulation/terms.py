"""What a simulation takes for granted: when, how long runs take, which of them fail, who takes part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import datetime, timedelta

from watchbell.automate.simulation.events import moment_of
from watchbell.ground.errors import DagsterInvalidInvocationError, ParameterCheckError
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass

DURATION_SECONDS = 60.0
"""How long a run takes of which nothing is said."""
RUNS_MAX = 5_000_000
"""Runs after which a simulation stops (count): something asks without end."""
YEARS = range(1900, 9999)
"""When a simulation may take place: calendars reckon a little before and after it."""
EVERYTHING = "*"
Seconds = float | int | timedelta


@dataclass(frozen=True)
class Failure:
    """What is to fail.

    Args:
        name: a job, an asset or a check.
        at: of its runs the first one that begins at this time or later (seconds since the epoch); None: every one.
    """

    name: str
    at: float | None = None

    @staticmethod
    def read(text: str) -> Failure:
        """A failure written as ``name`` or ``name@time``.

        Raises:
            ParameterCheckError: the time is none.
        """
        name, sign, moment = text.partition("@")
        return Failure(name, moment_of(moment, "failures").timestamp() if sign else None)


@dataclass(frozen=True)
class SimulationTerms:
    """What a simulation takes for granted.

    Args:
        start: from this instant on, included.
        end: up to this one, not included.
        durations: how long runs take (seconds), by the name of a job or of an asset; ``"*"``: all others.
        failures: which runs fail.
        sensors: whether sensors are evaluated, or which; None: those that go by assets alone.
        only: the schedules, sensors and assets with a condition that take part; None: all.
        off: location and name of schedules and sensors that are off, and do not take part.
        going_max: most runs that go on at a time (count); None: no limit.
        runs_max: runs after which it stops (count).
        same_errors_max: equal errors of one schedule or sensor in a row after which it stops (count); None: it goes on.
    """

    start: datetime
    end: datetime
    durations: Mapping[str, float] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    sensors: frozenset[str] | bool | None = None
    only: frozenset[str] | None = None
    off: frozenset[tuple[str, str]] = frozenset()
    going_max: int | None = None
    runs_max: int = RUNS_MAX
    same_errors_max: int | None = None

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise DagsterInvalidInvocationError(
                f"a simulation ends after it starts, but {self.end.isoformat(' ')} is not after "
                f"{self.start.isoformat(' ')}"
            )
        for at in (self.start, self.end):
            if at.year not in YEARS:
                raise DagsterInvalidInvocationError(
                    f"a simulation takes place in the years {YEARS.start} to {YEARS.stop - 1}, not at "
                    f"{at.isoformat(' ')}"
                )
        if self.going_max is not None and self.going_max < 1:
            raise ParameterCheckError(
                f"max_concurrent_runs is 1 or more, not {self.going_max}", parameter="max_concurrent_runs"
            )

    def takes(self, name: str, location_name: str | None = None) -> bool:
        """Whether a schedule, sensor or entity of this name takes part."""
        return (self.only is None or name in self.only) and (location_name, name) not in self.off

    def duration_seconds(self, job_name: str, asset_names: Iterable[str]) -> float:
        """How long a run takes: as its job is said to take, or else the longest of its assets."""
        others = self.durations.get(EVERYTHING, DURATION_SECONDS)
        if job_name in self.durations:
            return self.durations[job_name]
        return max((self.durations.get(name, others) for name in asset_names), default=others)

    def check_names(self, jobs_and_entities: Iterable[str], sensors: Iterable[str], automations: Iterable[str]) -> None:
        """Does nothing if everything that is named exists.

        Raises:
            DagsterInvalidInvocationError: something does not; gives the nearest name.
        """
        known = set(jobs_and_entities)
        wanted = {
            "durations": (set(self.durations) - {EVERYTHING}, known, "job or asset"),
            "failures": ({each.name for each in self.failures}, known, "job, asset or check"),
            "sensors": (self.sensors if isinstance(self.sensors, frozenset) else set(), set(sensors), "sensor"),
            "only": (self.only or set(), set(automations), "schedule, sensor or asset with a condition"),
        }
        for argument, (names, there, what) in wanted.items():
            for name in sorted(names - there):
                raise DagsterInvalidInvocationError(
                    f"{argument}: there is no {what} {name!r}{did_you_mean(name, _written(there))}", argument=argument
                )


def _written(names: Iterable[str]) -> list[str]:
    """The names that somebody wrote: without those of the jobs that are made for assets."""
    return [name for name in names if not name.startswith("__")]


def seconds_of(given: object, what: str) -> float:
    """A length of time in seconds.

    Raises:
        ParameterCheckError: it is none, or negative.
    """
    seconds = given.total_seconds() if isinstance(given, timedelta) else given
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds < float("inf"):
        raise ParameterCheckError(
            f"{what} is a timedelta or a number of seconds, not negative; not {given!r}", parameter="durations"
        )
    return float(seconds)


def durations_of(given: Mapping[str, Seconds] | Seconds | None) -> dict[str, float]:
    """Lengths of runs by name, however they were given; one for all has the name ``"*"``."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        return {EVERYTHING: seconds_of(given, "durations")}
    return {str(name): seconds_of(each, f"durations[{name!r}]") for name, each in given.items()}


def failures_of(given: Iterable[str | Failure]) -> tuple[Failure, ...]:
    """Failures, however they were given.

    Raises:
        ParameterCheckError: one is neither text nor a failure.
    """
    if isinstance(given, str):
        raise ParameterCheckError(f"failures is a list of names; write [{given!r}]", parameter="failures", value=given)
    found = []
    for each in given:
        if not isinstance(each, str | Failure):
            raise ParameterCheckError(
                f"failures holds names of jobs, assets or checks, e.g. 'orders@2026-10-31T02:00', not {each!r}",
                parameter="failures",
                value=each,
            )
        found.append(Failure.read(each) if isinstance(each, str) else each)
    return tuple(found)
