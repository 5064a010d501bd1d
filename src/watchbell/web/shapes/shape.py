"""What all answers of the API are made of: the parent of their models, and one page of a long list."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, Strict

T = TypeVar("T")

PAGE_MAX = 1_000
"""Items of one page (count)."""

Limit = Annotated[int, Query(ge=1, le=PAGE_MAX, description="how many items at most")]
Cursor = Annotated[str | None, Query(max_length=2_000, description="`next_cursor` of the page before")]
WithTotal = Annotated[bool, Query(description="whether the items of all pages are counted")]
STORED_ID_MAX = 2**63 - 1
StoredId = Annotated[int, Field(ge=1, le=STORED_ID_MAX)]


def _not_a_number(value: Any) -> Any:
    """Seconds since an epoch would be taken for an instant, although the description says that they are none."""
    if isinstance(value, str | int | float) and _is_number(value):
        raise ValueError("this is a number; write an instant with its zone, as 2026-05-03T02:00:00Z")
    return value


def _is_number(value: str | float) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    except OverflowError:
        return True  # of more digits than a float has
    return True


Moment = Annotated[AwareDatetime, BeforeValidator(_not_a_number)]
"""An instant that is sent to the API."""


Flag = Annotated[bool, Strict()]
"""Yes or no in what is sent to the API: neither a number nor a word."""


class Shape(BaseModel):
    """The parent of every model of the API; unknown fields of what is sent to it are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Total(Shape):
    """How many items there are on all pages.

    Args:
        count: how many.
        is_exact: whether they were counted to the end; else there are at least so many.
    """

    count: int
    is_exact: bool = True


class Page(Shape, Generic[T]):
    """One page of a long list.

    Args:
        items: what is on it.
        next_cursor: pass it back for the next page; None: this was the last one.
        total: how many there are on all pages, where that was asked for.
        at: when the answer was made.
    """

    items: list[T]
    next_cursor: str | None = None
    total: Total | None = None
    at: datetime
