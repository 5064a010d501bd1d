"""Run config from YAML: files, text, and files inside packages, merged in order."""

from __future__ import annotations

import glob
import importlib.resources
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from watchbell.ground.errors import CheckError, DagsterInvariantViolationError, ParameterCheckError


def config_from_files(config_files: Sequence[str]) -> dict[str, Any]:
    """Run config from YAML files.

    Args:
        config_files: paths or glob patterns; what a pattern finds is taken in the order of names. Later files win,
            dict by dict; lists are replaced as a whole.

    Returns:
        The merged config; empty without files.

    Raises:
        DagsterInvariantViolationError: a pattern finds nothing, or a file is no YAML (the message has file and line).
        CheckError: a file holds something else than a dict.

    Example:
        >>> with open("/tmp/small.yaml", "w") as file:
        ...     _ = file.write("ops: {load: {config: {limit: 3}}}")
        >>> config_from_files(["/tmp/small.yaml"])
        {'ops': {'load': {'config': {'limit': 3}}}}
    """
    if isinstance(config_files, str | Path):
        raise ParameterCheckError(
            f"config_files is a list of paths, not one: write [{str(config_files)!r}]", parameter="config_files"
        )
    found: list[str] = []
    for pattern in config_files:
        matches = sorted(glob.glob(str(pattern), recursive=True))  # noqa: PTH207 - patterns may be absolute
        if not matches:
            raise DagsterInvariantViolationError(
                f"no file is called, or matches, {str(pattern)!r}; expected the path of a YAML file, or a pattern such "
                "as 'config/*.yaml'"
            )
        found.extend(matches)
    return _merged((each, _file_text(each)) for each in found)


def config_from_yaml_strings(yaml_strings: Sequence[str]) -> dict[str, Any]:
    """Run config from YAML text.

    Args:
        yaml_strings: YAML documents; later ones win, dict by dict.

    Returns:
        The merged config.

    Raises:
        DagsterInvariantViolationError: one is no YAML (the message has its number and line).
        CheckError: one holds something else than a dict.

    Example:
        >>> config_from_yaml_strings(
        ...     ["ops: {load: {config: {limit: 3}}}", "resources: {db: {config: {url: x}}}"]
        ... )
        {'ops': {'load': {'config': {'limit': 3}}}, 'resources': {'db': {'config': {'url': 'x'}}}}
    """
    if isinstance(yaml_strings, str):
        raise ParameterCheckError("yaml_strings is a list of texts, not one text", parameter="yaml_strings")
    return _merged((f"YAML text {at}", each) for at, each in enumerate(yaml_strings, 1))


def config_from_pkg_resources(pkg_resource_defs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Run config from YAML files that lie inside Python packages.

    Args:
        pkg_resource_defs: pairs of a package's name and a file's name in it; later ones win, dict by dict.

    Returns:
        The merged config.

    Raises:
        DagsterInvariantViolationError: there is no such package or file, or a file is no YAML.
        CheckError: a file holds something else than a dict.

    Example:
        >>> config_from_pkg_resources([])
        {}
    """
    return _merged(
        (f"{file} of package {package}", _package_text(package, file)) for package, file in pkg_resource_defs
    )


def _file_text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DagsterInvariantViolationError(f"the YAML file {path} cannot be read: {error}") from error


def _package_text(package: str, file: str) -> str:
    try:
        return importlib.resources.files(package).joinpath(file).read_text(encoding="utf-8")
    except (ImportError, OSError, UnicodeDecodeError, TypeError) as error:
        raise DagsterInvariantViolationError(
            f"the file {file!r} of package {package!r} cannot be read: {type(error).__name__}: {error}"
        ) from error


def _merged(documents: Iterable[tuple[str, str]]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for what, text in documents:
        merge_config(merged, parsed_yaml(text, what))
    return merged


def merge_config(into: dict[str, Any], other: dict[str, Any]) -> None:
    """Puts ``other`` into ``into``, dict by dict; where both have a value that is no dict, ``other``'s stays."""
    for key, value in other.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            merge_config(into[key], value)
        else:
            into[key] = value


def parsed_yaml(text: str, what: str) -> dict[str, Any]:
    """The dict that YAML text holds; an empty one for no text. Dates stay text, since run config is stored as JSON.

    Args:
        text: the YAML.
        what: where it is from, for messages.

    Raises:
        DagsterInvariantViolationError: it is no YAML.
        CheckError: it holds something else than a dict.
    """
    import yaml

    class Loader(yaml.SafeLoader):
        """Plain values only, without dates."""

    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    try:
        value = yaml.load(text, Loader)  # noqa: S506 - a subclass of the safe loader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = "" if mark is None else f", line {mark.line + 1}, column {mark.column + 1}"
        problem = getattr(error, "problem", None) or str(error)
        raise DagsterInvariantViolationError(f"{what}{where} is no YAML: {problem}") from error
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise CheckError(f"{what} holds {value!r:.100} ({type(value).__name__}); expected a dict, such as 'ops: …'")
    return value
