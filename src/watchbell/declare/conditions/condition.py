"""Automation conditions: when an asset, or a check, is to be made; immutable trees that somebody else evaluates.

A condition of this package is a *kind*, its parameters and its operands (:class:`BuiltInCondition`): plain data, which
can be stored, compared and compiled. What a kind means is told by the evaluator of the same name in
``automate/conditions/``. A condition of one's own derives from :class:`AutomationCondition` and has ``evaluate``.
"""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from datetime import timedelta
from typing import Any, Generic, NoReturn, TypeVar

from watchbell.declare.conditions.condition_arguments import ConditionKind
from watchbell.declare.conditions.condition_text import Params, description_of, line_of, name_of
from watchbell.declare.conditions.leaf_conditions import LeafConditions
from watchbell.declare.conditions.own_condition import children_of_own
from watchbell.declare.conditions.whole_conditions import WholeConditions
from watchbell.ground.errors import CheckError, DagsterInvariantViolationError, ParameterCheckError
from watchbell.ground.shown import shown
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.upward import find_upward
from watchbell.ground.value import dataclass
from watchbell.record.keys import AssetKey
from watchbell.record.request import check_text

T = TypeVar("T")

_REMEMBERING = frozenset({
    "since", "newly_true", "not", "asset_matches", "initial_evaluation", "code_version_changed",
})  # fmt: skip
"""Kinds of which Dagster says that they need a cursor; what has a slot here is known to ``automate/conditions/``."""
_CHOOSING = frozenset({"any_deps", "all_deps", "any_checks", "all_checks"})
_LEADING_ON = frozenset({"and", "or", "not", "since"})
_NOTES = frozenset({"_hash", "_is_checked"})
"""What an object notes of itself; not part of what it is."""
_OPAQUE = frozenset({"newly_true", "any_checks", "all_checks"})


class _Constructors(ABCMeta):
    """Tells who misspells a constructor what there is."""


def _not_there(cls: type, name: str) -> NoReturn:
    near = "" if name.startswith("_") else did_you_mean(name, (each for each in dir(cls) if each[0] != "_"))
    raise AttributeError(f"{cls.__name__} has no {name!r}{near}", name=name, obj=cls)


# Set here: written in the class it would tell type checkers that every name is there.
type.__setattr__(_Constructors, "__getattr__", _not_there)


