"""Files, folders, ports and the environment, for scripts and tests."""

import os
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def safe_tempfile_path() -> Iterator[str]:
    """A path where nothing is yet; what is put there is removed at the end."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield str(Path(folder) / "file")


@contextmanager
def pushd(path: str) -> Iterator[str]:
    """While it is open, ``path`` is the current folder."""
    before = Path.cwd()
    os.chdir(path)
    try:
        yield path
    finally:
        os.chdir(before)


@contextmanager
def new_cwd(path: str) -> Iterator[str]:
    """As :func:`pushd`."""
    with pushd(path):
        yield path


@contextmanager
def environ(env: Mapping[str, str | None]) -> Iterator[None]:
    """While it is open, these variables are set in the environment; None: not set."""
    before = {name: os.environ.get(name) for name in env}
    _set(env)
    try:
        yield
    finally:
        _set(before)


def _set(env: Mapping[str, str | None]) -> None:
    for name, value in env.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def mkdir_p(path: str) -> str:
    """The folder, which is there from now on."""
    Path(path).mkdir(parents=True, exist_ok=True)
    return path


ensure_dir = mkdir_p


def touch_file(path: str) -> None:
    """Makes an empty file, and its folder, unless it is there."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).touch()


def ensure_file(path: str) -> str:
    """The file, which is there from now on."""
    touch_file(path)
    return path


def find_free_port() -> int:
    """A port of this machine that nothing listens on at the moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
