"""Stopping a run worker that is nobody's child here: by its identity, so that no later process is hit."""

from __future__ import annotations

import signal
import threading

from watchbell.host.process import send_signal
from watchbell.record.run import RunWorker
from watchbell.record.worker_identity import is_alive


def stop_worker(worker: RunWorker, grace_seconds: float) -> bool:
    """Asks a worker to stop, and kills it with all it started if it is there after the grace.

    Args:
        worker: the process.
        grace_seconds: time it has to clean up.

    Returns:
        Whether it was there to be asked.
    """
    if not is_alive(worker):
        return False
    send_signal(worker.pid, signal.SIGTERM)
    later = threading.Timer(grace_seconds, _kill, (worker,))
    later.daemon = True
    later.start()
    return True


def _kill(worker: RunWorker) -> None:
    if is_alive(worker):
        send_signal(worker.pid, signal.SIGKILL, group=True)
