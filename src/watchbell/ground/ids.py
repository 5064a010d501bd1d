"""Ids: made here, passed in where logic depends on them."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable

IdSource = Callable[[], str]


def new_run_id() -> str:
    """A random run id, in the form of a UUID."""
    return str(uuid.uuid4())


def stable_id(*parts: str) -> str:
    """The same 40 hex digits for the same parts, in every process and on every machine."""
    return hashlib.sha1("\x00".join(parts).encode(), usedforsecurity=False).hexdigest()
