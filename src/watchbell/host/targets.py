"""Code targets: where a location's code lies, from options, ``workspace.yaml`` or ``pyproject.toml``.

Nothing here loads the code; ``load.py`` does that, in the host process.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from watchbell.ground.errors import NoCodeNamedError, UserCodeLoadError
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass
from watchbell.ground.wire import wired

WORKSPACE_FILES = ("workspace.yaml", "workspace.yml")
WORKSPACE_KINDS = ("python_file", "python_module", "python_package")
PYPROJECT_TABLES = ("watchbell", "dagster")  # the first one that is there counts


@wired("code_target")
@dataclass(frozen=True)
class CodeTarget:
    """Where a code location's definitions are found: in a file, a module or a package.

    Args:
        location_name: name of the code location.
        python_file: absolute path of a file; or
        module_name: an importable module; or
        package_name: an importable package.
        attribute: the one object to load from it; None: whatever it defines.
        working_directory: absolute path of the folder that imports start from.
        executable: the Python to load it with; None: this one.
    """

    location_name: str
    python_file: str | None = None
    module_name: str | None = None
    package_name: str | None = None
    attribute: str | None = None
    working_directory: str = "."
    executable: str | None = None

    @property
    def source(self) -> str:
        """The file or module, as a person would name it."""
        return self.python_file or self.module_name or self.package_name or self.location_name


@dataclass(frozen=True)
class TargetOptions:
    """What the command line can say about code; empty means: look in the folder.

    Args:
        python_files: paths, from ``-f``.
        module_names: modules, from ``-m``.
        package_names: packages.
        workspace_files: paths, from ``-w``.
        attribute: from ``-a``; only with exactly one file, module or package.
        working_directory: from ``-d``; the current folder otherwise.
    """

    python_files: Sequence[str] = ()
    module_names: Sequence[str] = ()
    package_names: Sequence[str] = ()
    workspace_files: Sequence[str] = ()
    attribute: str | None = None
    working_directory: str | None = None


def find_targets(options: TargetOptions, folder: Path) -> list[CodeTarget]:
    """The code targets that were asked for, or those the folder declares.

    Args:
        options: what the command line said.
        folder: the current folder, absolute.

    Returns:
        At least one target; their location names differ.

    Raises:
        UserCodeLoadError: nothing was named and the folder declares nothing; a file is missing or has mistakes;
            two locations have one name.
    """
    named = _from_options(options, folder)
    if named and options.workspace_files:
        raise UserCodeLoadError(
            "give either code (-f, -m) or a workspace file (-w), not both", file=options.workspace_files[0]
        )
    if not named:
        files = [folder / each for each in options.workspace_files] or _workspace_files_in(folder)
        named = [target for each in files for target in targets_of_workspace(each)] or targets_of_pyproject(folder)
    if not named:
        raise NoCodeNamedError(
            f"no code to load: name a file (-f definitions.py) or a module (-m package.definitions), or put a "
            f"workspace.yaml or a pyproject.toml with [tool.watchbell] module_name into {folder}",
            file=str(folder),
        )
    _check_names_differ(named)
    return named


def _from_options(options: TargetOptions, folder: Path) -> list[CodeTarget]:
    directory = str((folder / options.working_directory).resolve() if options.working_directory else folder)
    if not Path(directory).is_dir():
        raise UserCodeLoadError(f"-d names {directory}, which is no folder; imports cannot start there", file=directory)
    named = [*options.python_files, *options.module_names, *options.package_names]
    if options.attribute is not None and len(named) != 1:
        raise UserCodeLoadError(
            f"-a {options.attribute} says which object of a file or module to load, so name exactly one with -f or -m",
            file=", ".join(named) or str(folder),
        )
    found = [file_target(folder / each, options.attribute, directory) for each in options.python_files]
    for kind, names in (("module_name", options.module_names), ("package_name", options.package_names)):
        for name in names:
            known: dict[str, str] = {kind: name}
            found.append(
                CodeTarget(
                    location_name=_named(name, options.attribute),
                    attribute=options.attribute,
                    working_directory=directory,
                    **known,
                )
            )
    return found


def file_target(path: Path, attribute: str | None = None, working_directory: str | None = None) -> CodeTarget:
    """The target for a single file.

    Raises:
        UserCodeLoadError: there is no such file.
    """
    resolved = path.resolve()
    if not resolved.is_file():
        near = did_you_mean(path.name, [each.name for each in path.parent.glob("*.py")] if path.parent.is_dir() else [])
        raise UserCodeLoadError(f"there is no file {resolved}{near}", file=str(resolved))
    return CodeTarget(
        location_name=_named(path.name, attribute),
        python_file=str(resolved),
        attribute=attribute,
        working_directory=working_directory or str(resolved.parent),
    )


def _named(name: str, attribute: str | None) -> str:
    return f"{name}:{attribute}" if attribute else name


# ----------------------------------------------------------------- workspace


def _workspace_files_in(folder: Path) -> list[Path]:
    return [path for path in (folder / name for name in WORKSPACE_FILES) if path.is_file()][:1]


def targets_of_workspace(path: Path) -> list[CodeTarget]:
    """The targets that a ``workspace.yaml`` lists under ``load_from``.

    Raises:
        UserCodeLoadError: the file is missing, is no YAML, or an entry has a mistake.
    """
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UserCodeLoadError(f"the workspace file {path} cannot be read: {error}", file=str(path)) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else None
        raise UserCodeLoadError(f"the workspace file {path} is not YAML: {error}", file=str(path), line=line) from error
    entries = content.get("load_from") if isinstance(content, dict) else None
    if not isinstance(entries, list) or not entries:
        raise UserCodeLoadError(
            f"{path} needs a list under load_from, for example: load_from: [{{python_file: definitions.py}}]",
            file=str(path),
        )
    return [_workspace_entry(entry, path) for entry in entries]


def _workspace_entry(entry: object, path: Path) -> CodeTarget:
    if not isinstance(entry, dict) or len(entry) != 1:
        raise _bad_entry(path, f"each entry of load_from has one key of {', '.join(WORKSPACE_KINDS)}; found {entry!r}")
    kind, given = next(iter(entry.items()))
    if kind not in WORKSPACE_KINDS:
        reason = (
            "; code servers at an address are not supported, name the file or module itself"
            if kind == "grpc_server"
            else did_you_mean(str(kind), WORKSPACE_KINDS)
        )
        raise _bad_entry(path, f"load_from cannot load from {kind!r}{reason}")
    key = {"python_file": "relative_path", "python_module": "module_name", "python_package": "package_name"}[kind]
    facts: Mapping[str, Any] = given if isinstance(given, dict) else {key: given}
    allowed = (key, "attribute", "location_name", "working_directory", "executable_path")
    for name in facts:
        if name not in allowed:
            raise _bad_entry(path, f"{kind} has no setting {name!r}{did_you_mean(str(name), allowed)}")
    for name in facts:
        if not isinstance(facts[name], str):
            raise _bad_entry(path, f"{kind}: {name} is text, not {facts[name]!r}")
    if key not in facts:
        raise _bad_entry(path, f"{kind} needs {key}")
    return _workspace_target(kind, facts[key], facts, path)


def _workspace_target(kind: str, source: str, facts: Mapping[str, str], path: Path) -> CodeTarget:
    folder = path.resolve().parent
    attribute = facts.get("attribute")
    directory = str((folder / facts.get("working_directory", ".")).resolve())
    is_file = kind == "python_file"
    if is_file and not (folder / source).is_file():
        near = did_you_mean(source, [each.name for each in folder.glob("*.py")])
        raise _bad_entry(path, f"there is no file {folder / source}{near}")
    return CodeTarget(
        location_name=facts.get("location_name") or _named(Path(source).name if is_file else source, attribute),
        python_file=str((folder / source).resolve()) if is_file else None,
        module_name=source if kind == "python_module" else None,
        package_name=source if kind == "python_package" else None,
        attribute=attribute,
        working_directory=directory,
        executable=facts.get("executable_path"),
    )


def _bad_entry(path: Path, message: str) -> UserCodeLoadError:
    return UserCodeLoadError(f"{path}: {message}", file=str(path))


# ----------------------------------------------------------------- pyproject


def targets_of_pyproject(folder: Path) -> list[CodeTarget]:
    """The targets that ``[tool.watchbell]`` (or ``[tool.dagster]``) of the folder's pyproject.toml names; maybe none.

    Raises:
        UserCodeLoadError: the file is no TOML, or the table has a mistake.
    """
    path = folder / "pyproject.toml"
    if not path.is_file():
        return []
    try:
        tools = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserCodeLoadError(f"{path} is not TOML: {error}", file=str(path)) from error
    table_name = next((name for name in PYPROJECT_TABLES if isinstance(tools.get(name), dict)), None)
    if table_name is None:
        return _dg_targets(path, tools.get("dg"))
    table = tools[table_name]
    modules = table.get("modules")
    if isinstance(modules, list):
        names = [each.get("name") if isinstance(each, dict) else each for each in modules]
        return [_pyproject_target(path, table_name, {**table, "module_name": name}, None) for name in names]
    if "module_name" not in table and "python_file" not in table:
        return _dg_targets(path, tools.get("dg"))
    return [_pyproject_target(path, table_name, table, table.get("code_location_name"))]


def _dg_targets(path: Path, table: object) -> list[CodeTarget]:
    """What ``[tool.dg]`` names: the module of a project, or the projects of a workspace; maybe nothing."""
    if not isinstance(table, dict):
        return []
    folder = path.resolve().parent
    workspace, project = table.get("workspace"), table.get("project")
    if isinstance(workspace, dict):
        entries = workspace.get("projects", [])
        paths = [str(each.get("path") if isinstance(each, dict) else each) for each in entries]
        for each in paths:
            if not (folder / each / "pyproject.toml").is_file():
                message = f"{path}: [tool.dg.workspace] projects names {each!r}, where there is no pyproject.toml"
                raise UserCodeLoadError(message, file=str(path))
        return [target for each in paths for target in targets_of_pyproject(folder / each)]
    if not isinstance(project, dict) or not isinstance(project.get("root_module"), str):
        return []
    root = project["root_module"]
    has_src = (folder / "src" / root.partition(".")[0]).exists()
    table_of_ours = {
        "module_name": project.get("code_location_target_module", f"{root}.definitions"),
        "working_directory": "src" if has_src else ".",
    }
    return [_pyproject_target(path, "dg.project", table_of_ours, project.get("code_location_name", folder.name))]


def _pyproject_target(path: Path, table_name: str, table: Mapping[str, Any], named: str | None) -> CodeTarget:
    where = f"{path}: [tool.{table_name}]"
    for key in ("module_name", "python_file", "attribute", "working_directory"):
        if key in table and not isinstance(table[key], str):
            raise UserCodeLoadError(f"{where} {key} is text, not {table[key]!r}", file=str(path))
    if named is not None and not isinstance(named, str):
        raise UserCodeLoadError(f"{where} code_location_name is text, not {named!r}", file=str(path))
    folder = path.resolve().parent
    directory = str((folder / table.get("working_directory", ".")).resolve())
    attribute = table.get("attribute")
    if "module_name" not in table:
        target = file_target(folder / table["python_file"], attribute, directory)
        return CodeTarget(
            location_name=named or target.location_name,
            python_file=target.python_file,
            attribute=attribute,
            working_directory=directory,
        )
    return CodeTarget(
        location_name=named or _named(table["module_name"], attribute),
        module_name=table["module_name"],
        attribute=attribute,
        working_directory=directory,
    )


def _check_names_differ(targets: Sequence[CodeTarget]) -> None:
    first_by_name: dict[str, CodeTarget] = {}
    for target in targets:
        other = first_by_name.setdefault(target.location_name, target)
        if other is not target:
            raise UserCodeLoadError(
                f"two code locations are named {target.location_name!r}: {other.source} and {target.source}; "
                "give one of them a location_name in workspace.yaml",
                file=target.source,
            )
