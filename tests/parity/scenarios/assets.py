"""Assets of one function each: keys, inputs, dependencies, results, graphs of ops as assets, sources."""

import dagster as dg
from tests.parity.facts import kinds, plain, stream
from tests.parity.scenario import Say, scenario


@dg.asset
def raw() -> int:
    return 3


@dg.asset
def doubled(raw: int) -> int:
    return raw * 2


def made(result) -> list:
    """The materializations of a run: key and metadata."""
    events = result.get_asset_materialization_events()
    return [(each.asset_key, plain(each.materialization.metadata)) for each in events]


@scenario()
def two_assets(say: Say) -> None:
    result = dg.materialize([raw, doubled])
    say("values", result.output_for_node("doubled"), result.asset_value("raw"))
    say("events", stream(result.all_events))


@scenario()
def keys_prefixes_and_groups(say: Say) -> None:
    @dg.asset(key_prefix=["warehouse", "core"], group_name="gold")
    def table():
        return 1

    @dg.asset(key=["other", "name"], ins={"table": dg.AssetIn(key_prefix=["warehouse", "core"])})
    def below(table):
        return table

    @dg.asset(key_prefix="one", name="renamed")
    def before():
        return 1

    for each in (table, below, before):
        say("key", each.key, each.op.name, dict(each.group_names_by_key))
    say("inputs", {str(name): key for name, key in below.keys_by_input_name.items()})
    say("user string", below.key.to_user_string(), below.key.to_python_identifier(), list(below.key.path))
    say("made", [each[0] for each in made(dg.materialize([table, below]))])


@scenario()
def asset_ins(say: Say) -> None:
    @dg.asset(ins={"number": dg.AssetIn(key="raw", metadata={"k": 1}, dagster_type=dg.Int)})
    def mapped(number):
        return number + 1

    @dg.asset(ins={"up": dg.AssetIn("raw", dagster_type=dg.Nothing)})
    def after():
        return 1

    result = dg.materialize([raw, mapped, after])
    say("value", result.asset_value("mapped"))
    say("steps", kinds(result.all_events, "LOADED_INPUT", "STEP_START"))


@scenario()
def deps_in_every_form(say: Say) -> None:
    spec = dg.AssetSpec("outside")

    @dg.asset(deps=[raw, "doubled", dg.AssetKey(["a", "b"]), dg.AssetDep("raw2"), spec])
    def last():
        return 1

    say("deps", sorted(key.to_user_string() for key in last.dependency_keys))
    say("asset deps", sorted(key.to_user_string() for key in last.asset_deps[last.key]))
    say("spec deps", sorted(each.asset_key.to_user_string() for each in last.get_asset_spec().deps))


@scenario()
def deps_order_without_loading(say: Say) -> None:
    @dg.asset(deps=[raw])
    def after():
        return None

    result = dg.materialize([after, raw])
    say("events", stream(result.all_events))


@scenario()
def the_same_dependency_twice(say: Say) -> None:
    def define():
        @dg.asset(deps=[raw])
        def both(raw):
            return raw

        return sorted(each.to_user_string() for each in both.dependency_keys)

    say.refusal("both", define, "raw")


@scenario()
def results_of_an_asset(say: Say) -> None:
    @dg.asset
    def value():
        return dg.MaterializeResult(value=5, metadata={"rows": 2}, tags={"a": "b"})

    @dg.asset
    def full() -> dg.Output[int]:
        return dg.Output(6, metadata={"n": 1}, data_version=dg.DataVersion("v1"))

    @dg.asset
    def nothing() -> None:
        return None

    @dg.asset
    def yielded():
        yield dg.AssetObservation("raw", metadata={"seen": True})
        yield dg.MaterializeResult(metadata={"x": 1.5})

    @dg.asset
    def reader(value, full):
        return value + full

    result = dg.materialize([value, full, nothing, yielded, reader])
    say("made", sorted(made(result), key=lambda each: str(each[0].path)))
    say("reader", result.output_for_node("reader"))
    say("handled", sorted(kinds(result.all_events, "HANDLED_OUTPUT", "ASSET_OBSERVATION")))
    tags = {
        each.asset_key.to_user_string(): each.materialization.tags for each in result.get_asset_materialization_events()
    }
    say("tags", {name: value for name, value in tags["value"].items() if not name.startswith("dagster/")})
    say("data version", tags["full"].get("dagster/data_version"))


