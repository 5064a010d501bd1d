"""Partitions that are listed: each key's number is its place in the list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cached_property
from hashlib import sha1

from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.view import DynamicPartitionsStore, PartitionsView
from watchbell.ground.errors import CheckError, DagsterInvalidDefinitionError, ParameterCheckError
from watchbell.ground.suggest import did_you_mean
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.request import CONTROL_CHARACTERS, check_text

_REFUSED = re.compile(rf"\.\.\.|{CONTROL_CHARACTERS}")
_SHORT = 250  # characters; that many are never longer than what the store accepts
_SEPARATOR = "\uffff"
_JOINT = "~"


class StaticPartitionsDefinition(PartitionsDefinition):
    """Partitions with keys that are known beforehand, in the order of the list.

    Keys added at the end keep the numbers of the others, so that what is stored of them needs no renumbering.

    Args:
        partition_keys: the keys, all different; text of at most 1,000 bytes, without control characters and ``...``.

    Raises:
        DagsterInvalidDefinitionError: a key stands there twice, or cannot be one.
        CheckError: a key is no text, or the keys are no sequence.

    Example:
        >>> continents = StaticPartitionsDefinition(["africa", "asia", "europe"])
        >>> continents.get_partition_keys(), continents.has_partition_key("atlantis")
        (['africa', 'asia', 'europe'], False)
    """

    def __init__(self, partition_keys: Sequence[str]) -> None:
        if not isinstance(partition_keys, Sequence):
            raise ParameterCheckError(
                f"partition_keys is a list of texts, not {partition_keys!r}",
                parameter="partition_keys",
                value=partition_keys,
            )
        self._keys = list(partition_keys)
        self._places = _places_of(self._keys)

    @property
    def numbering(self) -> str:
        """How many keys there are, and a digest of all of them."""
        return self._numbering

    @cached_property
    def _numbering(self) -> str:
        return f"static:{len(self._keys)}:{_digest(self._keys)}"

    def continues(self, numbering: str) -> bool:
        """Whether a numbering is this one, or that of the list when it was shorter."""
        kind, _, rest = numbering.partition(":")
        count, _, digest = rest.partition(":")
        if kind != "static" or not count.isdigit() or int(count) > len(self._keys):
            return False
        return digest == _digest(self._keys[: int(count)])

    def ordinal_of(self, key: str, view: PartitionsView) -> int | None:
        """The place of a key in the list."""
        return self._places.get(key)

    def ordinals_of(self, keys: Sequence[str], view: PartitionsView) -> Sequence[int | None]:
        """The places of keys in the list."""
        return list(map(self._places.get, keys))

    def key_of(self, ordinal: int, view: PartitionsView) -> str:
        """The key at a place."""
        return self._keys[ordinal]

    def keys_of(self, ordinals: Iterable[int], view: PartitionsView) -> list[str]:
        """The keys at some places, in their order."""
        return list(map(self._keys.__getitem__, ordinals))

    def ordinals(self, view: PartitionsView) -> OrdinalSet:
        """All places."""
        return OrdinalSet.of_range(0, len(self._keys))

    def get_partition_keys(
        self, current_time: datetime | None = None, dynamic_partitions_store: DynamicPartitionsStore | None = None
    ) -> Sequence[str]:
        """All keys, in the order of the list.

        Args:
            current_time: without effect here.
            dynamic_partitions_store: without effect here.
        """
        return list(self._keys)

    def unknown_key_text(self, key: str, view: PartitionsView) -> str:
        """The end of a sentence about a key that is not listed: the nearest, or what there is."""
        return f"a list of {len(self._keys):,}{did_you_mean(key, self.some_keys(view))}"

    def first_key_with(self, characters: str) -> str | None:
        """The first key that holds one of the characters, None if none does."""
        wanted = frozenset(characters)
        if not wanted.intersection(_SEPARATOR.join(self._keys)):
            return None
        return next(key for key in self._keys if not wanted.isdisjoint(key))

    def get_first_partition_key(self) -> str | None:
        """The first key, None if there is none."""
        return self._keys[0] if self._keys else None

    def get_last_partition_key(self) -> str | None:
        """The last key, None if there is none."""
        return self._keys[-1] if self._keys else None

    def get_num_partitions(self) -> int:
        """How many there are (count)."""
        return len(self._keys)

    def get_serializable_unique_identifier(self, dynamic_partitions_store: DynamicPartitionsStore | None = None) -> str:
        """Text that is the same for definitions with the same keys in the same order."""
        return sha1(self.numbering.encode(), usedforsecurity=False).hexdigest()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, StaticPartitionsDefinition):
            return NotImplemented
        return self is other or self._keys == other._keys

    def __hash__(self) -> int:
        return hash(("static", len(self._keys), *self._keys[:3]))

    def __str__(self) -> str:
        return ", ".join(f"{key!r}" for key in self._keys)

    def __repr__(self) -> str:
        if len(self._keys) <= 20:
            return f"StaticPartitionsDefinition(partition_keys={self._keys!r})"
        shown = ", ".join(map(repr, self._keys[:3]))
        return f"StaticPartitionsDefinition(partition_keys=[{shown}, ... {self._keys[-1]!r}], {len(self._keys):,} keys)"


def _digest(keys: Sequence[str]) -> str:
    return sha1(_SEPARATOR.join(keys).encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()[:16]


def _places_of(keys: list[str]) -> dict[str, int]:
    """Each key's place, if all can be keys. Ten million are looked at in a few seconds, so none is looked at alone."""
    if not set(map(type, keys)) <= {str}:
        for place, key in enumerate(keys):
            if not isinstance(key, str):
                raise CheckError(
                    f"partition_keys holds {key!r} ({type(key).__name__}) at place {place}; keys are text: {str(key)!r}"
                )
        keys[:] = [str(key) for key in keys]  # of classes derived from str
    text = _JOINT.join(keys)
    if "..." in text or not text.isprintable() or max(map(len, keys), default=0) > _SHORT:
        for key in keys:
            check_partition_key(key)
    places = dict(zip(keys, range(len(keys)), strict=True))
    if len(places) < len(keys):
        twice = [key for place, key in enumerate(keys) if places[key] != place]
        raise DagsterInvalidDefinitionError(
            f"partition keys are unique, but {', '.join(map(repr, twice[:5]))} stand{'s' if len(twice) == 1 else ''} "
            "there more than once"
        )
    return places


def check_partition_key(key: str) -> None:
    """Nothing, if text can be the key of a partition.

    Raises:
        DagsterInvalidDefinitionError: it holds ``...``, a control character or half a character, or is too long.
    """
    refused = _REFUSED.search(key)
    if refused:
        raise DagsterInvalidDefinitionError(
            f"partition key {key[:100]!r} holds {refused.group()!r}; keys have no control characters, and '...' stands "
            "between the ends of a range"
        )
    try:
        check_text(key, "a partition key")
    except ParameterCheckError as error:
        raise DagsterInvalidDefinitionError(f"partition key {key[:100]!r}... cannot be stored: {error}") from error
