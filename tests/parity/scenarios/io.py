"""IO managers, input managers and the contexts they are given."""

import pickle

import dagster as dg
from tests.parity.facts import kinds, plain, stream
from tests.parity.scenario import Say, scenario


class Memory(dg.IOManager):
    """Keeps values by step and output, or by asset, and says what it is asked."""

    def __init__(self, say: Say | None = None):
        self.say = say or (lambda *_: None)
        self.values = {}

    def handle_output(self, context, obj):
        key = context.get_identifier() if not context.has_asset_key else ("asset", *context.asset_key.path)
        self.values[tuple(key[1:])] = obj
        self.say("stored", list(key[1:]), obj)

    def load_input(self, context):
        upstream = context.upstream_output
        key = upstream.get_identifier() if not context.has_asset_key else ("asset", *context.asset_key.path)
        self.say("loaded", list(key[1:]))
        return self.values[tuple(key[1:])]


@dg.op
def one() -> int:
    return 1


@dg.op
def add_one(number: int) -> int:
    return number + 1


@scenario()
def a_job_with_its_own_manager(say: Say) -> None:
    @dg.job(resource_defs={"io_manager": dg.IOManagerDefinition.hardcoded_io_manager(Memory(say))})
    def chain():
        add_one(one())

    result = chain.execute_in_process()
    say("events", stream(result.all_events))
    say("value", result.output_for_node("add_one"))


@scenario()
def a_manager_by_decorator(say: Say) -> None:
    memory = Memory(say)

    @dg.io_manager(config_schema={"prefix": str}, required_resource_keys={"extra"})
    def manager(context):
        say("made", context.resource_config["prefix"], context.resources.extra)
        return memory

    @dg.job(resource_defs={"io_manager": manager, "extra": dg.ResourceDefinition.hardcoded_resource("x")})
    def chain():
        add_one(one())

    chain.execute_in_process(run_config={"resources": {"io_manager": {"config": {"prefix": "p"}}}})


@scenario()
def the_context_of_an_output(say: Say) -> None:
    class Asked(dg.IOManager):
        def handle_output(self, context: dg.OutputContext, obj):
            say("names", context.name, context.step_key, context.op_def.name, context.job_name)
            say("identifier", [*context.get_identifier()[1:]], context.get_identifier()[0] == context.run_id)
            say("type", context.dagster_type.display_name, dict(context.definition_metadata), dict(context.metadata))
            say("asset", context.has_asset_key, context.has_partition_key, context.mapping_key, context.version)
            say("resource", context.resource_config, context.config)
            context.add_output_metadata({"bytes": 3})
            say("output metadata", sorted(context.output_metadata))

        def load_input(self, context):
            raise AssertionError

    @dg.op(out=dg.Out(int, metadata={"table": "t"}))
    def give():
        return 1

    @dg.job(resource_defs={"io_manager": dg.IOManagerDefinition.hardcoded_io_manager(Asked())})
    def gives():
        give()

    result = gives.execute_in_process()
    handled = next(each for each in result.all_events if each.event_type_value == "HANDLED_OUTPUT")
    say(
        "event",
        handled.event_specific_data.output_name,
        handled.event_specific_data.manager_key,
        plain(handled.event_specific_data.metadata),
    )


@scenario()
def the_context_of_an_input(say: Say) -> None:
    class Asked(Memory):
        def load_input(self, context: dg.InputContext):
            say("names", context.name, context.op_def.name)
            say("type", context.dagster_type.display_name, dict(context.definition_metadata))
            say(
                "upstream",
                context.upstream_output.step_key,
                context.upstream_output.name,
                dict(context.upstream_output.definition_metadata),
            )
            say("asset", context.has_asset_key, context.has_partition_key, context.has_asset_partitions)
            context.add_input_metadata({"rows": 2})
            return super().load_input(context)

    @dg.op(out=dg.Out(metadata={"o": 1}))
    def give():
        return 1

    @dg.op(ins={"number": dg.In(int, metadata={"i": 2})})
    def take(number):
        return number

    @dg.job(resource_defs={"io_manager": dg.IOManagerDefinition.hardcoded_io_manager(Asked())})
    def chain():
        take(give())

    result = chain.execute_in_process()
    loaded = next(each for each in result.all_events if each.event_type_value == "LOADED_INPUT")
    data = loaded.event_specific_data
    say(
        "event",
        data.input_name,
        data.manager_key,
        data.upstream_output_name,
        data.upstream_step_key,
        plain(data.metadata),
    )