@scenario()
def context_metadata(say: Say) -> None:
    @dg.asset
    def noted(context: dg.AssetExecutionContext):
        context.add_output_metadata({"first": 1})
        context.add_asset_metadata({"second": 2})
        return 1

    say("made", made(dg.materialize([noted])))


@scenario()
def definition_metadata_and_tags(say: Say) -> None:
    @dg.asset(
        description="A table.",
        metadata={"owner": "me", "n": 1},
        tags={"domain": "sales"},
        owners=["me@example.com", "team:data"],
        kinds={"python", "duckdb"},
        code_version="2",
        op_tags={"op": "yes"},
        group_name="g",
    )
    def table():
        """Not this one."""

    spec = table.get_asset_spec()
    say("metadata", {name: str(value) for name, value in spec.metadata.items() if name in {"owner", "n"}})
    say("tags", dict(sorted(spec.tags.items())))
    say("rest", spec.description, sorted(spec.owners), set(spec.kinds), spec.code_version, spec.group_name)
    say("op tags", {name: value for name, value in table.op.tags.items() if name == "op"})


@scenario()
def the_context_of_an_asset(say: Say) -> None:
    @dg.asset(key_prefix="p", deps=[raw])
    def seen(context: dg.AssetExecutionContext):
        say("key", context.asset_key, context.op_execution_context.asset_key)
        say("names", context.op_execution_context.op.name, context.job_name, context.has_partition_key)
        say("run", context.run_id == context.run.run_id, context.run.job_name, context.retry_number)
        say("selected", list(context.selected_asset_keys))
        say("defs", context.assets_def.key, context.has_assets_def, context.asset_key_for_output())
        say("output", context.asset_key_for_output("result"), context.selected_output_names)
        return 1

    dg.materialize([seen, raw], selection=[seen])


@scenario()
def a_graph_asset(say: Say) -> None:
    @dg.op
    def fetch() -> int:
        return 4

    @dg.op
    def scale(number: int, by: int) -> int:
        return number * by

    @dg.graph_asset(group_name="g", metadata={"m": 1}, description="Scaled.")
    def scaled(raw):
        return scale(fetch(), raw)

    result = dg.materialize([raw, scaled])
    say("value", result.output_for_node("scaled"))
    say("events", stream(result.all_events))
    say("spec", scaled.get_asset_spec().group_name, scaled.get_asset_spec().description)
    say("inputs", {str(name): key for name, key in scaled.keys_by_input_name.items()})


@scenario()
def a_graph_of_several_assets(say: Say) -> None:
    @dg.op(out={"a": dg.Out(), "b": dg.Out()})
    def split():
        return 1, 2

    @dg.op
    def plus(number):
        return number + 10

    @dg.graph_multi_asset(outs={"left": dg.AssetOut(), "right": dg.AssetOut(key=["x", "right"])})
    def both():
        a, b = split()
        return {"left": plus.alias("p1")(a), "right": plus.alias("p2")(b)}

    result = dg.materialize([both])
    say("made", [each[0] for each in made(result)])
    say("values", result.output_for_node("both", "left"), result.output_for_node("both", "right"))
    say("steps", kinds(result.all_events, "STEP_START"))


@scenario()
def assets_from_an_op_and_a_graph(say: Say) -> None:
    @dg.op
    def number() -> int:
        return 7

    @dg.op
    def plus(raw: int) -> int:
        return raw + 1

    @dg.graph
    def pipeline(raw):
        return plus(raw)

    from_op = dg.AssetsDefinition.from_op(number, key_prefix="ops")
    from_graph = dg.AssetsDefinition.from_graph(pipeline, keys_by_output_name={"result": dg.AssetKey("graphed")})
    result = dg.materialize([raw, from_op, from_graph])
    say("keys", from_op.key, from_graph.key)
    say("made", sorted(str(each[0].to_user_string()) for each in made(result)))
    say("value", result.output_for_node("pipeline"))


