"""How steps come to be while a run goes on."""

from typing import Any

from watchbell.declare.config.data_type import ANY
from watchbell.declare.graphs.compose import Node
from watchbell.declare.graphs.handles import OutputHandle
from watchbell.declare.graphs.op import op
from watchbell.execute.copies import model_key
from watchbell.execute.dynamic_progress import DynamicProgress, progress_of
from watchbell.execute.plan import FromCopies, FromManyCopies, FromStep, FromSteps, Plan, Step, StepInput, StepOut
from watchbell.execute.progress import Progress, StepState

Dims = tuple[OutputHandle, ...]


@op
def nothing_much() -> None: ...


def step(path: str, *sources: Any, position: int = 0, dims: Dims = (), dynamic: bool = False) -> Step:
    inputs = tuple(StepInput(f"x{number}", source, ANY) for number, source in enumerate(sources))
    is_model = bool(dims) or any(isinstance(each, FromCopies | FromManyCopies) for each in sources)
    return Step(
        key=model_key(path, len(dims)),
        position=position,
        node=Node(path, nothing_much),
        inputs=inputs,
        outputs={"result": StepOut("result", ANY, False, "io_manager", is_dynamic=dynamic)},
        depends_on=frozenset(each.step_key for each in sources if isinstance(each, FromStep | FromCopies)),
        is_model=is_model,
        dims=dims,
    )


SPLIT = OutputHandle("split", "result")
AGAIN = OutputHandle("again", "result")


def mapped() -> Plan:
    return Plan(
        None,
        [
            step("split", dynamic=True),
            step("work", FromCopies("split", "result", 0), dims=(SPLIT,), position=1),
            step("gather", FromCopies("work[?]", "result", 1), position=2),
        ],
    )


def nested() -> Plan:
    return Plan(
        None,
        [
            step("split", dynamic=True),
            step("again", FromCopies("split", "result", 0), dims=(SPLIT,), dynamic=True, position=1),
            step("work", FromCopies("again[?]", "result", 0), dims=(SPLIT, AGAIN), position=2),
            step("within", FromCopies("work[?,?]", "result", 1), dims=(SPLIT,), position=3),
            step("gather", FromCopies("work[?,?]", "result", 2), position=4),
        ],
    )


def take_all(progress: Progress) -> list[str]:
    taken = []
    while (found := progress.take_ready()) is not None:
        taken.append(found.key)
    return taken


def give(progress: Progress, key: str, *keys: str) -> None:
    progress.succeeded(key, ["result"], {"result": keys})


def test_only_a_plan_with_models_needs_more() -> None:
    assert type(progress_of(Plan(None, [step("split", dynamic=True)]))) is Progress
    assert type(progress_of(mapped())) is DynamicProgress


def test_copies_are_made_when_the_keys_are_given_and_collected_in_their_order() -> None:
    progress = DynamicProgress(mapped())

    first = take_all(progress)
    give(progress, "split", "z", "a")
    second = take_all(progress)
    progress.succeeded("work[a]", ["result"])
    progress.succeeded("work[z]", ["result"])
    last = progress.take_ready()

    assert (first, second) == (["split"], ["work[z]", "work[a]"])
    assert last is not None
    assert last.inputs[0].source == FromSteps((FromStep("work[z]", "result"), FromStep("work[a]", "result")))
    assert not progress.is_over
    progress.succeeded("gather", ["result"])
    assert progress.is_over


def test_a_copy_takes_the_value_of_its_key() -> None:
    progress = DynamicProgress(mapped())
    take_all(progress)
    give(progress, "split", "a")

    copy = progress.take_ready()

    assert copy is not None
    assert (copy.key, copy.path, copy.mapping_keys, copy.is_model) == ("work[a]", "work", ("a",), False)
    assert copy.inputs[0].source == FromStep("split", "result", "a")


def test_no_key_leaves_an_empty_list() -> None:
    progress = DynamicProgress(mapped())
    take_all(progress)
    give(progress, "split")

    found = progress.take_ready()

    assert found is not None
    assert (found.key, found.inputs[0].source) == ("gather", FromSteps(()))


def test_a_dynamic_output_that_is_left_out_skips_who_collects() -> None:
    progress = DynamicProgress(mapped())
    take_all(progress)
    progress.succeeded("split", [])

    assert [each.key for each in progress.take_skipped()] == ["gather"]
    assert progress.is_over


def test_a_dynamic_step_that_fails_blocks_who_collects() -> None:
    progress = DynamicProgress(mapped())
    take_all(progress)
    progress.failed("split")

    assert progress.state_of("gather") is StepState.BLOCKED
    assert progress.take_skipped() == []
    assert progress.is_over


def test_maps_in_maps_unfold_level_by_level() -> None:
    progress = DynamicProgress(nested())
    take_all(progress)
    give(progress, "split", "a", "b")
    outer = take_all(progress)
    give(progress, "again[b]", "y")
    inner_b = take_all(progress)
    progress.succeeded("work[b,y]", ["result"])
    within_b = take_all(progress)
    give(progress, "again[a]")
    rest = [progress.take_ready(), progress.take_ready()]

    assert (outer, inner_b, within_b) == (["again[a]", "again[b]"], ["work[b,y]"], ["within[b]"])
    assert [each and each.key for each in rest] == ["within[a]", "gather"]
    assert [each and each.inputs[0].source for each in rest] == [
        FromSteps(()),
        FromSteps((FromStep("work[b,y]", "result"),)),
    ]


def test_a_fan_in_inside_a_map_takes_values_of_the_same_key() -> None:
    progress = DynamicProgress(
        Plan(
            None,
            [
                step("split", dynamic=True),
                step("plain"),
                step(
                    "both",
                    FromManyCopies((FromCopies("split", "result", 0), FromStep("plain", "result"))),
                    dims=(SPLIT,),
                    position=1,
                ),
            ],
        )
    )
    take_all(progress)
    give(progress, "split", "a")
    before = take_all(progress)
    progress.succeeded("plain", ["result"])

    found = progress.take_ready()

    assert before == []
    assert found is not None
    assert found.inputs[0].source == FromSteps((FromStep("split", "result", "a"), FromStep("plain", "result")))


def test_a_copy_is_tried_again() -> None:
    progress = DynamicProgress(mapped())
    take_all(progress)
    give(progress, "split", "a")
    taken = take_all(progress)
    progress.again("work[a]")

    assert taken == take_all(progress) == ["work[a]"]
