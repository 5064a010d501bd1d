"""``watchbell dev`` and ``watchbell web`` as real processes, with their page."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Self

import psutil

from tests.faults.service import command, environment, wait_until


class Served:
    """A command with a page, until the block ends.

    Args:
        project: the folder it is started in; its output is in ``output.txt`` there.
        words: the command's.
        home: the home folder; None: one in ``project``.
    """

    def __init__(self, project: Path, *words: str, home: Path | None = None) -> None:
        self._output = (project / f"{words[0]}.txt").open("a+", encoding="utf-8")
        self._before = len(self.output)
        self.process = subprocess.Popen(
            command(*words, "--port", "0"),
            cwd=project,
            env=environment(home or project / "home"),
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=self._output,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self._output.close()

    @property
    def output(self) -> str:
        """What it has printed so far."""
        return Path(self._output.name).read_text(encoding="utf-8")

    def url(self) -> str:
        """Where its page is, once it says so."""

        def said() -> str:
            return self.output[self._before :]

        wait_until(lambda: "page: " in said() or self.process.poll() is not None, "the page")
        assert self.process.poll() is None, said()
        return said().partition("page: ")[2].split()[0]

    def web_process(self) -> psutil.Process:
        """The process of the web server beside ``watchbell dev``, once there is one."""
        found: list[psutil.Process] = []

        def look() -> list[psutil.Process]:
            children = psutil.Process(self.process.pid).children()
            found[:] = [each for each in children if "web" in _words(each)]
            return found

        wait_until(look, "the web server's process")
        return found[0]


class Dev(Served):
    """``watchbell dev`` on the project's definitions."""

    def __init__(self, project: Path, *words: str, home: Path | None = None) -> None:
        super().__init__(project, "dev", "-f", "definitions.py", *words, home=home)


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
