"""Keys of dynamic partitions: added, deleted, listed; by people, or with a tick."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from watchbell.record.partition_state import DynamicPartition
from watchbell.record.request import AddDynamicPartitionsRequest, DynamicPartitionsRequest
from watchbell.store.session import Session
from watchbell.store.statements import Params, Pieces


def add(session: Session, name: str, keys: Sequence[str]) -> list[str]:
    """Adds keys in their order, those there already left as they are; which ones were added.

    A key that was deleted keeps its number, so that it finds what is remembered of it; its place is a new one.
    """
    wanted = list(dict.fromkeys(keys))
    known: dict[str, int] = dict(session.run_in("known_dynamic_partitions", "keys", wanted, name_now=name))
    new = [key for key in wanted if not known.get(key)]
    if not new:
        return []
    last = session.row("last_place", name_now=name)
    place = (last[0] if last is not None else None) or 0
    rows = []
    for number, key in enumerate(new, place + 1):
        if key in known:
            session.run("put_dynamic_partition", name_now=name, key=key, place=number, is_there=1)
        else:
            rows.append((name, key, number, number, 1))
    session.run_many("new_dynamic_partition", rows)
    session.take_numbers("dynamic", 1)
    return new


def delete(session: Session, name: str, keys: Sequence[str]) -> list[str]:
    """Deletes keys; which of them there were."""
    wanted = dict.fromkeys(keys)
    gone = [key for key in wanted if session.run("forget_dynamic_partition", name_now=name, key=key, is_there=0)]
    if gone:
        session.take_numbers("dynamic", 1)
    return gone


def fulfil(session: Session, requests: Iterable[DynamicPartitionsRequest]) -> None:
    """Does what a tick asks for, in its order."""
    for request in requests:
        act = add if isinstance(request, AddDynamicPartitionsRequest) else delete
        act(session, request.partitions_def_name, request.partition_keys)


def has(session: Session, name: str, keys: Sequence[str]) -> set[str]:
    """Which of the keys are there."""
    if len(keys) == 1:
        return set(keys) if session.row("dynamic_partition", name_now=name, key=keys[0]) is not None else set()
    return {
        key for key, is_there in session.run_in("known_dynamic_partitions", "keys", keys, name_now=name) if is_there
    }


def count(session: Session, name: str) -> int:
    """How many keys there are."""
    row = session.row("count_dynamic_partitions", name_now=name)
    assert row is not None
    return int(row[0])


def names(session: Session) -> dict[str, int]:
    """The names there are, with the number of their keys."""
    return dict(session.rows("dynamic_names"))


def find(
    session: Session,
    name: str,
    *,
    keys: Sequence[str] | None,
    numbers: Sequence[int] | None,
    after: int | None,
    limit: int | None,
    descending: bool,
) -> list[DynamicPartition]:
    """Keys in the order they were added.

    Args:
        session: any.
        name: of the partitions.
        keys: only these; None: all.
        numbers: only those with these numbers; None: all.
        after: the place of the last one of the page before.
        limit: most keys (count).
        descending: the newest first.
    """
    conditions: list[tuple[str, Params]] = [("dynamic_name_is", {"name_now": name})]
    if keys is not None:
        conditions.append(("dynamic_key_in", {"keys": list(keys)}))
    if numbers is not None:
        conditions.append(("dynamic_number_in", {"numbers": list(numbers)}))
    if after is not None:
        which = ("dynamic_before_place", {"before": after}) if descending else ("dynamic_after_place", {"after": after})
        conditions.append(which)
    pieces = Pieces("select_dynamic_partitions", conditions, "dynamic_order", descending=descending, limit=limit)
    return [DynamicPartition(key, number, place) for place, key, number in session.select(pieces)]