@scenario()
def a_source_asset(say: Say) -> None:
    class Constant(dg.ConfigurableIOManager):
        def load_input(self, context):
            return (context.asset_key.to_user_string(), dict(context.upstream_output.definition_metadata))

        def handle_output(self, context, obj):
            pass

    source = dg.SourceAsset(
        "outside", io_manager_key="constant", metadata={"m": 1}, group_name="src", description="Elsewhere."
    )

    @dg.asset
    def reads(outside):
        say("loaded", outside[0], sorted(outside[1]))
        return 1

    dg.materialize([reads, source], resources={"constant": Constant()})
    say("source", source.key, source.group_name, source.description, source.is_observable)


@scenario()
def external_specs(say: Say) -> None:
    external = dg.AssetSpec("external", group_name="ext", description="Not ours.", deps=["further"])

    @dg.asset(deps=[external])
    def ours():
        return 1

    defs = dg.Definitions(assets=[external, ours])
    graph = defs.resolve_asset_graph()
    say("keys", sorted(key.to_user_string() for key in graph.get_all_asset_keys()))
    say("materializable", sorted(key.to_user_string() for key in graph.materializable_asset_keys))
    result = defs.resolve_implicit_global_asset_job_def().execute_in_process()
    say("steps", kinds(result.all_events, "STEP_START"))


@scenario()
def observing_a_source(say: Say) -> None:
    @dg.observable_source_asset
    def feed(context):
        return dg.DataVersion("v5")

    @dg.observable_source_asset(key=["b", "feed"])
    def other():
        return dg.ObserveResult(metadata={"rows": 2}, data_version=dg.DataVersion("w"), tags={"t": "1"})

    defs = dg.Definitions(assets=[feed, other], jobs=[dg.define_asset_job("observe", [feed.key, other.key])])
    result = defs.resolve_job_def("observe").execute_in_process()
    observed = result.get_asset_observation_events()
    say("events", sorted(stream(result.all_events)))
    say(
        "observed",
        sorted(
            (each.asset_key.to_user_string(), each.asset_observation_data.asset_observation.data_version)
            for each in observed
        ),
    )


@scenario()
def to_source_assets(say: Say) -> None:
    source = doubled.to_source_asset()
    say("source", type(source).__name__, source.key, source.group_name)
    say("several", [each.key for each in doubled.to_source_assets()])


@scenario()
def an_asset_of_an_unknown_upstream(say: Say) -> None:
    @dg.asset
    def lonely(missing_upstream):
        return missing_upstream

    say.refusal("raised", lambda: dg.materialize([lonely]), "missing_upstream")


@scenario()
def assets_with_config(say: Say) -> None:
    class Settings(dg.Config):
        limit: int
        name: str = "x"

    @dg.asset
    def configured_asset(config: Settings):
        return (config.limit, config.name)

    @dg.asset(config_schema={"n": int})
    def older(context):
        return context.op_execution_context.op_config["n"]

    result = dg.materialize(
        [configured_asset, older],
        run_config=dg.RunConfig(ops={"configured_asset": Settings(limit=3), "older": {"config": {"n": 4}}}),
    )
    say("values", result.asset_value("configured_asset"), result.asset_value("older"))
    say.refusal("missing", lambda: dg.materialize([configured_asset]), "limit", "configured_asset")


@scenario()
def the_same_key_twice(say: Say) -> None:
    def make():
        @dg.asset(name="twin")
        def twin():
            return 1

        return twin

    say.refusal("collected", lambda: dg.Definitions(assets=[make(), make()]).get_repository_def(), "twin")
    say.refusal("materialized", lambda: dg.materialize([make(), make()]), "twin")


