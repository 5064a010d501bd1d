"""``simulate``: what would run between two instants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from watchbell.automate.simulation.columns import RunColumns
from watchbell.automate.simulation.conditions import conditions_of
from watchbell.automate.simulation.course import Course
from watchbell.automate.simulation.events import SimulatedEvent, events_of, moment_of
from watchbell.automate.simulation.memory import Memory, Rim, SimulatedKeys
from watchbell.automate.simulation.outcomes import Outcomes
from watchbell.automate.simulation.place import Place
from watchbell.automate.simulation.result import Simulation
from watchbell.automate.simulation.sources import schedule_sources, sensor_sources
from watchbell.automate.simulation.strange_events import strange_events
from watchbell.automate.simulation.terms import Failure, Seconds, SimulationTerms, durations_of, failures_of
from watchbell.declare.collect import Definitions
from watchbell.declare.repository import RepositoryDefinition
from watchbell.ground.errors import ParameterCheckError
from watchbell.record.asset_job_key import AssetJobKey, entity_text

LOCATION_NAME = "simulated"
"""The name of the code location of definitions that are given as they are."""


def simulate(
    defs: Definitions | RepositoryDefinition,
    start: datetime | str,
    end: datetime | str,
    *,
    events: Iterable[SimulatedEvent | Mapping[str, Any]] | str | Path = (),
    durations: Mapping[str, Seconds] | Seconds | None = None,
    failures: Iterable[str | Failure] = (),
    sensors: bool | Iterable[str] | None = None,
    only: Iterable[str] | None = None,
    max_concurrent_runs: int | None = None,
) -> Simulation:
    """What would run between two instants: schedules, sensors and automation conditions on a virtual clock.

    Functions of schedules are called with the simulated time, and so are those of sensors that take part; the instance
    they are given is in memory and remembers what the simulation made. No run is executed: each is taken to last as
    long as ``durations`` says, and to make its assets, partitions and checks when it ends. The same arguments give the
    same result.

    Args:
        defs: the definitions.
        start: from this instant on, included; a naive time is UTC.
        end: up to this one, not included.
        events: what happens from outside: events, mappings with the keys ``time``, ``asset``, ``partition``, ``kind``,
            ``check``, ``name``, or the path of a CSV or JSON lines file of them.
        durations: how long runs take (timedelta or seconds): for all, or by the name of a job or asset (``"*"``: all
            others); default: 1 minute.
        failures: names of jobs, assets and checks that fail, always, or (``"orders@2026-10-31T02:00"``) in the first
            run that begins then or later.
        sensors: True: every sensor's function is called; False: none; names: these; None: sensors of assets, and those
            with the tag ``watchbell/simulate`` ``"true"``.
        only: the schedules, sensors and assets with a condition that take part; None: all, also those that are off.
        max_concurrent_runs: most runs that go on at a time (count, >= 1); others wait. None: no limit.

    Returns:
        What would be: ``runs``, ``ticks``, ``skips``, ``errors``, ``queue_depth``, ``left_out``, ``to_table()``.

    Raises:
        DagsterInvalidInvocationError: the end is not after the start, or a name is not defined; gives the nearest.
        EventFileError: the file has a mistake; names the line and the column.
        ParameterCheckError: an argument has the wrong type.

    Example:
        >>> @asset
        ... def orders(): ...
        >>> orders_job = define_asset_job("orders_job", [orders])
        >>> hourly = ScheduleDefinition(job=orders_job, cron_schedule="0 * * * *")
        >>> found = simulate(Definitions([orders], schedules=[hourly]), "2026-03-01", "2026-03-02")
        >>> len(found.runs), found.runs[0].ended_at.isoformat()
        (24, '2026-03-01T00:01:00+00:00')
    """
    if not isinstance(defs, Definitions | RepositoryDefinition):
        raise ParameterCheckError(f"defs is a Definitions, not {defs!r}", parameter="defs", value=defs)
    repository = defs.get_repository_def() if isinstance(defs, Definitions) else defs
    terms = SimulationTerms(
        start=moment_of(start, "start"),
        end=moment_of(end, "end"),
        durations=durations_of(durations),
        failures=failures_of(failures),
        sensors=sensors if isinstance(sensors, bool) or sensors is None else _names(sensors, "sensors"),
        only=None if only is None else _names(only, "only"),
        going_max=max_concurrent_runs,
    )
    return simulated({LOCATION_NAME: repository}, terms, events_of(events))


def simulated(
    repositories: Mapping[str, RepositoryDefinition],
    terms: SimulationTerms,
    events: Sequence[SimulatedEvent],
    rim: Rim | None = None,
) -> Simulation:
    """:func:`simulate` for several code locations.

    Args:
        repositories: what each location defines, by its name.
        terms: what is taken for granted.
        events: what happens from outside.
        rim: what lies outside the simulation; None: nothing does.

    Raises:
        DagsterInvalidInvocationError: a name is not defined; gives the nearest.
    """
    places = [Place(name, repository, terms) for name, repository in repositories.items()]
    _check_names(places, terms)
    schedules = schedule_sources(places, terms)
    sensors, left_out = sensor_sources(places, terms)
    runs, keys = RunColumns(), SimulatedKeys()
    asks = bool(sensors) or any(not each.definition.is_constant for each in schedules)
    memory = Memory(runs, is_asked=asks, rim=rim)
    outcomes = Outcomes({place.name: place for place in places}, terms.failures, keys)
    try:
        past = None if rim is None or rim.open_instance is None else rim.open_instance()
        conditions = conditions_of(places, terms, keys, past)
        left_out += () if conditions is None else conditions.left_out
        left_out += strange_events(events, places, sensors, terms)
        course = Course(terms, schedules, sensors, outcomes, conditions, (memory, keys, runs))
        return course.run(events, left_out, None if rim is None else rim.progress)
    finally:
        memory.close()


def _check_names(places: Sequence[Place], terms: SimulationTerms) -> None:
    jobs: list[str] = []
    sensors: list[str] = []
    automations: list[str] = []
    for place in places:
        graph = place.repository.asset_graph
        assets = [key.to_user_string() for key in graph.all_keys]
        entities = [*assets, *(key.to_user_string() for key in graph.check_keys)]
        entities += [entity_text(AssetJobKey(job.name)) for job in place.repository.conditioned_jobs]
        sensor_names = [each.name for each in place.repository.sensor_defs]
        jobs += [*place.repository.job_names, *entities]
        sensors += sensor_names
        automations += [*(each.name for each in place.repository.schedule_defs), *sensor_names, *entities]
    terms.check_names(jobs, sensors, automations)


def _names(given: Iterable[str], what: str) -> frozenset[str]:
    names = [given] if isinstance(given, str) else list(given)
    if isinstance(given, str) or not all(isinstance(each, str) for each in names):
        raise ParameterCheckError(f"{what} is a list of names, not {given!r}", parameter=what, value=given)
    return frozenset(names)
