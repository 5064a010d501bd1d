"""Starts the processes of sites by forks of one that has imported everything: most of a start is imports.

What is forked runs the same entry points, with the arguments and variables that a new process would have.
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import psutil

from tests.ui import quiet_service
from watchbell.cli.main import main as watchbell_main

MESSAGE_BYTES = 65_536
ENTRIES: dict[str, Callable[[], object]] = {"watchbell": watchbell_main, "tests.ui.quiet_service": quiet_service.main}
"""What is started by a name after ``-m``."""
IMPORTED = ("watchbell.cli.web", "watchbell.assemble", "watchbell.web.listen", "watchbell.web.server")
"""What these import only when it is needed."""


class Starter:
    """The process that forks, seen from a test.

    Args:
        env: variables of all that it starts; some are read when a module is imported.
    """

    def __init__(self, env: Mapping[str, str]) -> None:
        self._link, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.ui.starter", str(theirs.fileno())],
                cwd=Path(__file__).parents[2],
                env=dict(env),
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
            )
        atexit.register(self.close)

    def start(self, words: Sequence[str], env: Mapping[str, str], output: Path) -> psutil.Process:
        """Starts what ``python WORDS`` would.

        Args:
            words: ``-m``, a name of ``ENTRIES``, and arguments.
            env: variables beside those of all.
            output: a file for what it prints, at its end.
        """
        self._link.send(json.dumps([words, dict(env), str(output)]).encode())
        answer = self._link.recv(MESSAGE_BYTES)
        assert answer, "the process that starts sites has ended"
        return psutil.Process(int(answer))

    def close(self) -> None:
        """Ends it; what it started goes on."""
        self._link.close()
        self._process.wait()


@cache
def starter(env: tuple[tuple[str, str], ...]) -> Starter:
    """The one for these variables, started when it is first asked for."""
    return Starter(dict(env))


def main() -> int:
    """Forks for each message, until there are no more."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody here asks how they ended
    for module in IMPORTED:
        importlib.import_module(module)
    with socket.socket(fileno=int(sys.argv[1])) as link:
        while message := link.recv(MESSAGE_BYTES):
            pid = os.fork()
            if pid == 0:
                link.close()
                _become(*json.loads(message))
            link.send(str(pid).encode())
    return 0


def _become(words: list[str], env: dict[str, str], output: str) -> None:
    """Is another process from here on."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    printed = os.open(output, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(printed, 1)
    os.dup2(printed, 2)
    os.close(printed)
    os.environ.update(env)
    module, *arguments = words[1:]
    sys.argv = [module, *arguments]
    code: object = 1
    try:
        code = ENTRIES[module]()
    except SystemExit as error:
        code = error.code
    except BaseException:
        sys.excepthook(*sys.exc_info())
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    sys.exit(main())
