"""An instance for a test: in a folder of its own, found by everything that asks for the instance of the environment."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from watchbell.instance import DagsterInstance
from watchbell.settings import DAGSTER_FILE, OWN_FILE, RULES

HOME_VARIABLES = ("WATCHBELL_HOME", "DAGSTER_HOME")


@contextmanager
def instance_for_test(
    overrides: Mapping[str, Any] | None = None,
    set_dagster_home: bool = True,
    temp_dir: str | None = None,
    synchronous_run_coordinator: bool = False,
    synchronous_run_launcher: bool = False,
) -> Iterator[DagsterInstance]:
    """While entered, an instance on disk that is gone afterwards.

    Args:
        overrides: settings, as in the settings file.
        set_dagster_home: whether ``WATCHBELL_HOME`` and ``DAGSTER_HOME`` name its folder meanwhile.
        temp_dir: its folder, which stays; None: a temporary one.
        synchronous_run_coordinator: accepted for older tests; runs are never launched by a test's instance itself.
        synchronous_run_launcher: likewise.

    Raises:
        DagsterInvalidConfigError: a setting is not valid.

    Example:
        >>> with instance_for_test() as instance:
        ...     instance.get_runs()
        []
    """
    with TemporaryDirectory(prefix="watchbell-test-") as made:
        home = str(Path(temp_dir).resolve()) if temp_dir is not None else made
        if overrides:
            _write_settings(Path(home), overrides)
        with _home_named(home if set_dagster_home else None), DagsterInstance.from_home(home) as instance:
            yield instance


def _write_settings(home: Path, overrides: Mapping[str, Any]) -> None:
    """Settings of ours go into our file, those of Dagster's form into a file of its name; both are read as usual."""
    name = OWN_FILE if any(key in RULES for key in overrides) else DAGSTER_FILE
    home.mkdir(parents=True, exist_ok=True)
    (home / name).write_text(json.dumps(overrides), encoding="utf-8")  # JSON is YAML


@contextmanager
def _home_named(home: str | None) -> Iterator[None]:
    if home is None:
        yield
        return
    before = {name: os.environ.get(name) for name in HOME_VARIABLES}
    os.environ.update(dict.fromkeys(HOME_VARIABLES, home))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
