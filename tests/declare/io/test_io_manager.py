"""IO managers as definitions."""

from typing import Any

import pytest

from watchbell.declare.graphs.op import op
from watchbell.declare.io.io_manager import IOManager, IOManagerDefinition, check_io_manager, io_manager
from watchbell.declare.job import job
from watchbell.declare.resource import InitResourceContext, as_resource_definition
from watchbell.ground.errors import DagsterInvalidDefinitionError


class Doubling(IOManager):
    def __init__(self, factor: int = 2) -> None:
        self.factor = factor
        self.kept: Any = None

    def handle_output(self, context: Any, obj: Any) -> None:
        self.kept = obj * self.factor

    def load_input(self, context: Any) -> Any:
        return self.kept


@op
def one() -> int:
    return 1


@op
def same(a: int) -> int:
    return a


def run(manager: Any, config: Any = None) -> Any:
    @job(name="j", resource_defs={"io_manager": manager})
    def made() -> None:
        same(one())

    return made.execute_in_process(run_config=config).output_for_node("same")


def test_an_object_is_an_io_manager() -> None:
    assert isinstance(as_resource_definition(Doubling()), IOManagerDefinition)
    assert run(Doubling()) == 2


def test_a_function_makes_an_io_manager() -> None:
    @io_manager(config_schema={"factor": int})
    def doubling(context: InitResourceContext) -> Doubling:
        return Doubling(context.resource_config["factor"])

    assert run(doubling, {"resources": {"io_manager": {"config": {"factor": 5}}}}) == 5
    assert run(doubling.configured({"factor": 3})) == 3


def test_the_decorator_works_without_parentheses() -> None:
    @io_manager
    def doubling() -> Doubling:
        return Doubling(4)

    assert isinstance(doubling, IOManagerDefinition)
    assert run(doubling) == 4


def test_a_resource_that_cannot_store_is_no_io_manager() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="int has no handle_output"):
        check_io_manager(3, "files")


def test_an_io_manager_has_both_methods() -> None:
    class Half(IOManager):
        def handle_output(self, context: Any, obj: Any) -> None: ...

    with pytest.raises(TypeError, match="load_input"):
        Half()  # type: ignore[abstract]
