"""What people pin on schedules and sensors, as values for JSON: description, owners, tags, metadata."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

SIMULATE_TAG = "watchbell/simulate"
"""Tag of a sensor: ``"true"``: it may be evaluated by simulations; ``"false"``: it may not."""


class Labelled(Protocol):
    """A schedule or sensor, or its snapshot."""

    @property
    def description(self) -> str | None:
        """Free text."""

    @property
    def owners(self) -> Sequence[str]:
        """Who answers for it."""

    @property
    def tags(self) -> Mapping[str, str]:
        """Labels."""

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Labelled facts."""


def labels_json(definition: Labelled) -> dict[str, Any]:
    """The labels of a schedule or sensor; facts that are more than plain values are told as text."""
    return {
        "description": definition.description,
        "owners": list(definition.owners),
        "tags": dict(definition.tags),
        "metadata": {key: _plain(value) for key, value in definition.metadata.items()},
    }


def _plain(fact: Any) -> Any:
    value = getattr(fact, "value", fact)
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return str(value)
