"""What is pinned on assets, schedules and jobs for people to find them by: tags, kinds, groups, owners."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from watchbell.declare.names import check_mapping
from watchbell.ground.errors import DagsterInvalidDefinitionError, ParameterCheckError
from watchbell.record.metadata import RawMetadataMapping

KIND_TAG_PREFIX = "dagster/kind/"
COMPUTE_KIND_TAG = "dagster/compute_kind"
DEFAULT_GROUP_NAME = "default"
SECTION_LENGTH_MAX = 63  # characters in a section of a strict tag
_SECTION = r"[A-Za-z0-9_.-]{1,63}"
_TAG_KEY = re.compile(rf"(?:{_SECTION}/)*{_SECTION}\Z")
_TAG_VALUE = re.compile(r"[A-Za-z0-9_.-]{0,63}\Z")
_GROUP = re.compile(r"[A-Za-z0-9_]+(?:/[A-Za-z0-9_]+)*\Z")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\Z")


def strict_tags(tags: Mapping[str, str] | None, what: str) -> dict[str, str]:
    """Tags that can also be searched for: short keys and values of few kinds of character.

    Args:
        tags: as given.
        what: whose, for the message, e.g. ``"asset 'orders'"``.

    Raises:
        ParameterCheckError: ``tags`` is no mapping.
        DagsterInvalidDefinitionError: names the tag at fault.
    """
    if tags is None:
        return {}
    for key, value in check_mapping(tags, f"tags of {what}").items():
        _check_tag_key(key, f"tag key {key!r} of {what}")
        if not isinstance(value, str):
            raise DagsterInvalidDefinitionError(
                f"tag {key!r} of {what} is {value!r}, a {type(value).__name__}; tag values are text", tag=key
            )
        if not _TAG_VALUE.match(value):
            raise DagsterInvalidDefinitionError(
                f"tag {key!r} of {what} has the value {value[:80]!r}: expected at most {SECTION_LENGTH_MAX} letters, "
                "digits, '_', '-' and '.'",
                tag=key,
            )
    return dict(tags)


def kind_tags(kinds: Iterable[str] | None, what: str) -> dict[str, str]:
    """The tags that kinds are kept as.

    Raises:
        ParameterCheckError: ``kinds`` is one text instead of a set of them.
        DagsterInvalidDefinitionError: a kind is no short text.
    """
    if isinstance(kinds, str):
        raise ParameterCheckError(
            f"kinds of {what} is a set of text; write kinds={{{kinds!r}}}", parameter="kinds", value=kinds
        )
    names = sorted(str(kind) for kind in kinds or ())
    for kind in names:
        _check_tag_key(KIND_TAG_PREFIX + kind, f"kind {kind!r} of {what}")
    return {KIND_TAG_PREFIX + kind: "" for kind in names}


def kinds_in(tags: Mapping[str, str]) -> frozenset[str]:
    """The kinds among tags."""
    return frozenset(key[len(KIND_TAG_PREFIX) :] for key in tags if key.startswith(KIND_TAG_PREFIX))


def check_group_name(name: object, what: str) -> str | None:
    """``name`` itself, if an asset group can be called that; None stays None.

    Raises:
        DagsterInvalidDefinitionError: it is empty or holds other characters.
    """
    if name is None:
        return None
    if not isinstance(name, str) or not _GROUP.match(name):
        raise DagsterInvalidDefinitionError(
            f"group_name of {what} is {name!r}: expected letters, digits and underscores, in segments parted by '/', "
            "for example 'marketing' or 'marketing/eu'; leave it out for the group 'default'",
            group_name=name,
        )
    return name


def check_owners(owners: Sequence[str] | None, what: str) -> tuple[str, ...]:
    """``owners`` as a tuple, if each is an address or a team.

    Raises:
        ParameterCheckError: no sequence of text.
        DagsterInvalidDefinitionError: one is neither ``name@example.com`` nor ``team:name``.
    """
    if owners is None:
        return ()
    if isinstance(owners, str) or not isinstance(owners, Sequence):
        raise ParameterCheckError(
            f"owners of {what} is a list of text, not {owners!r}", parameter="owners", value=owners
        )
    for owner in owners:
        if not isinstance(owner, str):
            raise ParameterCheckError(
                f"owners of {what} holds {owner!r}, which is no text", parameter="owners", value=owner
            )
        if not (len(owner) > len("team:") if owner.startswith("team:") else _EMAIL.match(owner)):
            raise DagsterInvalidDefinitionError(
                f"owner {owner!r} of {what} is neither an e-mail address nor a team; write 'team:{owner.strip()}' or "
                "'name@example.com'",
                owner=owner,
            )
    return tuple(owners)


def check_metadata(metadata: RawMetadataMapping | None, what: str) -> dict[str, Any]:
    """Definition metadata as a dict; its values stay as they were given, since IO managers read them.

    Raises:
        ParameterCheckError: it is no mapping, or a key is no text.
    """
    if metadata is None:
        return {}
    for key in check_mapping(metadata, f"metadata of {what}"):
        if not isinstance(key, str):
            raise ParameterCheckError(f"metadata keys of {what} are text; {key!r} is not", parameter="metadata")
    return dict(metadata)


def _check_tag_key(key: object, what: str) -> None:
    if not isinstance(key, str) or not _TAG_KEY.match(key):
        raise DagsterInvalidDefinitionError(
            f"{what} is not valid: expected letters, digits, '_', '-' and '.', in sections of 1 to "
            f"{SECTION_LENGTH_MAX} characters parted by '/'",
            tag=key,
        )
