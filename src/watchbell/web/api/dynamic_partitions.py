"""``/api/dynamic-partitions``: keys of dynamic partitions, which people and sensors add and delete."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from watchbell.ground.errors import ParameterCheckError
from watchbell.web.assets.memory import catalog_of
from watchbell.web.assets.rows import name_of
from watchbell.web.audit import AuditNoteOf
from watchbell.web.problem import Problem, missing
from watchbell.web.routing import api_router
from watchbell.web.runs.finding import stored_number
from watchbell.web.shapes.partitions import (
    DynamicChange,
    DynamicKey,
    DynamicName,
    DynamicNames,
    DynamicWish,
)
from watchbell.web.shapes.shape import Cursor, Limit, Page, Total
from watchbell.web.view import View, ViewOf

router = api_router()

Name = Annotated[str, Query(min_length=1, max_length=1_000, description="name of the dynamic partitions")]


@router.get("/dynamic-partitions")
def list_dynamic_partitions(view: ViewOf) -> DynamicNames:
    """All dynamic partitions by name: those with keys, and those that assets are divided by."""
    assets = _assets_by_name(view)
    counts = view.store.dynamic_partition_names()
    names = sorted({*counts, *assets})
    return DynamicNames(
        items=[DynamicName(name=each, count=counts.get(each, 0), assets=assets.get(each, [])) for each in names],
        at=view.now(),
    )


@router.get("/dynamic-partitions/keys")
def list_dynamic_keys(name: Name, view: ViewOf, limit: Limit = 100, cursor: Cursor = None) -> Page[DynamicKey]:
    """Keys of dynamic partitions, those that were added last first."""
    counts = view.store.dynamic_partition_names()
    if name not in counts and name not in _assets_by_name(view):
        raise missing("dynamic partitions", name)
    after = None if cursor is None else stored_number(cursor)
    found = view.store.dynamic_partitions(name, after=after, limit=limit + 1, descending=True)
    items = [DynamicKey(key=each.key, place=each.place) for each in found[:limit]]
    return Page[DynamicKey](
        items=items,
        next_cursor=str(items[-1].place) if len(found) > limit else None,
        total=Total(count=counts.get(name, 0)),
        at=view.now(),
    )


@router.post("/dynamic-partitions/add")
def add_dynamic_keys(wish: DynamicWish, view: ViewOf, note: AuditNoteOf) -> DynamicChange:
    """Adds keys; those there already stay as they are."""
    note.about(wish.name, count=len(wish.keys))
    try:
        added = view.store.add_dynamic_partitions(wish.name, wish.keys)
    except ParameterCheckError as error:
        raise Problem(422, "invalid-request", str(error), where="keys") from error
    return _change(wish, added)


@router.post("/dynamic-partitions/delete")
def delete_dynamic_keys(wish: DynamicWish, view: ViewOf, note: AuditNoteOf) -> DynamicChange:
    """Deletes keys; what is remembered of assets for them stays."""
    note.about(wish.name, count=len(wish.keys))
    return _change(wish, view.store.delete_dynamic_partitions(wish.name, wish.keys))


def _change(wish: DynamicWish, changed: list[str]) -> DynamicChange:
    done = set(changed)
    return DynamicChange(name=wish.name, changed=changed, left=[key for key in wish.keys if key not in done])


def _assets_by_name(view: View) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, each in catalog_of(view).by_key.items():
        name = None if each.told.partitions is None else each.told.partitions.dynamic_name
        if name is not None:
            found.setdefault(name, []).append(name_of(key))
    return found
