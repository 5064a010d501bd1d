"""What run config says to the IO managers of single outputs."""

from typing import Any

import pytest

from watchbell import (
    DagsterInvalidConfigError,
    Field,
    InputContext,
    IOManager,
    Out,
    OutputContext,
    asset,
    config_mapping,
    graph,
    io_manager,
    job,
    materialize,
    mem_io_manager,
    op,
)

SEEN: list[tuple[str, Any]] = []


class Telling(IOManager):
    def handle_output(self, context: OutputContext, obj: Any) -> None:
        SEEN.append((f"{context.step_key}.{context.name}", context.config))

    def load_input(self, context: InputContext) -> Any:
        assert context.upstream_output is not None
        return context.upstream_output.config


@io_manager(output_config_schema={"path": Field(str, default_value="here"), "n": Field(int, is_required=False)})
def telling() -> Telling:
    return Telling()


@io_manager(output_config_schema={"path": str})
def demanding() -> Telling:
    return Telling()


@op
def give() -> int:
    return 1


@op
def take(a: Any) -> Any:
    return a


@op(out={"x": Out(io_manager_key="demanding"), "y": Out()})
def two() -> Any:
    return 1, 2


@job(resource_defs={"io_manager": telling})
def telling_job() -> None:
    take(give())


@job(resource_defs={"io_manager": mem_io_manager, "demanding": demanding})
def demanding_job() -> None:
    two()


@pytest.fixture(autouse=True)
def nothing_seen() -> None:
    SEEN.clear()


def mistakes(made: Any, config: Any) -> list[tuple[str, str]]:
    with pytest.raises(DagsterInvalidConfigError) as caught:
        made.execute_in_process(run_config=config)
    return [(":".join(each.path), each.message) for each in caught.value.errors]


def test_defaults_are_filled_in() -> None:
    telling_job.execute_in_process()

    assert SEEN == [("give.result", {"path": "here"}), ("take.result", {"path": "here"})]


def test_one_output_has_its_own_config_and_its_reader_sees_it() -> None:
    said = {"ops": {"give": {"outputs": {"result": {"path": "there", "n": 3}}}}}

    result = telling_job.execute_in_process(run_config=said)

    assert SEEN[0] == ("give.result", {"path": "there", "n": 3})
    assert result.output_for_node("take") == {"path": "there", "n": 3}


def test_every_mistake_is_told_with_its_place() -> None:
    said = {"ops": {"give": {"outputs": {"result": {"pth": "x", "n": "many"}, "rest": {}}}}}

    assert [place for place, _ in mistakes(telling_job, said)] == [
        "ops:give:outputs:rest",
        "ops:give:outputs:result:pth",
        "ops:give:outputs:result:n",
    ]


def test_what_is_required_must_be_given() -> None:
    assert mistakes(demanding_job, None) == [("ops:two:outputs:x", "missing; expected {path: String}")]

    demanding_job.execute_in_process(run_config={"ops": {"two": {"outputs": {"x": {"path": "p"}}}}})

    assert SEEN == [("two.x", {"path": "p"})]


def test_an_output_whose_manager_takes_no_config_says_so() -> None:
    said = {"ops": {"two": {"outputs": {"x": {"path": "p"}, "y": {"path": "p"}}}}}

    assert [message for _, message in mistakes(demanding_job, said)] == [
        "the IO manager of this output takes no config for single outputs (output_config_schema)"
    ]


def test_outputs_are_a_dict() -> None:
    assert mistakes(telling_job, {"ops": {"give": {"outputs": [1]}}})[0] == (
        "ops:give:outputs",
        "expected a dict, found [1] (list)",
    )


def test_an_op_in_a_graph_is_reached_by_its_path() -> None:
    @graph
    def inner() -> None:
        give()

    @job(resource_defs={"io_manager": telling})
    def outer() -> None:
        inner()

    outer.execute_in_process(
        run_config={"ops": {"inner": {"ops": {"give": {"outputs": {"result": {"path": "deep"}}}}}}}
    )

    assert SEEN == [("inner.give.result", {"path": "deep"})]


def test_an_asset_has_config_of_its_output_too() -> None:
    @asset(io_manager_def=demanding)
    def orders() -> int:
        return 1

    materialize([orders], run_config={"ops": {"orders": {"outputs": {"result": {"path": "A"}}}}})

    assert SEEN == [("orders.result", {"path": "A"})]


def test_what_a_config_mapping_makes_reaches_managers_too() -> None:
    @config_mapping(config_schema={"folder": str})
    def folder(config: Any) -> Any:
        return {"give": {"outputs": {"result": {"path": config["folder"]}}}}

    @graph(config=folder)
    def mapped() -> Any:
        return give()

    @graph
    def around() -> Any:
        return mapped()

    @job(resource_defs={"io_manager": telling})
    def outer() -> None:
        mapped()
        around()

    outer.execute_in_process(
        run_config={
            "ops": {
                "mapped": {"config": {"folder": "A"}},
                "around": {"ops": {"mapped": {"config": {"folder": "B"}}}},
            }
        }
    )

    assert sorted(SEEN) == [("around.mapped.give.result", {"path": "B"}), ("mapped.give.result", {"path": "A"})]
