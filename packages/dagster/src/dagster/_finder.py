"""What `import` finds below ``dagster``: the paths of ``_paths.py``, and a clear refusal for everything else.

One finder at the end of ``sys.meta_path`` does both. It sees a name only after the ordinary search has failed, so the
files of this package are found as usual. It also sees ``from dagster import NoSuch``: Python asks the package for the
attribute and, not getting it, tries to import ``dagster.NoSuch``; an ImportError raised there reaches the user as it
is. For that to hold in the modules made here too, each of them is a package (has a ``__path__``), an empty one.
"""

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

import watchbell
from dagster._paths import PATHS
from watchbell.ground.suggest import nearest

COVERAGE = "What is covered: docs/differences.md in watchbell's repository"


def _with_parents(path: str) -> list[str]:
    parts = path.split(".")
    return [".".join(parts[:count]) for count in range(2, len(parts) + 1)]


KNOWN = frozenset(each for path in PATHS for each in _with_parents(path))


def missing_name(module: str, name: str) -> str:
    """The message about ``name``, which was asked of ``module`` and which watchbell does not have."""
    there = [each for each in PATHS.get(module, watchbell.__all__) if each in watchbell.__all__]
    close = None if name.startswith("_") else nearest(name, there)
    hint = f"; did you mean {close!r}?" if close is not None else "."
    return (
        f"{module!r} is served by watchbell {watchbell.__version__} here, which does not have {name!r} yet{hint} "
        f"{COVERAGE}."
    )


def missing_module(path: str) -> str:
    """The message about the internal module ``path``, which has no counterpart in watchbell."""
    return (
        f"{path!r} is not there: 'dagster' is served by watchbell {watchbell.__version__} here, which has none of "
        "Dagster's internal modules but those that its documents import from. Import the public name instead: "
        f"from dagster import <name>. {COVERAGE}."
    )


class _PathLoader(Loader):
    """Makes the modules of ``_paths.py``: empty ones that hand out watchbell's objects when asked."""

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return None  # the ordinary kind

    def exec_module(self, module: ModuleType) -> None:
        path = module.__name__
        names = PATHS.get(path, ())

        def look_up(name: str) -> object:
            if name not in names or name not in watchbell.__all__:
                raise AttributeError(missing_name(path, name), name=name)
            value: object = getattr(watchbell, name)
            setattr(module, name, value)
            return value

        module.__doc__ = f"Stands for the module of that name; gives watchbell's {', '.join(names) or 'modules'}."
        module.__dict__.update(
            __getattr__=look_up,
            __dir__=lambda: sorted({*module.__dict__, *names}),
            __all__=[name for name in names if name in watchbell.__all__],
        )


class DagsterFinder(MetaPathFinder):
    """Finds the modules of ``_paths.py``; says what is missing when asked for anything else below ``dagster``."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not fullname.startswith("dagster."):
            return None
        if fullname in KNOWN:
            return ModuleSpec(fullname, _PathLoader(), is_package=True)
        parent, _, name = fullname.rpartition(".")
        if parent in PATHS or (parent == "dagster" and not name.startswith("_")):
            # `name` of the exception stays unset: with it, `from ... import` takes the exception for its own and
            # replaces the message.
            raise ModuleNotFoundError(missing_name(parent, name), path=fullname)
        raise ModuleNotFoundError(missing_module(fullname), path=fullname)


def install() -> None:
    """Put the finder last in ``sys.meta_path``, once per process."""
    if not any(isinstance(each, DagsterFinder) for each in sys.meta_path):
        sys.meta_path.append(DagsterFinder())
        importlib.invalidate_caches()
