"""Every name that can be jumped to, and how well it fits what somebody typed.

The names are those of the definitions in use, collected once for each set of them. A name fits, from best to worst, if
it is the text, begins with it, has a word that begins with it, contains it, or contains its signs in their order. One
pass over the names sorts out those without the signs; so 20,000 names take a few milliseconds.
"""

from __future__ import annotations

import heapq
import re
import threading
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from urllib.parse import quote

from watchbell.ground.value import dataclass
from watchbell.record.snapshot import LocationSnapshot
from watchbell.web.shapes.search import Found, FoundKind

EXACT, BEGINS, WORD, CONTAINS, SCATTERED = range(5)
SIGNS_MAX = 100
NEAREST_MIN = 0.55
"""Names that are less like an address than this are no help (0 to 1)."""
NEAREST_LOOKED_AT = 4_000
"""Names that are compared sign by sign (count); of more only those of about the same length and first sign."""
_HIDDEN_JOBS = "__"
_KINDS = {kind: place for place, kind in enumerate(FoundKind)}


@dataclass(frozen=True)
class Name:
    """A name that can be jumped to.

    Args:
        folded: in small letters, for comparing.
        found: what it is of.
    """

    folded: str
    found: Found


class Names:
    """All names of some code locations.

    Args:
        locations: the definitions in use.
    """

    def __init__(self, locations: Sequence[LocationSnapshot]) -> None:
        self.all: list[Name] = []
        seen: set[tuple[FoundKind, str, str | None]] = set()
        for found in _names(locations):
            mark = (found.kind, found.name, found.location if found.kind is not FoundKind.ASSET else None)
            if mark not in seen:
                seen.add(mark)
                shown = f"{found.asset}:{found.name}" if found.asset else found.name
                self.all.append(Name(shown.casefold(), found))

    def fitting(self, text: str, limit: int) -> tuple[list[Found], bool]:
        """What fits a text best; and whether that is all that fits."""
        wanted = text.strip().casefold()[:SIGNS_MAX]
        if not wanted:
            return [], True
        # Few names have all the signs in order; the expression is one pass in C for each.
        scattered = re.compile(".*?".join(re.escape(sign) for sign in wanted if not sign.isspace()), re.DOTALL).search
        word = re.compile(rf"(?:^|[\W_]){re.escape(wanted)}").search
        ranked = [
            (_rank(each.folded, wanted, word), len(each.folded), _KINDS[each.found.kind], each.folded, place)
            for place, each in enumerate(self.all)
            if scattered(each.folded)
        ]
        best = heapq.nsmallest(limit, ranked)
        return [self.all[place].found for *_, place in best], len(ranked) <= limit

    def nearest(self, text: str, limit: int) -> list[Found]:
        """What is written most like a text: for addresses that were mistyped, or of things that were renamed."""
        wanted = text.casefold()[:SIGNS_MAX]
        if not wanted:
            return []
        candidates: Sequence[Name] = self.all
        if len(candidates) > NEAREST_LOOKED_AT:
            candidates = [each for each in candidates if abs(len(each.folded) - len(wanted)) <= 3][:NEAREST_LOOKED_AT]
        matcher = SequenceMatcher(autojunk=False)
        matcher.set_seq2(wanted)
        ranked = []
        for place, each in enumerate(candidates):
            matcher.set_seq1(each.folded)
            if matcher.real_quick_ratio() >= NEAREST_MIN and matcher.quick_ratio() >= NEAREST_MIN:
                likeness = matcher.ratio()
                if likeness >= NEAREST_MIN:
                    ranked.append((-likeness, place))
        return [candidates[place].found for _, place in heapq.nsmallest(limit, ranked)]


def _rank(name: str, wanted: str, has_word: object) -> int:
    if name == wanted:
        return EXACT
    if name.startswith(wanted):
        return BEGINS
    if wanted not in name:
        return SCATTERED
    return WORD if has_word(name) else CONTAINS  # type: ignore[operator]


def _names(locations: Sequence[LocationSnapshot]) -> Iterator[Found]:
    for location in locations:
        where = quote(location.name, safe="")
        yield Found(kind=FoundKind.LOCATION, name=location.name, to=f"/system?tab=locations#{where}")
        for job in location.jobs:
            if not job.name.startswith(_HIDDEN_JOBS):
                to = f"/jobs/{where}/{quote(job.name, safe='')}"
                yield Found(kind=FoundKind.JOB, name=job.name, location=location.name, to=to)
        for schedule in location.schedules:
            to = f"/automation/schedule/{where}/{quote(schedule.name, safe='')}"
            yield Found(kind=FoundKind.SCHEDULE, name=schedule.name, location=location.name, to=to)
        for sensor in location.sensors:
            to = f"/automation/sensor/{where}/{quote(sensor.name, safe='')}"
            yield Found(kind=FoundKind.SENSOR, name=sensor.name, location=location.name, to=to)
        yield from _assets(location)


def _assets(location: LocationSnapshot) -> Iterator[Found]:
    sets: dict[str, str] = {}
    for asset in location.assets:
        name = asset.key.to_user_string()
        to = f"/assets/{quote(name, safe='/')}"
        yield Found(kind=FoundKind.ASSET, name=name, location=location.name, about=asset.group_name, to=to)
        for check in asset.checks:
            at = f"{to}?tab=checks&check={quote(check.name, safe='')}"
            yield Found(kind=FoundKind.CHECK, name=check.name, location=location.name, asset=name, about=name, to=at)
        if asset.partitions is not None and asset.partitions.dynamic_name is not None:
            sets.setdefault(asset.partitions.dynamic_name, to)
    for name, to in sets.items():
        found = Found(kind=FoundKind.PARTITIONS, name=name, location=location.name, to=f"{to}?tab=partitions")
        yield found


class NamesKept:
    """The names of the definitions in use, made anew when these are others. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._locations: tuple[LocationSnapshot, ...] = ()
        self._names = Names(())

    def of(self, locations: Sequence[LocationSnapshot]) -> Names:
        """The names of these locations."""
        with self._lock:
            given = tuple(locations)
            same = len(given) == len(self._locations)
            if not same or any(one is not other for one, other in zip(given, self._locations, strict=True)):
                self._names, self._locations = Names(given), given
            return self._names
