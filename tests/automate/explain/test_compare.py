"""Two evaluations side by side: which parts of the condition said something else."""

from __future__ import annotations

from tests.automate.explain.evaluations import Values, evaluation
from watchbell import AutomationCondition as C
from watchbell.automate.explain.compare import Compared, compared, is_same_condition
from watchbell.automate.explain.explanation import Mark

WANTED = C.missing() & ~C.any_deps_missing()


def both(first: Values, second: Values) -> Compared:
    return compared(evaluation(WANTED, first), 0.0, evaluation(WANTED, second), 60.0)


def differing(node: Compared) -> list[tuple[str, Mark | None, Mark | None]]:
    own = [(node.text, node.before, node.after)] if node.differs else []
    return own + [each for child in node.children for each in differing(child)]


def test_the_same_twice_does_not_differ() -> None:
    told = both({("missing", "orders"): True}, {("missing", "orders"): True})

    assert differing(told) == []
    assert not told.has_difference


def test_what_differs_is_found_where_it_is_and_above() -> None:
    told = both({("missing", "orders"): True}, {("missing", "orders"): True, ("missing", "users"): True})

    found = differing(told)

    assert found[0] == ("all of", Mark.TRUE, Mark.FALSE)
    assert ("any_deps_missing", Mark.FALSE, Mark.TRUE) in found
    assert ("missing", Mark.TRUE, Mark.TRUE) not in found


def test_what_was_not_reached_is_not_false() -> None:
    told = both({}, {("missing", "orders"): True})

    part = next(each for each in told.children if each.text == "not")

    assert (part.before, part.after) == (Mark.NOT_REACHED, Mark.TRUE)


def test_another_condition_is_told_as_one_and_its_parts_stand_alone() -> None:
    one, other = evaluation(C.missing(), {}), evaluation(C.run_in_progress(), {})

    assert is_same_condition(one, one)
    assert not is_same_condition(one, other)
    assert compared(one, 0.0, other, 60.0).text == "missing"


def test_a_part_that_only_one_has_is_marked_as_not_there() -> None:
    one, other = evaluation(C.missing() & C.run_in_progress(), {}), evaluation(C.missing() & C.newly_updated(), {})

    told = {each.text: (each.before, each.after) for each in compared(one, 0.0, other, 60.0).children}

    assert told["run_in_progress"] == (Mark.NOT_REACHED, None)
    assert told["newly_updated"] == (None, Mark.NOT_REACHED)
