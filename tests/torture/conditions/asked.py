"""What conditions asked for: read from the store as partitions of assets, whatever runs they came in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from watchbell.instance import DagsterInstance
from watchbell.record.partition import PARTITION_TAG, RANGE_END_TAG, RANGE_START_TAG
from watchbell.record.run import DagsterRun, RunRecord, RunsFilter

ASKED_TAG = "dagster/from_automation_condition"
MINUTE_FORMAT = "%Y-%m-%d-%H:%M"
APART = ("clock_", "canary_")
"""How assets begin that are looked at by themselves."""


def records_of(instance: DagsterInstance) -> list[RunRecord]:
    """The runs that conditions asked for, oldest first; none of those that execute one again."""
    found = instance.get_run_records(RunsFilter(tags={ASKED_TAG: "true"}), ascending=True)
    return [each for each in found if each.dagster_run.parent_run_id is None]


def entities_of(run: DagsterRun) -> list[str]:
    """The assets that a run makes, and the checks that it executes though it does not make their asset."""
    assets = run.asset_selection or frozenset()
    checks = [key for key in run.asset_check_selection or () if key.asset_key not in assets]
    return sorted([*(key.to_user_string() for key in assets), *(key.to_user_string() for key in checks)])


def partitions_of(run: DagsterRun) -> list[str]:
    """The partitions that a run makes; ``[""]``: of assets without any."""
    tags = run.tags
    if RANGE_START_TAG in tags:
        return list(_between(tags[RANGE_START_TAG], tags[RANGE_END_TAG]))
    return [tags.get(PARTITION_TAG, "")]


def _between(first: str, last: str) -> Iterator[str]:
    """The keys of a range: letters, days or minutes."""
    if len(first) == 1:
        yield from map(chr, range(ord(first), ord(last) + 1))
    elif first.count("-") == 2:
        day = date.fromisoformat(first)
        while day <= date.fromisoformat(last):
            yield day.isoformat()
            day += timedelta(days=1)
    else:
        minute = datetime.strptime(first, MINUTE_FORMAT)
        while (key := minute.strftime(MINUTE_FORMAT)) <= last:
            yield key
            minute += timedelta(minutes=1)


def asked_by(runs: Iterable[DagsterRun]) -> Counter[str]:
    """What runs are to make: ``"asset"`` or ``"asset[key]"``, and how often."""
    found: Counter[str] = Counter()
    for run in runs:
        for entity in entities_of(run):
            found.update(f"{entity}[{key}]" if key else entity for key in partitions_of(run))
    return found


def is_apart(run: DagsterRun) -> bool:
    """Whether a run belongs to what is looked at by itself."""
    return all(each.startswith(APART) for each in entities_of(run))


def spread(asks: Iterable[str]) -> Counter[str]:
    """What a step asks for, each partition by itself."""
    found: Counter[str] = Counter()
    for each in asks:
        name, _, keys = each.rstrip("]").partition("[")
        found.update(f"{name}[{key}]" for key in keys.split(",")) if keys else found.update([name])
    return found


@dataclass
class Reader:
    """Reads what was asked for since it was asked last.

    Args:
        instance: whose store.
        seen: runs that were read before.
    """

    instance: DagsterInstance
    seen: set[str]

    def news(self) -> list[DagsterRun]:
        """The runs of conditions that were not read before, without those that are looked at by themselves."""
        runs = [record.dagster_run for record in records_of(self.instance)]
        return [run for run in runs if run.run_id not in self.seen and not is_apart(run)]

    def take(self) -> Counter[str]:
        """What was asked for; from now on it was read before."""
        news = self.news()
        self.seen |= {run.run_id for run in news}
        asked = asked_by(news)
        return Counter({each: count for each, count in asked.items() if not each.startswith(APART)})
