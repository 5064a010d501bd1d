"""Mappings put together; the arguments stay as they are."""

from collections.abc import Mapping
from typing import Any


def merge_dicts(*args: Mapping[Any, Any]) -> dict[Any, Any]:
    """All entries of all mappings; where a key is in several, the last one's."""
    return {key: value for each in args for key, value in each.items()}


def deep_merge_dicts(onto_dict: Mapping[Any, Any], from_dict: Mapping[Any, Any]) -> dict[Any, Any]:
    """As :func:`merge_dicts`; where both values are mappings, these are merged in the same way."""
    merged = dict(onto_dict)
    for key, value in from_dict.items():
        there = merged.get(key)
        both = isinstance(there, Mapping) and isinstance(value, Mapping)
        merged[key] = deep_merge_dicts(there, value) if both else value  # type: ignore[arg-type] # both are mappings
    return merged


def reverse_dict(d: Mapping[Any, Any]) -> dict[Any, Any]:
    """Values to keys."""
    return {value: key for key, value in d.items()}
