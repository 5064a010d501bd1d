"""Watchbell starts pipelines when the clock or an event says so, runs them, and remembers what happened.

Everything a user needs is importable from here, and nothing is loaded before it is asked for: importing this module
costs two small files, and each name brings in only its own home (PEP 562).

Example:
    >>> from watchbell import AssetKey
    >>> AssetKey(["raw", "users"]).to_user_string()
    'raw/users'
"""

from importlib import import_module as _import_module

from watchbell._names import HOMES as _HOMES

# Stated here rather than asked of the installed metadata, which costs more than all the rest of this import.
__version__ = "0.1.0"

__all__ = ["__version__", *_HOMES]  # noqa: PLE0604 - the keys are strings


def __getattr__(name: str) -> object:
    """The public object called ``name``, imported from its home on first use and kept.

    Raises:
        AttributeError: watchbell has no such public name; the nearest one is given.
    """
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(_unknown(name), name=name)
    value: object = getattr(_import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """All public names, loaded or not, for completion and ``help()``."""
    return sorted({*globals(), *_HOMES})


def _unknown(name: str) -> str:
    # Dunder probes (`__wrapped__`, `__file__` of tools) are frequent and never typing errors: no search for those.
    if name.startswith("_"):
        return f"module {__name__!r} has no attribute {name!r}"
    suggest = _import_module(f"{__name__}.ground.suggest")
    return f"module {__name__!r} has no public name {name!r}{suggest.did_you_mean(name, _HOMES)}"
