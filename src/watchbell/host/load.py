"""Loading the user's code: from a target to the one :class:`RepositoryDefinition` of a location.

What goes wrong in it is the user's to mend: every error names the user's file and line and carries the user's own
traceback, without a frame of ours.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import site
import sys
import sysconfig
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Any

from watchbell.declare.collect import RepositoryDefinition
from watchbell.ground.collector import collector_paused
from watchbell.ground.errors import DagsterError, UserCodeLoadError
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass
from watchbell.host.fresh_import import FreshLoader, import_freshly
from watchbell.host.pick import pick_repository
from watchbell.host.targets import CodeTarget
from watchbell.record.error_info import PACKAGE_FOLDER, from_users_on

DETAILS_CHARS_MAX = 20_000
VERSION_CHARS = 12
LIBRARY_PARTS = frozenset({"site-packages", "dist-packages"})
ALIAS_FILE = os.path.join("dagster", "_finder.py")  # noqa: PTH118 - of the package `dagster`: says which names are missing


@dataclass(frozen=True)
class LoadedCode:
    """The code of a location.

    Args:
        repository: what it defines.
        watched_files: the user's files it was loaded from, sorted.
    """

    repository: RepositoryDefinition
    watched_files: tuple[str, ...]


def load_repository(target: CodeTarget) -> LoadedCode:
    """Imports a target's code and collects what it defines.

    Raises:
        UserCodeLoadError: it cannot be imported, defines nothing, or its definitions contradict each other.
    """
    import_freshly()
    put_on_path(target)
    with collector_paused(), told_as_load_errors(target):
        module = import_target(target)
        repository = pick_repository(module, target)
    return LoadedCode(repository, user_files())


def put_on_path(target: CodeTarget) -> None:
    """Lets imports start from the target's working directory, and from the folder of its file."""
    folders = [target.working_directory]
    if target.python_file is not None:
        folders.append(str(Path(target.python_file).parent))
    for folder in reversed(folders):
        if folder in sys.path:
            sys.path.remove(folder)
        sys.path.insert(0, folder)


def import_target(target: CodeTarget) -> ModuleType:
    """The target's module, imported."""
    if target.python_file is None:
        name = target.module_name or target.package_name
        assert name is not None, "a target has a file, a module or a package"
        module = importlib.import_module(name)
        if target.package_name is not None and not hasattr(module, "__path__"):
            raise UserCodeLoadError(f"{name} is a module, not a package; load it as a module", file=name)
        return module
    path = Path(target.python_file)
    # A file called like a library that is loaded already must not take its place.
    name = path.stem if path.stem not in sys.modules else f"{path.stem}__{path.parent.name}"
    loader = FreshLoader(name, str(path))
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    assert spec is not None, "there is a loader"
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


# --------------------------------------------------------------------- files


def user_files() -> tuple[str, ...]:
    """The files of imported modules that are the user's own: not Python's, not an installed library's, not ours."""
    found = set()
    for module in list(sys.modules.values()):
        path = getattr(module, "__file__", None)
        if isinstance(path, str) and is_user_file(path):
            found.add(os.path.realpath(path))
    return tuple(sorted(found))


def is_user_file(path: str) -> bool:
    """Whether a source file is the user's."""
    if not path.endswith(".py") or path.startswith((PACKAGE_FOLDER, "<")) or path.endswith(ALIAS_FILE):
        return False
    return not path.startswith(_library_folders) and not LIBRARY_PARTS & set(Path(path).parts)


