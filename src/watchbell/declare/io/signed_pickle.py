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
from pathlib import Path
from typing import Any

from watchbell.ground.errors import DagsterInvariantViolationError

MARK = b"\nwatchbell-hmac-sha256:"
_DIGEST_BYTES = hashlib.sha256().digest_size
TRAILER_BYTES = len(MARK) + _DIGEST_BYTES
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_BUFFER_BYTES = 1 << 16
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
    temporary = path.with_name(f".{path.name[:60]}.{os.urandom(6).hex()}.tmp")
    descriptor = os.open(temporary, _NEW_FILE, 0o600)
    try:
        try:
            file = _SigningFile(descriptor, key)
            pickle.Pickler(file, PROTOCOL).dump(value)
            size = file.finish()
        finally:
            os.close(descriptor)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
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
        "wrote it, set allow_unsigned=True on the IO manager, or make the value again",
        path=str(path),
    )


class _SigningFile:
    """Writes bytes to a file and signs them on the way; a large value is not copied, a small one is written once."""

    def __init__(self, descriptor: int, key: bytes) -> None:
        self._descriptor = descriptor
        self._hmac = hmac.new(key, digestmod="sha256")
        self._waiting: list[Any] = []
        self._waiting_bytes = 0
        self._written_bytes = 0

    def write(self, data: Any) -> int:
        """Takes ``data``, which stays unchanged until it is written."""
        self._hmac.update(data)
        size = memoryview(data).nbytes
        if size > _BUFFER_BYTES:  # a view of the user's own value: written before the pickler goes on
            self._flush()
            self._write(data)
        else:
            self._waiting.append(bytes(data))
            self._waiting_bytes += size
            if self._waiting_bytes > _BUFFER_BYTES:
                self._flush()
        return size

    def finish(self) -> int:
        """Adds the signature of all that was written; returns the size of the file in bytes."""
        self._waiting.append(MARK + self._hmac.digest())
        self._flush()
        return self._written_bytes

    def _flush(self) -> None:
        self._write(b"".join(self._waiting))
        self._waiting.clear()
        self._waiting_bytes = 0

    def _write(self, data: Any) -> None:
        rest = memoryview(data).cast("B")
        while rest:  # a signal or a large value: the system may take a part
            written = os.write(self._descriptor, rest)
            self._written_bytes += written
            rest = rest[written:]