@scenario()
def the_contexts_of_assets(say: Say) -> None:
    class Asked(dg.ConfigurableIOManager):
        folder: str = "f"

        def handle_output(self, context: dg.OutputContext, obj):
            say(
                "output",
                context.asset_key,
                context.has_asset_key,
                context.get_asset_identifier(),
                context.asset_spec.group_name,
            )
            say("definition", {name: str(value) for name, value in context.definition_metadata.items()})

        def load_input(self, context: dg.InputContext):
            say(
                "input",
                context.asset_key,
                context.name,
                context.upstream_output.asset_key,
                context.get_asset_identifier(),
            )
            say("config", self.folder, context.upstream_output.definition_metadata["m"])
            return 5

    @dg.asset(key_prefix="p", metadata={"m": 1}, group_name="g")
    def up():
        return 1

    @dg.asset(ins={"up": dg.AssetIn(key_prefix="p")})
    def down(up):
        return up

    dg.materialize([up, down], resources={"io_manager": Asked()})


@scenario()
def a_manager_for_each_output(say: Say) -> None:
    left, right = Memory(say), Memory(say)

    @dg.op(out={"a": dg.Out(io_manager_key="left"), "b": dg.Out(io_manager_key="right")})
    def split():
        return 1, 2

    @dg.op
    def add(a, b):
        return a + b

    @dg.job(
        resource_defs={
            "left": dg.IOManagerDefinition.hardcoded_io_manager(left),
            "right": dg.IOManagerDefinition.hardcoded_io_manager(right),
        }
    )
    def both():
        add(*split())

    result = both.execute_in_process()
    say("kept", sorted(str(key) for key in left.values), sorted(str(key) for key in right.values))
    say(
        "keys",
        [
            each.event_specific_data.manager_key
            for each in result.all_events
            if each.event_type_value == "HANDLED_OUTPUT"
        ],
    )


@scenario()
def an_input_manager(say: Say) -> None:
    @dg.input_manager(input_config_schema={"by": int}, config_schema={"start": int})
    def scaled(context):
        return context.resource_config["start"] * context.config["by"]

    @dg.op(ins={"number": dg.In(input_manager_key="scaled")})
    def take(number):
        return number

    @dg.job(resource_defs={"scaled": scaled})
    def taking():
        take()

    config = {"ops": {"take": {"inputs": {"number": {"by": 3}}}}, "resources": {"scaled": {"config": {"start": 5}}}}
    say("value", taking.execute_in_process(run_config=config).output_for_node("take"))
    say.refusal("missing", taking.execute_in_process, "number", "start")


@scenario()
def an_input_manager_for_a_connected_input(say: Say) -> None:
    @dg.input_manager
    def tenfold(context):
        say("upstream", context.upstream_output.name, context.upstream_output.step_key)
        return 10

    @dg.op(ins={"number": dg.In(input_manager_key="tenfold")})
    def take(number):
        return number

    @dg.job(resource_defs={"tenfold": tenfold})
    def chain():
        take(one())

    say("value", chain.execute_in_process().output_for_node("take"))


@scenario()
def a_manager_that_fails(say: Say) -> None:
    class Broken(dg.IOManager):
        def __init__(self, when):
            self.when = when

        def handle_output(self, context, obj):
            if self.when == "store":
                raise OSError("disk full")

        def load_input(self, context):
            raise OSError("gone")

    for when in ("store", "load"):

        @dg.job(resource_defs={"io_manager": dg.IOManagerDefinition.hardcoded_io_manager(Broken(when))})
        def chain():
            add_one(one())

        result = chain.execute_in_process(raise_on_error=False)
        say(
            when,
            kinds(result.all_events, "STEP_SUCCESS", "STEP_FAILURE", "STEP_OUTPUT", "HANDLED_OUTPUT", "LOADED_INPUT"),
        )
        say.refusal("raised", chain.execute_in_process, "disk full", "gone")


