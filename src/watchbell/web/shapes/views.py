"""Saved views and snoozes, as the API tells and takes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from watchbell.web.shapes.shape import Flag, Moment, Shape

Text = Annotated[str, Field(min_length=1, max_length=200)]


class ViewRow(Shape):
    """A list with its filters, by a name.

    Args:
        id: its number.
        screen: the list it is of.
        name: what it is called there.
        query: the part of the address behind the question mark.
        is_shared: whether it is everybody's.
        changed_at: when it was stored last.
    """

    id: int
    screen: str
    name: str
    query: str
    is_shared: bool
    changed_at: datetime


class ViewAsked(Shape):
    """A view to store; one of this screen and name is replaced.

    Args:
        screen: the list it is of.
        name: what it is to be called.
        query: the part of the address behind the question mark.
        is_shared: whether it is to be everybody's, which operators may.
    """

    screen: Text
    name: Text
    query: Annotated[str, Field(max_length=5_000)]
    is_shared: Flag = False


class SnoozeRow(Shape):
    """Something that is not to be shown for a while.

    Args:
        key: what it is.
        until_at: when it is shown again.
        by: who said so.
        at: when.
        reason: why.
        is_shared: whether nobody sees it.
    """

    key: str
    until_at: datetime
    by: str
    at: datetime
    reason: str
    is_shared: bool


class SnoozeAsked(Shape):
    """What is not to be shown for a while.

    Args:
        key: what it is, as the list of what needs attention names it.
        until_at: when it is to be shown again.
        reason: why.
        is_shared: whether nobody is to see it, which operators may say.
    """

    key: Annotated[str, Field(min_length=1, max_length=1_000)]
    until_at: Moment
    reason: Annotated[str, Field(max_length=1_000)] = ""
    is_shared: Flag = False
