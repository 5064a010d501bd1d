"""What IO managers are told of partitions, where they keep them, and what direct calls and builders say of them."""

import tempfile
from pathlib import Path

import dagster as dg
from tests.parity.scenario import Say, scenario

DAILY = dg.DailyPartitionsDefinition("2024-01-01", end_date="2024-02-01")
WEEKLY = dg.WeeklyPartitionsDefinition("2024-01-01", end_date="2024-02-01")
LETTERS = dg.StaticPartitionsDefinition(["a", "b", "c"])
GRID = dg.MultiPartitionsDefinition({"letter": LETTERS, "day": DAILY})
SOME_DAYS = dg.PartitionKeyRange("2024-01-02", "2024-01-04")
MEMBERS = (
    "has_partition_key", "partition_key", "has_asset_partitions", "asset_partition_key", "asset_partition_keys",
    "asset_partition_key_range", "asset_partitions_time_window",
)  # fmt: skip


def shown(value: object) -> object:
    if isinstance(value, tuple) and hasattr(value, "start"):
        return [getattr(end, "isoformat", lambda end=end: str(end))() for end in value]
    if isinstance(value, list):
        return ", ".join(sorted(map(str, value)))
    return value if isinstance(value, bool) else str(value)


def asked(say: Say, context, label: str) -> None:
    """Every member about partitions: its value, or the class of the error."""
    for member in (*MEMBERS, "asset_partitions_def"):
        try:
            value = getattr(context, member)
        except Exception as error:
            say(f"{label} {member}", type(error).__name__)
        else:
            say(f"{label} {member}", "a definition" if member.endswith("def") else shown(value))
    try:
        say(f"{label} identifier", list(context.get_asset_identifier()))
    except Exception as error:
        say(f"{label} identifier", type(error).__name__)


class Asked(dg.IOManager):
    """Stores nothing, and says what it is told."""

    def __init__(self, say: Say):
        self.say = say

    def handle_output(self, context, obj):
        self.say("stores", context.asset_key.path if context.has_asset_key else context.name, obj)
        asked(self.say, context, "output")
        context.add_output_metadata({"stored": 1})

    def load_input(self, context):
        asked(self.say, context, "input")
        return list(context.asset_partition_keys) if context.has_asset_partitions else None


def made(result) -> list[str]:
    """Which partitions were materialized, each with the labels of its metadata."""
    events = [each for each in result.all_events if each.event_type_value == "ASSET_MATERIALIZATION"]
    each = [event.event_specific_data.materialization for event in events]
    return [f"{one.asset_key.to_user_string()} {one.partition} {sorted(one.metadata)}" for one in each]


@dg.asset(partitions_def=DAILY)
def daily():
    return "day"


def run(say: Say, *assets, **how) -> None:
    result = dg.materialize([daily, *assets], selection=assets, resources={"io_manager": Asked(say)}, **how)
    say("made", made(result))


@scenario()
def an_input_of_several_partitions(say: Say) -> None:
    @dg.asset(partitions_def=WEEKLY)
    def weekly(daily):
        return len(daily)

    run(say, weekly, partition_key="2024-01-07")


@scenario()
def an_asset_without_partitions_takes_all(say: Say) -> None:
    @dg.asset
    def whole(daily):
        return len(daily)

    run(say, whole)


@scenario()
def an_asset_without_partitions_in_a_run_for_one(say: Say) -> None:
    @dg.asset
    def plain():
        return 1

    @dg.asset(partitions_def=DAILY)
    def from_plain(plain):
        return plain

    run(say, plain, from_plain, partition_key="2024-01-02")


@scenario()
def a_window_that_begins_earlier(say: Say) -> None:
    earlier = dg.TimeWindowPartitionMapping(start_offset=-1)

    @dg.asset(partitions_def=DAILY, ins={"daily": dg.AssetIn(partition_mapping=earlier)})
    def rolling(daily):
        return len(daily)

    run(say, rolling, partition_key="2024-01-01")
    run(say, rolling, partition_key="2024-01-02")


@scenario()
def partitions_that_are_no_range(say: Say) -> None:
    two = dg.SpecificPartitionsPartitionMapping(["2024-01-02", "2024-01-04"])

    @dg.asset(partitions_def=LETTERS, ins={"daily": dg.AssetIn(partition_mapping=two)})
    def picked(daily):
        return len(daily)

    run(say, picked, partition_key="b")


@scenario()
def a_grid_and_its_days(say: Say) -> None:
    @dg.asset(partitions_def=GRID)
    def cells(daily):
        return len(daily)

    @dg.asset(partitions_def=DAILY)
    def rows(cells):
        return len(cells)

    run(say, cells, partition_key=dg.MultiPartitionKey({"letter": "b", "day": "2024-01-02"}))
    result = dg.materialize(
        [daily, cells, rows], selection=[rows], resources={"io_manager": Asked(say)}, partition_key="2024-01-02"
    )
    say("made", made(result))