@scenario()
def metadata_yielded_while_storing(say: Say) -> None:
    class Telling(dg.IOManager):
        def handle_output(self, context, obj):
            yield dg.AssetMaterialization("written", metadata={"n": 1})

        def load_input(self, context):
            return 1

    @dg.job(resource_defs={"io_manager": dg.IOManagerDefinition.hardcoded_io_manager(Telling())})
    def chain():
        one()

    result = chain.execute_in_process(raise_on_error=False)
    say("success", result.success)
    say("events", stream(result.all_events))


@scenario()
def output_config(say: Say) -> None:
    memory = Memory()

    @dg.io_manager(output_config_schema={"name": str}, input_config_schema={"name": dg.Field(str, is_required=False)})
    def named(_):
        class Named(dg.IOManager):
            def handle_output(self, context, obj):
                memory.values[context.config["name"]] = obj

            def load_input(self, context):
                return memory.values[context.upstream_output.config["name"]]

        return Named()

    @dg.op(out=dg.Out(io_manager_key="named"))
    def give():
        return 4

    @dg.job(resource_defs={"named": named})
    def gives():
        add_one(give())

    config = {"ops": {"give": {"outputs": {"result": {"name": "n"}}}}}
    result = gives.execute_in_process(run_config=config)
    say("value", result.output_for_node("add_one"), memory.values)
    say.refusal("missing", gives.execute_in_process, "outputs", "result")


@scenario()
def files_of_the_default_manager(say: Say) -> None:
    folder = say.folder / "store"

    @dg.asset(key_prefix="p")
    def table():
        return [1, 2]

    @dg.asset(ins={"table": dg.AssetIn(key_prefix="p")})
    def size(table):
        return len(table)

    result = dg.materialize([table, size], resources={"io_manager": dg.FilesystemIOManager(base_dir=str(folder))})
    say("files", sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()))
    say("value", result.asset_value("size"))
    event = result.get_asset_materialization_events()[0]
    say("path", plain(event.materialization.metadata))


@scenario()
def the_older_file_manager(say: Say) -> None:
    folder = say.folder / "store"

    @dg.job(resource_defs={"io_manager": dg.fs_io_manager.configured({"base_dir": str(folder)})})
    def chain():
        add_one(one())

    result = chain.execute_in_process()
    say("value", result.output_for_node("add_one"))
    say("files", sorted(path.name for path in folder.rglob("*") if path.is_file()))


@scenario()
def an_own_manager_of_paths(say: Say) -> None:
    class Texts(dg.UPathIOManager):
        extension = ".txt"

        def dump_to_path(self, context, obj, path):
            with path.open("w") as file:
                file.write(obj)

        def load_from_path(self, context, path):
            with path.open() as file:
                return file.read()

        def get_metadata(self, context, obj):
            return {"length": len(obj)}

    @dg.io_manager
    def texts(_):
        from upath import UPath

        return Texts(base_path=UPath(say.folder / "texts"))

    @dg.asset(key_prefix=["a", "b"])
    def words():
        return "hello"

    @dg.asset(ins={"words": dg.AssetIn(key_prefix=["a", "b"])})
    def loud(words):
        return words.upper()

    result = dg.materialize([words, loud], resources={"io_manager": texts})
    folder = say.folder / "texts"
    say("files", sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()))
    say("value", result.asset_value("loud"), (folder / "loud.txt").read_text())
    say("metadata", plain(result.get_asset_materialization_events()[0].materialization.metadata))


