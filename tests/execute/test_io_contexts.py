"""What IO managers are told inside a run, and what they give back."""

from typing import Any

import pytest

from watchbell import (
    AssetIn,
    AssetMaterialization,
    AssetObservation,
    DagsterInvariantViolationError,
    InputContext,
    IOManager,
    Out,
    Output,
    OutputContext,
    asset,
    job,
    materialize,
    op,
)
from watchbell.ground.errors import (
    DagsterExecutionHandleOutputError,
    DagsterExecutionLoadInputError,
)
from watchbell.record.event import DagsterEventType


class Telling(IOManager):
    """Keeps the contexts it was given."""

    def __init__(self) -> None:
        self.outputs: list[OutputContext] = []
        self.inputs: list[InputContext] = []

    def handle_output(self, context: OutputContext, obj: Any) -> Any:
        self.outputs.append(context)

    def load_input(self, context: InputContext) -> Any:
        self.inputs.append(context)
        return 1


@op(out=Out(metadata={"of": "definition"}))
def give(context: Any) -> int:
    context.add_output_metadata({"of": "output"})
    return 1


@op
def take(a: int) -> int:
    return a


@asset(key_prefix="p", metadata={"m": 1})
def first() -> Output[int]:
    return Output(1, metadata={"rows": 2})


@asset(ins={"first": AssetIn(["p", "first"], metadata={"i": 1})})
def second(first: int) -> int:
    return first


def run(manager: IOManager, **arguments: Any) -> Any:
    @job(name="telling", resource_defs={"io_manager": manager})
    def made() -> None:
        take(give())

    return made.execute_in_process(**arguments)


def test_an_output_is_described_in_full() -> None:
    telling = Telling()

    run_id = run(telling).run_id

    told = telling.outputs[0]
    assert (told.name, told.step_key, told.run_id, told.job_name) == ("result", "give", run_id, "telling")
    assert told.definition_metadata == {"of": "definition"}
    assert {name: each.value for name, each in told.output_metadata.items()} == {"of": "output"}
    assert (told.op_def.name, told.step_context.step.key, told.has_asset_key) == ("give", "give", False)
    assert told.get_identifier() == [run_id, "give", "result"]


def test_an_input_knows_where_it_comes_from() -> None:
    telling = Telling()

    run(telling)

    told = telling.inputs[0]
    upstream = told.upstream_output
    assert upstream is not None
    assert (told.name, told.op_def.name, told.step_context.step.key) == ("a", "take", "take")
    assert (upstream.name, upstream.step_key, upstream.op_def.name) == ("result", "give", "give")
    assert (upstream.definition_metadata, upstream.output_metadata) == ({"of": "definition"}, {})
    with pytest.raises(DagsterInvariantViolationError, match="no step_context"):
        _ = upstream.step_context


def test_an_asset_made_in_the_run_has_its_key_and_specification() -> None:
    telling = Telling()

    materialize([first, second], resources={"io_manager": telling})

    told, loaded = telling.outputs[0], telling.inputs[0]
    upstream = loaded.upstream_output
    assert upstream is not None
    assert (told.asset_key.path, told.asset_spec.key.path) == (["p", "first"], ["p", "first"])
    assert told.asset_spec.metadata["m"] == 1
    assert (loaded.asset_key.path, upstream.asset_key.path) == (["p", "first"], ["p", "first"])
    assert dict(loaded.definition_metadata)["i"] == 1


def test_an_asset_loaded_from_outside_the_run_was_given_by_no_step_known_here() -> None:
    telling = Telling()

    materialize([first, second], resources={"io_manager": telling}, selection=[second])

    upstream = telling.inputs[0].upstream_output
    assert upstream is not None
    assert (upstream.name, upstream.step_key, upstream.asset_key.path) == ("first", "none", ["p", "first"])
    assert upstream.get_asset_identifier() == ["p", "first"]
    assert upstream.asset_spec.key.path == ["p", "first"]
    for name in ("job_name", "op_def", "step_context"):
        with pytest.raises(DagsterInvariantViolationError):
            getattr(upstream, name)


