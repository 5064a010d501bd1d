"""Runs and entities that explanations name, as what a page can link."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from watchbell.automate.explain.automation import AutomationFacts
from watchbell.automate.explain.clauses import EntityFacts
from watchbell.automate.explain.refs import Ref, distinct
from watchbell.automate.explain.words import RUN_CHARS, at_text
from watchbell.record.asset_job_key import JOB_TEXT


def refs_of_runs(run_ids: Iterable[str]) -> list[Ref]:
    """Runs by the beginnings of their ids, as explanations write them."""
    return [Ref("run", each, each[:RUN_CHARS]) for each in dict.fromkeys(run_ids) if each]


def entity_ref(name: str) -> Ref:
    """An asset, a check, or a job that has a condition, by its user string."""
    if name.startswith(JOB_TEXT):
        return Ref("job", name.removeprefix(JOB_TEXT), name)
    return Ref("check" if ":" in name else "asset", name, name)


def refs_of_entities(facts: Mapping[str, EntityFacts], named: Collection[str]) -> list[Ref]:
    """What is known of entities, and those of them that are named themselves.

    Args:
        facts: by user string.
        named: which of them are linked; not the one that the page is about.
    """
    refs = [entity_ref(name) for name in facts if name in named]
    for each in facts.values():
        checked = "" if each.check is None else each.check.run_id
        refs += refs_of_runs([each.made_by, each.failed_by, checked, *(run.run_id for run in each.running)])
        refs += [Ref("backfill", found, found[:RUN_CHARS]) for found in each.backfills]
    return refs


def refs_of_automation(facts: AutomationFacts, zone: str) -> tuple[Ref, ...]:
    """What an explanation of a schedule or sensor names: its ticks by their times, and the runs of these.

    Args:
        facts: what is known.
        zone: in which times are told.
    """
    ticks = [
        Ref("tick", str(each.tick_id), at_text(each.tick_at, zone), facts.key.location_name, each.tick_at)
        for each in facts.ticks
        if each.tick_id is not None
    ]
    runs = [run_id for tick in facts.ticks for run_id in (*tick.run_ids, *tick.dropped_for)]
    return distinct([*ticks[:1], *refs_of_runs(runs), *ticks[1:]])
