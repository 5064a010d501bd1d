"""Input managers: who loads an input that names one."""

from typing import Any

import pytest

from watchbell import (
    AssetIn,
    DagsterInvalidConfigError,
    DagsterInvalidDefinitionError,
    Field,
    In,
    InputContext,
    InputManager,
    InputManagerDefinition,
    IOManager,
    ResourceDefinition,
    asset,
    build_input_context,
    input_manager,
    io_manager,
    job,
    materialize,
    op,
)


@op(ins={"rows": In(input_manager_key="rows", metadata={"table": "orders"})})
def take(rows: Any) -> Any:
    return rows


def taken(manager: Any, config: Any = None, **resources: Any) -> Any:
    @job(name="j", resource_defs={"rows": manager, **resources})
    def made() -> None:
        take()

    return made.execute_in_process(run_config=config).output_for_node("take")


def test_an_input_that_nothing_is_connected_to_is_loaded_by_its_manager() -> None:
    seen: list[InputContext] = []

    @input_manager
    def rows(context: InputContext) -> int:
        seen.append(context)
        return 7

    assert taken(rows) == 7
    assert (seen[0].name, seen[0].upstream_output, seen[0].config) == ("rows", None, None)
    assert dict(seen[0].definition_metadata) == {"table": "orders"}
    assert (seen[0].step_context.step.key, seen[0].op_def.name) == ("take", "take")


def test_a_function_without_a_parameter_loads_too() -> None:
    @input_manager
    def rows() -> int:
        return 8

    assert taken(rows) == 8


def test_the_function_can_be_called_in_a_test() -> None:
    @input_manager
    def rows(context: InputContext) -> str:
        return context.name

    assert rows(build_input_context(name="orders")) == "orders"


class Fixed(InputManager):
    """Gives what it was made with."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def load_input(self, context: InputContext) -> Any:
        return self.value


@pytest.mark.parametrize(
    "manager",
    [
        Fixed(3),
        InputManagerDefinition(lambda: Fixed(3)),
        input_manager(lambda _context: Fixed(3)),
        ResourceDefinition.hardcoded_resource(Fixed(3)),
    ],
    ids=["object", "definition", "function that gives an object", "any resource"],
)
def test_an_object_with_load_input_is_an_input_manager(manager: Any) -> None:
    assert taken(manager) == 3


@input_manager(
    config_schema={"base": int},
    input_config_schema={"add": Field(int, default_value=5)},
    description="Adds.",
    required_resource_keys={"factor"},
    version="1",
)
def adding(context: InputContext) -> int:
    return (context.resource_config["base"] + context.config["add"]) * context.resources.factor


FACTOR = {"factor": ResourceDefinition.hardcoded_resource(2)}


def test_the_decorator_takes_what_a_resource_takes() -> None:
    assert (adding.description, adding.version, adding.required_resource_keys) == ("Adds.", "1", {"factor"})


def test_the_run_config_speaks_to_the_manager_of_one_input() -> None:
    base = {"resources": {"rows": {"config": {"base": 1}}}}

    assert taken(adding, base, **FACTOR) == 12
    assert taken(adding, {**base, "ops": {"take": {"inputs": {"rows": {"add": 9}}}}}, **FACTOR) == 20
    assert taken(adding.configured({"base": 10}), None, **FACTOR) == 30


def test_config_that_the_manager_does_not_know_is_told_with_its_place() -> None:
    config = {"ops": {"take": {"inputs": {"rows": {"ad": 9}}}}}

    with pytest.raises(DagsterInvalidConfigError) as caught:
        taken(adding.configured({"base": 1}), config, **FACTOR)

    assert [each.path for each in caught.value.errors] == [("ops", "take", "inputs", "rows", "ad")]


def test_a_manager_without_a_schema_takes_any_config() -> None:
    @input_manager
    def rows(context: InputContext) -> Any:
        return context.config

    assert taken(rows, {"ops": {"take": {"inputs": {"rows": {"value": 3}}}}}) == {"value": 3}


def test_an_io_manager_may_be_the_manager_of_an_input() -> None:
    class Rows(IOManager):
        def handle_output(self, context: Any, obj: Any) -> None: ...

        def load_input(self, context: InputContext) -> Any:
            return context.config

    @io_manager(input_config_schema={"table": str})
    def rows() -> Rows:
        return Rows()

    assert taken(rows, {"ops": {"take": {"inputs": {"rows": {"table": "t"}}}}}) == {"table": "t"}


def test_the_manager_of_a_connected_input_is_told_what_was_stored() -> None:
    @input_manager
    def rows(context: InputContext) -> Any:
        assert context.upstream_output is not None
        return [context.upstream_output.step_key, context.upstream_output.name, context.get_identifier()[1:]]

    @op
    def give() -> int:
        return 1

    @job(resource_defs={"rows": rows})
    def made() -> None:
        take(give())

    assert made.execute_in_process().output_for_node("take") == ["give", "result", ["give", "result"]]


def test_an_asset_is_loaded_by_the_manager_of_the_input() -> None:
    @asset
    def orders() -> int:
        return 1

    @asset(ins={"orders": AssetIn(input_manager_key="rows")})
    def report(orders: Any) -> Any:
        return orders

    @input_manager
    def rows(context: InputContext) -> Any:
        upstream = context.upstream_output
        assert upstream is not None
        return [context.asset_key.path, upstream.asset_key.path, upstream.name]

    def made(selection: Any) -> Any:
        return materialize([orders, report], resources={"rows": rows}, selection=selection).output_for_node("report")

    assert made(None) == [["orders"], ["orders"], "result"]
    assert made([report]) == [["orders"], ["orders"], "orders"], "loaded outside the run that made it"


def test_a_manager_goes_before_the_default_value() -> None:
    @op(ins={"rows": In(default_value=1, input_manager_key="rows")})
    def both(rows: Any) -> Any:
        return rows

    @job(resource_defs={"rows": Fixed(2)})
    def made() -> None:
        both()

    assert made.execute_in_process().output_for_node("both") == 2


def test_the_resource_of_the_key_must_be_there_and_load() -> None:
    @job
    def without() -> None:
        take()

    with pytest.raises(DagsterInvalidDefinitionError, match="needs the resource 'rows'"):
        without.execute_in_process()
    with pytest.raises(DagsterInvalidDefinitionError, match="int has no load_input"):
        taken(InputManagerDefinition(lambda: 3))


def test_an_input_manager_stores_no_outputs() -> None:
    @op
    def give() -> int:
        return 1

    @job(resource_defs={"io_manager": Fixed(2)})
    def made() -> None:
        give()

    with pytest.raises(DagsterInvalidDefinitionError, match="used as an IO manager, but Fixed has no handle_output"):
        made.execute_in_process()