@scenario()
def a_run_for_a_range(say: Say) -> None:
    @dg.asset(partitions_def=DAILY)
    def next_to_it(daily):
        return "range"

    tags = {"dagster/asset_partition_range_start": "2024-01-02", "dagster/asset_partition_range_end": "2024-01-04"}
    result = dg.materialize([daily, next_to_it], resources={"io_manager": Asked(say)}, tags=tags)
    say("made", made(result))


@scenario()
def a_job_of_ops_for_a_partition(say: Say) -> None:
    @dg.op
    def give():
        return 1

    @dg.job(
        partitions_def=LETTERS, resource_defs={"io_manager": dg.IOManagerDefinition.hardcoded_io_manager(Asked(say))}
    )
    def partitioned():
        give()

    say("success", partitioned.execute_in_process(partition_key="b").success)


@scenario()
def contexts_of_outputs_that_are_built(say: Say) -> None:
    key = {"asset_key": ["raw", "x"]}
    for label, how in {
        "none": key,
        "key of no asset": {"partition_key": "2024-01-02"},
        "key alone": {**key, "partition_key": "2024-01-02"},
        "day": {**key, "partition_key": "2024-01-02", "asset_partitions_def": DAILY},
        "days": {**key, "asset_partition_key_range": SOME_DAYS, "asset_partitions_def": DAILY},
        "letter": {**key, "partition_key": "a", "asset_partitions_def": LETTERS},
        "cell": {**key, "partition_key": "2024-01-02|a", "asset_partitions_def": GRID},
        "definition alone": {**key, "asset_partitions_def": DAILY},
    }.items():
        asked(say, dg.build_output_context(**how), label)
    say.refusal(
        "unknown", lambda: dg.build_output_context(asset_key="x", partition_key="z", asset_partitions_def=LETTERS)
    )
    say.refusal("number", lambda: dg.build_output_context(asset_key="x", partition_key=3))


@scenario()
def contexts_of_inputs_that_are_built(say: Say) -> None:
    letters = dg.PartitionKeyRange("a", "c")
    for label, how in {
        "none": {},
        "key": {"partition_key": "2024-01-02", "asset_partitions_def": DAILY},
        "range": {"asset_partition_key_range": SOME_DAYS, "asset_partitions_def": DAILY},
        "letters": {"asset_partition_key_range": letters, "asset_partitions_def": LETTERS},
        "both": {"partition_key": "2024-01-09", "asset_partition_key_range": SOME_DAYS, "asset_partitions_def": DAILY},
    }.items():
        asked(say, dg.build_input_context(asset_key="x", **how), label)
    say.refusal("tuple", lambda: dg.build_input_context(asset_key="x", asset_partition_key_range=("a", "b")))


class Texts(dg.UPathIOManager):
    extension = ".txt"

    def dump_to_path(self, context, obj, path):
        path.write_text(obj)

    def load_from_path(self, context, path):
        return path.read_text()


def stored(definition, key: str, manager, value: str) -> None:
    manager.handle_output(
        dg.build_output_context(asset_key=["raw", "x"], partition_key=key, asset_partitions_def=definition), value
    )


def loaded(definition, manager, **how) -> object:
    return manager.load_input(dg.build_input_context(asset_key=["raw", "x"], asset_partitions_def=definition, **how))


def files() -> tuple[Path, Texts]:
    from upath import UPath

    folder = Path(tempfile.mkdtemp())
    return folder, Texts(UPath(folder))


def below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@scenario()
def files_of_partitions(say: Say) -> None:
    folder, manager = files()
    for day in ("2024-01-02", "2024-01-03"):
        stored(DAILY, day, manager, f"on {day}")
    say("files", below(folder))
    say("one", loaded(DAILY, manager, partition_key="2024-01-02"))
    say("two", loaded(DAILY, manager, asset_partition_key_range=dg.PartitionKeyRange("2024-01-02", "2024-01-03")))
    say.refusal("three", lambda: loaded(DAILY, manager, asset_partition_key_range=SOME_DAYS))
    allowed = {"allow_missing_partitions": True}
    say("three", loaded(DAILY, manager, asset_partition_key_range=SOME_DAYS, definition_metadata=allowed))
    say("missing", loaded(DAILY, manager, partition_key="2024-01-09", definition_metadata=allowed))
    say.refusal("missing", lambda: loaded(DAILY, manager, partition_key="2024-01-09"))


@scenario()
def files_of_a_grid(say: Say) -> None:
    folder, manager = files()
    for day in ("2024-01-02", "2024-01-03"):
        stored(GRID, f"{day}|b", manager, day)
    column = dg.PartitionKeyRange("2024-01-02|b", "2024-01-03|b")
    say("files", below(folder))
    say("one", loaded(GRID, manager, partition_key="2024-01-02|b"))
    say("column", dict(sorted(loaded(GRID, manager, asset_partition_key_range=column).items())))


