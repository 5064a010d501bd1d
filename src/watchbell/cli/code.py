"""What commands share: which code to load, and which home to open."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from watchbell.cli.env_file import load_env_file
from watchbell.ground.value import dataclass
from watchbell.host.load import load_repository
from watchbell.host.places import Place
from watchbell.host.targets import CodeTarget, TargetOptions, find_targets
from watchbell.instance import DagsterInstance

F = TypeVar("F", bound=Callable[..., Any])
HOME_FOLDER = ".watchbell"
STARTED_IN = Path.cwd()  # loading code changes the folder


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


def load_locations(targets: Sequence[CodeTarget]) -> list[Place]:
    """Loads the code of every target into this process.

    Raises:
        UserCodeLoadError: with the user's own traceback.
    """
    return [Place(target.location_name, load_repository(target).repository) for target in targets]
