"""Resources: set up in the order they need each other, torn down in reverse, also when something failed."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.execute.kinds import kinds
from watchbell.declare.graphs.op import op
from watchbell.declare.job import JobDefinition, job
from watchbell.declare.resource import InitResourceContext, ResourceDefinition, resource
from watchbell.execute.contexts import OpExecutionContext
from watchbell.ground.errors import DagsterUnknownResourceError


class Traced:
    """Two resources, of which ``pool`` needs ``db``, that write down what happens to them."""

    def __init__(self) -> None:
        self.said: list[str] = []
        said = self.said

        @resource
        def db() -> Iterator[str]:
            said.append("db up")
            yield "db"
            said.append("db down")

        @resource(required_resource_keys={"db"})
        def pool(context: InitResourceContext) -> Iterator[str]:
            said.append(f"pool up on {context.resources.db}")
            try:
                yield "pool"
            finally:
                said.append("pool down")

        self.definitions: dict[str, Any] = {"db": db, "pool": pool}

    def job(self, body: Any, *keys: str, **more: Any) -> JobDefinition:
        """A job of one op that needs ``keys`` and runs ``body``."""

        @op(required_resource_keys=set(keys))
        def use(context: OpExecutionContext) -> Any:
            return body(context)

        @job(resource_defs={**self.definitions, **more})
        def using() -> None:
            use()

        return using


def fail(_context: OpExecutionContext) -> None:
    raise ValueError("no")


def test_resources_are_torn_down_in_reverse() -> None:
    traced = Traced()

    traced.job(lambda context: traced.said.append(context.resources.pool), "pool").execute_in_process()

    assert traced.said == ["db up", "pool up on db", "pool", "pool down", "db down"]


def test_resources_are_torn_down_after_a_failure() -> None:
    traced = Traced()

    traced.job(fail, "pool").execute_in_process(raise_on_error=False)

    assert traced.said == ["db up", "pool up on db", "pool down", "db down"]


def test_what_was_set_up_before_a_resource_failed_is_torn_down() -> None:
    traced = Traced()
    broken = ResourceDefinition(lambda _context: 1 / 0, required_resource_keys={"db"})

    result = traced.job(lambda _: None, "broken", broken=broken).execute_in_process(raise_on_error=False)

    assert traced.said == ["db up", "db down"]
    assert kinds(result.all_events)[-2:] == ["RESOURCE_INIT_FAILURE", "RUN_FAILURE"]


def test_a_teardown_that_fails_is_told_and_the_others_still_happen() -> None:
    traced = Traced()

    @resource(required_resource_keys={"db"})
    def stubborn() -> Iterator[int]:
        yield 1
        raise ValueError("will not close")

    result = traced.job(lambda _: None, "stubborn", stubborn=stubborn).execute_in_process()

    told = [event for event in result.all_events if "torn down" in (event.message or "")]
    assert result.success
    assert traced.said == ["db up", "db down"]
    assert told[0].message == "the resource 'stubborn' could not be torn down: ValueError: will not close"


def test_only_resources_that_are_needed_are_set_up() -> None:
    traced = Traced()

    traced.job(lambda _: None).execute_in_process()

    assert traced.said == []


def test_an_op_reads_only_the_resources_it_asked_for() -> None:
    traced = Traced()

    with pytest.raises(DagsterUnknownResourceError, match="no resource 'db'"):
        traced.job(lambda context: context.resources.db, "pool").execute_in_process()


def test_a_resource_sees_its_config_the_run_and_the_instance() -> None:
    traced = Traced()
    seen: list[Any] = []

    @resource(config_schema={"url": str})
    def client(context: InitResourceContext) -> str:
        seen.extend([context.resource_config, context.run_id, context.instance.has_run(context.run_id)])
        context.log.info("connecting")
        return "client"

    result = traced.job(lambda _: None, "client", client=client).execute_in_process(
        run_config={"resources": {"client": {"config": {"url": "here"}}}}
    )

    assert seen == [{"url": "here"}, result.run_id, True]