class AutomationCondition(
    LeafConditions["BuiltInCondition"],
    WholeConditions["BuiltInCondition"],
    ConditionKind,
    Generic[T],
    metaclass=_Constructors,
):
    """When an asset, or a check, is to be made.

    The static methods make conditions; ``&``, ``|``, ``~``, :meth:`since`, :meth:`newly_true` put them together. A
    condition of one's own is a class that derives from this one and has ``evaluate``; it may override ``name``,
    ``description`` and ``children``.

    Example:
        >>> @asset(
        ...     automation_condition=AutomationCondition.on_cron("0 6 * * *")
        ...     & ~AutomationCondition.in_progress()
        ... )
        ... def report() -> None: ...
        >>> print(report.automation_conditions_by_key[report.key])
        on_cron(0 6 * * *, UTC) & ~in_progress
    """

    @classmethod
    def _of(cls, kind: str, *operands: Any, label: str | None = None, **params: Any) -> BuiltInCondition:
        return BuiltInCondition(kind, tuple(sorted(params.items())), operands, label)

    @abstractmethod
    def evaluate(self, context: Any) -> Any:
        """Which partitions the condition is true for.

        Args:
            context: what is asked, an ``AutomationContext``.

        Returns:
            An ``AutomationResult``.
        """

    @property
    def children(self) -> Sequence[AutomationCondition[Any]]:
        """The conditions it is made of."""
        return ()

    @property
    def name(self) -> str:
        """What it is called in trees, e.g. ``"missing"``."""
        return type(self).__name__

    @property
    def description(self) -> str:
        """What it says, in words; empty if its name says it."""
        return ""

    def get_label(self) -> str | None:
        """What somebody called it; None: nobody did."""
        return None

    @property
    def is_serializable(self) -> bool:
        """Whether it can be written down: everything in it is of this package."""
        return all(isinstance(each, BuiltInCondition) for each in walk(self))

    @property
    def requires_cursor(self) -> bool:
        """Whether it remembers something from one evaluation to the next; what it is made of is not asked."""
        return True

    def as_auto_materialize_policy(self) -> Any:
        """This condition as an :class:`AutoMaterializePolicy`, for code that asks for one."""
        return find_upward("auto_materialize_policy").from_automation_condition(self)

    def since(self, reset_condition: AutomationCondition[Any]) -> BuiltInCondition:
        """True from the evaluation at which this one is true until another is.

        Args:
            reset_condition: what ends it; where both are true it ends.

        Raises:
            ParameterCheckError: not a condition.

        Example:
            >>> updated = AutomationCondition.newly_updated()
            >>> print(updated.since(AutomationCondition.cron_tick_passed("0 0 * * *")))
            newly_updated.since(cron_tick_passed(0 0 * * *, UTC))
        """
        if not isinstance(reset_condition, AutomationCondition):
            raise ParameterCheckError(
                f"since: reset_condition= is a condition, not {shown(reset_condition)}",
                parameter="reset_condition",
                value=reset_condition,
            )
        return self._of("since", self, reset_condition)

    def since_last_handled(self) -> BuiltInCondition:
        """True from the evaluation at which it is true until it was asked for or made."""
        return self.since(self._handled())

    def newly_true(self) -> BuiltInCondition:
        """True at an evaluation at which it is true and was not at the one before."""
        return self._of("newly_true", self)

    def replace(self, old: AutomationCondition[Any] | str, new: AutomationCondition[Any]) -> AutomationCondition[Any]:
        """The same condition with another one in place of some part, wherever that occurs.

        What :meth:`newly_true` and conditions of checks are made of is left alone.

        Args:
            old: the part, or its label or name.
            new: what takes its place.

        Raises:
            CheckError: ``new`` is not a condition.

        Example:
            >>> print(AutomationCondition.eager().replace("in_progress", AutomationCondition.execution_failed()))
            eager: in_latest_time_window & (newly_missing | any_deps_updated).since(handled) & ~any_deps_missing \
& ~any_deps_in_progress & ~execution_failed
        """
        if not isinstance(new, AutomationCondition):
            raise CheckError(f"replace: new= is a condition, not {shown(new)}")
        is_meant = old in {self.name, self.get_label()} if isinstance(old, str) else old == self
        return new if is_meant else self._replaced_within(old, new)

    def _check_parts(self, what: str) -> None:
        for each in children_of_own(self, what):
            each._check_parts(what)

    def _replaced_within(
        self, old: AutomationCondition[Any] | str, new: AutomationCondition[Any]
    ) -> AutomationCondition[Any]:
        return self

    def __and__(self, other: AutomationCondition[Any]) -> BuiltInCondition:
        return self._joined("and", other)

    def __or__(self, other: AutomationCondition[Any]) -> BuiltInCondition:
        return self._joined("or", other)

    def __invert__(self) -> BuiltInCondition:
        return self._of("not", self)

    def _joined(self, kind: str, other: object) -> BuiltInCondition:
        """Both under one operator; parts that nobody gave a name are put beside each other."""
        if not isinstance(other, AutomationCondition):
            sign = "&" if kind == "and" else "|"
            raise CheckError(f"{sign} joins conditions; {shown(other)} is none (a {type(other).__name__})")
        return self._of(kind, *_parts(self, kind), *_parts(other, kind))

    def __str__(self) -> str:
        return line_of(self, _kind_of)


def _named_after_the_public_class() -> None:
    """Errors about their arguments name a function by its class: the one that users know."""
    for name, each in [*vars(LeafConditions).items(), *vars(WholeConditions).items()]:
        function = getattr(each, "__func__", each)
        if hasattr(function, "__code__"):
            function.__qualname__ = f"{AutomationCondition.__name__}.{name}"


_named_after_the_public_class()


