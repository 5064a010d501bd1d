"""Where the file of a partition lies: keys as names of files, each inside its folder, different for different keys."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from typing import Any, get_origin

from watchbell.declare.io.io_context import InputContext, OutputContext
from watchbell.ground.errors import CheckError

NAME_BYTES_MAX = 200  # most file systems accept 255 bytes a name; extensions and temporary names are a little longer
_ALWAYS_QUOTED = frozenset('%/\\"\x7f') | {chr(code) for code in range(32)}
_QUOTED = _ALWAYS_QUOTED | frozenset("<>:|?*") if os.name == "nt" else _ALWAYS_QUOTED
_DIGEST_CHARS = 32


def partition_name(key: str) -> str:
    """A partition key as the name of a file: the key itself, where that is a name.

    Slashes, quotes, control characters and percent signs become ``%`` and two hexadecimal digits a byte; a name that
    would be too long ends in a digest of the key.
    """
    text = "".join(_quoted(each) if each in _QUOTED or "\ud800" <= each <= "\udfff" else each for each in key)
    if not text:
        return "%"
    if text.startswith("."):
        text = "%2e" + text[1:]
    if text[-1] in ". ":
        text = text[:-1] + _quoted(text[-1])
    if len(text.encode()) <= NAME_BYTES_MAX:
        return text
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST_CHARS]
    # Two percent signs follow each other in no other name.
    return text.encode()[: NAME_BYTES_MAX - _DIGEST_CHARS - 8].decode("utf-8", "ignore") + "%%" + digest


def _quoted(character: str) -> str:
    return "".join(f"%{byte:02x}" for byte in character.encode("utf-8", "surrogatepass"))


def partition_parts(key: str, definition: Any) -> list[str]:
    """A partition key as names of nested files: of partitions in several dimensions one for each.

    Args:
        key: the key.
        definition: the partitions it is one of; None: not known.
    """
    split = getattr(definition, "get_partition_key_from_str", None)
    whole = key if split is None else split(key)
    dimensions: Mapping[str, str] | None = getattr(whole, "keys_by_dimension", None)
    if dimensions is None:
        return [partition_name(key)]
    return [partition_name(dimensions[name]) for name in sorted(dimensions)]


def values_of_partitions(value: Any, keys: Sequence[str], who: str) -> Mapping[str, Any]:
    """What a run for several partitions gave, by partition.

    Args:
        value: a mapping whose keys are the partitions.
        keys: the partitions.
        who: the IO manager, for the message.

    Raises:
        CheckError: it is none.
    """
    wanted = set(keys)
    if isinstance(value, Mapping) and set(value) == wanted:
        return value
    found = f"a {type(value).__name__}"
    if isinstance(value, Mapping):
        missing = next((key for key in keys if key not in value), None)
        strange = next((key for key in value if key not in wanted), None)
        found = f"a mapping with {strange!r}" if missing is None else f"a mapping without {missing!r}"
    raise CheckError(
        f"{who} stores a file for each partition, and this run makes {len(keys)} of them at once ({keys[0]!r} to "
        f"{keys[-1]!r}): return a mapping of each partition key to its value, not {found}; or let each partition be a "
        "run of its own by backfill_policy=BackfillPolicy.multi_run()"
    )


def value_of_partition(context: OutputContext, value: Any) -> Any:
    """What a run for one partition gave; where it is for a range that holds only this one, a mapping is taken apart.

    Args:
        context: of an asset of which one partition is made.
        value: what the step gave.
    """
    if context.has_partition_key or not isinstance(value, Mapping):
        return value
    (key,) = context.asset_partition_keys
    return value[key] if list(value) == [key] else value


def may_miss_partitions(context: InputContext) -> bool:
    """Whether the input's metadata says ``allow_missing_partitions``."""
    said = context.definition_metadata.get("allow_missing_partitions", False)
    return bool(getattr(said, "value", said))


def given_value(context: InputContext, found: Mapping[str, Any]) -> Any:
    """What a step is given of the partitions of an input: of one its value, of several a dict, of none None.

    Args:
        context: the input. If it takes a dict, none are an empty one.
        found: the values by key; one that may be missing is not among them.
    """
    keys = context.asset_partition_keys
    if len(keys) == 1:
        return found.get(keys[0])
    if keys:
        return found
    kind = context.dagster_type.typing_type
    kind = get_origin(kind) or kind
    return {} if isinstance(kind, type) and issubclass(kind, Mapping) else None
