"""What a condition of somebody's own has to say of itself, so that others can name it, store it and draw it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from watchbell.declare.conditions.condition_arguments import ConditionKind
from watchbell.ground.errors import ParameterCheckError
from watchbell.ground.shown import shown, shown_error
from watchbell.record.request import check_text


def children_of_own(condition: Any, what: str) -> list[ConditionKind]:
    """The children of a condition of somebody's own, once what it says of itself is in order.

    Args:
        condition: the condition.
        what: who has it, for messages.

    Raises:
        ParameterCheckError: its name, its label or its children raise, or are something else.
    """
    where = f"{what}: the condition {type(condition).__qualname__}"
    name, label, children = (
        _said(where, member, ask)
        for member, ask in (
            ("name", lambda: condition.name),
            ("label", condition.get_label),
            ("children", lambda: condition.children),
        )
    )
    check_text(name, f"{where}: its name")
    if label is not None:
        check_text(label, f"{where}: its label")
    is_list = isinstance(children, Iterable) and not isinstance(children, str)
    strange = [each for each in children if not isinstance(each, ConditionKind)] if is_list else [children]
    if strange:
        raise ParameterCheckError(
            f"{where}: its children are a list of conditions; {shown(strange[0])} is none",
            parameter="children",
            value=children,
        )
    return list(children)


def _said(where: str, member: str, ask: Any) -> Any:
    try:
        return ask()
    except Exception as error:
        raise ParameterCheckError(
            f"{where}: asked for its {member}, it raised {shown_error(error)}", parameter=member
        ) from error
