"""What commands share: which code to load, which home to open, and finding a named thing in either."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from watchbell.cli.env_file import load_env_file
from watchbell.declare.automation.schedule import ScheduleDefinition
from watchbell.declare.automation.sensor import SensorDefinition
from watchbell.declare.collect import RepositoryDefinition
from watchbell.declare.job import JobDefinition
from watchbell.ground.errors import DagsterInvalidSubsetError
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass
from watchbell.host.load import load_repository
from watchbell.host.targets import CodeTarget, TargetOptions, find_targets
from watchbell.instance import DagsterInstance
from watchbell.record.tick import AutomationKey, AutomationKind

F = TypeVar("F", bound=Callable[..., Any])
D = TypeVar("D", ScheduleDefinition, SensorDefinition)
HOME_FOLDER = ".watchbell"
STARTED_IN = Path.cwd()  # loading code changes the folder


@dataclass(frozen=True)
class Location:
    """A code location, loaded in this process.

    Args:
        name: its name.
        repository: what it defines.
    """

    name: str
    repository: RepositoryDefinition


def home_folder() -> Path:
    """Where this command's instance lives: ``WATCHBELL_HOME``, ``DAGSTER_HOME``, or ``.watchbell`` in this folder."""
    named = os.environ.get("WATCHBELL_HOME") or os.environ.get("DAGSTER_HOME")
    return Path(named).expanduser().resolve() if named else STARTED_IN / HOME_FOLDER


def open_instance() -> DagsterInstance:
    """The instance of this command's home."""
    return DagsterInstance.from_home(home_folder())


@dataclass(frozen=True)
class NamedCode:
    """The code that the words of a command name, or that the folder declares; not looked for yet.

    Args:
        options: what was said.
    """

    options: TargetOptions

    @property
    def is_said(self) -> bool:
        """Whether the command line names code."""
        said = self.options
        return bool(said.python_files or said.module_names or said.package_names or said.workspace_files)

    def targets(self) -> list[CodeTarget]:
        """Where it is.

        Raises:
            UserCodeLoadError: nothing is named and the folder declares nothing, or there are mistakes in it.
        """
        load_env_file(STARTED_IN)
        return find_targets(self.options, STARTED_IN)


def code_options(command: F) -> F:
    """Adds the options that name code; the command gets ``targets: list[CodeTarget]``."""

    @wraps(command)  # also keeps the options that decorators below this one added
    def run(**values: Any) -> Any:
        return command(targets=values.pop("code").targets(), **values)

    return code_options_unread(run)  # type: ignore[return-value]


def code_options_unread(command: F) -> F:
    """Adds the options that name code; the command gets ``code: NamedCode``, and may do without it."""
    options = [
        click.option("-f", "--python-file", "python_files", multiple=True, metavar="FILE", help="A file of code."),
        click.option("-m", "--module-name", "module_names", multiple=True, metavar="MODULE", help="A module."),
        click.option("--package-name", "package_names", multiple=True, metavar="PACKAGE", help="A package."),
        click.option("-w", "--workspace", "workspace_files", multiple=True, metavar="FILE", help="A workspace.yaml."),
        click.option("-a", "--attribute", metavar="NAME", help="Which object of the file or module to load."),
        click.option("-d", "--working-directory", metavar="FOLDER", help="Where its imports start from."),
    ]

    @wraps(command)
    def run(**values: Any) -> Any:
        chosen = TargetOptions(
            python_files=values.pop("python_files"),
            module_names=values.pop("module_names"),
            package_names=values.pop("package_names"),
            workspace_files=values.pop("workspace_files"),
            attribute=values.pop("attribute"),
            working_directory=values.pop("working_directory"),
        )
        return command(code=NamedCode(chosen), **values)

    decorated: Any = run
    for option in reversed(options):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]


def location_option(command: F) -> F:
    """Adds ``--location``; the command gets ``location_name``."""
    options: list[Callable[[F], F]] = [
        click.option("-l", "--location", "location_name", metavar="NAME", help="Of this code location."),
        # Dagster's scripts name the repository; here a location has one.
        click.option("-r", "--repository", hidden=True, expose_value=False),
    ]
    for option in options:
        command = option(command)
    return command


def load_locations(targets: Sequence[CodeTarget]) -> list[Location]:
    """Loads the code of every target into this process.

    Raises:
        UserCodeLoadError: with the user's own traceback.
    """
    return [Location(target.location_name, load_repository(target).repository) for target in targets]


def find_job(locations: Sequence[Location], name: str) -> tuple[Location, JobDefinition]:
    """The job of that name and its location.

    Raises:
        DagsterInvalidSubsetError: there is none; names the nearest.
    """
    for location in locations:
        if location.repository.has_job(name):
            return location, location.repository.get_job(name)
    names = [each for location in locations for each in location.repository.job_names]
    raise DagsterInvalidSubsetError(f"there is no job {name!r}{did_you_mean(name, names)}")


def find_schedule(
    locations: Sequence[Location], name: str, location_name: str | None = None
) -> tuple[AutomationKey, Location, ScheduleDefinition]:
    """The schedule of that name.

    Raises:
        DagsterInvalidSubsetError: there is none, or several locations have one; names the nearest.
    """
    places = [
        (each, definition) for each in within(locations, location_name) for definition in each.repository.schedule_defs
    ]
    sensors = [each.name for place in within(locations, location_name) for each in place.repository.sensor_defs]
    place, found = _only(places, "schedule", name, "sensor" if name in sensors else None)
    return AutomationKey(place.name, AutomationKind.SCHEDULE, name), place, found


def find_sensor(
    locations: Sequence[Location], name: str, location_name: str | None = None
) -> tuple[AutomationKey, Location, SensorDefinition]:
    """The sensor of that name; raises as :func:`find_schedule`."""
    places = [
        (each, definition) for each in within(locations, location_name) for definition in each.repository.sensor_defs
    ]
    schedules = [each.name for place in within(locations, location_name) for each in place.repository.schedule_defs]
    place, found = _only(places, "sensor", name, "schedule" if name in schedules else None)
    return AutomationKey(place.name, AutomationKind.SENSOR, name), place, found


def within(locations: Sequence[Location], location_name: str | None) -> Sequence[Location]:
    """The locations that are meant: all, or the one of that name.

    Raises:
        DagsterInvalidSubsetError: there is none of that name.
    """
    if location_name is None:
        return locations
    chosen = [each for each in locations if each.name == location_name]
    if not chosen:
        names = [each.name for each in locations]
        raise DagsterInvalidSubsetError(
            f"there is no code location {location_name!r} here{did_you_mean(location_name, names)}; "
            f"there is {', '.join(names)}"
        )
    return chosen


def _only(
    places: Sequence[tuple[Location, D]], what: str, name: str, is_really: str | None = None
) -> tuple[Location, D]:
    found = [(place, definition) for place, definition in places if definition.name == name]
    if len(found) == 1:
        return found[0]
    if not found:
        names = [definition.name for _, definition in places]
        if is_really is not None:
            raise DagsterInvalidSubsetError(f"{name!r} is a {is_really}, not a {what}: `watchbell {is_really} ...`")
        raise DagsterInvalidSubsetError(f"there is no {what} {name!r}{did_you_mean(name, names)}")
    names = [place.name for place, _ in found]
    raise DagsterInvalidSubsetError(
        f"{len(found)} code locations have a {what} {name!r}: {', '.join(names)}; say which with --location"
    )
