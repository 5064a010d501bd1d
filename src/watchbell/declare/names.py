"""Names of definitions: which are accepted, and which arguments must be what."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from typing import Any, TypeVar

from watchbell.ground.errors import DagsterInvalidDefinitionError, ParameterCheckError
from watchbell.record.request import TEXT_BYTES_MAX, written_tags

NAME = re.compile(r"[A-Za-z0-9_]+\Z")
# Words that mean something else where the name of an op, an input or a job could stand.
RESERVED = frozenset({"context", "conf", "config", "input", "output", "meta"})
T = TypeVar("T")


def check_name(name: object, what: str) -> str:
    """``name`` itself, if a definition can be called that.

    Args:
        name: the name given.
        what: the kind of definition, for the message, e.g. ``"op"``.

    Raises:
        DagsterInvalidDefinitionError: it is no text, too long, holds other characters than letters, digits and
            underscores, or is a word with a meaning of its own.
    """
    if not isinstance(name, str):
        raise DagsterInvalidDefinitionError(
            f"the name of {_article(what)} is text, not {name!r}", name=name, definition=what
        )
    if not NAME.match(name) or len(name) > TEXT_BYTES_MAX:
        raise DagsterInvalidDefinitionError(
            f"{name[:80]!r} is not a valid name for {_article(what)}: expected letters, digits and underscores, "
            f"at most {TEXT_BYTES_MAX:,} (regex ^[A-Za-z0-9_]+$); {_repaired(name)}",
            name=name,
            definition=what,
        )
    if name in RESERVED or keyword.iskeyword(name):
        raise DagsterInvalidDefinitionError(
            f"{name!r} is not a valid name for {_article(what)}: it is a reserved word; {name + '_'!r} is free",
            name=name,
            definition=what,
        )
    return name


def check_instance(value: object, expected: type[T], what: str, hint: str = "") -> T:
    """``value`` itself, if it is of the class ``expected``.

    Args:
        value: what was given.
        expected: its class.
        what: which parameter of what, e.g. ``"retry_policy of op 'load'"``.
        hint: what to do instead; ends the message.

    Raises:
        ParameterCheckError: it is of another class.
    """
    if isinstance(value, expected):
        return value
    end = f"; {hint}" if hint else ""
    found = f"{value!r} ({type(value).__name__})"
    kind = _article(expected.__name__)
    raise ParameterCheckError(f"{what} is {kind}, not {found}{end}", parameter=what, value=value)


def check_mapping(value: object, what: str) -> Mapping[Any, Any]:
    """``value`` itself if it is a mapping, an empty one for None.

    Raises:
        ParameterCheckError: it is something else.
    """
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return value
    shown = f"{value!r} ({type(value).__name__})"
    raise ParameterCheckError(f"{what} is a mapping, not {shown}", parameter=what, value=value)


def definition_tags(tags: Mapping[str, Any] | None, what: str) -> dict[str, str]:
    """Tags of a definition: text to text; other values are written as JSON.

    Raises:
        ParameterCheckError: ``tags`` is no mapping, or text cannot be stored.
        DagsterInvalidDefinitionError: a value cannot be written as JSON.
    """
    return written_tags(tags, f"tags of {what}")


def _article(what: str) -> str:
    return f"an {what}" if what[:1].lower() in "aeiou" else f"a {what}"


def _repaired(name: str) -> str:
    repaired = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_")[:TEXT_BYTES_MAX]
    return f"for example {repaired!r} is valid" if repaired and not keyword.iskeyword(repaired) else "pass name=..."


POOL = re.compile(r"\S+\Z")


def check_pool(pool: object, what: str) -> str:
    """``pool`` itself, if a pool can be called that: text without blanks.

    Raises:
        DagsterInvalidDefinitionError: it cannot.
        ParameterCheckError: it is no text.
    """
    text = check_instance(pool, str, f"pool of {what}")
    if not POOL.match(text) or len(text) > TEXT_BYTES_MAX:
        raise DagsterInvalidDefinitionError(
            f"{text[:80]!r} is not a valid pool for {what}: expected text without blanks, such as database", pool=text
        )
    return text