def _folders_of_libraries() -> Iterable[str]:
    yield from (sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    yield from site.getsitepackages()
    yield str(Path(PACKAGE_FOLDER).parents[1] / "packages")  # the alias, where both are used from a checkout


_library_folders = tuple(sorted({str(Path(folder)) + os.sep for folder in _folders_of_libraries()}))


# -------------------------------------------------------------------- errors


@contextmanager
def told_as_load_errors(target: CodeTarget) -> Iterator[None]:
    """Turns whatever user code raises inside into an error that names the user's file and line."""
    try:
        yield
    except UserCodeLoadError:
        raise
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # also sys.exit() at module level
        raise load_error(error, target) from error


def load_error(error: BaseException, target: CodeTarget) -> UserCodeLoadError:
    """``error`` as one that names the user's file and line."""
    file, line = _place_of(error, target)
    summary = _in_words(error)
    if isinstance(error, SyntaxError):
        summary = f"{type(error).__name__}: {error.msg}"
    elif isinstance(error, SystemExit):
        summary = f"the code ended the process itself (sys.exit, code {error.code!r})"
    elif isinstance(error, ModuleNotFoundError):
        summary += _import_hint(error, target)
    where = f"{file}:{line}" if line is not None else file
    return UserCodeLoadError(
        f"cannot load {target.location_name!r}: {summary} ({where})",
        file=file,
        line=line,
        details=user_traceback(error),
    )


def _place_of(error: BaseException, target: CodeTarget) -> tuple[str, int | None]:
    if isinstance(error, SyntaxError) and error.filename:
        return error.filename, error.lineno
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if is_user_file(frame.filename)]
    # What we refuse once all is imported was raised by no line of the user's; a frame of Python's own would mislead.
    outside = [frame for frame in frames if not _is_inside(frame.filename) and not isinstance(error, DagsterError)]
    if own or outside:
        frame = (own or outside)[-1]
        return frame.filename, frame.lineno
    return target.source, None


def _in_words(error: BaseException) -> str:
    """Class and message, as Python prints them, without our rooms and without pydantic's addresses."""
    lines = "".join(traceback.format_exception_only(type(error), error)).strip().splitlines()
    if not _says_all(error):
        return lines[-1]
    kept = [line for line in lines if not line.lstrip().startswith("For further information visit ")]
    return "\n".join(kept).removeprefix(f"{type(error).__module__}.")


def _says_all(error: BaseException) -> bool:
    """Whether the message tells what is wrong and the user's frames where: ours, and pydantic's about values."""
    return isinstance(error, DagsterError) or type(error).__module__.partition(".")[0] == "pydantic_core"


def _is_inside(filename: str) -> bool:
    ours = filename.startswith((PACKAGE_FOLDER, "<frozen ")) or filename.endswith(ALIAS_FILE)
    return ours or filename == importlib.__file__


def _import_hint(error: ModuleNotFoundError, target: CodeTarget) -> str:
    name = error.name or ""
    if name.startswith("dagster."):
        return ""  # the alias says what is there
    if name in {target.module_name, target.package_name}:
        folder = Path(target.working_directory)
        names = [each.stem for each in folder.glob("*.py")] + [
            each.parent.name for each in folder.glob("*/__init__.py")
        ]
        return f"; imports start from {folder}{did_you_mean(name, names)}"
    return f"; imports start from {target.working_directory} (-d names another folder)"


def user_traceback(error: BaseException) -> str:
    """The traceback of ``error`` and its causes as Python prints it, without frames of ours and of the importer.

    Of an error whose message says it all only the user's own lines: may be empty.
    """
    if _says_all(error):
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if is_user_file(frame.filename)]
        return "".join(traceback.format_list(frames))
    whole = traceback.TracebackException.from_exception(error)
    _each_in_chain(whole, _drop_own_frames)
    return "".join(whole.format())[-DETAILS_CHARS_MAX:]


def _each_in_chain(item: traceback.TracebackException, act: Callable[[traceback.TracebackException], None]) -> None:
    following: Any = item
    while following is not None:
        act(following)
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)


def _drop_own_frames(item: traceback.TracebackException) -> None:
    kept = [frame for frame in item.stack if not _is_inside(frame.filename)]
    item.stack = traceback.StackSummary.from_list(from_users_on(kept))


def version_of(files: Sequence[str]) -> str:
    """Twelve signs that are the same for the same content of these files; one that cannot be read counts as empty."""
    digest = hashlib.sha256()
    for name in files:
        with suppress(OSError):
            digest.update(Path(name).read_bytes())
        digest.update(b"\0")
    return digest.hexdigest()[:VERSION_CHARS] if files else ""
