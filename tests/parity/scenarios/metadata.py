"""Metadata: what each kind of value becomes, through the store and back."""

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
from tests.parity.facts import metadata, plain
from tests.parity.scenario import Say, scenario


def stored(given) -> dict:
    """The metadata of an output after the run was stored and read again."""

    @dg.asset
    def table():
        return dg.MaterializeResult(metadata=given)

    instance = dg.DagsterInstance.get()
    dg.materialize([table], instance=instance)
    return instance.get_latest_materialization_event(dg.AssetKey("table")).asset_materialization.metadata


@scenario()
def raw_values(say: Say) -> None:
    given = {
        "text": "t",
        "int": 1,
        "float": 1.5,
        "bool": True,
        "none": None,
        "dict": {"a": [1, {"b": 2}]},
        "list": [1, "x", None],
        "path": Path("/a/b"),
        "key": dg.AssetKey(["a", "b"]),
    }
    made = dg.AssetMaterialization("x", metadata=given).metadata
    say("kinds", {name: type(each).__name__ for name, each in made.items()})
    say("values", {name: each.value for name, each in made.items() if name not in {"key", "list", "path"}})
    say("list", made["list"].value)


@scenario()
def raw_values_through_the_store(say: Say) -> None:
    found = stored(
        {
            "text": "t",
            "int": 1,
            "float": 2.0,
            "bool": False,
            "none": None,
            "dict": {"a": 1},
            "list": [1, 2],
            "unicode": "é\u2713",
        }
    )
    say("kinds", {name: type(each).__name__ for name, each in found.items()})
    say("values", {name: each.value for name, each in found.items()})


@scenario()
def every_constructor(say: Say) -> None:
    made = {
        "text": dg.MetadataValue.text("t"),
        "url": dg.MetadataValue.url("https://example.com"),
        "path": dg.MetadataValue.path("/p"),
        "notebook": dg.MetadataValue.notebook("/n.ipynb"),
        "json": dg.MetadataValue.json({"a": 1}),
        "md": dg.MetadataValue.md("# x"),
        "float": dg.MetadataValue.float(1.5),
        "int": dg.MetadataValue.int(2),
        "bool": dg.MetadataValue.bool(True),
        "timestamp": dg.MetadataValue.timestamp(1700000000.5),
        "null": dg.MetadataValue.null(),
        "run": dg.MetadataValue.dagster_run("abc"),
        "artifact": dg.MetadataValue.python_artifact(Path),
    }
    say("made", metadata(made))
    say("asset", dg.MetadataValue.asset(dg.AssetKey("a")).asset_key)
    say("when", dg.MetadataValue.timestamp(datetime(2024, 1, 1, tzinfo=UTC)).value)
    say.refusal("naive time", lambda: dg.MetadataValue.timestamp(datetime(2024, 1, 1)))


@scenario()
def every_constructor_through_the_store(say: Say) -> None:
    found = stored(
        {
            "url": dg.MetadataValue.url("https://example.com"),
            "path": dg.MetadataValue.path("/p"),
            "notebook": dg.MetadataValue.notebook("/n.ipynb"),
            "json": dg.MetadataValue.json([1, {"a": None}]),
            "md": dg.MetadataValue.md("# x"),
            "timestamp": dg.MetadataValue.timestamp(1700000000.5),
            "null": dg.MetadataValue.null(),
            "run": dg.MetadataValue.dagster_run("abc"),
            "artifact": dg.MetadataValue.python_artifact(Path),
            "nan": dg.MetadataValue.float(0.1),
        }
    )
    say("found", {name: (type(each).__name__, each.value) for name, each in found.items()})


@scenario()
def tables(say: Say) -> None:
    table = dg.MetadataValue.table([dg.TableRecord({"a": 1, "b": "x"}), dg.TableRecord({"a": 2, "b": "y"})])
    say("records", [dict(each.data) for each in table.records])
    say("columns", [(each.name, each.type) for each in table.schema.columns])
    schema = dg.TableSchema(
        columns=[
            dg.TableColumn(
                "a",
                "int",
                description="d",
                constraints=dg.TableColumnConstraints(nullable=False, unique=True, other=["> 0"]),
                tags={"t": "1"},
            ),
            dg.TableColumn("b"),
        ],
        constraints=dg.TableConstraints(other=["row"]),
    )
    found = stored({"dagster/column_schema": schema, "table": table})
    back = found["dagster/column_schema"].schema
    say("schema", back == schema)
    say(
        "column",
        back.columns[0].name,
        back.columns[0].type,
        back.columns[0].description,
        back.columns[0].constraints.nullable,
        back.columns[0].constraints.other,
    )
    say("default", back.columns[1].type, back.columns[1].constraints.nullable)
    say("table", [dict(each.data) for each in found["table"].records])
    say("by name", dg.TableSchema.from_name_type_dict({"x": "int"}).columns[0].name)


