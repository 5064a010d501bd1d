"""Conditions over the assets of another location: a whole service with real hosts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services.fakes import ids
from tests.services.test_daemon import StartingLauncher
from tests.simulation.condition_world import SENSOR, asked
from watchbell import AssetMaterialization, DagsterInstance
from watchbell.automate.switch import started
from watchbell.ground.clock import SystemClock
from watchbell.host.client import HostClient
from watchbell.host.messages import HostConfig
from watchbell.host.targets import file_target
from watchbell.record.settings import Settings
from watchbell.record.snapshot import LocationSnapshot
from watchbell.record.tick import AutomationKey, AutomationKind
from watchbell.record.worker_identity import own_identity
from watchbell.services.daemon import Daemon, Parts
from watchbell.services.lease import owner_text
from watchbell.services.site import Site
from watchbell.services.switch import change_state
from watchbell.store.notify import notifier_for

SECONDS_MAX = 30.0
BELOW_SENSOR = AutomationKey("below.py", AutomationKind.SENSOR, SENSOR)
ABOVE = """
import time
from pathlib import Path
from watchbell import AutomationCondition, StaticPartitionsDefinition, asset

HERE = Path(__file__).parent
while not (HERE / "go").exists():
    time.sleep(0.01)

@asset(partitions_def=StaticPartitionsDefinition(KEYS))
def above(): ...
"""
BELOW = """
from watchbell import AutomationCondition, StaticPartitionsDefinition, asset

EAGER = AutomationCondition.eager()

@asset(deps=["above"], partitions_def=StaticPartitionsDefinition(KEYS), automation_condition=EAGER)
def below(): ...

@asset
def root(): ...

@asset(deps=[root], automation_condition=AutomationCondition.any_deps_updated())
def near(): ...
"""


class House:
    """A service of two locations, whose runs are not executed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir()
        self.instance = DagsterInstance.from_home(str(self.home))
        self.write("above", ABOVE, "ab")
        self.write("below", BELOW, "ab")
        now = SystemClock().now()
        for name in ("above.py", "below.py"):
            key = AutomationKey(name, AutomationKind.SENSOR, SENSOR)
            change_state(self.instance.store, key, lambda state: started(state, now), now)
        self.hosts = {
            name: HostClient(HostConfig(file_target(folder / name), str(self.home)), watch_files=False)
            for name in ("above.py", "below.py")
        }
        parts = Parts(
            store=self.instance.store,
            sites=[Site(name, host, lambda exited: StartingLauncher()) for name, host in self.hosts.items()],
            notifier=notifier_for(self.home),
            clock=SystemClock(),
            settings=Settings(),
            new_id=ids("run"),
            owner=owner_text(own_identity(), "test"),
        )
        self.changes: list[LocationSnapshot] = []
        self.daemon = Daemon(parts, self.changes.append)
        self.thread = threading.Thread(target=self.daemon.run)

    def write(self, name: str, code: str, keys: str) -> None:
        (self.folder / f"{name}.py").write_text(code.replace("KEYS", repr(list(keys))), encoding="utf-8")

    def make(self, key: str, partition: str | None = None) -> None:
        self.instance.report_runless_asset_event(AssetMaterialization(key, partition=partition))

    def asked(self) -> list[str]:
        return sorted(asked(run) for run in self.instance.get_runs())

    def has_begun(self) -> bool:
        """Whether conditions of the location below were evaluated, so that what happens from now on is news."""
        return bool(self.instance.store.ticks(BELOW_SENSOR))

    def lines(self) -> str:
        """What the ticks of the location below say."""
        ticks = self.instance.store.ticks(BELOW_SENSOR)
        return "\n".join(line.message for tick in ticks for line in tick.log)

    def until(self, is_so: Callable[[], bool]) -> None:
        limit = time.monotonic() + SECONDS_MAX
        while not is_so():
            assert time.monotonic() < limit, (self.asked(), self.lines())
            self.thread.join(0.02)


@contextmanager
def house(folder: Path, above: str = ABOVE) -> Iterator[House]:
    made = House(folder)
    made.write("above", above, "ab")
    made.thread.start()
    try:
        yield made
    finally:
        (folder / "go").touch()
        made.daemon.stop()
        made.thread.join(SECONDS_MAX)
        made.instance.dispose()


def test_a_location_that_is_still_being_loaded_is_waited_for(tmp_path: Path) -> None:
    with house(tmp_path) as made:
        made.make("above", "a")
        made.until(made.has_begun)
        made.make("root")
        made.until(lambda: made.asked() == ["near"])  # what has nothing to do with it goes on

        (tmp_path / "go").touch()
        made.until(lambda: "below" in made.instance.store.condition_states(BELOW_SENSOR.id))
        made.make("above", "b")  # after its first evaluation, which takes what is there as it is
        made.until(lambda: "below[b]" in made.asked())

        assert [each for each in made.asked() if each != "below[a]"] == ["below[b]", "near"]


def test_new_partitions_of_another_location_are_known_at_once(tmp_path: Path) -> None:
    (tmp_path / "go").touch()
    with house(tmp_path) as made:
        made.until(lambda: made.daemon.locations.keys() == {"above.py", "below.py"} and made.has_begun())
        made.write("above", ABOVE, "abc")
        made.write("below", BELOW, "abc")
        made.daemon.reload()
        made.until(lambda: len(made.changes) == 4)

        made.make("above", "c")
        made.until(lambda: bool(made.asked()))

        assert made.asked() == ["below[c]"]


def test_what_is_made_from_a_location_that_cannot_be_loaded_is_left_out_by_name(tmp_path: Path) -> None:
    (tmp_path / "go").touch()
    with house(tmp_path, "nonsense = (") as made:
        made.until(made.has_begun)
        made.make("root")
        made.until(lambda: made.asked() == ["near"] and "below is left out" in made.lines())
        assert "it is made from above, of a code location that cannot be loaded ('above.py'?)" in made.lines()

        made.write("above", ABOVE, "ab")
        made.hosts["above.py"].reload()
        made.until(lambda: "below" in made.instance.store.condition_states(BELOW_SENSOR.id))
        made.make("above", "b")
        made.until(lambda: "below[b]" in made.asked())

        assert made.asked() == ["below[b]", "near"]
