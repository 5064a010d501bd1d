"""``python -m tests.ui.quiet_service FOLDER MODULE…``: a service that is there, with code and door, and does nothing.

Nothing ticks, no run begins and none is found lost, so that a page shows what the seed holds; errands are carried out.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from watchbell.assemble_service import build_service
from watchbell.host.targets import TargetOptions, find_targets
from watchbell.instance import DagsterInstance
from watchbell.record.lease import Lease
from watchbell.services.daemon import Daemon
from watchbell.services.lease import LeaseLoop
from watchbell.services.loop import Loop, LoopThread
from watchbell.services.site import Launcher

QUIET = ("queue", "retries", "pauses", "backfills", "monitor")


class QuietLoop:
    """A loop without work.

    Args:
        name: of the loop in whose place it stands.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def step(self, now: datetime, messages: Sequence[object]) -> datetime | None:
        """Does nothing."""
        return None


class QuietDaemon(Daemon):
    """The service, with no loop at work but that of its lease."""

    def _start_loops(self, lease: Lease, launchers: Mapping[str, Launcher]) -> None:
        parts = self._parts
        keeper = LeaseLoop(parts.store, lease, self._hint, hints_are_sure=parts.hints_are_sure)
        of_each = [f"{kind} {site.location_name}" for site in parts.sites for kind in ("schedules", "sensors")]
        loops: dict[str, Loop] = {"lease": keeper, **{name: QuietLoop(name) for name in (*QUIET, *of_each)}}
        self._threads = {name: LoopThread(loop, parts.clock, self._fail) for name, loop in loops.items()}
        for thread in self._threads.values():
            thread.start()

    def _hint(self, topic: str) -> None:
        """Nobody has anything to look at."""


def main() -> int:
    """Is there until it is told to end."""
    folder, *modules = sys.argv[1:]
    targets = find_targets(TargetOptions(module_names=tuple(modules), working_directory=folder), Path(folder))
    with DagsterInstance.get() as instance:
        service = build_service(instance, targets, watch_files=False)
        service.__class__ = QuietDaemon  # made by the one place that knows how; only its loops are others
        signal.signal(signal.SIGTERM, lambda *_: service.stop())
        service.run(wait_for_lease=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