@scenario()
def lineage(say: Say) -> None:
    given = dg.TableColumnLineage({"c": [dg.TableColumnDep(dg.AssetKey("up"), "a"), dg.TableColumnDep("up2", "b")]})
    found = stored({"dagster/column_lineage": given})
    value = found["dagster/column_lineage"].value
    say("equal", value == given)
    say(
        "deps",
        {name: [(each.asset_key, each.column_name) for each in deps] for name, deps in value.deps_by_column.items()},
    )


@scenario()
def values_that_cannot_be_metadata(say: Say) -> None:
    say.refusal("object", lambda: dg.AssetMaterialization("x", metadata={"o": object()}), "o")
    say.refusal("set", lambda: dg.AssetMaterialization("x", metadata={"s": {1, 2}}), "s")
    say.refusal("object in a list", lambda: dg.AssetMaterialization("x", metadata={"l": [object()]}))


@scenario()
def equality_and_text(say: Say) -> None:
    say(
        "equal",
        dg.MetadataValue.int(1) == dg.MetadataValue.int(1),
        dg.MetadataValue.int(1) == dg.MetadataValue.int(2),
    )
    say(
        "class",
        dg.IntMetadataValue(1) == dg.MetadataValue.int(1),
        dg.TextMetadataValue("a").text,
        dg.MarkdownMetadataValue("m").md_str,
    )
    say("attributes", dg.UrlMetadataValue("u").url, dg.PathMetadataValue("p").path, dg.JsonMetadataValue({"a": 1}).data)
    say("null", dg.NullMetadataValue().value, dg.BoolMetadataValue(True).value, dg.FloatMetadataValue(1.0).value)


@scenario()
def metadata_of_definitions(say: Say) -> None:
    @dg.asset(metadata={"a": 1, "b": dg.MetadataValue.md("x"), "c": {"d": 1}})
    def table():
        return 1

    found = table.metadata_by_key[table.key]
    say("asset", {name: getattr(each, "value", each) for name, each in found.items()})

    @dg.job(metadata={"owner": "me", "n": 1})
    def noted():
        pass

    say("job", plain(noted.metadata))


@scenario()
def output_metadata_from_the_context(say: Say) -> None:
    @dg.op(out={"a": dg.Out(), "b": dg.Out()})
    def gives(context):
        context.add_output_metadata({"n": 1}, output_name="a")
        say("set", dict(context.get_output_metadata("a") or {}))
        return 1, 2

    @dg.job
    def giving():
        gives()

    result = giving.execute_in_process()
    outputs = [each.event_specific_data for each in result.all_events if each.event_type_value == "STEP_OUTPUT"]
    say("outputs", [(each.output_name, plain(each.metadata)) for each in outputs])


@scenario()
def metadata_set_twice_and_for_nothing(say: Say) -> None:
    @dg.op
    def twice(context):
        context.add_output_metadata({"n": 1})
        context.add_output_metadata({"m": 2})
        return 1

    @dg.op
    def stray(context):
        context.add_output_metadata({"n": 1}, output_name="none_such")

    for one in (twice, stray):
        graph = dg.GraphDefinition(name="g", node_defs=[one])
        say.refusal(one.name, lambda graph=graph: graph.execute_in_process().success)


@scenario()
def normalized_on_events(say: Say) -> None:
    observation = dg.AssetObservation(["a", "b"], description="d", metadata={"n": 1}, tags={"t": "1"})
    say("observation", observation.asset_key, observation.description, metadata(observation.metadata), observation.tags)
    made = dg.AssetMaterialization("x", tags={"t": "1"}, partition="p")
    say("materialization", made.asset_key, made.partition, made.tags, made.metadata)
    result = dg.MaterializeResult(asset_key="a", metadata={"n": 1}, tags={"x": "y"})
    say("result", result.asset_key, dict(result.metadata), dict(result.tags))


@scenario()
def code_versions_and_data_versions_on_results(say: Say) -> None:
    say("version", dg.DataVersion("x").value, dg.DataVersion("x") == dg.DataVersion("x"))
    result = dg.MaterializeResult(data_version=dg.DataVersion("v"))
    say("result", result.data_version.value)
    say.refusal("number", lambda: dg.DataVersion(5))


@scenario()
def large_and_odd_values(say: Say) -> None:
    found = stored(
        {
            "big": 2**60,
            "negative": -5,
            "small": 1e-300,
            "empty": "",
            "long": "x" * 5000,
            "deep": {"a": {"b": {"c": [[]]}}},
        }
    )
    say("found", {name: each.value if name != "long" else len(each.value) for name, each in found.items()})


@scenario()
def records_of_tables(say: Say) -> None:
    say.refusal("wrong value", lambda: dg.TableRecord({"a": object()}))
    say.refusal("no schema", lambda: dg.MetadataValue.table([]))
    say.refusal(
        "unlike", lambda: dg.MetadataValue.table([dg.TableRecord({"a": 1}), dg.TableRecord({"b": 1})]).schema and 1
    )
    say("equal", dg.TableColumn("a", "int") == dg.TableColumn(name="a", type="int"))
