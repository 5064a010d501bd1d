"""``watchbell dev`` and ``watchbell daemon``: the service, with or without its web page."""

from __future__ import annotations

import logging
import os
import signal
import threading
from types import FrameType
from typing import Protocol

import click

from watchbell.cli.code import code_options, open_instance
from watchbell.cli.dagster_flags import accepts_dagster_flags
from watchbell.cli.web_process import WebProcess, say
from watchbell.ground.shown import harmless
from watchbell.ground.upward import call_upward
from watchbell.home import PAGE_VARIABLE
from watchbell.host.targets import CodeTarget
from watchbell.instance import DagsterInstance
from watchbell.record.evaluation import LocationError
from watchbell.record.snapshot import LocationSnapshot
from watchbell.services.daemon import another_service
from watchbell.services.lease import working_service


class HarmlessFormatter(logging.Formatter):
    """Lines of the service's log, which repeat what user code says: no terminal is taken over by it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return harmless(super().format(record))


class Service(Protocol):
    """What ``build_service`` makes."""

    def run(self, *, wait_for_lease: bool = True) -> None:
        """Works until `stop` is called."""

    def stop(self) -> None:
        """Ends the work."""


class Board:
    """Prints what the service tells of each code location, as it comes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._names: set[str] = set()

    def changed(self, snapshot: LocationSnapshot) -> None:
        """Newer definitions are in use."""
        with self._lock:
            is_first = snapshot.name not in self._names
            self._names.add(snapshot.name)
        of_each = {"asset": snapshot.assets, "schedule": snapshot.schedules, "sensor": snapshot.sensors}
        counts = ", ".join(f"{len(each)} {noun}{'' if len(each) == 1 else 's'}" for noun, each in of_each.items())
        say(f"{'loaded' if is_first else 'loaded anew'}: {snapshot.name} ({counts})")
        for warning in snapshot.warnings:
            say(warning, "yellow")

    def failed(self, error: LocationError) -> None:
        """Newer code cannot be used."""
        say(error.message, "red")
        if error.details:
            say(error.details.rstrip())
        if error.older_goes_on:
            say(f"{error.location_name}: the last good version goes on until this is mended")


@click.command()
@click.option("-h", "--host", help="Address of the web page; any but this machine needs users.  [default: 127.0.0.1]")
@click.option("-p", "--port", type=click.IntRange(0, 65535), help="Its port; 0: any free one.  [default: 3000]")
@click.option("--no-reload", is_flag=True, help="Do not load the code again when its files change.")
@accepts_dagster_flags
@code_options
def dev(targets: list[CodeTarget], host: str | None, port: int | None, no_reload: bool) -> None:
    """Start everything here: schedules, sensors, runs and the web page."""
    with open_instance() as instance:
        settings = instance.settings
        wanted = (host or settings.web_host, settings.web_port if port is None else port)
        serve(instance, targets, watch_files=not no_reload, wait=False, web=wanted)


@click.command()
@click.option("--wait/--no-wait", default=True, help="Wait while another daemon works on this home, or refuse.")
@click.option("--reload/--no-reload", default=True, help="Load the code again when its files change.")
@accepts_dagster_flags
@code_options
def daemon(targets: list[CodeTarget], wait: bool, reload: bool) -> None:
    """Start schedules, sensors and runs, without the web page."""
    with open_instance() as instance:
        serve(instance, targets, watch_files=reload, wait=wait, web=None)


def serve(
    instance: DagsterInstance, targets: list[CodeTarget], *, watch_files: bool, wait: bool, web: tuple[str, int] | None
) -> None:
    """Works until it is told to stop (Ctrl-C, SIGTERM).

    Args:
        instance: what is remembered.
        targets: where the code is.
        watch_files: whether a changed file is loaded anew.
        wait: whether to wait while another service works on this home.
        web: address and port of the web page; None: no page.

    Raises:
        DagsterError: it cannot start, or cannot go on.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(HarmlessFormatter("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    other = None if wait else working_service(instance.store, instance.clock.now())
    if other is not None:  # told before the other's port is found taken, which is the lesser half of the truth
        raise another_service(other, instance.store)
    pages = None if web is None else _web_process(instance, *web)  # first of all: its port may be taken
    say(f"home: {instance.home}")
    if pages is not None:
        say(f"page: {pages.address}   stop: Ctrl-C")
    board = Board()
    service: Service = call_upward(
        "build_service",
        instance,
        targets,
        watch_files=watch_files,
        location_changed=board.changed,
        location_failed=board.failed,
    )
    run_until_stopped(service, wait, pages)


def run_until_stopped(service: Service, wait: bool, pages: WebProcess | None) -> None:
    """Runs the service in a thread of its own, and the web server beside it, until a signal or an error."""
    errors: list[BaseException] = []

    def work() -> None:
        try:
            service.run(wait_for_lease=wait)
        except BaseException as error:  # handed to the main thread, which tells the user
            errors.append(error)

    def stop(number: int, frame: FrameType | None) -> None:
        service.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    worker = threading.Thread(target=work, name="watchbell-service")
    worker.start()
    try:
        if pages is not None:
            pages.start()
        while worker.is_alive():
            worker.join(1.0)  # with a limit, so that signals are taken meanwhile
    finally:
        service.stop()
        if pages is not None:
            pages.stop()
        worker.join()
    if errors:
        raise errors[0]


def _web_process(instance: DagsterInstance, host: str, port: int) -> WebProcess:
    """The web server of an instance, not started yet; its port is taken."""
    listening = call_upward("listening_socket", instance, host, port)
    address = call_upward("page_at", listening, host)
    os.environ[PAGE_VARIABLE] = address  # evaluators and runs, which link to the page, know the settings alone
    return WebProcess(listening, host, address, instance.home)
