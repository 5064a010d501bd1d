"""The code that an explanation may look at: loaded here, or only what is remembered of it."""

from __future__ import annotations

from collections.abc import Sequence

from watchbell.ground.errors import UserCodeLoadError
from watchbell.ground.value import dataclass
from watchbell.host.places import Place


@dataclass(frozen=True)
class Code:
    """The code of a question, as far as it loads.

    Args:
        places: what is loaded.
        refusal: why the rest is not; None: nothing is missing.
        error: why it does not load, for people; None: it does, or what is remembered has to do.
    """

    places: Sequence[Place] = ()
    refusal: UserCodeLoadError | None = None
    error: str | None = None


def record_only() -> Code:
    """No code at all: what is remembered has to do."""
    return Code((), UserCodeLoadError("nothing is stored of it, and its code is not at hand", file=""))
