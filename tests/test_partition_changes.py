"""Definitions of partitions change in every way while runs make them: nothing that is there is lost or made again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.depth import examples
from tests.test_partitions import ORDERS, Runs
from watchbell import (
    AssetMaterialization,
    DagsterInstance,
    DailyPartitionsDefinition,
    Definitions,
    DynamicPartitionsDefinition,
    HourlyPartitionsDefinition,
    MonthlyPartitionsDefinition,
    MultiPartitionsDefinition,
    StaticPartitionsDefinition,
    TimeWindowPartitionsDefinition,
    asset,
    plan_backfill,
)
from watchbell.automate.backfills.planning import OnlyText
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.errors import DagsterInvalidInvocationError

FILES = DynamicPartitionsDefinition(name="files")
LETTERS = "abcdef"
DATES = [f"2026-01-{day:02}" for day in range(1, 8)]
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata"])
STARTS = st.sampled_from(DATES[:4])
ENDS = st.sampled_from(["2026-01-05", "2026-01-08"])


def lists(keys: Sequence[str]) -> st.SearchStrategy[StaticPartitionsDefinition]:
    """Lists of some of the keys, in any order, or one that is the beginning of another."""
    some = st.lists(st.sampled_from(keys), min_size=1, unique=True)
    beginning = st.integers(1, len(keys)).map(lambda count: list(keys[:count]))
    return (some | beginning).map(StaticPartitionsDefinition)


DAYS = st.builds(
    lambda start, end, zone, end_offset, is_monday_free: DailyPartitionsDefinition(
        start, timezone=zone, end_date=end, end_offset=end_offset, exclusions=["0 0 * * 1"] if is_monday_free else None
    ),
    STARTS,
    ENDS,
    ZONES,
    st.sampled_from([0, 0, -1]),
    st.booleans(),
)
HOURS = st.builds(
    lambda start, zone: HourlyPartitionsDefinition(f"{start}-22:00", timezone=zone, end_date="2026-01-05-02:00"),
    STARTS,
    ZONES,
)
MONTHS = ZONES.map(lambda zone: MonthlyPartitionsDefinition("2026-01-01", timezone=zone, end_date="2026-04-01"))
WORKDAYS = STARTS.map(
    lambda start: TimeWindowPartitionsDefinition(
        start=start, fmt="%Y-%m-%d", cron_schedule="0 0 * * 1-5", end=datetime(2026, 1, 8)
    )
)
GRIDS = st.builds(
    lambda first, second, names: MultiPartitionsDefinition(dict(zip(names, (first, second), strict=True))),
    lists("ab"),
    DAYS | lists("cd") | st.just(FILES),
    st.sampled_from([("one", "two"), ("two", "one"), ("one", "three")]),
)
DEFINITIONS = lists(LETTERS) | lists(DATES) | DAYS | HOURS | MONTHS | WORKDAYS | GRIDS | st.just(FILES)


@dataclass
class Model:
    """What should be remembered, by key."""

    made: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)

    def make(self, key: str) -> None:
        self.made.add(key)
        self.failed.discard(key)


def missing_in_plan(instance: DagsterInstance, definition: PartitionsDefinition, only: OnlyText) -> set[str]:
    """What a backfill of these would make."""

    @asset(name="orders", partitions_def=definition)
    def orders() -> None: ...

    try:
        plan = plan_backfill(Definitions(assets=[orders]), instance, location_name="here", assets="orders", only=only)
    except DagsterInvalidInvocationError:
        return set()
    return {part.partition_key for part in plan.parts if part.partition_key is not None}


def take_step(
    draw: st.DataObject, instance: DagsterInstance, runs: Runs, model: Model, definition: PartitionsDefinition
) -> None:
    """Something happens to partitions of a definition."""
    keys = definition.get_partition_keys(dynamic_partitions_store=instance)
    if not keys:
        return
    some = draw.draw(st.lists(st.sampled_from(list(keys)), min_size=1, max_size=4, unique=True), label="keys")
    what = draw.draw(st.sampled_from(["run", "run", "fails", "fails", "report", "wipe", "ask"]), label="what")
    if what in {"run", "fails"}:
        run = runs.plan(definition, *some)
        made = some if what == "run" else some[: draw.draw(st.integers(0, len(some) - 1), label="made before")]
        for key in made:
            runs.make(run, definition, key)
            model.make(key)
        runs.end(run, "success" if what == "run" else "failure")
        model.failed.update(set(some) - set(made))
    elif what == "report":
        for key in some:
            instance.report_runless_asset_event(AssetMaterialization(ORDERS, partition=key))
            model.make(key)
    elif what == "wipe":
        instance.wipe_asset_partitions(ORDERS, some)
        model.made.difference_update(some)
        model.failed.difference_update(some)
    else:
        instance.partition_state(ORDERS, definition)


@settings(max_examples=examples(120), deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.lists(DEFINITIONS, min_size=2, max_size=4), st.data())
def test_whatever_changes_history_is_kept_by_key(changes: list[PartitionsDefinition], draw: st.DataObject) -> None:
    model = Model()
    with DagsterInstance.ephemeral() as instance:
        runs = Runs(instance)
        instance.add_dynamic_partitions("files", list("fed"))
        for definition in changes:
            for _ in range(draw.draw(st.integers(0, 3), label="steps")):
                if draw.draw(st.integers(0, 3), label="dynamic") == 0:
                    key = draw.draw(st.sampled_from(LETTERS))
                    if instance.has_dynamic_partition("files", key):
                        instance.delete_dynamic_partition("files", key)
                    else:
                        instance.add_dynamic_partitions("files", [key])
                take_step(draw, instance, runs, model, definition)

        last = changes[-1]
        view = PartitionsView(store=instance)
        there = set(last.get_partition_keys(dynamic_partitions_store=instance))
        state = instance.partition_state(ORDERS, last)
        assert set(last.keys_of(state.materialized, view)) == model.made & there
        assert set(last.keys_of(state.failed, view)) == model.failed & there
        assert instance.get_materialized_partitions(ORDERS) == model.made
        assert missing_in_plan(instance, last, "missing") == there - model.made - model.failed
        assert missing_in_plan(instance, last, "failed") == model.failed & there
