"""The name `dagster`, served by watchbell: every public name here is watchbell's own object.

Names are looked up on first use, as in watchbell itself. What watchbell lacks is refused in the way each spelling
expects: ``dagster.NoSuch`` with an AttributeError (so that ``hasattr`` works), ``from dagster import NoSuch`` and
``import dagster.no_such`` with an ImportError that says so (see ``_finder.py``).
"""

import watchbell as _watchbell
from dagster import _finder

# The version of the API that watchbell follows; code that branches on it takes the branch it should.
__version__ = "1.13.27"

__all__ = list(_watchbell.__all__)

_finder.install()


def __getattr__(name: str) -> object:
    """Watchbell's object of that name, kept for the next time.

    Raises:
        AttributeError: watchbell has no such public name.
    """
    if name not in __all__:
        raise _finder.no_such_attribute(__name__, name)
    value: object = getattr(_watchbell, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """All public names, loaded or not."""
    return sorted({*globals(), *__all__})
