"""The line of simulated runs."""

from watchbell.automate.simulation.columns import (
    ENDED_EARLY,
    GOING,
    REQUESTED,
    Order,
    Origin,
    RunColumns,
    TickColumns,
)
from watchbell.automate.simulation.line import Line
from watchbell.record.automation_policy import Overlap


class Queue:
    """A line, and what stands in it."""

    def __init__(self, going_max: int | None = None) -> None:
        self.ticks, self.runs = TickColumns(), RunColumns()
        self.line = Line(self.ticks, self.runs, going_max)
        self.origin = Origin("schedule", "nightly", "here")

    def ask(self, at: float, overlap: Overlap = Overlap.ALLOW, priority: int = 0) -> int:
        tick = self.ticks.add(self.origin, at, REQUESTED)
        number = self.runs.add(Order("here", "etl", overlap=overlap, priority=priority), tick, at)
        self.line.add(number)
        return number

    def begun(self) -> list[int]:
        found = []
        while (number := self.line.next()) is not None:
            found.append(number)
        return found


def test_as_many_begin_as_may_and_the_next_one_when_one_is_over() -> None:
    queue = Queue(going_max=2)
    runs = [queue.ask(at) for at in (0.0, 1.0, 2.0, 3.0)]

    begun = [queue.begun(), queue.line.waiting_count]
    queue.line.over(runs[1])
    begun += [queue.begun(), queue.line.waiting_count]

    assert begun == [[0, 1], 2, [2], 1]


def test_a_higher_priority_goes_first() -> None:
    queue = Queue(going_max=1)
    for priority in (0, 1, -1, 1):
        queue.ask(0.0, priority=priority)

    order = []
    while begun := queue.begun():
        order += begun
        queue.line.over(begun[0])

    assert order == [1, 3, 0, 2]


def test_overlap_skip_refuses_while_an_earlier_time_is_unfinished() -> None:
    queue = Queue()
    first = queue.ask(0.0, Overlap.SKIP)
    queue.begun()

    refusals = [queue.line.refusal(queue.origin, Overlap.SKIP)]
    queue.line.over(first)
    refusals.append(queue.line.refusal(queue.origin, Overlap.SKIP))

    assert refusals == ["overlap='skip', and an earlier time is not over: 1 run is unfinished", None]


def test_with_buffer_one_a_time_waits_and_the_ones_after_it_are_refused() -> None:
    queue = Queue()
    first = queue.ask(0.0, Overlap.BUFFER_ONE)
    queue.begun()
    may_wait = queue.line.refusal(queue.origin, Overlap.BUFFER_ONE)
    second = queue.ask(60.0, Overlap.BUFFER_ONE)
    while_it_goes_on = queue.begun()
    refused = queue.line.refusal(queue.origin, Overlap.BUFFER_ONE)
    queue.line.over(first)

    assert may_wait is None
    assert while_it_goes_on == []
    assert refused == "overlap='buffer_one', and a time waits already for an earlier one"
    assert queue.begun() == [second]


def test_cancel_running_ends_what_goes_on_and_what_waits() -> None:
    queue = Queue(going_max=1)
    other = queue.ask(0.0)
    queue.begun()
    waiting = queue.ask(1.0, Overlap.CANCEL_RUNNING)

    canceled = queue.line.give_way(queue.origin, Overlap.CANCEL_RUNNING, 61.0)
    third = queue.ask(61.0, Overlap.CANCEL_RUNNING)
    queue.line.over(other)

    assert canceled == [waiting]
    assert (queue.runs.state[waiting], queue.runs.ended[waiting]) == (ENDED_EARLY, 61.0)
    assert queue.begun() == [third]
    assert queue.runs.state[third] == GOING
    assert queue.line.give_way(queue.origin, Overlap.CANCEL_RUNNING, 62.0) == [third]
    assert queue.line.waiting_count == 0
