"""The filter of the catalog: fields of the query language, and selections of assets as code has them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase
from functools import cached_property

from watchbell.automate.catalog.assets import CatalogAsset
from watchbell.automate.catalog.standing import Standing
from watchbell.ground.errors import DagsterError
from watchbell.record.keys import AssetKey
from watchbell.web.assets.automations import AssetAutomations
from watchbell.web.assets.memory import Known
from watchbell.web.assets.rows import check_counts, freshness_in
from watchbell.web.problem import Problem
from watchbell.web.query.language import Around, QueryField, QueryLanguage, choice
from watchbell.web.query.text import Term
from watchbell.web.shapes.assets import CheckCounts
from watchbell.web.view import View

FRESH = {"pass": "PASS", "warn": "WARN", "late": "FAIL", "unknown": "UNKNOWN"}
STATES = tuple(each.value for each in Standing)
CHECKS = ("failed", "warned", "none", "any")
AUTOMATION = ("on", "off", "none")
PARTITIONS = ("yes", "no")


class Looking:
    """What clauses look at; what is costly is read when the first one asks.

    Args:
        view: what is shown.
        known: how all assets stand.
    """

    def __init__(self, view: View, known: Known) -> None:
        self._view, self.known = view, known

    @cached_property
    def checks(self) -> dict[AssetKey, CheckCounts]:
        """What the checks of all assets that have some found last."""
        checked = [key for key, each in self.known.catalog.by_key.items() if each.told.checks]
        return check_counts(self._view, self.known, checked)

    @cached_property
    def automations(self) -> AssetAutomations:
        """What makes assets by itself."""
        return AssetAutomations(self._view, self.known.catalog)


Clause = Callable[[Looking, CatalogAsset], bool]


def matching(view: View, known: Known, query: str, selection: str) -> list[AssetKey]:
    """The assets that a filter and a selection mean, by key.

    Args:
        view: what is shown.
        known: how all assets stand.
        query: of the query language; all its terms must fit.
        selection: selection syntax; empty: all.

    Raises:
        Problem: 422, one of them cannot be read.
    """
    clauses = LANGUAGE.read(query, Around(known.now))
    chosen: Iterable[AssetKey] = known.catalog.by_key
    if selection.strip():
        try:
            meant = known.catalog.select(selection)
        except DagsterError as error:
            raise Problem(422, "wrong-selection", str(error), where="selection") from error
        chosen = [key for key in known.catalog.by_key if key in meant]
    looking = Looking(view, known)
    return [key for key in chosen if all(fits(looking, known.catalog.by_key[key]) for fits in clauses)]


def _plain(term: Term, around: Around) -> Clause:
    value = " ".join(term.values).lower()

    def fits(looking: Looking, asset: CatalogAsset) -> bool:
        name = asset.name.lower()
        return fnmatchcase(name, value) if "*" in value else value in name

    return _turned(term, fits)


def _said(says: Callable[[Looking, CatalogAsset], Iterable[str]]) -> Callable[[Term, Around], Clause]:
    """Of a field with free values, where ``*`` stands for anything."""

    def read(term: Term, around: Around) -> Clause:
        return _turned(term, lambda looking, asset: _any(says(looking, asset), term.values))

    return read


def _any(said: Iterable[str], values: Sequence[str]) -> bool:
    return any(fnmatchcase(each, value) for each in said for value in values)


def _chosen(
    known: Sequence[str], says: Callable[[Looking, CatalogAsset], Iterable[str]]
) -> Callable[[Term, Around], Clause]:
    """Of a field that has some values only."""

    def read(term: Term, around: Around) -> Clause:
        wanted = frozenset(choice(term, known))
        return _turned(term, lambda looking, asset: not wanted.isdisjoint(says(looking, asset)))

    return read


def _turned(term: Term, fits: Clause) -> Clause:
    return (lambda looking, asset: not fits(looking, asset)) if term.is_negated else fits


def _prefix(term: Term, around: Around) -> Clause:
    prefixes = [value.strip("/").split("/") for value in term.values]
    return _turned(term, lambda looking, asset: any(asset.key.has_prefix(prefix) for prefix in prefixes))


def _fresh_of(looking: Looking, asset: CatalogAsset) -> Iterable[str]:
    freshness = freshness_in(looking.known, asset)
    return () if freshness is None else (name for name, state in FRESH.items() if state == freshness.state.value)


def _checks_of(looking: Looking, asset: CatalogAsset) -> Iterable[str]:
    found = looking.checks.get(asset.key)
    if found is None:
        return ("none",)
    return ("any", *(("failed",) if found.failed else ()), *(("warned",) if found.warned else ()))


def _automation_of(looking: Looking, asset: CatalogAsset) -> Iterable[str]:
    found = looking.automations.of(asset.key)
    return ("none",) if not found else ("on",) if any(each.is_on for each in found) else ("off",)


def _tags_of(looking: Looking, asset: CatalogAsset) -> Iterable[str]:
    return (*asset.told.tags, *(f"{name}={value}" for name, value in asset.told.tags.items()))


LANGUAGE = QueryLanguage[Clause](
    (
        QueryField(
            "state", "how it stands", _chosen(STATES, lambda lk, asset: (lk.known.standings[asset.key].value,)), STATES
        ),
        QueryField("group", "its group", _said(lambda _, asset: (asset.told.group_name,))),
        QueryField("prefix", "the first parts of its key", _prefix),
        QueryField("kind", "what it is made with", _said(lambda _, asset: asset.told.kinds)),
        QueryField("owner", "who answers for it", _said(lambda _, asset: asset.told.owners)),
        QueryField("tag", "one of its tags: name, or name=value", _said(_tags_of)),
        QueryField("location", "its code location", _said(lambda _, asset: (asset.location_name,))),
        QueryField("fresh", "how fresh it is", _chosen(tuple(FRESH), _fresh_of), tuple(FRESH)),
        QueryField("checks", "what its checks found", _chosen(CHECKS, _checks_of), CHECKS),
        QueryField(
            "automation", "whether something makes it by itself", _chosen(AUTOMATION, _automation_of), AUTOMATION
        ),
        QueryField(
            "partitions",
            "whether it has partitions",
            _chosen(PARTITIONS, lambda _, asset: ("no" if asset.told.partitions is None else "yes",)),
            PARTITIONS,
        ),
    ),
    _plain,
    "part of the key",
)
"""What can be typed over the catalog."""
