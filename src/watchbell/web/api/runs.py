"""``/api/runs``: lists of runs, and what a query over them can be made of."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from watchbell.record.run_query import RunSort
from watchbell.web.query.language import Around, zone_or_problem
from watchbell.web.query.runs import RUNS
from watchbell.web.query.text import quoted
from watchbell.web.routing import api_router
from watchbell.web.runs.listing import ListAsked, runs_page
from watchbell.web.shapes.runs import QueryWords, RunsPage, RunsParams, WordShape
from watchbell.web.view import View, ViewOf

router = api_router()

WORDS_MAX = 500


@router.get("/runs")
def list_runs(view: ViewOf, params: Annotated[RunsParams, Query()]) -> RunsPage:
    """Runs; by default the newest first."""
    asked = ListAsked(
        terms=tuple(RUNS.read(params.q, Around(view.now(), zone_or_problem(params.zone)))),
        tab=params.tab,
        sort=RunSort(params.sort.removeprefix("-")),
        is_ascending=not params.sort.startswith("-"),
        is_folded=params.fold,
        limit=params.limit,
        cursor=params.cursor,
        with_total=params.with_total,
    )
    return runs_page(view, asked)


@router.get("/run-words")
def list_run_words(view: ViewOf) -> QueryWords:
    """What a query over runs can be made of: its fields, and what may stand there."""
    known = _values(view)
    fields = [
        WordShape(name=each.name, about=each.about, values=[*each.values, *known.get(each.name, [])])
        for each in RUNS.fields
    ]
    return QueryWords(fields=fields, plain=RUNS.plain_about)


@router.get("/run-words/tags/{tag}")
def list_run_tag_values(tag: str, view: ViewOf) -> list[str]:
    """The values that a tag of runs has, sorted; of very many the first ones."""
    return view.store.run_words("values", tag=tag, limit=WORDS_MAX)


def _values(view: View) -> dict[str, list[str]]:
    locations = view.locations()
    automations = [each.name for location in locations for each in location.schedules]
    automations += [each.name for location in locations for each in location.sensors]
    assets = {each.key.to_user_string() for location in locations for each in location.assets}
    tags = [each for each in view.store.run_words("tags", limit=WORDS_MAX) if not each.startswith(".")]
    return {
        "job": view.store.run_words("jobs", limit=WORDS_MAX),
        "location": sorted(each.name for each in locations),
        "trigger": sorted(set(automations))[:WORDS_MAX],
        "asset": sorted(assets)[:WORDS_MAX],
        "tag": [quoted(each) for each in tags],
    }