@scenario()
def a_factory_of_managers(say: Say) -> None:
    class Factory(dg.ConfigurableIOManagerFactory):
        name: str

        def create_io_manager(self, context) -> Memory:
            say("made", self.name)
            return Memory(say)

    @dg.asset
    def table():
        return 3

    dg.materialize([table], resources={"io_manager": Factory(name="f")})


@scenario()
def a_manager_of_one_asset(say: Say) -> None:
    @dg.asset(io_manager_key="special")
    def table():
        return 3

    @dg.asset(io_manager_def=dg.IOManagerDefinition.hardcoded_io_manager(Memory(say)))
    def other(table):
        return table + 1

    dg.materialize([table, other], resources={"special": dg.IOManagerDefinition.hardcoded_io_manager(Memory(say))})
    say("keys", table.op.output_defs[0].io_manager_key)


@scenario()
def nothing_is_not_stored(say: Say) -> None:
    @dg.asset
    def silent() -> None:
        pass

    @dg.asset
    def none_value():
        return None

    @dg.asset(deps=[silent, none_value])
    def after():
        return 1

    result = dg.materialize(
        [silent, none_value, after], resources={"io_manager": dg.IOManagerDefinition.hardcoded_io_manager(Memory(say))}
    )
    say("handled", kinds(result.all_events, "HANDLED_OUTPUT"))


@scenario()
def a_manager_of_a_source(say: Say) -> None:
    class Reader(dg.IOManager):
        def handle_output(self, context, obj):
            raise AssertionError

        def load_input(self, context):
            return f"from {context.asset_key.to_user_string()} in {context.definition_metadata}"

    source = dg.AssetSpec("outside").with_io_manager_key("reader")

    @dg.asset
    def reads(outside):
        return outside

    result = dg.materialize(
        [reads, source], resources={"reader": dg.IOManagerDefinition.hardcoded_io_manager(Reader())}
    )
    say("value", result.output_for_node("reads"))


@scenario()
def the_manager_in_memory(say: Say) -> None:
    @dg.job(resource_defs={"io_manager": dg.mem_io_manager})
    def chain():
        add_one(one())

    say("value", chain.execute_in_process().output_for_node("add_one"))
    result = dg.materialize([dg.asset(name="x")(lambda: 5)], resources={"io_manager": dg.InMemoryIOManager()})
    say("asset", result.asset_value("x"))


@scenario()
def pickled_files_can_be_read(say: Say) -> None:
    folder = say.folder / "store"

    @dg.asset
    def table():
        return {"a": [1, 2]}

    dg.materialize([table], resources={"io_manager": dg.FilesystemIOManager(base_dir=str(folder))})
    say("value", pickle.loads((folder / "table").read_bytes()))


@scenario()
def what_cannot_be_pickled(say: Say) -> None:
    @dg.asset
    def function():
        return lambda: 1

    say.refusal(
        "raised",
        lambda: dg.materialize([function], resources={"io_manager": dg.FilesystemIOManager(base_dir=str(say.folder))}),
        "function",
    )


@scenario()
def contexts_built_for_tests(say: Say) -> None:
    output = dg.build_output_context(
        step_key="s",
        name="n",
        definition_metadata={"a": 1},
        run_id="r",
        asset_key=dg.AssetKey("k"),
        dagster_type=dg.DagsterType(lambda _, value: True, name="Kind"),
    )
    say(
        "output",
        output.step_key,
        output.name,
        output.run_id,
        output.asset_key,
        dict(output.definition_metadata),
        output.dagster_type.display_name,
    )
    given = dg.build_input_context(
        name="i", upstream_output=output, config={"c": 1}, definition_metadata={"b": 2}, resources={"r": 5}
    )
    say(
        "input",
        given.name,
        given.upstream_output.step_key,
        given.config,
        dict(given.definition_metadata),
        given.resources.r,
    )
    output.add_output_metadata({"x": 1})
    say("metadata", output.get_logged_metadata())
    memory = Memory(say)
    memory.handle_output(dg.build_output_context(asset_key=dg.AssetKey("a")), 5)
    say("back", memory.load_input(dg.build_input_context(asset_key=dg.AssetKey("a"), upstream_output=None)))
