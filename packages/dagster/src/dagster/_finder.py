"""What `import` finds below ``dagster``: the paths of ``_paths.py``, and a clear refusal for everything else.

One finder at the end of ``sys.meta_path`` does both. It sees a name only after the ordinary search has failed, so the
files of this package are found as usual. It also sees ``from dagster import NoSuch``: Python asks the package for the
attribute and, not getting it, tries to import ``dagster.NoSuch``; an ImportError raised there reaches the user as it
is. For that to hold in the modules made here too, each of them is a package (has a ``__path__``), an empty one.

Finder and loader are plain classes with the two methods each that Python calls: their abstract parents live in
``importlib.abc``, which costs more to load than all of watchbell's namespace. So do ``functools`` and ``collections``,
which an empty interpreter has not loaded.
"""

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType

import watchbell
from dagster._own_paths import FILES, OWN_PATHS
from dagster._paths import PATHS

# Packages by the names they had in Dagster's first versions -> those they have had since.
OLD_PACKAGES = {
    "dagster.check": "dagster._check",
    "dagster.config": "dagster._config",
    "dagster.core": "dagster._core",
    "dagster.loggers": "dagster._loggers",
    "dagster.serdes": "dagster._serdes",
    "dagster.utils": "dagster._utils",
}


def _with_parents(path: str) -> list[str]:
    parts = path.split(".")
    return [".".join(parts[:count]) for count in range(2, len(parts) + 1)]


_known_paths: list[frozenset[str]] = []


def known_paths() -> frozenset[str]:
    """Every path that can be imported, parents too; made when somebody imports below ``dagster``."""
    if not _known_paths:
        _known_paths.append(frozenset(each for path in (*PATHS, *OWN_PATHS, *FILES) for each in _with_parents(path)))
    return _known_paths[0]


def path_of_today(path: str) -> str:
    """The path that ``path`` has today: the same, unless it is one of Dagster's first versions."""
    package = ".".join(path.split(".", 2)[:2])
    return OLD_PACKAGES.get(package, package) + path[len(package) :]


def homes_of(path: str) -> dict[str, str]:
    """The names that the module ``path`` gives, each with the module that has it."""
    homes = {name: "watchbell" for name in PATHS.get(path, ()) if name in watchbell.__all__}
    for module, names in OWN_PATHS.get(path, {}).items():
        homes.update(dict.fromkeys(names, f"dagster._own.{module}"))
    return homes


def no_such_attribute(module: str, name: str) -> AttributeError:
    """The error for ``module.name``; an AttributeError so that ``hasattr`` answers."""
    from dagster._missing import missing_name  # only when there is something to say

    return AttributeError(missing_name(module, name), name=name)


def no_such_module(path: str) -> ModuleNotFoundError:
    """The error for ``import path``, and for ``from parent import name``, which comes here as ``parent.name``."""
    from dagster._missing import missing_module, missing_name  # only when there is something to say

    parent, _, name = path.rpartition(".")
    has_names = parent in PATHS or parent in OWN_PATHS or parent in FILES
    asked_for_a_name = (has_names and name not in homes_of(parent)) or (
        parent == "dagster" and not name.startswith("_")
    )
    # The exception's `name` stays unset: finding the name it asked for there, `from ... import` takes the exception for
    # its own and replaces the message.
    return ModuleNotFoundError(missing_name(parent, name) if asked_for_a_name else missing_module(path), path=path)


class PathModule(ModuleType):
    """A module of the tables. Where a module below it bears the name of a thing in it, the name stays the thing's."""

    __all__: list[str]

    def __setattr__(self, name: str, value: object) -> None:
        if not (isinstance(value, ModuleType) and name in self.__dict__.get("__all__", ())):
            super().__setattr__(name, value)


class PathLoader:
    """Makes the modules of the tables: empty ones that hand out watchbell's objects when asked."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """An empty module."""
        return PathModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Give the module its look-up."""
        path = path_of_today(module.__name__)
        homes = homes_of(path)
        module.__doc__ = f"Stands for the module of that name; gives watchbell's {', '.join(homes) or 'modules'}."
        module.__dict__.update(
            __getattr__=_file_look_up(path) if path in FILES else _look_up(module, homes),
            __dir__=lambda: sorted({*module.__dict__, *homes}),
            __all__=sorted(homes),
        )


def _look_up(module: ModuleType, homes: dict[str, str]) -> object:
    def look_up(name: str) -> object:
        if name not in homes:
            raise no_such_attribute(module.__name__, name)
        value: object = getattr(import_module(homes[name]), name)
        setattr(module, name, value)
        return value

    return look_up


def _file_look_up(path: str) -> object:
    def look_up(name: str) -> object:
        value: object = getattr(import_module(path), name)
        return value

    return look_up


class DagsterFinder:
    """Finds the modules of the tables; says what is missing when asked for anything else below ``dagster``."""

    def find_spec(self, fullname: str, path: object = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The module's spec, or None for a module that is none of ours.

        Raises:
            ModuleNotFoundError: below ``dagster``, and not there.
        """
        if not fullname.startswith("dagster."):
            return None
        if path_of_today(fullname) not in known_paths():
            raise no_such_module(path_of_today(fullname))
        return ModuleSpec(fullname, PathLoader(), is_package=True)  # type: ignore[arg-type] # no abstract parent


def install() -> None:
    """Put the finder last in ``sys.meta_path``, once per process."""
    if not any(isinstance(each, DagsterFinder) for each in sys.meta_path):
        sys.meta_path.append(DagsterFinder())
