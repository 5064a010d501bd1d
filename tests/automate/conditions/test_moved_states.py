"""Which of several sensors' states of an entity counts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from watchbell.automate.conditions.cursor import ConditionCursor
from watchbell.automate.conditions.moved_states import NO_MOVES, Moves, SensorStates, moves_of
from watchbell.automate.conditions.world import Position

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
OLD = '{"slots":{"a":1}}'
NEW = '{"slots":{"a":2}}'


def position(event_id: int) -> Position:
    return Position(event_id, BEGIN + timedelta(seconds=event_id))


def stored(event_id: int, texts: Mapping[str, str], *, is_gone: bool = False) -> SensorStates:
    cursor = ConditionCursor(1, position(event_id), {"asset x": None})
    return SensorStates(cursor, texts, is_gone)


def since(event_id: int, text: str) -> str:
    at = position(event_id).at.isoformat()
    return json.dumps({"since": [event_id, at], **json.loads(text)}, separators=(",", ":"))


def moves(own: SensorStates, others: Mapping[str, SensorStates], elsewhere: Mapping[str, str] | None = None) -> Moves:
    return moves_of(own, {"x": "asset x"}, lambda: others, lambda: elsewhere or {})


def test_nobody_else_is_asked_where_nothing_moved() -> None:
    own = stored(5, {"x": OLD})

    def refuse() -> Mapping[str, SensorStates]:
        raise AssertionError("others were asked")

    assert moves_of(own, {"x": "asset x"}, refuse, dict) is NO_MOVES


def test_the_newest_of_several_is_taken() -> None:
    others = {"a": stored(5, {"x": OLD}), "b": stored(7, {"x": NEW}), "c": SensorStates(None, {"x": OLD})}

    assert moves(stored(9, {}), others).taken == {"x": since(7, NEW)}
    assert moves(SensorStates(None), others).taken == {"x": since(7, NEW)}


@pytest.mark.parametrize(("own", "other", "is_taken"), [(5, 6, True), (6, 6, False), (7, 6, False)])
def test_what_one_has_oneself_gives_way_to_what_is_newer(own: int, other: int, is_taken: bool) -> None:
    found = moves(stored(9, {"x": since(own, OLD)}), {"a": stored(8, {"x": since(other, NEW)})})

    assert bool(found.taken) is is_taken


def test_what_was_reset_does_not_come_back_from_elsewhere() -> None:
    own = SensorStates(None, {"x": since(1, OLD)})

    assert moves(own, {"a": stored(8, {"x": NEW})}) == NO_MOVES


@pytest.mark.parametrize(("is_gone", "waiting"), [(True, {"asset x": None}), (False, {})])
def test_what_waits_comes_along_from_a_sensor_that_is_gone(is_gone: bool, waiting: Mapping[str, None]) -> None:
    found = moves(stored(9, {}), {"a": stored(5, {"x": OLD}, is_gone=is_gone)})

    assert found.waiting == waiting


@pytest.mark.parametrize("theirs", [{}, {"a": stored(4, {"y": OLD})}, {"a": stored(4, {})}])
def test_what_another_has_nothing_newer_of_is_kept(theirs: Mapping[str, SensorStates]) -> None:
    own = stored(5, {"x": OLD, "y": NEW})

    assert moves(own, theirs, {"y": "a"}) == Moves(kept={"y": since(5, NEW)})


def test_what_another_has_or_nobody_wants_is_not_kept() -> None:
    own = stored(5, {"x": OLD, "y": NEW})

    assert moves(own, {"a": stored(6, {"y": OLD})}, {"y": "a"}) == NO_MOVES
    assert moves(own, {"a": stored(4, {})}) == NO_MOVES


def test_a_state_that_cannot_be_read_is_nowhere_taken() -> None:
    assert moves(stored(9, {}), {"a": stored(8, {"x": '{"since":[1'})}) == NO_MOVES
    assert moves(stored(9, {}), {"a": stored(8, {"x": "[1]"})}).taken == {"x": "[1]"}


def test_a_state_that_says_since_when_goes_on_to_say_it() -> None:
    assert stored(9, {"x": since(3, OLD)}).leaving("x") == since(3, OLD)
    assert stored(9, {"x": OLD}).leaving("x") == since(9, OLD)
