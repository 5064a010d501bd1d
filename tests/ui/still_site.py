"""``python -m tests.ui.still_site HOME PORT FOLDER MODULE…``: the web server over a home, and code that is loaded once.

No loop of the service works.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from tests.ui.moments import NOW
from watchbell.ground.errors import UserCodeLoadError
from watchbell.host.load import load_repository
from watchbell.host.targets import TargetOptions, find_targets
from watchbell.instance import DagsterInstance
from watchbell.record.evaluation import LocationError
from watchbell.record.snapshot import LocationSnapshot
from watchbell.record.worker_identity import own_identity
from watchbell.services.lease import owner_text, take_lease
from watchbell.web.link import StillLink
from watchbell.web.listen import address_of, listening_socket
from watchbell.web.server import WebServer
from watchbell.web.view import View


def main() -> int:
    """Serves until it is told to end."""
    home, port, folder, *modules = sys.argv[1:]
    locations: list[LocationSnapshot] = []
    errors: list[LocationError] = []
    for target in find_targets(TargetOptions(module_names=tuple(modules), working_directory=folder), Path(folder)):
        try:
            locations.append(load_repository(target).repository.snapshot(target.location_name))
        except UserCodeLoadError as error:
            details = (error.message, error.file, error.line, error.details, NOW)
            errors.append(LocationError(target.location_name, *details))
    with DagsterInstance.from_home(home) as instance:
        assert take_lease(instance.store, owner_text(own_identity(), "still"), instance.clock.now()) is not None
        listening = listening_socket(instance, "127.0.0.1", int(port))
        server = WebServer(View(instance, StillLink(locations, errors, is_open=True)), listening)
        signal.signal(signal.SIGTERM, lambda *_: server.stop())
        print(f"page: {address_of(listening, '127.0.0.1')} ({os.getpid()})", flush=True)
        server.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
