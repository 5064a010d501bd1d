"""Config types as plain values, for forms and completion: what is expected where, in JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from watchbell.declare.config.config_schema import Array, Field, Map, Noneable, Selector, Shape
from watchbell.declare.config.config_type import Choice, ConfigType, Scalar
from watchbell.declare.config.scalar_config import Enum, ScalarUnion
from watchbell.ground.masking import masked_facts

DEPTH_MAX = 24
"""What lies deeper in a schema is told as any value."""
DEFAULT_BYTES_MAX = 20_000
ANY_FACTS: Mapping[str, Any] = {"kind": "any", "label": "Any"}
_NAMES = {str: "string", int: "int", float: "float", bool: "bool"}


def type_facts(kind: ConfigType, depth: int = 0) -> dict[str, Any]:
    """A config type as JSON.

    Args:
        kind: the type.
        depth: how deep it lies in a schema.

    Returns:
        ``kind`` and ``label`` (as messages call it), and by kind: ``scalar``: ``type`` (``"string"``, ``"int"``,
        ``"float"``, ``"bool"``); ``choice``: ``values``; ``shape``: ``fields`` (see :func:`field_facts`) and ``open``
        (whether other keys are accepted); ``selector``: ``fields``, of which exactly one is given; ``array``,
        ``noneable``: ``inner``; ``map``: ``inner`` and ``key_label``; ``union``: ``inner`` (one value) and ``other``
        (a structure); ``any``: nothing.

    Example:
        >>> type_facts(Noneable(int))
        {'kind': 'noneable', 'label': 'Int | None', 'inner': {'kind': 'scalar', 'label': 'Int', 'type': 'int'}}
    """
    if depth > DEPTH_MAX:
        return dict(ANY_FACTS)
    match kind:
        case Scalar():
            return {"kind": "scalar", "label": kind.label, "type": _NAMES[kind.python]}
        case Choice():
            return {"kind": "choice", "label": kind.label, "values": [_plain(each) for each in kind.values]}
        case Enum():
            return {"kind": "choice", "label": kind.label, "values": list(kind.config_values)}
        case Shape():
            fields = [field_facts(name, each, depth) for name, each in kind.fields.items()]
            return {"kind": "shape", "label": _short(kind.label), "fields": fields, "open": kind.is_open}
        case Selector():
            fields = [field_facts(name, each, depth) for name, each in kind.fields.items()]
            return {"kind": "selector", "label": _short(kind.label), "fields": fields}
        case Noneable():
            return {"kind": "noneable", "label": _short(kind.label), "inner": type_facts(kind.inner, depth + 1)}
        case Array():
            return {"kind": "array", "label": _short(kind.label), "inner": type_facts(kind.inner, depth + 1)}
        case Map():
            key_label = kind.key_label_name or kind.key.label
            inner = type_facts(kind.inner, depth + 1)
            return {"kind": "map", "label": _short(kind.label), "inner": inner, "key_label": key_label}
        case ScalarUnion():
            inner, other = type_facts(kind.scalar_type, depth + 1), type_facts(kind.non_scalar_type, depth + 1)
            return {"kind": "union", "label": _short(kind.label), "inner": inner, "other": other}
        case _:
            return {"kind": "any", "label": _short(kind.label)}


def field_facts(name: str, entry: Field, depth: int = 0) -> dict[str, Any]:
    """An entry of a schema as JSON.

    Args:
        name: its key.
        entry: the entry.
        depth: how deep it lies.

    Returns:
        ``name``, ``required``, ``description``, ``secret``, ``type`` (see :func:`type_facts`), ``has_default`` and
        ``default``. The default of a secret is never told, and what is one by its name alone is masked.
    """
    default = entry.default_value if entry.has_default and not entry.is_secret else None
    if len(json.dumps(default, default=str)) > DEFAULT_BYTES_MAX:
        default = None
    return {
        "name": name,
        "required": entry.is_required,
        "description": entry.description,
        "secret": entry.is_secret,
        "has_default": entry.has_default,
        "default": masked_facts({name: _jsonable(default)})[name],
        "type": type_facts(entry.config_type, depth + 1),
    }


def without_secrets(value: Any, facts: Mapping[str, Any]) -> Any:
    """Config without the values of entries that are secret, where they are written as values.

    A reference to an environment variable stays: it says only where the secret is.

    Args:
        value: config, as a run had it.
        facts: what :func:`type_facts` tells of its type.
    """
    match facts["kind"]:
        case "shape" | "selector" if isinstance(value, Mapping):
            fields = {each["name"]: each for each in facts["fields"]}
            return {
                key: without_secrets(each, fields[key]["type"]) if key in fields else each
                for key, each in value.items()
                if not (key in fields and fields[key]["secret"] and not _is_reference(each))
            }
        case "noneable":
            return without_secrets(value, facts["inner"])
        case "array" if isinstance(value, list):
            return [without_secrets(each, facts["inner"]) for each in value]
        case "map" if isinstance(value, Mapping):
            return {key: without_secrets(each, facts["inner"]) for key, each in value.items()}
        case "union" if isinstance(value, Mapping | list):
            return without_secrets(value, facts["other"])
        case _:
            return value


def _is_reference(value: Any) -> bool:
    return isinstance(value, Mapping) and set(value) == {"env"}


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool) else str(value)


def _jsonable(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str))


def _short(label: str) -> str:
    return label if len(label) <= 120 else f"{label[:117]}..."
