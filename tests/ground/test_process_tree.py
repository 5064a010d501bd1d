"""A process's descendants, ended with it."""

from __future__ import annotations

import os
import subprocess
import sys

import psutil
import pytest

from watchbell.ground.process_tree import ProcessTree

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="shells of POSIX")


@pytest.mark.parametrize("trap", ["", "trap '' TERM;"], ids=["willing", "unwilling"])
def test_all_that_a_process_started_ends(trap: str) -> None:
    script = f'sh -c "{trap} echo $$; exec sleep 1000" & wait'
    with subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        below = psutil.Process(int(process.stdout.readline()))
        tree = ProcessTree(process.pid)
        tree.terminate()
        tree.kill(after_seconds=0.2)
        process.kill()

    assert not below.is_running() or below.status() == psutil.STATUS_ZOMBIE


def test_a_process_that_is_over_has_nobody_below() -> None:
    with subprocess.Popen(["true"]) as process:
        process.wait()
    tree = ProcessTree(process.pid)

    tree.terminate()
    tree.kill()

    assert psutil.pid_exists(os.getpid())
