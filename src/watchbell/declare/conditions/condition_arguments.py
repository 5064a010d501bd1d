"""What ``automation_condition=`` and ``auto_materialize_policy=`` may be; known without what conditions are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from watchbell.ground.errors import DagsterInvariantViolationError, ParameterCheckError
from watchbell.ground.shown import shown


class ConditionKind:
    """What is given as ``automation_condition=``: an :class:`AutomationCondition`."""

    def _check_parts(self, what: str) -> None:
        """Refuses what nobody could store or show of the conditions of somebody's own in it; ``what`` has it."""


class PolicyKind:
    """What is given as ``auto_materialize_policy=``: an :class:`AutoMaterializePolicy`."""

    def to_automation_condition(self) -> Any:
        """The condition that says the same."""
        raise NotImplementedError


def condition_of(what: str, condition: object, policy: object = None) -> Any:
    """The condition that two arguments say; None: neither was given.

    Args:
        what: whose, for messages.
        condition: ``automation_condition=``.
        policy: ``auto_materialize_policy=``.

    Raises:
        DagsterInvariantViolationError: both are given.
        ParameterCheckError: one is something else.
    """
    if policy is None:
        return None if condition is None else checked_condition(what, condition)
    if condition is not None:
        raise DagsterInvariantViolationError(
            f"{what} has both automation_condition= and auto_materialize_policy=; give the condition only"
        )
    if not isinstance(policy, PolicyKind):
        hint = "; give it as automation_condition=" if isinstance(policy, ConditionKind) else ""
        raise ParameterCheckError(
            f"{what}: auto_materialize_policy= is an AutoMaterializePolicy such as AutoMaterializePolicy.eager(), not "
            f"{shown(policy)}{hint}",
            parameter="auto_materialize_policy",
            value=policy,
        )
    return policy.to_automation_condition()


def checked_condition(what: str, condition: object, argument: str = "automation_condition") -> Any:
    """The condition itself.

    Args:
        what: whose, for messages.
        condition: what was given.
        argument: as what.

    Raises:
        ParameterCheckError: it is no condition, or one of somebody's own in it has no proper name, label or children.
    """
    if isinstance(condition, ConditionKind):
        condition._check_parts(what)
        return condition
    hint = ""
    if isinstance(condition, PolicyKind):
        hint = "; give it as auto_materialize_policy="
    elif callable(condition):
        hint = "; call it: AutomationCondition.eager()"
    raise ParameterCheckError(
        f"{what}: {argument}= is an AutomationCondition such as AutomationCondition.eager(), not "
        f"{shown(condition)}{hint}",
        parameter=argument,
        value=condition,
    )


def policies_of(conditions: Mapping[Any, Any]) -> dict[Any, Any]:
    """Conditions as policies, by the same keys."""
    return {key: condition.as_auto_materialize_policy() for key, condition in conditions.items()}
