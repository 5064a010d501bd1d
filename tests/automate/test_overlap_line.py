"""Queued runs that wait for another time of their schedule: held as one, let go as one."""

from collections.abc import Mapping

from watchbell.automate.overlap_line import OverlapLine
from watchbell.automate.queue_rules import RunLine, Waiting
from watchbell.record.overlap import OVERLAP_TAG
from watchbell.record.run import DagsterRun


def run_of(run_id: str, minute: int, schedule: str = "daily", **tags: str) -> DagsterRun:
    own = {"dagster/schedule_name": schedule, ".dagster/scheduled_execution_time": f"2024-05-01T12:{minute:02}"}
    return DagsterRun("etl", run_id, tags={**own, OVERLAP_TAG: "buffer_one", **tags}, location_name="here")


def blocker(run_id: str) -> DagsterRun:
    return DagsterRun("etl", run_id)


class Line:
    """Both lines, as the queue uses them."""

    def __init__(self, *runs: DagsterRun) -> None:
        self.overlap, self.line = OverlapLine(), RunLine()
        self.age = 0
        for each in runs:
            self.add(each)

    def add(self, run: DagsterRun) -> None:
        self.age += 1
        self.overlap.know(run)
        self.line.add(run.run_id, run.tags, self.age)

    def next(self, room: int = 10) -> list[Waiting]:
        return self.line.next(0, room, 10, self.overlap.takes_aside)

    def ids(self, room: int = 10) -> list[str]:
        return [each.run_id for each in self.next(room)]

    def hold(self, run_id: str, blocker_id: str) -> None:
        """The first one that comes is held back."""
        (waiting,) = self.next(1)
        assert waiting.run_id == run_id
        self.overlap.hold(waiting, blocker_id)

    def answer(self, blockers: Mapping[str, DagsterRun | None]) -> list[str]:
        free = self.overlap.answer(blockers)
        self.line.put_back(free)
        return [each.run_id for each in free]


def test_a_run_without_the_tag_is_nobodys_business() -> None:
    line = Line(DagsterRun("etl", "by hand"))

    assert not line.overlap.minds("by hand")
    assert line.ids() == ["by hand"]


def test_a_time_that_is_held_lets_others_pass() -> None:
    line = Line(run_of("b1", 2), run_of("b2", 2), DagsterRun("etl", "other"), run_of("c", 2, "hourly"))
    line.hold("b1", "a")

    assert line.ids(room=2) == ["other", "c"]
    assert (len(line.overlap), len(line.line)) == (2, 0)


def test_a_held_time_takes_no_room() -> None:
    line = Line(run_of("b1", 2), *[run_of(f"b{number}", 2) for number in range(2, 50)], DagsterRun("etl", "other"))
    line.hold("b1", "a")

    assert line.ids(room=1) == ["other"]


def test_runs_that_come_later_are_held_with_their_time() -> None:
    line = Line(run_of("b1", 2))
    line.hold("b1", "a")
    line.add(run_of("b2", 2))

    assert line.ids() == []
    line.overlap.over("a")
    assert line.answer({"b1": None}) == ["b1", "b2"]
    assert line.ids() == ["b1", "b2"]


def test_who_is_let_go_has_its_old_place() -> None:
    line = Line(run_of("b", 2), DagsterRun("etl", "x"), DagsterRun("etl", "urgent", tags={"dagster/priority": "3"}))
    assert [each.run_id for each in line.next(1)] == ["urgent"]
    line.hold("b", "a")
    line.overlap.over("a")
    line.answer({"b": None})

    assert line.ids() == ["b", "x"]


def test_one_run_of_a_time_is_asked_about_when_what_it_watches_is_over() -> None:
    line = Line(run_of("b1", 2), run_of("b2", 2), run_of("c", 2, "hourly"))
    line.hold("b1", "a")
    line.next(1)
    line.add(run_of("c2", 2, "hourly"))
    line.hold("c2", "z")

    line.overlap.over("unknown")
    assert line.overlap.questions() == []
    line.overlap.over("a")
    assert line.overlap.questions() == ["b1"]
    assert sorted(line.overlap.watched()) == ["a", "z"]


def test_a_time_may_have_to_watch_another_run_next() -> None:
    line = Line(run_of("b", 2))
    line.hold("b", "a1")
    line.overlap.over("a1")

    assert line.answer({"b": blocker("a2")}) == []
    assert (line.overlap.questions(), line.overlap.watched()) == ([], ["a2"])
    line.overlap.over("a1")
    assert line.overlap.questions() == []
    line.overlap.over("a2")
    assert line.answer({"b": None}) == ["b"]
    assert line.overlap.watched() == []


def test_a_run_that_was_canceled_meanwhile_is_asked_about_no_more() -> None:
    line = Line(run_of("b1", 2), run_of("b2", 2))
    line.hold("b1", "a")
    assert line.ids() == []
    line.overlap.over("a")

    assert line.answer({}) == []
    assert line.overlap.questions() == ["b2"]
    assert line.answer({}) == []
    assert (line.overlap.questions(), len(line.overlap), line.overlap.watched()) == ([], 0, [])


def test_when_in_doubt_all_are_asked_about() -> None:
    line = Line(run_of("b", 2), run_of("c", 2, "hourly"))
    line.hold("b", "a")
    line.hold("c", "z")
    line.overlap.doubt_all()

    assert line.overlap.questions() == ["b", "c"]
