"""``ExpectationResult``: whether something that an op expected of its data was so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from watchbell.ground.errors import ParameterCheckError
from watchbell.ground.value import dataclass
from watchbell.ground.wire import wired
from watchbell.record.metadata import MetadataValue, RawMetadataMapping, normalize_metadata


@wired("expectation")
@dataclass(frozen=True, init=False)
class ExpectationResult:
    """What an op says of its data: an expectation, and whether it held. Yielded, or given to ``context.log_event``.

    It is stored and shown; one that did not hold does not fail the step.

    Args:
        success: whether it held.
        label: short name of the expectation; left out: ``"result"``.
        description: what was expected, or seen.
        metadata: labelled facts.

    Raises:
        ParameterCheckError: an argument of the wrong type.

    Example:
        >>> @op
        ... def load():
        ...     rows = [1, 2]
        ...     yield ExpectationResult(success=len(rows) > 0, label="has_rows", metadata={"rows": len(rows)})
        ...     yield Output(rows)
    """

    success: bool
    label: str
    description: str | None
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)

    def __init__(
        self,
        success: bool,
        label: str | None = None,
        description: str | None = None,
        metadata: RawMetadataMapping | None = None,
    ) -> None:
        for name, value, expected in (
            ("success", success, bool),
            ("label", label, str | None),
            ("description", description, str | None),
        ):
            if not isinstance(value, expected):
                raise ParameterCheckError(
                    f"{name} of an ExpectationResult is {expected}, not {value!r}", parameter=name, value=value
                )
        put = object.__setattr__
        put(self, "success", success)
        put(self, "label", label or "result")
        put(self, "description", description)
        put(self, "metadata", normalize_metadata(metadata))

    @property
    def message(self) -> str:
        """What the log says of it."""
        return self.description or f"expectation {self.label} {'held' if self.success else 'did not hold'}"
