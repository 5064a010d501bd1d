"""From an instance and code targets to the service; apart from ``assemble``, which every run worker loads."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.ground.ids import new_run_id
from watchbell.host.client import HostClient
from watchbell.host.messages import HostConfig
from watchbell.host.targets import CodeTarget
from watchbell.instance import DagsterInstance
from watchbell.launch.local import LocalLauncher
from watchbell.record.evaluation import LocationError
from watchbell.record.snapshot import LocationSnapshot
from watchbell.record.worker_identity import own_identity
from watchbell.services.daemon import Daemon, Parts
from watchbell.services.lease import owner_text
from watchbell.services.site import Site
from watchbell.store.notify import NullNotifier


def build_service(
    instance: DagsterInstance,
    targets: Sequence[CodeTarget],
    *,
    watch_files: bool = True,
    location_changed: Callable[[LocationSnapshot], None] = lambda snapshot: None,
    location_failed: Callable[[LocationError], None] = lambda error: None,
) -> Daemon:
    """The service, ready to `run`: schedules, sensors, run queue and run monitor for some code locations.

    Args:
        instance: an instance on disk; stays open as long as the service works.
        targets: where the code is, at least one; their location names differ.
        watch_files: whether a changed source file reloads the code.
        location_changed: told of the definitions in use, at the start and when they change; from any thread.
        location_failed: told why newer code cannot be loaded; from any thread.

    Raises:
        DagsterInvariantViolationError: the instance is in memory, where run workers cannot reach it.
    """
    if instance.is_ephemeral:
        raise DagsterInvariantViolationError(
            "a service needs an instance on disk: runs are processes of their own and open it by its home folder"
        )
    parts = Parts(
        store=instance.store,
        sites=[_site(instance, target, watch_files) for target in targets],
        notifier=instance.notifier,
        clock=instance.clock,
        settings=instance.settings,
        new_id=new_run_id,
        owner=owner_text(own_identity(), new_run_id()[:8]),
        hints_are_sure=not isinstance(instance.notifier, NullNotifier),
        home=instance.home,
    )
    return Daemon(parts, location_changed, location_failed)


def _site(instance: DagsterInstance, target: CodeTarget, watch_files: bool) -> Site:
    config = HostConfig(
        target=target,
        home=str(instance.home),
        max_evaluators=instance.settings.max_evaluators,
        process_start=instance.settings.process_start,
    )
    host = HostClient(config, watch_files=watch_files, clock=instance.clock)
    return Site(target.location_name, host, lambda exited: LocalLauncher(host, exited))
