"""Selections of assets: which of them a job, schedule or command is about.

A selection is an immutable tree that speaks of keys only. It is resolved against a :class:`AssetView`, so it can be
written before the assets exist, and means whatever it matches then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Any

from watchbell.declare.assets import selection_words as words
from watchbell.declare.assets.asset_view import AssetView, CheckKeys, Checks, Keys
from watchbell.declare.assets.selected_keys import check_keys_of, keys_of
from watchbell.declare.assets.selection_text import TextNode, parse_selection
from watchbell.ground.errors import DagsterInvalidSubsetError, ParameterCheckError
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.upward import find_upward
from watchbell.ground.value import dataclass
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.keys import AssetKey, CoercibleToAssetKey


class AssetSelection:
    """A set of assets, to be found when it is needed.

    Combine with ``|`` (any of both), ``&`` (in both) and ``-`` (not in the second).

    Example:
        >>> @asset(group_name="marketing", deps=["raw_clicks"])
        ... def clicks() -> None: ...
        >>> (AssetSelection.groups("marketing").upstream() - "raw_clicks").resolve(AssetGraph.of([clicks]))
        {AssetKey(['clicks'])}
    """

    @staticmethod
    def all(include_sources: bool = False) -> AssetSelection:
        """Every asset that is made here; with ``include_sources`` also those that are not."""
        return _All(include_sources)

    @staticmethod
    def assets(*assets_defs: Any) -> AssetSelection:
        """These assets: definitions, keys, text (split at ``/``) or lists of text.

        Raises:
            ParameterCheckError: an argument names no asset.
        """
        return _Keys(tuple(key for each in assets_defs for key in keys_of(each)))

    @staticmethod
    def keys(*asset_keys: CoercibleToAssetKey) -> AssetSelection:
        """The assets of these keys; text is split at ``/``."""
        return _Keys(
            tuple(
                AssetKey.from_user_string(each) if isinstance(each, str) else AssetKey.from_coercible(each)
                for each in asset_keys
            )
        )

    @staticmethod
    def groups(*group_strs: str, include_sources: bool = False) -> AssetSelection:
        """The assets of these groups."""
        return _Where("group", tuple(group_strs), include_sources)

    @staticmethod
    def tag(key: str, value: str, include_sources: bool = False) -> AssetSelection:
        """Assets with this tag and value."""
        return _Where("tag", (key, value), include_sources)

    @staticmethod
    def tag_string(string: str, include_sources: bool = False) -> AssetSelection:
        """Assets with the tag written ``key=value``; ``key`` alone means an empty value."""
        key, _, value = string.partition("=")
        return AssetSelection.tag(key, value, include_sources)

    @staticmethod
    def kind(kind: str | None, include_sources: bool = False) -> AssetSelection:
        """Assets of this kind; None: of no kind."""
        return _Where("kind", () if kind is None else (kind,), include_sources)

    @staticmethod
    def owner(owner: str | None) -> AssetSelection:
        """Assets of this owner; None: of nobody."""
        return _Where("owner", () if owner is None else (owner,), False)

    @staticmethod
    def key_prefixes(*key_prefixes: str | Sequence[str], include_sources: bool = False) -> AssetSelection:
        """Assets whose keys begin with one of these; text is one part."""
        prefixes = tuple(tuple([each] if isinstance(each, str) else each) for each in key_prefixes)
        return _Where("prefix", prefixes, include_sources)

    @staticmethod
    def key_substring(key_substring: str, include_sources: bool = False) -> AssetSelection:
        """Assets whose key, joined by ``/``, holds this text."""
        return _Where("substring", (key_substring,), include_sources)

    @staticmethod
    def from_string(string: str, include_sources: bool = False) -> AssetSelection:
        """The selection that a text describes; see ``watchbell.declare.assets.selection_text``.

        Raises:
            DagsterInvalidAssetSelectionError: the text means nothing; says where.
        """
        return _from_text(parse_selection(string), include_sources)

    @staticmethod
    def from_coercible(selection: CoercibleToAssetSelection) -> AssetSelection:
        """A selection from one, a text, or a list of assets, keys or texts.

        Raises:
            ParameterCheckError: it is none of these.
        """
        return selection_of(selection)

    def upstream(self, depth: int | None = None, include_self: bool = True) -> AssetSelection:
        """These and what they are made from.

        Args:
            depth: most steps up (count); None: all the way.
            include_self: False: without these.
        """
        return _Walk(self, True, depth, include_self)

    def downstream(self, depth: int | None = None, include_self: bool = True) -> AssetSelection:
        """These and what is made from them; arguments as for :meth:`upstream`."""
        return _Walk(self, False, depth, include_self)

    def roots(self) -> AssetSelection:
        """Those of these that are made from none of the others."""
        return _Ends(self, True)

    def sinks(self) -> AssetSelection:
        """Those of these from which none of the others is made."""
        return _Ends(self, False)

    def sources(self) -> AssetSelection:
        """The same as :meth:`roots`."""
        return self.roots()

    def upstream_source_assets(self) -> AssetSelection:
        """Assets not made here that these are made from directly."""
        return _Sources(self)

    def materializable(self) -> AssetSelection:
        """Those of these that are made here."""
        return _Materializable(self)

    def required_multi_asset_neighbors(self) -> AssetSelection:
        """These, and the assets that are always made together with one of them."""
        return _Neighbors(self)

    def resolve(self, all_assets: Any, allow_missing: bool = False) -> set[AssetKey]:
        """The keys it means.

        Args:
            all_assets: an ``AssetGraph``, or the assets themselves.
            allow_missing: leave out what is named but not there, instead of refusing.

        Raises:
            DagsterInvalidSubsetError: a key or group is named that is not there.
        """
        graph = find_upward("asset_graph").of(all_assets) if isinstance(all_assets, Iterable) else all_assets
        return set(self.keys_in(graph, allow_missing))

    def keys_in(self, view: AssetView, allow_missing: bool = False) -> Keys:
        """The keys it means among ``view``; as :meth:`resolve`."""
        raise NotImplementedError

    def without_checks(self) -> AssetSelection:
        """The same assets, without their checks."""
        return _WithChecks(self, NO_CHECKS)

    @staticmethod
    def checks(*assets_defs_or_keys: Any) -> AssetSelection:
        """These checks and no assets: definitions of checks, or AssetCheckKeys.

        Raises:
            ParameterCheckError: an argument is neither.
        """
        keys = tuple(key for each in assets_defs_or_keys for key in check_keys_of(each))
        return _WithChecks(NO_ASSETS, Checks(keys))

    @staticmethod
    def checks_for_assets(*assets_defs: Any) -> AssetSelection:
        """The checks of these assets, and not the assets; arguments as for :meth:`assets`."""
        return _WithChecks(NO_ASSETS, Checks(None, AssetSelection.assets(*assets_defs)))

    @staticmethod
    def all_asset_checks() -> AssetSelection:
        """Every check, and no assets."""
        return _WithChecks(NO_ASSETS, Checks(None))

    def checks_in(self, view: AssetView, allow_missing: bool = False) -> CheckKeys:
        """The checks it means: those of its assets, if it does not say otherwise.

        Raises:
            DagsterInvalidSubsetError: a check is named that is not there.
        """
        keys = self.keys_in(view, allow_missing)
        return frozenset(key for key in view.check_keys if key.asset_key in keys)

    def resolve_checks(self, asset_graph: Any, allow_missing: bool = False) -> set[AssetCheckKey]:
        """The checks it means; as :meth:`checks_in`.

        Args:
            asset_graph: an ``AssetGraph``.
            allow_missing: leave out what is named but not there, instead of refusing.
        """
        return set(self.checks_in(asset_graph, allow_missing))

    def __or__(self, other: object) -> AssetSelection:
        return _Combined("|", self, selection_of(other))

    def __and__(self, other: object) -> AssetSelection:
        return _Combined("&", self, selection_of(other))

    def __sub__(self, other: object) -> AssetSelection:
        return _Combined("-", self, selection_of(other))

    def to_selection_str(self) -> str:
        """The selection as text, which ``from_string`` reads; that of sources, too, is what it is among all.

        Raises:
            NotImplementedError: it cannot be written so.
        """
        return self._words().text

    def _words(self) -> words.Words:
        raise NotImplementedError(f"a selection such as {self!r} cannot be written as text")

    def __str__(self) -> str:
        """As :meth:`to_selection_str`; what cannot be written so, as code."""
        try:
            return self.to_selection_str()
        except NotImplementedError:
            return repr(self)


CoercibleToAssetSelection = str | Sequence[Any] | AssetSelection


@dataclass(frozen=True)
class _All(AssetSelection):
    include_sources: bool

    def keys_in(self, view: AssetView, allow_missing: bool = False) -> Keys:
        return view.all_keys if self.include_sources else view.materializable_keys

    def _words(self) -> words.Words:
        return words.everything()


@dataclass(frozen=True)
class _Keys(AssetSelection):
    asset_keys: tuple[AssetKey, ...]

    def keys_in(self, view: AssetView, allow_missing: bool = False) -> Keys:
        there = view.all_keys
        missing = [key for key in self.asset_keys if key not in there]
        if missing and not allow_missing:
            name = missing[0].to_user_string()
            near = did_you_mean(name, (key.to_user_string() for key in there))
            raise DagsterInvalidSubsetError(f"no asset {name!r} is defined here{near}", asset_key=missing[0])
        return frozenset(self.asset_keys) & there

    def _words(self) -> words.Words:
        return words.keys([key.to_user_string() for key in self.asset_keys])


@dataclass(frozen=True)
class _Where(AssetSelection):
    """Assets with a property: ``field`` says which, ``values`` what it is."""

    field: str
    values: tuple[Any, ...]
    include_sources: bool

    def keys_in(self, view: AssetView, allow_missing: bool = False) -> Keys:
        among = _All(self.include_sources).keys_in(view)
        if self.field == "group":
            return self._of_groups(view) & among
        return frozenset(key for key in among if self._fits(view, key))

    def _of_groups(self, view: AssetView) -> Keys:
        groups = view.keys_by_group
        fitting = {name for group in self.values for name in (group, *_fitting(groups, group))}
        return frozenset(key for name in fitting for key in groups.get(name, ()))

    def _fits(self, view: AssetView, key: AssetKey) -> bool:
        match self.field:
            case "tag":
                return bool(view.spec(key).tags.get(self.values[0]) == self.values[1])
            case "kind":
                kinds = view.spec(key).kinds
                return not kinds.isdisjoint(self.values) if self.values else not kinds
            case "owner":
                owners = view.spec(key).owners
                return bool(set(owners).intersection(self.values)) if self.values else not owners
            case "prefix":
                return any(key.has_prefix(prefix) for prefix in self.values)
            case "key":
                return any(fnmatchcase(key.to_user_string(), pattern) for pattern in self.values)
        return str(self.values[0]) in key.to_user_string()

    def _words(self) -> words.Words:
        if self.field == "prefix":
            return super()._words()
        if self.field == "tag":
            return words.tag(*self.values)
        return words.attributes("key_substring" if self.field == "substring" else self.field, self.values)


@dataclass(frozen=True)
class _Walk(AssetSelection):
    child: AssetSelection
    goes_up: bool
    depth: int | None
    include_self: bool

    def keys_in(self, view: AssetView, allow_missing: bool = False) -> Keys:
        start = self.child.keys_in(view, allow_missing)
        step = view.upstream_of if self.goes_up else view.downstream_of
        seen, edge, depth = set(start), list(start), 0
        while edge and (self.depth is None or depth < self.depth):
            depth += 1
            edge = [key for each in edge for key in step(each)]
            edge = [key for key in dict.fromkeys(edge) if key not in seen]
            seen.update(edge)
        reached = frozenset(seen) & view.materializable_keys
        if not self.include_self:
            return reached - start
        return reached if self.goes_up else reached | start

    def _words(self) -> words.Words:
        return words.walk(self.child._words(), self.depth, goes_up=self.goes_up, include_self=self.include_self)


@dataclass(frozen=True)
class _Ends(AssetSelection):
    child: AssetSelection
    is_roots: bool

    def keys_in(self, view: AssetView, allow_missing: bool = False) -> Keys:
        among = self.child.keys_in(view, allow_missing)
        step = view.upstream_of if self.is_roots else view.downstream_of
        return frozenset(key for key in among if not any(near in among and near != key for near in step(key)))

    def _words(self) -> words.Words:
        return words.ends("roots" if self.is_roots else "sinks", self.child._words())


@dataclass(frozen=True)
class _Sources(AssetSelection):
    child: AssetSelection

    def keys_in(self, view: AssetView, allow_missing: bool = False) -> Keys:
        among = self.child.keys_in(view, allow_missing)
        return frozenset(near for key in among for near in view.upstream_of(key)) & view.external_keys


@dataclass(frozen=True)
class _Neighbors(AssetSelection):
    child: AssetSelection

    def keys_in(self, view: AssetView, allow_missing: bool = False) -> Keys:
        among = self.child.keys_in(view, allow_missing)
        return frozenset().union(*(view.made_together(key) for key in among))


@dataclass(frozen=True)
class _Materializable(AssetSelection):
    child: AssetSelection

    def keys_in(self, view: AssetView, allow_missing: bool = False) -> Keys:
        return self.child.keys_in(view, allow_missing) & view.materializable_keys


@dataclass(frozen=True)
class _Combined(AssetSelection):
    operator: str
    left: AssetSelection
    right: AssetSelection

    def keys_in(self, view: AssetView, allow_missing: bool = False) -> Keys:
        left, right = self.left.keys_in(view, allow_missing), self.right.keys_in(view, allow_missing)
        if self.operator == "|":
            return left | right
        return left & right if self.operator == "&" else left - right

    def _words(self) -> words.Words:
        right = self.right._words()
        if self.operator == "-":
            return words.without(None if isinstance(self.left, _All) else self.left._words(), right)
        return words.joined("or" if self.operator == "|" else "and", [self.left._words(), right])

    def checks_in(self, view: AssetView, allow_missing: bool = False) -> CheckKeys:
        left, right = self.left.checks_in(view, allow_missing), self.right.checks_in(view, allow_missing)
        if self.operator == "|":
            return left | right
        return left & right if self.operator == "&" else left - right


@dataclass(frozen=True)
class _WithChecks(AssetSelection):
    """The assets of ``child``, and of checks only ``chosen``."""

    child: AssetSelection
    chosen: Checks

    def keys_in(self, view: AssetView, allow_missing: bool = False) -> Keys:
        return self.child.keys_in(view, allow_missing)

    def checks_in(self, view: AssetView, allow_missing: bool = False) -> CheckKeys:
        return self.chosen.keys_in(view, allow_missing)


NO_CHECKS = Checks(())
NO_ASSETS = _Keys(())


def _fitting(names: Iterable[str], pattern: str) -> Iterable[str]:
    return (name for name in names if fnmatchcase(name, pattern)) if "*" in pattern else ()


def _from_text(node: TextNode, include_sources: bool) -> AssetSelection:
    children = [_from_text(child, include_sources) for child in node.children]
    match node.kind:
        case "asset":
            return AssetSelection.keys(node.name)
        case "attribute":
            return _from_attribute(node, include_sources)
        case "and":
            return _combined("&", children)
        case "or":
            return _combined("|", children)
        case "not":
            return AssetSelection.all(include_sources) - children[0]
        case "up":
            return children[0].upstream(node.depth)
        case "down":
            return children[0].downstream(node.depth)
        case "roots":
            return children[0].roots()
        case "sinks":
            return children[0].sinks()
    return AssetSelection.all(include_sources)


def _from_attribute(node: TextNode, include_sources: bool) -> AssetSelection:
    if node.name == "key":
        return _Where("key", (node.value or "",), True)
    if node.name == "key_substring":
        return AssetSelection.key_substring(str(node.value or ""), include_sources)
    if isinstance(node.value, tuple):
        return AssetSelection.tag(*node.value, include_sources)
    if node.name == "group":
        return AssetSelection.groups(*([node.value] if node.value else []), include_sources=include_sources)
    return AssetSelection.kind(node.value, include_sources) if node.name == "kind" else AssetSelection.owner(node.value)


def _combined(operator: str, parts: Sequence[AssetSelection]) -> AssetSelection:
    whole = parts[0]
    for part in parts[1:]:
        whole = _Combined(operator, whole, part)
    return whole


def selection_of(value: object) -> AssetSelection:
    """A selection from one, a text, or a list of assets, keys or texts.

    Raises:
        ParameterCheckError: it is none of these.
    """
    if isinstance(value, AssetSelection):
        return value
    if isinstance(value, str):
        return AssetSelection.from_string(value)
    if isinstance(value, Sequence | set | frozenset):
        if value and all(isinstance(each, str) for each in value):
            parts = [AssetSelection.from_string(each) for each in value]
            return _combined("|", parts)
        return AssetSelection.assets(*value)
    if hasattr(value, "keys") or isinstance(value, AssetKey):
        return AssetSelection.assets(value)
    raise ParameterCheckError(
        f"{value!r} selects no assets; give an AssetSelection, text such as 'group:x' or 'orders*', or a list of "
        "assets, keys or text",
        parameter="selection",
        value=value,
    )
