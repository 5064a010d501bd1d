"""A person wants a run to stop: written down, with who and why, and told to a process that no service looks after."""

from __future__ import annotations

import signal

from watchbell.ground.masking import masked_text
from watchbell.host.process import send_signal
from watchbell.instance import DagsterInstance
from watchbell.record.run import DagsterRun, DagsterRunStatus
from watchbell.record.worker_identity import is_alive


def cancel_run(instance: DagsterInstance, run: DagsterRun, who: str, reason: str) -> DagsterRun:
    """Asks a run to stop, which is not over; one that waits never begins.

    Args:
        instance: where it is.
        run: the run.
        who: the person who asks.
        reason: in the person's words, whose secrets are masked; may be empty.

    Returns:
        The run as it is then.
    """
    said = masked_text(" ".join(reason.split()))
    wish = f"{who} asked for the run to stop: {said}" if said else f"{who} asked for the run to stop."
    after = instance.request_cancel(run.run_id, wish) or run
    if after.status is DagsterRunStatus.CANCELING and after.attempt == 0 and after.location_name is not None:
        _tell_its_terminal(instance, after.run_id)
    return after


def _tell_its_terminal(instance: DagsterInstance, run_id: str) -> None:
    """Asks the process of a run that was begun at a terminal of this machine, also where no service works."""
    _, worker = instance.store.run_worker(run_id) or (0, None)
    if worker is not None and is_alive(worker):
        send_signal(worker.pid, signal.SIGTERM)
