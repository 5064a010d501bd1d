"""Wakes other processes on this machine when something was committed.

Each listener owns a datagram socket in the home folder; a publisher sends one datagram to each. Lossy by design: a
listener whose queue is full is awake anyway, one that is gone is forgotten, and no error ever reaches the commit that
is being told of. The slow look at the store that every loop takes is the truth.
"""

from __future__ import annotations

import hashlib
import os
import socket
import stat
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from watchbell.ground.ids import new_run_id

PATH_BYTES_MAX = 100  # what every system takes as the address of a UNIX socket
NAME_BYTES = 20  # of a socket in its folder
DATAGRAM_BYTES = 4_096
SEPARATOR = "\n"
STOP = b"\x00"


class NullNotifier:
    """Tells nobody: for a store that no other process can see, and where UNIX sockets are missing."""

    def publish(self, topics: Iterable[str]) -> None:
        """Nothing happens."""

    @contextmanager
    def subscribe(self, wake: Callable[[str], None]) -> Iterator[None]:
        """Nothing ever comes."""
        yield

    def mailbox(self) -> None:
        """Nothing ever comes."""


class SocketMailbox:
    """A listener's socket for a process that waits on files itself.

    Args:
        path: its address.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._home_pid = os.getpid()
        self._own = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._own.setblocking(False)
        try:
            _bind(self._own, path)
        except OSError:
            self._own.close()
            raise

    def fileno(self) -> int:
        """The file that is readable when something came."""
        return self._own.fileno()

    def take(self) -> frozenset[str]:
        """The topics that came since the last call; does not wait."""
        found: set[str] = set()
        while True:
            try:
                datagram = self._own.recv(DATAGRAM_BYTES)
            except OSError:  # nothing left
                return frozenset(found)
            found.update(datagram.decode("utf-8", "replace").split(SEPARATOR))

    def close(self) -> None:
        """Nothing comes any more."""
        self._own.close()
        if os.getpid() == self._home_pid:
            _take_away(self._path)


class SocketNotifier:
    """Datagrams to every listener's socket.

    Args:
        folder: where the sockets lie; made when the first listener comes, gone with the last one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process = 0
        self._sender: socket.socket | None = None

    def publish(self, topics: Iterable[str]) -> None:
        """Says that something of these topics was committed; returns at once, whoever listens."""
        try:
            # Looked up each time: it takes a few microseconds, and a folder's time stamps are too coarse to trust.
            names = os.listdir(self._folder)  # noqa: PTH208 - Path.iterdir takes thrice as long
        except OSError:
            return  # nobody has listened yet
        if names:
            self._send(names, SEPARATOR.join(topics).encode())

    def _send(self, names: Iterable[str], datagram: bytes) -> None:
        sender = self._sender if self._process == os.getpid() else None
        if sender is None:
            try:
                sender = self._sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            except OSError:
                return  # no descriptor is free: what was committed stays committed
            sender.setblocking(False)
            self._process = os.getpid()
            weakref.finalize(self, sender.close)
        for name in names:
            listener = f"{self._folder}/{name}"
            try:
                sender.sendto(datagram, listener)
            except ConnectionRefusedError:
                # Its process is gone: a socket without an owner refuses. Removed, so that the next one looks no more.
                with suppress(OSError):
                    Path(listener).unlink()
            except OSError:
                continue  # full, which not every system tells in the same way, or just removed

    @contextmanager
    def subscribe(self, wake: Callable[[str], None]) -> Iterator[None]:
        """While entered, calls ``wake(topic)`` from a thread of its own for each change any process publishes."""
        path = self._new_address()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as own:
            _bind(own, path)
            is_over = threading.Event()
            thread = threading.Thread(target=_listen, args=(own, wake, is_over), name="watchbell-notify", daemon=True)
            thread.start()
            try:
                yield
            finally:
                is_over.set()
                _wake_up(own, path)
                thread.join()
                _take_away(path)

    def mailbox(self) -> SocketMailbox | None:
        """What a process without threads waits on; None: nothing is ever told here."""
        try:
            return SocketMailbox(self._new_address())
        except OSError:
            return None  # no descriptor is free: whoever waits looks now and then

    def _new_address(self) -> Path:
        return self._folder / f"{os.getpid():x}-{new_run_id()[:8]}.sock"


def _bind(own: socket.socket, path: Path) -> None:
    """Gives a socket its address.

    Raises:
        OSError: the folder cannot be made, or somebody else can write into it.
    """
    for attempt in range(5):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_ours_alone(path.parent):
            raise PermissionError(f"{path.parent} is not a folder of this user's alone; remove it")
        try:
            own.bind(str(path))
        except FileNotFoundError:  # the last of other listeners took the folder away just now
            if attempt == 4:
                raise
        else:
            path.chmod(0o600)
            return


def _take_away(path: Path) -> None:
    path.unlink(missing_ok=True)
    with suppress(OSError):  # others still listen
        path.parent.rmdir()


def _is_ours_alone(folder: Path) -> bool:
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077


def _wake_up(own: socket.socket, path: Path) -> None:
    """Lets the listening thread see that it is over, also if somebody took its address away (a home was deleted)."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as farewell:
            farewell.sendto(STOP, str(path))
    except OSError:
        own.shutdown(socket.SHUT_RDWR)


def _listen(own: socket.socket, wake: Callable[[str], None], is_over: threading.Event) -> None:
    while True:
        datagram = own.recv(DATAGRAM_BYTES)
        if is_over.is_set():
            return
        for topic in datagram.decode("utf-8", "replace").split(SEPARATOR):
            wake(topic)


def notifier_for(home: Path) -> SocketNotifier | NullNotifier:
    """The notifier of a home folder, the same for every process that names this folder."""
    if not hasattr(socket, "AF_UNIX") or os.name == "nt":
        return NullNotifier()
    folder = home.resolve() / "notify"
    if len(os.fsencode(folder)) + NAME_BYTES <= PATH_BYTES_MAX:
        return SocketNotifier(folder)
    return _short(folder)


def _short(folder: Path) -> SocketNotifier | NullNotifier:
    """For a home whose path is too long for a socket's address: a folder of this user's among the temporary ones."""
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    short = Path(tempfile.gettempdir()) / f"watchbell-{os.getuid()}-{digest}"
    try:
        # Anybody may make folders there: one that is not ours alone is not used.
        usable = not short.exists() or _is_ours_alone(short)
    except OSError:
        return NullNotifier()
    return (
        SocketNotifier(short) if usable and len(os.fsencode(short)) + NAME_BYTES <= PATH_BYTES_MAX else NullNotifier()
    )
