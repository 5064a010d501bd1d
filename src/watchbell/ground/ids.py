"""Ids: made here, passed in where logic depends on them."""

from __future__ import annotations

import functools
import hashlib
import os
import uuid
from collections.abc import Callable

IdSource = Callable[[], str]
KEY_BYTES = 32


def new_run_id() -> str:
    """A random run id, in the form of a UUID."""
    return str(uuid.uuid4())


def stable_id(*parts: str) -> str:
    """The same 40 hex digits for the same parts, in every process and on every machine."""
    return hashlib.sha1("\x00".join(parts).encode(), usedforsecurity=False).hexdigest()


@functools.cache
def process_key() -> bytes:
    """The secret of this process and those forked after it was asked for first; drawn then, stored nowhere."""
    return os.urandom(KEY_BYTES)
