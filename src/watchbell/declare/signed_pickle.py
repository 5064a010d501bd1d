"""Pickles that say who wrote them: a signature after the pickle's end, checked before anything is loaded.

Loading a pickle runs what is in it, so one that somebody else put into the folder must not be loaded. The file is the
pickle, then ``MARK`` and an HMAC-SHA256 of the pickle. A plain ``pickle.load`` stops at the pickle's own end and so
reads such a file too.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import pickle
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from watchbell.ground.errors import DagsterInvariantViolationError

MARK = b"\nwatchbell-hmac-sha256:"
_DIGEST_BYTES = hashlib.sha256().digest_size
TRAILER_BYTES = len(MARK) + _DIGEST_BYTES
# A protocol every supported Python writes and reads.
PROTOCOL = 5


class UnsignedPickleError(DagsterInvariantViolationError):
    """A stored value without a signature of this home folder.

    Args:
        message: which file, and the way out.
        path: the file.
    """

    def __init__(self, message: str, *, path: str) -> None:
        super().__init__(message)
        self.path = path


def write_signed(path: Path, value: Any, key: bytes) -> int:
    """Stores ``value``: whole or not at all, readable by this user alone.

    Args:
        path: the file; its folder must exist. A file there is replaced.
        value: anything that can be pickled.
        key: secret bytes of the home folder.

    Returns:
        The size of the file in bytes.

    Raises:
        pickle.PicklingError, TypeError, AttributeError: the value cannot be pickled.
        OSError: the file cannot be written; what was there before is unharmed.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:60]}.", suffix=".tmp", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "wb", buffering=1 << 16) as file:
            signing = _SigningWriter(file.write, key)
            pickle.Pickler(signing, PROTOCOL).dump(value)
            file.write(MARK + signing.digest())
            size = file.tell()
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return size


def read_signed(path: Path, key: bytes, *, allow_unsigned: bool = False) -> Any:
    """The value stored at ``path``.

    Args:
        path: the file.
        key: secret bytes of the home folder.
        allow_unsigned: whether files without a good signature are loaded too.

    Raises:
        FileNotFoundError: there is no such file.
        UnsignedPickleError: the signature is missing or wrong.
    """
    content = path.read_bytes()
    if not allow_unsigned:
        _check_signature(path, content, key)
    return pickle.loads(content)  # noqa: S301 - signed with the home's own key, or allowed by the user


def _check_signature(path: Path, content: bytes, key: bytes) -> None:
    trailer = content[-TRAILER_BYTES:]
    if len(trailer) < TRAILER_BYTES or not trailer.startswith(MARK):
        problem = "has no signature"
    elif hmac.compare_digest(hmac.digest(key, memoryview(content)[:-TRAILER_BYTES], "sha256"), trailer[len(MARK) :]):
        return
    else:
        problem = "is not signed with the key of this home folder, or was changed"
    raise UnsignedPickleError(
        f"{path} {problem} and is not loaded, since loading a pickle runs what is in it. If you trust whoever "
        "wrote it, load it with FilesystemIOManager(allow_unsigned=True), or make the value again",
        path=str(path),
    )


class _SigningWriter:
    """Passes bytes on and signs them on the way, so that a large value is not held twice."""

    def __init__(self, write: Callable[[Any], int], key: bytes) -> None:
        self._write = write
        self._hmac = hmac.new(key, digestmod="sha256")

    def write(self, data: Any) -> int:
        """Passes ``data`` on."""
        self._hmac.update(data)
        return self._write(data)

    def digest(self) -> bytes:
        """The signature of all that was written."""
        return self._hmac.digest()
