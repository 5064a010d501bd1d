"""Random lives of sensors of several assets: what was made, asked and dealt with, tick by tick, from seeds.

Three assets, divided or not, are made at random; the function of a sensor asks random members of its context and moves
its cursor by records it has seen. Records are named by their asset and when they came: ``x3``, ``y1:b``.
"""

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import dagster as dg
from tests.parity.scenario import OWN_WORDS, Say, render, scenario

SEEDS = 20
TICKS = 5
NAMES = ("x", "y", "z")
NOW = datetime(2024, 1, 6, 3, tzinfo=UTC)
LETTERS = dg.StaticPartitionsDefinition(["a", "b", "c", "d"])
OTHERS = dg.StaticPartitionsDefinition(["b", "c", "f"])
DAYS = dg.DailyPartitionsDefinition("2024-01-01")
DYNAMIC = dg.DynamicPartitionsDefinition(name="plots")
GRID = dg.MultiPartitionsDefinition({"day": DAYS, "letter": OTHERS})
KINDS = (None, LETTERS, LETTERS, OTHERS, DAYS, DYNAMIC, GRID)


@dg.job
def report() -> None: ...


def layout(dice: random.Random) -> dict[str, Any]:
    """How the three assets are divided: all alike, or each as it comes."""
    if dice.random() < 0.5:
        return dict.fromkeys(NAMES, dice.choice(KINDS[1:]))
    return {name: dice.choice(KINDS) for name in NAMES}


def definitions(kinds: dict[str, Any], dice: random.Random) -> Any:
    """The three assets; y depends on x if it can."""
    mapping = None
    if kinds["x"] is LETTERS and kinds["y"] is LETTERS and dice.random() < 0.5:
        mapping = dg.StaticPartitionMapping({"a": ["b", "c"], "b": "a", "d": "d"})
    if kinds["x"] is DAYS and kinds["y"] is DAYS and dice.random() < 0.5:
        mapping = dg.TimeWindowPartitionMapping(start_offset=-1, end_offset=0)
    depends = kinds["x"] == kinds["y"]

    @dg.asset(partitions_def=kinds["x"])
    def x() -> None: ...

    @dg.asset(partitions_def=kinds["y"], deps=[dg.AssetDep("x", partition_mapping=mapping)] if depends else [])
    def y() -> None: ...

    @dg.asset(partitions_def=kinds["z"])
    def z() -> None: ...

    return dg.Definitions(assets=[x, y, z], jobs=[report])