@dataclass(frozen=True)
class BuiltInCondition(AutomationCondition[Any]):
    """A condition of this package.

    Args:
        kind: what it means: the name of its evaluator.
        params: its parameters by name, sorted; those that were not given are left out.
        operands: the conditions it is made of.
        label: what somebody called it.
    """

    kind: str
    params: Params = ()
    operands: tuple[AutomationCondition[Any], ...] = field(default=())
    label: str | None = None

    def param(self, name: str) -> Any:
        """A parameter; None if it has none of this name."""
        return next((value for key, value in self.params if key == name), None)

    def evaluate(self, context: Any) -> Any:
        """Refused: conditions of this package are compiled, and evaluated as a whole.

        Raises:
            DagsterInvariantViolationError: always.
        """
        raise DagsterInvariantViolationError(
            f"{self.name} has no evaluate() of its own: conditions of this package are compiled with the whole tree; "
            "evaluate_automation_conditions(...) evaluates them"
        )

    @property
    def children(self) -> Sequence[AutomationCondition[Any]]:
        """The conditions it is made of."""
        return self.operands

    @property
    def name(self) -> str:
        """What it is called in trees, with what tells it from others of its kind."""
        return name_of(self.kind, self.params)

    @property
    def description(self) -> str:
        """What it says, in words; empty if its name says it."""
        return description_of(self.kind, self.params)

    def get_label(self) -> str | None:
        """What somebody called it; None: nobody did."""
        return self.label

    @property
    def requires_cursor(self) -> bool:
        """Whether it remembers something from one evaluation to the next; what it is made of is not asked."""
        return self.kind in _REMEMBERING

    def with_label(self, label: str | None) -> BuiltInCondition:
        """The same condition with a name, which stands for it in texts.

        Args:
            label: the name; None takes it away.

        Raises:
            ParameterCheckError: not text, or text that cannot be stored.
        """
        if label is not None:
            check_text(label, "with_label: a label")
        return replace(self, label=label)

    def without(self, condition: AutomationCondition[Any]) -> BuiltInCondition:
        """The same ``&`` without one of its parts.

        Args:
            condition: the part, as it stands there.

        Raises:
            AttributeError: this is no ``&``.
            ParameterCheckError: it has no such part.
            CheckError: fewer than two parts would be left.

        Example:
            >>> print(AutomationCondition.eager().without(~AutomationCondition.any_deps_missing()))
            eager: in_latest_time_window & (newly_missing | any_deps_updated).since(handled) & ~any_deps_in_progress \
& ~in_progress
        """
        if self.kind != "and":
            raise AttributeError(f"{self.name} has no without(): only conditions joined by & are made of parts")
        left = tuple(each for each in self.operands if each != condition)
        if len(left) == len(self.operands):
            texts = [str(each) for each in self.operands]
            chosen = "; leave it out before allow() or ignore(), which changed it" if str(condition) in texts else ""
            raise ParameterCheckError(
                f"without: {self} has no part {shown(str(condition))}; it has: {', '.join(texts)}{chosen}",
                parameter="condition",
                value=condition,
            )
        if len(left) < 2:
            raise CheckError(f"without: {self} without {condition} would be less than two conditions joined by &")
        return replace(self, operands=left)

    def allow(self, selection: Any) -> BuiltInCondition:
        """The same condition, asked of fewer dependencies (or checks): those that are selected.

        What is joined by ``&``, ``|``, ``~`` and ``since`` is changed in all its parts.

        Args:
            selection: an :class:`AssetSelection`; added to what was allowed before.

        Raises:
            ParameterCheckError: not a selection.
            AttributeError: a condition that asks nothing of dependencies or checks.
        """
        return self._chosen("allow", selection)

    def ignore(self, selection: Any) -> BuiltInCondition:
        """The same condition, not asked of the dependencies (or checks) that are selected.

        What is joined by ``&``, ``|``, ``~`` and ``since`` is changed in all its parts.

        Args:
            selection: an :class:`AssetSelection`; added to what was ignored before.

        Raises:
            ParameterCheckError: not a selection.
            AttributeError: a condition that asks nothing of dependencies or checks.
        """
        return self._chosen("ignore", selection)

    def _chosen(self, how: str, selection: Any) -> BuiltInCondition:
        if not callable(getattr(selection, "keys_in", None)):
            raise ParameterCheckError(
                f"{how}: an AssetSelection such as AssetSelection.groups('raw') is asked for, not {shown(selection)}",
                parameter="selection",
                value=selection,
            )
        if self.kind in _CHOOSING:
            before = self.param(how)
            params = {**dict(self.params), how: selection if before is None else selection | before}
            return replace(self, params=tuple(sorted(params.items())))
        if self.kind in _LEADING_ON:
            return replace(self, operands=tuple(_chosen_in(each, how, selection) for each in self.operands))
        raise AttributeError(f"{self.name} has no {how}(): it asks nothing of dependencies or checks")

    @property
    def operand(self) -> AutomationCondition[Any]:
        """The one condition it is made of."""
        if len(self.operands) == 1:
            return self.operands[0]
        raise AttributeError(f"{self.name} has no operand: it is made of {len(self.operands)} conditions")

    @property
    def trigger_condition(self) -> AutomationCondition[Any]:
        """Of a ``since``: what begins it."""
        return self._side(0, "trigger_condition")

    @property
    def reset_condition(self) -> AutomationCondition[Any]:
        """Of a ``since``: what ends it."""
        return self._side(1, "reset_condition")

    @property
    def allow_selection(self) -> Any:
        """Of a condition of dependencies or checks: which of them it is asked of; None: all."""
        return self._own("allow", "allow_selection", _CHOOSING)

    @property
    def ignore_selection(self) -> Any:
        """Of a condition of dependencies or checks: which of them it is not asked of; None: none is left out."""
        return self._own("ignore", "ignore_selection", _CHOOSING)

    @property
    def cron_schedule(self) -> str:
        """Of a condition with a cron string: that."""
        return str(self._own("cron", "cron_schedule"))

    @property
    def cron_timezone(self) -> str:
        """Of a condition with a cron string: the zone it is read in."""
        return str(self._own("timezone", "cron_timezone"))

    @property
    def key(self) -> AssetKey:
        """Of ``asset_matches``: the asset that is asked about."""
        return self._own("key", "key")  # type: ignore[no-any-return]

    @property
    def lookback_timedelta(self) -> timedelta | None:
        """Of ``in_latest_time_window``: how far back windows count; None: only the newest."""
        back = self._own("lookback_seconds", "lookback_timedelta", frozenset({"in_latest_time_window"}))
        return None if back is None else timedelta(seconds=back)

    def _own(self, param: str, shown_as: str, kinds: frozenset[str] = frozenset()) -> Any:
        value = self.param(param)
        if value is None and self.kind not in kinds:
            raise AttributeError(f"{self.name} has no {shown_as}")
        return value

    def _side(self, at: int, name: str) -> AutomationCondition[Any]:
        if self.kind != "since":
            raise AttributeError(f"{self.name} has no {name}: only what since() makes has one")
        return self.operands[at]

    def _check_parts(self, what: str) -> None:
        if "_is_checked" not in self.__dict__:  # what many assets share is looked at once
            for each in self.operands:
                each._check_parts(what)
            object.__setattr__(self, "_is_checked", True)

    def _replaced_within(
        self, old: AutomationCondition[Any] | str, new: AutomationCondition[Any]
    ) -> AutomationCondition[Any]:
        if not self.operands or self.kind in _OPAQUE:
            return self
        operands = tuple(each.replace(old, new) for each in self.operands)
        return self if operands == self.operands else replace(self, operands=operands)

    def __hash__(self) -> int:
        # Asked often, of big trees: kept, but not in copies for other processes, where texts hash otherwise.
        found = self.__dict__.get("_hash")
        if found is None:
            found = self.__dict__["_hash"] = hash((self.kind, self.params, self.operands, self.label))
        return int(found)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name not in _NOTES}

    def __repr__(self) -> str:
        return f"<AutomationCondition {self}>"


def walk(condition: AutomationCondition[Any]) -> Iterator[AutomationCondition[Any]]:
    """A condition and all it is made of, the whole before its parts."""
    yield condition
    for child in condition.children:
        yield from walk(child)


def _kind_of(condition: Any) -> tuple[str, Params]:
    return (condition.kind, condition.params) if isinstance(condition, BuiltInCondition) else ("", ())


def _chosen_in(condition: AutomationCondition[Any], how: str, selection: Any) -> AutomationCondition[Any]:
    if isinstance(condition, BuiltInCondition) and condition.kind in _CHOOSING | _LEADING_ON:
        return condition.ignore(selection) if how == "ignore" else condition.allow(selection)
    return condition


def _parts(condition: AutomationCondition[Any], kind: str) -> tuple[AutomationCondition[Any], ...]:
    """What an operator joins: the parts of the same operator, if nobody gave it a name."""
    if isinstance(condition, BuiltInCondition) and condition.kind == kind and condition.label is None:
        return condition.operands
    return (condition,)
