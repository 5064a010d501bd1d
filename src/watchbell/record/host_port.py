"""The port between the services and the process with the user's code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from watchbell.record.errand import Errand
from watchbell.record.evaluation import Answer, CancelRun, Evaluation, LocationError, OtherAssets, StartRun, WorkerExit
from watchbell.record.snapshot import LocationSnapshot


class HostEvents(Protocol):
    """Whom a host tells; called from the host client's reader thread, so: take it, queue it, return."""

    def answered(self, answer: Answer) -> None:
        """An evaluation is over."""

    def worker_exited(self, end: WorkerExit) -> None:
        """A run's process ended."""

    def location_changed(self, snapshot: LocationSnapshot) -> None:
        """Newer user code is in use from now on."""

    def location_failed(self, error: LocationError) -> None:
        """Newer user code cannot be loaded; the last good one goes on."""


class Host(Protocol):
    """The process with the user's code, seen from the services. No method waits for user code."""

    def start(self, events: HostEvents) -> LocationSnapshot | LocationError:
        """Starts it and loads the code; waits for the first result."""

    def evaluate(self, evaluation: Evaluation) -> None:
        """Asks for an evaluation; exactly one answer comes through :meth:`HostEvents.answered`."""

    def tell(self, others: OtherAssets) -> None:
        """Tells it of the assets of another location, for conditions that look at them; also the code loaded later."""

    def start_run(self, start: StartRun) -> None:
        """Asks for a run's process; its end comes through :meth:`HostEvents.worker_exited`."""

    def cancel_run(self, cancel: CancelRun) -> None:
        """Asks a run's process to stop."""

    def run_errand(self, errand: Errand, answered: Callable[[bytes], None]) -> Callable[[], None]:
        """Asks for an errand; ``answered`` is called once, from any thread, with an ``ErrandAnswer`` as text.

        Returns:
            Says that nobody waits for the answer any more; ``answered`` may not be called then.
        """

    def reload(self) -> None:
        """Loads the code again."""

    def stop(self) -> None:
        """Ends the host and its evaluators; runs go on. May be called twice, or unstarted."""
