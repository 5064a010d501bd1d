"""Which steps may begin, which are skipped, which never run."""

import heapq
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from watchbell.declare.config.data_type import ANY
from watchbell.declare.graphs.compose import Node
from watchbell.declare.graphs.op import op
from watchbell.execute.plan import FromStep, FromSteps, Plan, Step, StepInput, StepOut
from watchbell.execute.progress import Progress, StepState


@op
def nothing_much() -> None: ...


def step(key: str, *upstream: str, position: int = 0, priority: int = 0, fan_in: bool = False) -> Step:
    sources = tuple(FromStep(each, "result") for each in upstream)
    inputs = (
        (StepInput("all", FromSteps(sources), ANY),)
        if fan_in
        else tuple(StepInput(f"x{number}", source, ANY) for number, source in enumerate(sources))
    )
    return Step(
        key=key,
        position=position,
        node=Node(key, nothing_much),
        inputs=inputs,
        outputs={"result": StepOut("result", ANY, False, "io_manager")},
        depends_on=frozenset(upstream),
        priority=priority,
    )


def plan(*steps: Step) -> Plan:
    return Plan(None, [replace(each, position=number) for number, each in enumerate(steps)])


def take_all(progress: Progress) -> list[str]:
    taken = []
    while (found := progress.take_ready()) is not None:
        taken.append(found.key)
    return taken


def test_a_step_is_ready_when_all_it_waits_for_is_done() -> None:
    progress = Progress(plan(step("a"), step("b"), step("c", "a", "b")))

    first = take_all(progress)
    progress.succeeded("a", ["result"])
    second = take_all(progress)
    progress.succeeded("b", ["result"])
    third = take_all(progress)
    progress.succeeded("c", ["result"])

    assert [first, second, third] == [["a", "b"], [], ["c"]]
    assert progress.is_over


def test_higher_priority_goes_first() -> None:
    progress = Progress(plan(step("a"), step("b", priority=5), step("c", priority=-1), step("d", priority=5)))

    assert take_all(progress) == ["b", "d", "a", "c"]


def test_what_depends_on_a_failed_step_never_runs_and_the_others_do() -> None:
    progress = Progress(
        plan(step("bad"), step("good"), step("below", "bad"), step("further", "below"), step("x", "good"))
    )
    take_all(progress)

    progress.failed("bad")
    progress.succeeded("good", ["result"])

    assert take_all(progress) == ["x"]
    assert progress.state_of("further") is StepState.BLOCKED
    assert progress.state_of("bad") is StepState.FAILED
    assert progress.take_skipped() == []


def test_a_left_out_output_skips_what_takes_it_all_the_way_down() -> None:
    progress = Progress(plan(step("a"), step("b", "a"), step("c", "b")))
    take_all(progress)

    progress.succeeded("a", [])

    assert [each.key for each in progress.take_skipped()] == ["b", "c"]
    assert take_all(progress) == []
    assert progress.is_over


def test_a_fan_in_runs_with_the_outputs_that_were_given() -> None:
    both = plan(step("a"), step("b"), step("all", "a", "b", fan_in=True))
    progress = Progress(both)
    take_all(progress)

    progress.succeeded("a", [])
    progress.succeeded("b", ["result"])

    assert take_all(progress) == ["all"]
    source = both.by_key["all"].inputs[0].source
    assert isinstance(source, FromSteps)
    assert progress.served_sources(source) == [FromStep("b", "result")]


def test_a_fan_in_without_any_output_is_skipped() -> None:
    progress = Progress(plan(step("a"), step("b"), step("all", "a", "b", fan_in=True)))
    take_all(progress)

    progress.succeeded("a", [])
    progress.succeeded("b", [])

    assert [each.key for each in progress.take_skipped()] == ["all"]


def test_a_step_is_skipped_for_what_was_left_out_though_another_failed() -> None:
    progress = Progress(plan(step("left_out"), step("bad"), step("both", "left_out", "bad")))
    take_all(progress)

    progress.succeeded("left_out", [])
    progress.failed("bad")

    assert progress.state_of("both") is StepState.SKIPPED


def test_a_long_chain_is_blocked_without_recursion() -> None:
    steps = [step("0"), *(step(str(number), str(number - 1)) for number in range(1, 5000))]
    progress = Progress(plan(*steps))
    take_all(progress)

    progress.failed("0")

    assert progress.state_of("4999") is StepState.BLOCKED
    assert progress.is_over


@given(st.data())
def test_every_step_ends_whatever_happens(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 12))
    steps = []
    for number in range(count):
        upstream = data.draw(st.sets(st.integers(0, number - 1), max_size=3)) if number else set()
        steps.append(step(str(number), *map(str, sorted(upstream)), fan_in=data.draw(st.booleans()) and bool(upstream)))
    graph = plan(*steps)
    progress = Progress(graph)
    running: list[str] = []
    ran: list[str] = []
    ended: set[str] = set()

    while not progress.is_over:
        for key in take_all(progress):
            assert graph.by_key[key].depends_on <= ended
            heapq.heappush(running, key)
            ran.append(key)
        key = running.pop(data.draw(st.integers(0, len(running) - 1)))
        match data.draw(st.sampled_from(["give", "leave out", "fail"])):
            case "give":
                progress.succeeded(key, ["result"])
            case "leave out":
                progress.succeeded(key, [])
            case "fail":
                progress.failed(key)
        ended |= {
            each.key
            for each in graph.steps
            if progress.state_of(each.key) not in (StepState.WAITING, StepState.READY, StepState.RUNNING)
        }

    assert len(ran) == len(set(ran))
    assert ended == set(graph.by_key)
