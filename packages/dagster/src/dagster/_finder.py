"""What `import` finds below ``dagster``: the paths of ``_paths.py``, and a clear refusal for everything else.

One finder at the end of ``sys.meta_path`` does both. It sees a name only after the ordinary search has failed, so the
files of this package are found as usual. It also sees ``from dagster import NoSuch``: Python asks the package for the
attribute and, not getting it, tries to import ``dagster.NoSuch``; an ImportError raised there reaches the user as it
is. For that to hold in the modules made here too, each of them is a package (has a ``__path__``), an empty one.

Finder and loader are plain classes with the two methods each that Python calls: their abstract parents live in
``importlib.abc``, which costs more to load than all of watchbell's namespace.
"""

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import watchbell
from dagster._paths import PATHS


def _with_parents(path: str) -> list[str]:
    parts = path.split(".")
    return [".".join(parts[:count]) for count in range(2, len(parts) + 1)]


KNOWN = frozenset(each for path in PATHS for each in _with_parents(path))


def no_such_attribute(module: str, name: str) -> AttributeError:
    """The error for ``module.name``; an AttributeError so that ``hasattr`` answers."""
    from dagster._missing import missing_name  # only when there is something to say

    return AttributeError(missing_name(module, name), name=name)


def no_such_module(path: str) -> ModuleNotFoundError:
    """The error for ``import path``, and for ``from parent import name``, which comes here as ``parent.name``."""
    from dagster._missing import missing_module, missing_name  # only when there is something to say

    parent, _, name = path.rpartition(".")
    asked_for_a_name = parent in PATHS or (parent == "dagster" and not name.startswith("_"))
    # The exception's `name` stays unset: finding the name it asked for there, `from ... import` takes the exception for
    # its own and replaces the message.
    return ModuleNotFoundError(missing_name(parent, name) if asked_for_a_name else missing_module(path), path=path)


class PathLoader:
    """Makes the modules of ``_paths.py``: empty ones that hand out watchbell's objects when asked."""

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """None: the module is of the ordinary kind."""

    def exec_module(self, module: ModuleType) -> None:
        """Give the module its look-up."""
        path = module.__name__
        names = [name for name in PATHS.get(path, ()) if name in watchbell.__all__]

        def look_up(name: str) -> object:
            if name not in names:
                raise no_such_attribute(path, name)
            value: object = getattr(watchbell, name)
            setattr(module, name, value)
            return value

        module.__doc__ = f"Stands for the module of that name; gives watchbell's {', '.join(names) or 'modules'}."
        module.__dict__.update(
            __getattr__=look_up,
            __dir__=lambda: sorted({*module.__dict__, *names}),
            __all__=names,
        )


class DagsterFinder:
    """Finds the modules of ``_paths.py``; says what is missing when asked for anything else below ``dagster``."""

    def find_spec(self, fullname: str, path: object = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The module's spec, or None for a module that is none of ours.

        Raises:
            ModuleNotFoundError: below ``dagster``, and not there.
        """
        if not fullname.startswith("dagster."):
            return None
        if fullname not in KNOWN:
            raise no_such_module(fullname)
        return ModuleSpec(fullname, PathLoader(), is_package=True)  # type: ignore[arg-type] # no abstract parent


def install() -> None:
    """Put the finder last in ``sys.meta_path``, once per process."""
    if not any(isinstance(each, DagsterFinder) for each in sys.meta_path):
        sys.meta_path.append(DagsterFinder())