class Answering(Telling):
    def __init__(self, *answers: Any) -> None:
        super().__init__()
        self.answers = answers

    def handle_output(self, context: OutputContext, obj: Any) -> Any:
        yield from self.answers


def events(result: Any, kind: DagsterEventType) -> list[Any]:
    return [each for each in result.all_events if each.event_type == kind]


def facts(metadata: Any) -> dict[str, Any]:
    return {label: each.value for label, each in metadata.items()}


def test_what_handle_output_yields_is_metadata_and_events() -> None:
    result = run(Answering({"x": 1}, AssetMaterialization("made"), AssetObservation("seen", metadata={"y": 2})))

    [handled, *_] = events(result, DagsterEventType.HANDLED_OUTPUT)
    [made, *_] = events(result, DagsterEventType.ASSET_MATERIALIZATION)
    [seen, *_] = events(result, DagsterEventType.ASSET_OBSERVATION)
    assert facts(handled.event_specific_data.metadata) == {"x": 1}
    assert facts(made.event_specific_data.materialization.metadata) == {"x": 1}, "it has none of its own"
    assert facts(seen.event_specific_data.asset_observation.metadata) == {"y": 2}


def test_a_dict_that_handle_output_returns_is_metadata() -> None:
    class Returning(Telling):
        def handle_output(self, context: OutputContext, obj: Any) -> Any:
            return {"x": 1}

    result = materialize([first], resources={"io_manager": Returning()})

    [event] = result.get_asset_materialization_events()
    assert facts(event.materialization.metadata)["x"] == 1


def test_anything_else_is_refused() -> None:
    with pytest.raises(DagsterInvariantViolationError, match="handle_output gave 3"):
        run(Answering(3))


def test_what_an_io_manager_raises_is_the_steps_error() -> None:
    class Broken(Telling):
        def __init__(self, where: str) -> None:
            super().__init__()
            self.where = where

        def handle_output(self, context: OutputContext, obj: Any) -> Any:
            if self.where == "out":
                raise KeyError("out")

        def load_input(self, context: InputContext) -> Any:
            raise KeyError("in")

    errors = {}
    for where in ("out", "in"):
        result = run(Broken(where), raise_on_error=False)
        [failure] = events(result, DagsterEventType.STEP_FAILURE)
        info = failure.event_specific_data.error
        errors[where] = (failure.step_key, info.cls_name, info.cause.cls_name)

    assert errors == {
        "out": ("give", DagsterExecutionHandleOutputError.__name__, "KeyError"),
        "in": ("take", DagsterExecutionLoadInputError.__name__, "KeyError"),
    }


def test_metadata_of_an_input_is_an_observation_and_part_of_its_event() -> None:
    class Observing(Telling):
        def load_input(self, context: InputContext) -> Any:
            context.add_input_metadata({"r": 1}, description="seen")
            context.add_input_metadata({"q": 2})
            return 1

    result = materialize([first, second], resources={"io_manager": Observing()})

    seen = [each.event_specific_data.asset_observation for each in events(result, DagsterEventType.ASSET_OBSERVATION)]
    loaded = events(result, DagsterEventType.LOADED_INPUT)
    assert [(each.asset_key.path, each.description, facts(each.metadata)) for each in seen] == [
        (["p", "first"], "seen", {"r": 1}),
        (["p", "first"], None, {"q": 2}),
    ]
    assert facts(loaded[0].event_specific_data.metadata) == {"i": 1, "r": 1, "q": 2}, "with that of its definition"


def test_metadata_of_a_definition_that_cannot_be_stored_is_for_the_manager_alone() -> None:
    telling = Telling()

    @asset(ins={"first": AssetIn(["p", "first"], metadata={"kind": dict, "i": 1})})
    def taker(first: int) -> int:
        return first

    result = materialize([first, taker], resources={"io_manager": telling})

    assert telling.inputs[0].definition_metadata["kind"] is dict
    assert facts(events(result, DagsterEventType.LOADED_INPUT)[0].event_specific_data.metadata) == {"i": 1}
