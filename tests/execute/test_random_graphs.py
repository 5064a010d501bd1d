"""Random jobs against a plain model of what they should give, and against the rules of every event stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.depth import examples
from watchbell.declare.graphs.dynamic_output import DynamicOut, DynamicOutput
from watchbell.declare.graphs.graph_decorator import graph
from watchbell.declare.graphs.op import OpDefinition, op
from watchbell.declare.graphs.output import In, Out, Output
from watchbell.declare.job import JobDefinition, job
from watchbell.execute.job_execution import execute_job
from watchbell.ground.value import dataclass
from watchbell.instance import DagsterInstance
from watchbell.record.event import DagsterEvent, DagsterEventType, LoadedInputData

Kind = DagsterEventType
KEYS = ("a", "b", "c")
LEFT_OUT, DEAD = "left out", "dead"  # what becomes of a value: not given, or never to be given


@dataclass(frozen=True)
class Piece:
    """A piece of a random job.

    Args:
        shape: ``op``, ``fan`` (takes a list), ``nested`` (a graph of two ops), ``dynamic``, ``map``, ``map_graph``,
            ``inner`` (a map in a map) or ``collect``.
        takes: the pieces whose values it takes, by how far before it they stand; others than fit
            are passed over.
        gives: of ``op`` and ``map`` whether it gives a value: ``yes``, ``no``, ``odd`` (only odd ones), ``fails``.
        keys: mapping keys of a dynamic output (count).
    """

    shape: str
    takes: tuple[int, ...] = ()
    gives: str = "yes"
    keys: int = 0


PIECES = st.builds(
    Piece,
    st.sampled_from(["op", "op", "fan", "nested", "dynamic", "dynamic", "map", "map", "map_graph", "inner", "collect"]),
    st.lists(st.integers(1, 4), max_size=3, unique=True).map(tuple),
    st.sampled_from(["yes", "yes", "yes", "no", "odd", "fails"]),
    st.integers(0, 3),
)
JOBS = st.lists(PIECES, min_size=1, max_size=9)


# ------------------------------------------------------------ the real job


def make_op(name: str, input_count: int, gives: str, number: int) -> OpDefinition:
    def compute(context: Any, **inputs: Any) -> Iterator[Output[Any]]:
        del context
        value = number + sum(total(each) for each in inputs.values())
        if gives == "fails":
            raise ValueError("as it should")
        if gives == "yes" or (gives == "odd" and value % 2):
            yield Output(value)

    ins = {f"x{at}": In() for at in range(input_count)}
    return op(name=name, ins=ins, out=Out(is_required=gives in {"yes", "fails"}))(compute)


def make_dynamic(name: str, input_count: int, keys: int, number: int) -> OpDefinition:
    def compute(context: Any, **inputs: Any) -> Iterator[DynamicOutput[Any]]:
        del context
        for at, key in enumerate(KEYS[:keys]):
            yield DynamicOutput(at + number + sum(total(each) for each in inputs.values()), key)

    return op(name=name, ins={f"x{at}": In() for at in range(input_count)}, out=DynamicOut())(compute)


def make_graph(name: str, gives: str, number: int) -> Any:
    first, last = make_op("first", 1, "yes", number), make_op("last", 1, gives, number)

    @graph(name=name)
    def nested(value: Any) -> Any:
        return last(first(value))

    return nested


def total(value: Any) -> int:
    return sum(value) if isinstance(value, list) else int(value)


def build(pieces: Sequence[Piece]) -> JobDefinition:
    def body() -> None:
        handles: list[tuple[bool, Any]] = []  # (whether dynamic, the handle)
        for number, piece in enumerate(pieces):
            name = f"n{number}"
            taken = [handles[number - each] for each in piece.takes if each <= number]
            plain = [handle for by_key, handle in taken if not by_key]
            dynamic = [handle for by_key, handle in taken if by_key]
            handles.append(add(name, number, piece, plain, dynamic))

    body.__name__ = "random_job"
    made = job(body)
    assert isinstance(made, JobDefinition)
    return made


def add(name: str, number: int, piece: Piece, plain: list[Any], dynamic: list[Any]) -> tuple[bool, Any]:
    if piece.shape == "dynamic":
        return True, make_dynamic(name, len(plain), piece.keys, number)(*plain)
    if piece.shape == "fan" and plain:
        return False, make_op(name, 1, piece.gives, number)(plain)
    if piece.shape == "collect" and dynamic:
        return False, make_op(name, 1, piece.gives, number)(dynamic[0].collect())
    if piece.shape == "map" and dynamic:
        step = make_op(name, 1 + len(plain), piece.gives, number)
        return True, dynamic[0].map(lambda each: step(each, *plain))
    if piece.shape == "inner" and dynamic:
        split, last = make_dynamic(f"{name}_split", 1, piece.keys, number), make_op(name, 1, piece.gives, number)
        return True, dynamic[0].map(lambda each: split(each).map(last))
    if piece.shape == "map_graph" and dynamic:
        return True, dynamic[0].map(make_graph(name, piece.gives, number))
    if piece.shape == "nested" and plain:
        return False, make_graph(name, piece.gives, number)(plain[0])
    return False, make_op(name, len(plain), piece.gives, number)(*plain)


# --------------------------------------------------------------- the model


def model(pieces: Sequence[Piece]) -> list[Any]:
    """What each piece gives: a number, a dict by keys, LEFT_OUT or DEAD."""
    values: list[Any] = []
    for number, piece in enumerate(pieces):
        taken = [number - each for each in piece.takes if each <= number]
        plain = [values[each] for each in taken if not is_dynamic(pieces, each)]
        dynamic = [values[each] for each in taken if is_dynamic(pieces, each)]
        values.append(expect(number, piece, plain, dynamic))
    return values


def is_dynamic(pieces: Sequence[Piece], number: int) -> bool:
    piece = pieces[number]
    takes_dynamic = any(is_dynamic(pieces, number - each) for each in piece.takes if each <= number)
    return piece.shape == "dynamic" or (piece.shape in {"map", "map_graph", "inner"} and takes_dynamic)


def expect(number: int, piece: Piece, plain: list[Any], dynamic: list[Any]) -> Any:
    if piece.shape == "dynamic":
        return of_inputs(plain, lambda: {(key,): at + number + sum(plain) for at, key in enumerate(KEYS[: piece.keys])})
    if piece.shape == "fan" and plain:
        return given_list(number, piece.gives, plain)
    if piece.shape == "collect" and dynamic:
        found = dynamic[0]
        return given_list(number, piece.gives, list(found.values())) if isinstance(found, dict) else found
    if piece.shape in {"map", "map_graph", "inner"} and dynamic:
        if not isinstance(dynamic[0], dict):
            return dynamic[0]
        mapped = {}
        for keys, value in dynamic[0].items():
            if piece.shape == "map":
                mapped[keys] = given_value(number, piece.gives, [value, *plain])
            elif piece.shape == "map_graph":
                mapped[keys] = given_value(number, piece.gives, [given_value(number, "yes", [value])])
            elif value in (LEFT_OUT, DEAD):
                mapped[keys] = value  # how a list of it all would take it
            else:
                for at, key in enumerate(KEYS[: piece.keys]):
                    mapped[(*keys, key)] = given_value(number, piece.gives, [at + number + value])
        return mapped
    if piece.shape == "nested" and plain:
        return given_value(number, piece.gives, [given_value(number, "yes", plain[:1])])
    return given_value(number, piece.gives, plain)


def of_inputs(inputs: Sequence[Any], compute: Callable[[], Any]) -> Any:
    if LEFT_OUT in inputs:
        return LEFT_OUT
    return DEAD if DEAD in inputs else compute()


def given_value(number: int, gives: str, inputs: Sequence[Any]) -> Any:
    def compute() -> Any:
        value = number + sum(inputs)
        if gives == "fails":
            return DEAD
        return value if gives == "yes" or (gives == "odd" and value % 2) else LEFT_OUT

    return of_inputs(inputs, compute)


def given_list(number: int, gives: str, inputs: Sequence[Any]) -> Any:
    if inputs and all(each == LEFT_OUT for each in inputs):
        return LEFT_OUT
    if DEAD in inputs:
        return DEAD
    return given_value(number, gives, [sum(each for each in inputs if each != LEFT_OUT)])


def shown(value: Any) -> Any:
    """An expected value as results show it: nothing for what was not given, keys joined by commas."""
    if isinstance(value, dict):
        return {",".join(keys): each for keys, each in value.items() if each not in (LEFT_OUT, DEAD)} or None
    return None if value in (LEFT_OUT, DEAD) else value


# ------------------------------------------------------------------- tests


def outcome(result: Any, pieces: Sequence[Piece]) -> list[Any]:
    given_by = {event.step_key for event in result.all_events if event.event_type is Kind.STEP_OUTPUT}
    paths = {key.partition("[")[0] for key in given_by}
    values = []
    for number in range(len(pieces)):
        name = f"n{number}"
        is_there = name in paths or f"{name}.last" in paths
        values.append(result.output_for_node(name) if is_there else None)
    return values


def check_stream(events: Sequence[DagsterEvent]) -> None:
    """The rules of every event stream."""
    kinds = [event.event_type for event in events]
    assert kinds[0] is Kind.RUN_START
    assert kinds[-1] in (Kind.RUN_SUCCESS, Kind.RUN_FAILURE)
    for key in {event.step_key for event in events if event.step_key is not None}:
        own = [event.event_type for event in events if event.step_key == key]
        own = [kind for kind in own if kind.name not in AROUND_STEPS]
        if Kind.STEP_SKIPPED in own:
            assert own == [Kind.STEP_SKIPPED]
            continue
        ends = [kind for kind in own if kind in (Kind.STEP_SUCCESS, Kind.STEP_FAILURE)]
        assert own[0] is Kind.STEP_START
        assert own.count(Kind.STEP_START) == 1
        assert own[-1:] == ends
    done: set[str | None] = set()
    for event in events:
        if event.event_type is Kind.STEP_SUCCESS:
            done.add(event.step_key)
        if isinstance(event.event_specific_data, LoadedInputData):
            assert event.event_specific_data.upstream_step_key in done


AROUND_STEPS = {
    "STEP_WORKER_STARTING",
    "STEP_WORKER_STARTED",
    "LOGS_CAPTURED",
    "ENGINE_EVENT",
    "RESOURCE_INIT_STARTED",
    "RESOURCE_INIT_SUCCESS",
}


@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(JOBS)
def test_a_random_job_gives_what_its_model_says_in_a_sound_order(pieces: list[Piece]) -> None:
    result = build(pieces).execute_in_process(raise_on_error=False)

    assert [shown(each) for each in model(pieces)] == outcome(result, pieces)
    check_stream(result.all_events)


@settings(max_examples=examples(4), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(JOBS)
def test_steps_in_processes_of_their_own_give_the_same(pieces: list[Piece]) -> None:
    with DagsterInstance.local_temp() as instance:
        result = execute_job(build(pieces), instance)

        assert [shown(each) for each in model(pieces)] == outcome(result, pieces)
        check_stream(result.all_events)