@scenario()
def one_value_for_several_files_is_refused(say: Say) -> None:
    folder, manager = files()
    context = dg.build_output_context(asset_key="x", asset_partition_key_range=SOME_DAYS, asset_partitions_def=DAILY)
    say.refusal("a value of a range", lambda: manager.handle_output(context, "all"))
    say("files", below(folder))


@scenario()
def values_of_partitions_loaded_without_a_run(say: Say) -> None:
    @dg.asset(partitions_def=LETTERS)
    def letters(context):
        return context.partition_key * 2

    instance = dg.DagsterInstance.ephemeral()
    defs = dg.Definitions([letters])
    result = dg.materialize([letters], partition_key="b", instance=instance)
    say("of the run", result.output_for_node("letters"), result.asset_value("letters"))
    say("loaded", defs.load_asset_value("letters", partition_key="b", instance=instance))
    with defs.get_asset_value_loader(instance=instance) as loader:
        say("by a loader", loader.load_asset_value("letters", partition_key="b"))


@scenario()
def assets_called_for_a_partition(say: Say) -> None:
    @dg.asset(partitions_def=DAILY)
    def day(context: dg.AssetExecutionContext):
        return [
            context.partition_key,
            shown(context.partition_keys),
            shown(context.partition_time_window),
            shown(context.partition_key_range),
            context.asset_partition_key_for_output(),
        ]

    @dg.asset(partitions_def=GRID)
    def cell(context: dg.AssetExecutionContext):
        return [shown(context.partition_key), shown(context.partition_time_window)]

    @dg.asset(partitions_def=LETTERS)
    def letters(context: dg.AssetExecutionContext):
        return [context.has_partition_key, context.has_partition_key_range, shown(context.partition_keys)]

    say("day", day(dg.build_asset_context(partition_key="2024-01-02")))
    say("cell", cell(dg.build_asset_context(partition_key="2024-01-02|a")))
    some = dg.PartitionKeyRange("a", "b")
    say("letters", letters(dg.build_asset_context(partition_key_range=some)))
    say("op", dg.build_op_context(partition_key="any").partition_key)
    say.refusal("none", lambda: day(dg.build_asset_context()))
    say.refusal("both", lambda: dg.build_op_context(partition_key="a", partition_key_range=some))


@scenario()
def managers_of_databases_are_told_rows(say: Say) -> None:
    from contextlib import contextmanager

    from dagster._core.storage.db_io_manager import DbClient, DbIOManager, DbTypeHandler

    def dimensions(table_slice):
        found = table_slice.partition_dimensions or []
        return [
            f"{each.partition_expr}: "
            + str(shown(each.partitions) if hasattr(each.partitions, "start") else sorted(each.partitions))
            for each in found
        ]

    class Client(DbClient):
        @staticmethod
        def delete_table_slice(context, table_slice, connection):
            say("deletes", table_slice.schema, table_slice.table, dimensions(table_slice))

        @staticmethod
        def get_select_statement(table_slice):
            return "select"

        @staticmethod
        def ensure_schema_exists(context, table_slice, connection):
            say("schema", table_slice.schema)

        @staticmethod
        @contextmanager
        def connect(context, table_slice):
            yield "connection"

    class Numbers(DbTypeHandler):
        def handle_output(self, context, table_slice, obj, connection):
            say("stores", obj, connection, dimensions(table_slice))
            return {"rows": 1}

        def load_input(self, context, table_slice, connection):
            say("loads", table_slice.columns, dimensions(table_slice))
            return 5

        @property
        def supported_types(self):
            return [int]

    manager = DbIOManager(type_handlers=[Numbers()], db_client=Client(), database="db", schema="shop")
    cells = {"partition_expr": {"day": "at", "letter": "l"}}
    for definition, how, metadata in (
        (DAILY, {"partition_key": "2024-01-02"}, {"partition_expr": "at"}),
        (DAILY, {"asset_partition_key_range": SOME_DAYS}, {"partition_expr": "at"}),
        (LETTERS, {"asset_partition_key_range": dg.PartitionKeyRange("a", "b")}, {"partition_expr": "l"}),
        (GRID, {"partition_key": "2024-01-02|a"}, cells),
        (None, {}, {"schema": "own"}),
    ):
        key = {"asset_key": ["raw", "x"], "asset_partitions_def": definition}
        output = dg.build_output_context(**key, **how, definition_metadata=metadata)
        manager.handle_output(output, 5)
        say("metadata", {label: value.value for label, value in sorted(output.get_logged_metadata().items())})
        upstream = dg.build_output_context(**key, definition_metadata=metadata)
        context = dg.build_input_context(
            **key, **how, upstream_output=upstream, dagster_type=dg.PythonObjectDagsterType(int)
        )
        say("value", manager.load_input(context))
    say.refusal("text", lambda: manager.handle_output(dg.build_output_context(asset_key="x"), "text"), "handler")
    day = dg.build_output_context(asset_key="x", partition_key="2024-01-02", asset_partitions_def=DAILY)
    say.refused("no column", lambda: manager.handle_output(day, 5), "partition_expr")
