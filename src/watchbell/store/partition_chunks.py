"""Sets of partitions as rows: chunks of 65,536 ordinals, so that one event rewrites at most 8 KB."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from watchbell.record.ordinal_set import OrdinalSet
from watchbell.store.session import Session

CHUNK_BITS = 16
"""A chunk holds the ordinals that agree in all but their last so many bits."""
MATERIALIZED, FAILED = "materialized", "failed"


def chunk_of(ordinal: int) -> int:
    """In which chunk a partition lies."""
    return ordinal >> CHUNK_BITS


def chunks_of(ordinals: OrdinalSet) -> Iterator[tuple[int, OrdinalSet]]:
    """The parts of a set, each with its chunk; what is empty is left out."""
    ordinal = ordinals.first()
    while ordinal is not None:
        chunk = chunk_of(ordinal)
        stop = (chunk + 1) << CHUNK_BITS
        yield chunk, ordinals & OrdinalSet.of_range(chunk << CHUNK_BITS, stop)
        below = ordinals.count_below(stop)
        ordinal = ordinals.at(below) if below < len(ordinals) else None


def by_chunk(ordinals: Iterable[int]) -> dict[int, OrdinalSet]:
    """Single ordinals as sets, by chunk."""
    found: dict[int, list[int]] = {}
    for ordinal in ordinals:
        found.setdefault(ordinal >> CHUNK_BITS, []).append(ordinal)
    return {chunk: OrdinalSet(members) for chunk, members in found.items()}


def put(session: Session, asset: str, numbering: str, kind: str, ordinals: OrdinalSet) -> None:
    """Adds to a set of an asset."""
    for chunk, part in chunks_of(ordinals):
        change(session, asset, numbering, chunk, {kind: part}, {})


def remove(session: Session, asset: str, numbering: str, kind: str, ordinals: OrdinalSet) -> None:
    """Takes out of a set of an asset."""
    for chunk, part in chunks_of(ordinals):
        change(session, asset, numbering, chunk, {}, {kind: part})


def change(
    session: Session,
    asset: str,
    numbering: str,
    chunk: int,
    more: dict[str, OrdinalSet],
    less: dict[str, OrdinalSet],
) -> None:
    """Adds to and takes out of one chunk of an asset's sets; writes only what changes.

    Args:
        session: inside a transaction.
        asset: its key as text.
        numbering: which numbers these are.
        chunk: which chunk.
        more: what to add, by kind.
        less: what to take out, by kind.
    """
    place = {"asset": asset, "numbering_now": numbering, "chunk_now": chunk}
    held: dict[str, bytes] = dict(session.rows("partition_sets_of_chunk", **place))
    for kind in more.keys() | less.keys():
        before = OrdinalSet.from_bytes(held[kind]) if kind in held else OrdinalSet()
        after = before
        if kind in more:
            after = after | more[kind]
        if kind in less:
            after = after - less[kind]
        if after == before:
            continue
        if not after:
            session.run("forget_partition_set", **place, kind_now=kind)
        elif kind in held:
            session.run("change_partition_set", **place, kind_now=kind, ordinals=after.to_bytes())
        else:
            row = {"asset_key": asset, "numbering": numbering, "kind": kind, "chunk": chunk}
            session.run("new_partition_set", **row, ordinals=after.to_bytes())