class Life:
    """One seed: an instance with three assets, and a sensor that is ticked again and again."""

    def __init__(self, say: Say, seed: int) -> None:
        self.say = say
        self.dice = random.Random(f"life {seed}")
        self.instance = dg.DagsterInstance.ephemeral()
        self.instance.add_dynamic_partitions("plots", ["p", "q", "r"])
        self.kinds = layout(self.dice)
        self.defs = definitions(self.kinds, self.dice)
        self.names: dict[int, str] = {}
        self.cursor: str | None = None
        self.seen: dict[str, list[Any]] = {}

    # ---------------------------------------------------------------- what is made

    def keys_of(self, name: str) -> list[Any]:
        kind = self.kinds[name]
        return [] if kind is None else kind.get_partition_keys(NOW, self.instance)

    def make(self) -> None:
        made = []
        for _ in range(self.dice.choice((0, 1, 2, 4, 8))):
            name = self.dice.choice(NAMES)
            keys = self.keys_of(name)
            partition = self.dice.choice(keys) if keys and self.dice.random() < 0.97 else None
            kind = dg.AssetObservation if self.dice.random() < 0.1 else dg.AssetMaterialization
            self.instance.report_runless_asset_event(kind(name, partition=partition))
            if kind is dg.AssetMaterialization:
                number = self.instance.fetch_materializations(dg.AssetKey(name), limit=1).records[0].storage_id
                count = sum(each.startswith(name) for each in self.names.values()) + 1
                self.names[number] = f"{name}{count}" + (f":{partition}" if partition else "")
                made.append(self.names[number])
        self.say("made", ", ".join(made))

    # ------------------------------------------------------------------ the function

    def name(self, record: Any) -> str:
        if record is None:
            return "-"
        number = record.storage_id
        shown = self.names[number]
        seen = self.seen.setdefault(shown[0], [])
        if all(each.storage_id != number for each in seen):
            seen.append(record)
            seen.sort(key=lambda each: each.storage_id)
        return shown

    def function(self, context: Any) -> Any:
        self.seen = {}
        for _ in range(self.dice.choice((1, 2, 3, 4))):
            self.ask(context)
        moved = False
        for _ in range(self.dice.choice((0, 1, 1, 2))):
            moved = self.move(context) or moved
        if self.dice.random() < 0.3:
            self.ask(context)
        return dg.RunRequest("1") if moved and self.dice.random() < 0.5 else dg.SkipReason("later")

    def ask(self, context: Any) -> None:
        member = self.dice.choice(QUESTIONS)
        member(self, context)

    def told(self, label: str, question: Callable[[], Any], show: Callable[[Any], str]) -> None:
        try:
            found = show(question())
        except Exception as error:
            found = OWN_WORDS.get(type(error).__name__, type(error).__name__)
        self.say(label, found)

    def some_key(self) -> tuple[str, Any]:
        name = self.dice.choice(NAMES)
        return name, dg.AssetKey(name)

    def newest(self, context: Any) -> None:
        keys = self.dice.choice((None, None, [self.some_key()[1]]))
        self.told(
            "newest",
            lambda: context.latest_materialization_records_by_key(keys),
            lambda found: ", ".join(f"{key.to_user_string()} {self.name(each)}" for key, each in found.items()),
        )

    def records(self, context: Any) -> None:
        name, key = self.some_key()
        limit = self.dice.choice((1, 2, 3, None))
        self.told(
            f"records of {name} {limit}",
            lambda: context.materialization_records_for_key(key, limit),
            lambda found: ", ".join(self.name(each) for each in found),
        )

    def by_partition(self, context: Any) -> None:
        name, key = self.some_key()
        after = self.dice.choice((False, False, True))
        self.told(
            f"by partition {name} {after}",
            lambda: context.latest_materialization_records_by_partition(key, after_cursor_partition=after),
            lambda found: ", ".join(self.name(each) for each in found.values()),
        )

    def by_partition_and_asset(self, context: Any) -> None:
        self.told(
            "by partition and asset",
            context.latest_materialization_records_by_partition_and_asset,
            lambda found: ", ".join(
                " ".join([str(key), *(self.name(each) for each in records.values())]) for key, records in found.items()
            ),
        )

    def left_over(self, context: Any) -> None:
        name, key = self.some_key()
        self.told(
            f"left over of {name}",
            lambda: context.get_trailing_unconsumed_events(key),
            lambda found: ", ".join(self.name(each) for each in found),
        )

    def place(self, context: Any) -> None:
        name, key = self.some_key()
        self.told(f"partition of {name}", lambda: context.get_cursor_partition(key), render)

    def all_made(self, context: Any) -> None:
        name, key = self.some_key()
        keys = self.keys_of(name)
        wanted = self.dice.choice((None, self.dice.sample(keys, min(2, len(keys)))))
        self.told(f"all of {name} {wanted}", lambda: context.all_partitions_materialized(key, wanted), render)

    def downstream(self, context: Any) -> None:
        (above, upstream), (below, downstream) = self.some_key(), self.some_key()
        keys = self.keys_of(above)
        partition = self.dice.choice(keys) if keys else "a"
        self.told(
            f"below {above} {partition} in {below}",
            lambda: context.get_downstream_partition_keys(partition, upstream, downstream),
            lambda found: ", ".join(sorted(found)),
        )

    def move(self, context: Any) -> bool:
        if not any(self.seen.values()) or self.dice.random() < 0.2:
            if self.has_only_left_over():  # docs/differences.md tells of it
                return False
            context.advance_all_cursors()
            self.say("moved", "all")
            return True
        names = [name for name in self.seen if self.seen[name] and self.dice.random() < 0.7]
        chosen = {name: self.dice.choice([*self.seen[name], self.seen[name][-1]]) for name in names}
        if not chosen:
            return False
        context.advance_cursor({dg.AssetKey(name): record for name, record in chosen.items()})
        self.say("moved", ", ".join(self.name(each) for each in chosen.values()))
        return True

    def has_only_left_over(self) -> bool:
        """Whether an asset has something left over before its cursor, and nothing new behind it."""
        found = json.loads(self.cursor or "{}").items()
        return any(
            trailing and not any(made[0] == key[11] and each > number for each, made in self.names.items())
            for key, (_, number, trailing) in found
        )

    # ------------------------------------------------------------------------ ticks

    def tick(self) -> None:
        self.make()
        sensor = dg.multi_asset_sensor(
            monitored_assets=[dg.AssetKey(name) for name in NAMES], name="several", job=report
        )(self.function)
        defs = dg.Definitions(assets=self.defs.assets, jobs=[report], sensors=[sensor])
        try:
            data = sensor.evaluate_tick(dg.build_sensor_context(self.instance, self.cursor, definitions=defs))
        except Exception as error:
            self.say("raised", type(error))
            return
        self.cursor = data.cursor
        self.say("cursor", self.place_text())

    def place_text(self) -> str:
        """The cursor with names for numbers."""
        found = json.loads(self.cursor or "{}")
        texts = []
        for key, (partition, number, trailing) in sorted(found.items()):
            left = " ".join(self.names[each] for each in sorted(trailing.values()))
            texts.append(
                f"{key[11:-3]} {partition or '-'} {self.names.get(number, '-')}" + (f" left {left}" if left else "")
            )
        return ", ".join(texts)


QUESTIONS = (
    Life.newest,
    Life.records,
    Life.records,
    Life.by_partition,
    Life.by_partition,
    Life.by_partition_and_asset,
    Life.left_over,
    Life.place,
    Life.all_made,
    Life.downstream,
)


def lives(say: Say, first: int) -> None:
    with dg.partition_loading_context(effective_dt=NOW):
        for seed in range(first, first + SEEDS):
            say("seed", seed)
            life = Life(say, seed)
            for _ in range(TICKS):
                life.tick()


@scenario()
def lives_from_0(say: Say) -> None:
    lives(say, 0)


@scenario()
def lives_from_20(say: Say) -> None:
    lives(say, 20)


@scenario()
def lives_from_40(say: Say) -> None:
    lives(say, 40)


@scenario()
def lives_from_60(say: Say) -> None:
    lives(say, 60)


@scenario()
def lives_from_80(say: Say) -> None:
    lives(say, 80)
