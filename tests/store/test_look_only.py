"""What a rehearsal of user code may read, and that it changes nothing."""

import inspect
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.store.test_atomic import CHANGES
from watchbell.ground.errors import LookOnlyError
from watchbell.instance import DagsterInstance
from watchbell.record.event import DagsterEventType
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization
from watchbell.record.query import EventQuery
from watchbell.record.run import DagsterRun
from watchbell.store.look_only import AS_NOW, REFUSED, Look, looking_only
from watchbell.store.store import SqlStore

BOOKKEEPING = {"number_partitions", "continue_numbering"}
NOON_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
ORDERS = AssetKey("orders")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a run, a key of dynamic partitions and three materializations."""
    with DagsterInstance.from_home(tmp_path) as instance:
        instance.add_run(DagsterRun("etl", "run-1"))
        instance.add_dynamic_partitions("cities", ["oslo"])
        for _ in range(3):
            instance.report_runless_asset_event(AssetMaterialization(ORDERS))
    return tmp_path


@pytest.fixture
def looker(home: Path) -> Iterator[DagsterInstance]:
    """The instance as a rehearsal sees it."""
    with looking_only(Look()), DagsterInstance.from_home(home) as instance:
        yield instance


def test_every_method_that_changes_something_is_refused_or_bookkeeping() -> None:
    changing = {name.partition(" ")[0] for name in CHANGES}

    assert changing == REFUSED.keys() | BOOKKEEPING


def test_every_method_named_is_one_of_the_stores() -> None:
    methods = dict(inspect.getmembers(SqlStore, inspect.isfunction))

    assert methods.keys() >= REFUSED.keys() | AS_NOW.keys()


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_change_is_refused_before_anything_is_done(looker: DagsterInstance, home: Path, name: str) -> None:
    before = (home / "watchbell.db").read_bytes()
    parameters = inspect.signature(getattr(SqlStore, name)).parameters

    with pytest.raises(LookOnlyError, match="a preview or replay changes nothing, so this is refused: to "):
        getattr(looker.store, name)(*["x"] * (len(parameters) - 1))

    assert (home / "watchbell.db").read_bytes() == before


def test_the_refusal_says_what_was_tried(looker: DagsterInstance) -> None:
    with pytest.raises(LookOnlyError) as raised:
        looker.add_dynamic_partitions("cities", ["bergen", "moss", "ås", "voss"])

    assert "to add 'bergen', 'moss', 'ås' and 1 more to the dynamic partitions 'cities'" in str(raised.value)
    assert "SensorResult(dynamic_partitions_requests=[...])" in str(raised.value)


def test_an_asset_is_named_as_people_write_it(looker: DagsterInstance) -> None:
    with pytest.raises(LookOnlyError, match="to wipe asset orders$"):
        looker.wipe_assets([ORDERS])


def test_an_instance_that_user_code_opens_itself_only_reads_as_well(looker, home, monkeypatch) -> None:
    monkeypatch.setenv("WATCHBELL_HOME", str(home))

    with DagsterInstance.get() as own, pytest.raises(LookOnlyError, match="to delete run 'run-1'"):
        own.delete_run("run-1")


def test_an_instance_in_memory_is_the_users_own(looker: DagsterInstance) -> None:
    with DagsterInstance.ephemeral() as own:
        own.add_dynamic_partitions("cities", ["bergen"])

        assert own.get_dynamic_partitions("cities") == ["bergen"]


def test_what_is_remembered_can_be_read(looker: DagsterInstance) -> None:
    assert looker.get_run_by_id("run-1") is not None
    assert looker.get_dynamic_partitions("cities") == ["oslo"]
    assert len(looker.fetch_materializations(ORDERS, limit=9).records) == 3


def test_afterwards_an_instance_is_as_always(home: Path) -> None:
    with looking_only(Look()):
        pass

    with DagsterInstance.from_home(home) as instance:
        instance.add_dynamic_partitions("cities", ["bergen"])
        assert instance.get_dynamic_partitions("cities") == ["oslo", "bergen"]


def test_behind_the_horizon_no_event_is_seen(home: Path) -> None:
    with DagsterInstance.from_home(home) as instance:
        first, second, third = [
            each.storage_id for each in instance.fetch_materializations(ORDERS, limit=3, ascending=True).records
        ]
    kinds = frozenset({DagsterEventType.ASSET_MATERIALIZATION})

    with looking_only(Look(horizon=second)), DagsterInstance.from_home(home) as then:
        newest = then.get_latest_materialization_event(ORDERS)
        found = [each.storage_id for each in then.events(EventQuery(types=kinds))]
        asked_beyond = then.events(EventQuery(types=kinds, before_id=third + 1, after_id=second))

        assert newest is not None
        assert newest.storage_id == second
        assert found == [first, second]
        assert asked_beyond == []
        assert then.last_event_id() == second
        assert then.store.made_assets(0, limit=9) == [(first, ORDERS), (second, ORDERS)]


def test_what_is_as_of_now_is_noted(home: Path) -> None:
    look = Look(horizon=1)

    with looking_only(look), DagsterInstance.from_home(home) as then:
        then.get_latest_materialization_event(ORDERS)
        quiet = set(look.read_as_now)
        then.get_runs()
        then.get_dynamic_partitions("cities")

    assert (quiet, look.read_as_now) == (set(), {"runs", "dynamic partitions"})


def test_the_clock_can_stand_still(home: Path) -> None:
    with looking_only(Look(now=NOON_AT)), DagsterInstance.from_home(home) as then:
        assert then.clock.now() == NOON_AT


def test_rehearsals_nest(home: Path) -> None:
    later = NOON_AT.replace(hour=13)

    with looking_only(Look(now=NOON_AT)), looking_only(Look(now=later)), DagsterInstance.from_home(home) as inner:
        assert inner.clock.now() == later
