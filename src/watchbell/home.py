"""The home folder of an instance: where it lies, what is in it, and its secret key."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import weakref
from pathlib import Path

from watchbell.ground.errors import DagsterHomeNotSetError, DagsterInvariantViolationError, StoreDamagedError
from watchbell.ground.ids import KEY_BYTES, process_key
from watchbell.ground.value import dataclass
from watchbell.ground.wire import wired

VARIABLES = ("WATCHBELL_HOME", "DAGSTER_HOME")
PAGE_VARIABLE = "WATCHBELL_PAGE"  # set by `watchbell dev` for the processes it starts
FOLDER_MODE, FILE_MODE = 0o700, 0o600
KEY_FILE = "signing.key"
EVERYWHERE = frozenset({"", "0", "0.0.0.0", "::", "::0"})  # noqa: S104, nothing is bound here
"""What stands for all addresses of a machine."""


@wired("instance_ref")
@dataclass(frozen=True)
class InstanceRef:
    """Where an instance is, for another process.

    Args:
        root_directory: its home folder.
    """

    root_directory: str


def page_address(host: str, port: int) -> str:
    """The address of a page that is served at ``host`` and ``port``: at all addresses, by the name of this machine."""
    name = name_of_this_machine() if is_unspecified(host) else host
    return f"http://{f'[{name}]' if ':' in name else name}:{port}"


def is_unspecified(host: str) -> bool:
    """Whether to listen at this address means: at all addresses of the machine."""
    return host.strip("[]") in EVERYWHERE


def name_of_this_machine() -> str:
    """The name by which others find this machine, as far as it knows."""
    return socket.gethostname() or "localhost"


def page_of_environment() -> str | None:
    """The address of the page that the service beside us serves, if a command line named another than the settings."""
    return os.environ.get(PAGE_VARIABLE) or None


def home_of_environment() -> Path:
    """The folder that ``WATCHBELL_HOME``, or else ``DAGSTER_HOME``, names.

    Raises:
        DagsterHomeNotSetError: neither is set.
        DagsterInvariantViolationError: it is no absolute path of a folder.
    """
    for variable in VARIABLES:
        text = os.environ.get(variable)
        if not text:
            continue
        path = Path(text).expanduser()
        if not path.is_absolute():
            raise DagsterInvariantViolationError(
                f"{variable} is {text!r}, which depends on where a program is started; give an absolute path, "
                f"for example {path.resolve()}"
            )
        if not path.is_dir():
            raise DagsterInvariantViolationError(
                f"{variable} is {text!r}, which is no folder; make it: mkdir -p {text}"
            )
        return path
    raise DagsterHomeNotSetError(
        "WATCHBELL_HOME is not set, nor is DAGSTER_HOME, so there is no place to remember anything. Set it to a "
        "folder, for example: mkdir -p ~/watchbell && export WATCHBELL_HOME=~/watchbell. In a test, use "
        "DagsterInstance.ephemeral() or DagsterInstance.local_temp()"
    )


class HomeFolder:
    """A folder with everything of an instance.

    Args:
        path: the folder; None: a temporary one, made when first asked for.
        is_temporary: it is removed when the instance is closed, or forgotten, or the process ends.
        has_key_file: the signing key is kept in the folder; otherwise it is the process's,
            so that programs without a home read what they have stored with another instance.
    """

    def __init__(self, path: Path | None, *, is_temporary: bool = False, has_key_file: bool = True) -> None:
        self._path = path
        self._remove = None if path is None or not is_temporary else _removal(self, path)
        self._has_key_file = has_key_file
        # Asked for at once: a process forked later must have the same.
        self._key = None if has_key_file else process_key()

    @property
    def path(self) -> Path:
        """The folder."""
        if self._path is None:
            self._path = Path(tempfile.mkdtemp(prefix="watchbell-"))
            self._remove = _removal(self, self._path)
        return self._path

    def subfolder(self, name: str) -> Path:
        """A folder in it, made when it is not there."""
        folder = self.path / name
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        return folder

    def signing_key(self) -> bytes:
        """The secret of this home, made once, whoever asks first.

        Raises:
            StoreDamagedError: the key's file has another length.
        """
        if self._key is None:
            self._key = _key_in(self.path / KEY_FILE)
        return self._key

    def close(self) -> None:
        """Removes the folder if it is a temporary one."""
        if self._remove is not None:
            self._remove()


def _removal(owner: HomeFolder, folder: Path) -> weakref.finalize[[Path, int], HomeFolder]:
    return weakref.finalize(owner, _remove_if_ours, folder, os.getpid())


def _remove_if_ours(folder: Path, process: int) -> None:
    if process == os.getpid():  # a forked child ends without taking its parent's folder along
        shutil.rmtree(folder, ignore_errors=True)


def _key_in(file: Path) -> bytes:
    if not file.exists():
        file.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        draft = file.with_name(f"{KEY_FILE}.{os.getpid()}-{os.urandom(4).hex()}")
        descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE)
        try:
            with os.fdopen(descriptor, "wb") as out:
                out.write(os.urandom(KEY_BYTES))
                out.flush()
                os.fsync(out.fileno())
            # A link appears whole or not at all, and never over another one: all who race read the winner's.
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    key = file.read_bytes()
    if len(key) != KEY_BYTES:
        raise StoreDamagedError(
            f"{file} holds {len(key)} bytes where a key of {KEY_BYTES} is expected; restore it from a backup. Without "
            "it stored outputs can no longer be read: remove it, and they have to be made again",
            location=str(file),
        )
    return key