@scenario()
def map_asset_specs(say: Say) -> None:
    changed = dg.map_asset_specs(
        lambda spec: spec.replace_attributes(group_name="new", owners=["a@b.com"]), [raw, doubled]
    )
    say("groups", [dict(each.group_names_by_key) for each in changed])
    specs = dg.map_asset_specs(
        lambda spec: spec.merge_attributes(tags={"x": "1"}), [dg.AssetSpec("s", tags={"y": "2"})]
    )
    say("specs", [dict(each.tags) for each in specs])
    say(
        "method",
        doubled.map_asset_specs(lambda spec: spec.replace_attributes(description="new")).get_asset_spec().description,
    )
    say.refusal(
        "another key", lambda: doubled.map_asset_specs(lambda spec: spec.replace_attributes(key="renamed")), "renamed"
    )


@scenario()
def asset_specs_are_values(say: Say) -> None:
    spec = dg.AssetSpec(["a", "b"], deps=["c"], metadata={"k": 1}, kinds={"python"}, code_version="1", skippable=True)
    say(
        "equal",
        spec
        == dg.AssetSpec(["a", "b"], deps=["c"], metadata={"k": 1}, kinds={"python"}, code_version="1", skippable=True),
    )
    say("tags", dict(spec.tags))
    say(
        "replaced",
        spec.replace_attributes(deps=[], description="d").description,
        list(spec.replace_attributes(deps=[]).deps),
    )
    say("merged", sorted(spec.merge_attributes(kinds={"sql"}, metadata={"l": 2}).kinds))
    say("io manager", spec.with_io_manager_key("x").metadata.get("dagster/io_manager_key"))
    say.refusal("owner", lambda: dg.AssetSpec("x", owners=["nobody"]), "nobody")
    say.refusal("tag", lambda: dg.AssetSpec("x", tags={"a b": "1"}), "a b")


@scenario()
def with_attributes(say: Say) -> None:
    moved = doubled.with_attributes(
        asset_key_replacements={
            dg.AssetKey("raw"): dg.AssetKey(["x", "raw"]),
            dg.AssetKey("doubled"): dg.AssetKey("d"),
        },
        group_names_by_key={dg.AssetKey("doubled"): "moved"},
    )
    say(
        "key",
        moved.key,
        {str(name): key for name, key in moved.keys_by_input_name.items()},
        dict(moved.group_names_by_key),
    )


@scenario()
def failing_assets_keep_what_is_downstream_from_running(say: Say) -> None:
    @dg.asset
    def broken():
        raise ValueError("no")

    @dg.asset
    def below(broken):
        return broken

    result = dg.materialize([raw, broken, below, doubled], raise_on_error=False)
    say("made", [each[0] for each in made(result)])
    say(
        "ends",
        kinds(result.all_events, "STEP_SUCCESS", "STEP_FAILURE", "STEP_SKIPPED", "PIPELINE_FAILURE", "RUN_FAILURE"),
    )


@scenario()
def an_optional_asset(say: Say) -> None:
    @dg.asset(output_required=False)
    def sometimes():
        if False:
            yield dg.Output(1)

    @dg.asset
    def after(sometimes):
        return sometimes

    result = dg.materialize([sometimes, after])
    say("events", stream(result.all_events))


@scenario()
def materialize_to_memory(say: Say) -> None:
    result = dg.materialize_to_memory([raw, doubled])
    say("value", result.asset_value("doubled"), result.output_for_node("raw"))
    say("selection", kinds(dg.materialize([raw, doubled], selection="raw").all_events, "STEP_START"))


@scenario()
def an_asset_stored_and_loaded_later(say: Say) -> None:
    instance = dg.DagsterInstance.get()
    dg.materialize([raw], instance=instance)
    result = dg.materialize([raw, doubled], selection=[doubled], instance=instance)
    say("value", result.asset_value("doubled"))
    defs = dg.Definitions(assets=[raw, doubled])
    say("loaded", defs.load_asset_value("doubled", instance=instance))
    with defs.get_asset_value_loader(instance) as loader:
        say("loader", loader.load_asset_value("raw"))
