"""The runs of a timeline, counted by stretches of time, kept between questions.

What is over does not change: of the past only those stretches are read again in which a run ended since. So a page that
is asked for again costs what happened meanwhile, however much there is.
"""

from __future__ import annotations

import math
import threading
from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from weakref import WeakKeyDictionary

from watchbell.ground.value import dataclass
from watchbell.instance import DagsterInstance
from watchbell.record.change_store import StorePosition
from watchbell.record.keys import AssetKey
from watchbell.record.run import DagsterRunStatus
from watchbell.record.timeline_store import RunBin
from watchbell.web.view import View

BINS_KEPT = 1_500
"""Stretches of time that are kept, of all lengths of windows together (count)."""
SETTLE_SECONDS = 60.0
"""Stretches that ended less than this ago are read again: a run is stored a little after the time it bears."""
Kind = tuple[str, str | None, str, frozenset[AssetKey]]
"""Job, its code location, what asked for it, the assets that were chosen."""
_Key = tuple[bool, float, int]
_Place = tuple[int, int]
_FAILED = DagsterRunStatus.FAILURE.value
_GOING = frozenset({DagsterRunStatus.QUEUED, DagsterRunStatus.STARTING, DagsterRunStatus.STARTED,
                    DagsterRunStatus.CANCELING})  # fmt: skip
"""These go on up to now; the others that are not over stand where they were stored."""
_Open = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Pile:
    """Runs of one kind that were stored within one stretch of time.

    Args:
        kind: what they have in common.
        number: which stretch, counted from the beginning of 1970.
        began_at: when the first of them began, or was stored (seconds since 1970).
        ended_at: when the last of them was over; infinity: one goes on (seconds since 1970).
        counts: by state how many they are.
        count: how many they are.
        failed: how many of them failed.
    """

    kind: Kind
    number: int
    began_at: float
    ended_at: float
    counts: Mapping[str, int]
    count: int
    failed: int


@dataclass(frozen=True)
class _Held:
    """The runs of a stretch that are over.

    Args:
        piles: these.
        was_open: states of those that were not over then, with their counts; once these are others, it is read again.
        is_settled: whether no more runs could be stored in it.
        read_at: where the store was when it was read.
    """

    piles: tuple[Pile, ...]
    was_open: _Open
    is_settled: bool
    read_at: _Place


@dataclass(eq=False)
class _Memory:
    lock: threading.Lock = field(default_factory=threading.Lock)
    forgotten: int = 0
    held: OrderedDict[_Key, _Held] = field(default_factory=OrderedDict)
    open_bins: dict[tuple[bool, float], tuple[_Place, tuple[RunBin, ...]]] = field(default_factory=dict)


_memories: WeakKeyDictionary[DagsterInstance, _Memory] = WeakKeyDictionary()
_lock = threading.Lock()


def piles_between(
    view: View, position: StorePosition, first: int, last: int, bin_seconds: float, *, with_origin: bool
) -> list[Pile]:
    """The runs of these stretches of time, and all that were stored before and are not over; two queries at most.

    Args:
        view: what is looked at.
        position: of the store, read before.
        first: the first stretch.
        last: the last one, included.
        bin_seconds: length of each.
        with_origin: whether they are told apart by what asked for them, and by their assets.
    """
    with _lock:
        memory = _memories.setdefault(view.instance, _Memory())
    with memory.lock:
        if memory.forgotten != position.forgotten:  # runs were deleted
            memory.held.clear()
            memory.forgotten = position.forgotten
        now_at = (position.events, position.runs)
        open_bins = _open_bins(view, memory, now_at, bin_seconds, with_origin)
        signs = _signs(open_bins)
        settled_before = (view.now().timestamp() - SETTLE_SECONDS) / bin_seconds
        keys = [(with_origin, bin_seconds, number) for number in range(first, last + 1)]
        old = [key[2] for key in keys if not _is_good(memory.held.get(key), signs.get(key[2], ()), now_at)]
        if old:
            fresh = view.store.over_bins(old[0], old[-1], bin_seconds, with_origin=with_origin)
            by_number: dict[int, list[RunBin]] = {}
            for each in fresh:
                by_number.setdefault(each.number, []).append(each)
            for number in range(old[0], old[-1] + 1):
                held = _Held(
                    _piled(by_number.get(number, ())), signs.get(number, ()), number + 1 <= settled_before, now_at
                )
                memory.held[with_origin, bin_seconds, number] = held
        found = [each for key in keys for each in memory.held[key].piles]
        for key in keys:
            memory.held.move_to_end(key)
        while len(memory.held) > max(BINS_KEPT, len(keys)):
            memory.held.popitem(last=False)
    return [*found, *_piled(each for each in open_bins if each.number <= last)]


def _piled(bins: Iterable[RunBin]) -> tuple[Pile, ...]:
    """Those of one kind and stretch together."""
    found: dict[tuple[int, Kind], list[RunBin]] = {}
    for each in bins:
        kind = (each.job_name, each.location_name, each.automation, each.assets)
        found.setdefault((each.number, kind), []).append(each)
    piles = []
    for (number, kind), alike in found.items():
        counts = {each.status.value: each.count for each in alike}
        if len(counts) < len(alike):
            counts = dict(sum((Counter({each.status.value: each.count}) for each in alike), Counter()))
        ended_at = max(_end_of(each) for each in alike)
        began_at = min(each.began_at for each in alike)
        pile = Pile(kind, number, began_at, ended_at, counts, sum(counts.values()), counts.get(_FAILED, 0))
        piles.append(pile)
    return tuple(piles)


def _end_of(bin_: RunBin) -> float:
    if bin_.status in _GOING:
        return math.inf
    return bin_.began_at if bin_.ended_at is None else bin_.ended_at


def _is_good(held: _Held | None, sign: _Open, now_at: _Place) -> bool:
    return held is not None and (held.read_at == now_at or (held.is_settled and held.was_open == sign))


def _open_bins(
    view: View, memory: _Memory, now_at: _Place, bin_seconds: float, with_origin: bool
) -> tuple[RunBin, ...]:
    key = (with_origin, bin_seconds)
    before = memory.open_bins.get(key)
    if before is not None and before[0] == now_at:
        return before[1]
    found = tuple(view.store.open_bins(bin_seconds, with_origin=with_origin))
    if len(memory.open_bins) > 20:
        memory.open_bins.clear()
    memory.open_bins[key] = (now_at, found)
    return found


def _signs(open_bins: Sequence[RunBin]) -> dict[int, _Open]:
    counts: dict[int, Counter[str]] = {}
    for each in open_bins:
        counts.setdefault(each.number, Counter())[each.status.value] += each.count
    return {number: tuple(sorted(of_one.items())) for number, of_one in counts.items()}
