"""Asset checks: their keys, how bad a failed one is, and what an evaluation found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import Enum
from typing import Any

from watchbell.ground.errors import ParameterCheckError
from watchbell.ground.value import dataclass
from watchbell.ground.wire import wired
from watchbell.record.asset_check_key import AssetCheckKey
from watchbell.record.keys import AssetKey
from watchbell.record.metadata import MetadataValue, normalize_metadata

__all__ = [
    "AssetCheckEvaluation",
    "AssetCheckEvaluationPlanned",
    "AssetCheckEvaluationTargetMaterializationData",
    "AssetCheckKey",
    "AssetCheckSeverity",
    "checked_verdict",
]


@wired("asset_check_severity")
class AssetCheckSeverity(Enum):
    """How bad it is that a check did not pass.

    ``WARN``: somebody should look. ``ERROR``: the data must not be used; if the check is blocking, nothing
    downstream of the asset runs.

    Example:
        >>> AssetCheckSeverity.WARN.value
        'WARN'
    """

    WARN = "WARN"
    ERROR = "ERROR"


@wired("check_target")
@dataclass(frozen=True)
class AssetCheckEvaluationTargetMaterializationData:
    """Which materialization an evaluation looked at.

    Args:
        storage_id: its number in the log.
        run_id: the run that made it.
        timestamp: when, in seconds since the epoch.
    """

    storage_id: int
    run_id: str
    timestamp: float


@wired("data.check_planned")
@dataclass(frozen=True)
class AssetCheckEvaluationPlanned:
    """What an ASSET_CHECK_EVALUATION_PLANNED carries: a check that a run is to evaluate.

    Args:
        asset_key: the asset.
        check_name: the check.
        partition: which partition of the asset.
    """

    asset_key: AssetKey
    check_name: str
    partition: str | None = None

    @property
    def asset_check_key(self) -> AssetCheckKey:
        """Which check."""
        return AssetCheckKey(self.asset_key, self.check_name)


@wired("data.check")
@dataclass(frozen=True, init=False)
class AssetCheckEvaluation:
    """What an evaluation of a check found; what an ASSET_CHECK_EVALUATION carries.

    Args:
        asset_key: the asset.
        check_name: the check.
        passed: whether all was well.
        metadata: labelled facts.
        target_materialization_data: the materialization it looked at; None: the asset was never made.
        severity: how bad it is that it did not pass.
        description: a sentence for people.
        blocking: whether what is downstream waits for it.
        partition: which partition of the asset.

    Raises:
        ParameterCheckError: ``passed`` is neither true nor false.

    Example:
        >>> AssetCheckEvaluation(AssetKey("orders"), "no_nulls", passed=True).asset_check_key.name
        'no_nulls'
    """

    asset_key: AssetKey
    check_name: str
    passed: bool
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    target_materialization_data: AssetCheckEvaluationTargetMaterializationData | None = None
    severity: AssetCheckSeverity = AssetCheckSeverity.ERROR
    description: str | None = None
    blocking: bool | None = None
    partition: str | None = None

    def __init__(
        self,
        asset_key: AssetKey,
        check_name: str,
        passed: bool,
        metadata: Mapping[str, Any] | None = None,
        target_materialization_data: AssetCheckEvaluationTargetMaterializationData | None = None,
        severity: AssetCheckSeverity = AssetCheckSeverity.ERROR,
        description: str | None = None,
        blocking: bool | None = None,
        partition: str | None = None,
    ) -> None:
        facts = {
            "asset_key": asset_key,
            "check_name": check_name,
            "passed": checked_verdict(passed, f"an evaluation of {check_name!r}"),
            "metadata": normalize_metadata(metadata),
            "target_materialization_data": target_materialization_data,
            "severity": severity,
            "description": description,
            "blocking": blocking,
            "partition": partition,
        }
        for name, fact in facts.items():
            object.__setattr__(self, name, fact)

    @property
    def asset_check_key(self) -> AssetCheckKey:
        """Which check."""
        return AssetCheckKey(self.asset_key, self.check_name)

    @property
    def blocks(self) -> bool:
        """Whether nothing downstream of the asset may run: it is blocking and did not pass, with severity ERROR."""
        return bool(self.blocking) and not self.passed and self.severity is AssetCheckSeverity.ERROR

    def with_metadata(self, metadata: Mapping[str, Any]) -> AssetCheckEvaluation:
        """The same with this metadata instead of its own."""
        return self._replaced(metadata=metadata)

    def with_target(self, target: AssetCheckEvaluationTargetMaterializationData) -> AssetCheckEvaluation:
        """The same, of this materialization."""
        return self._replaced(target_materialization_data=target)

    def _replaced(self, **changes: Any) -> AssetCheckEvaluation:
        current = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return AssetCheckEvaluation(**{**current, **changes})


def checked_verdict(passed: object, what: str) -> bool:
    """``passed`` as a bool; booleans of numpy and pandas count.

    Raises:
        ParameterCheckError: it is something else.
    """
    if isinstance(passed, bool):
        return passed
    if type(passed).__name__ in {"bool", "bool_"} and type(passed).__module__ == "numpy":
        return bool(passed)
    raise ParameterCheckError(
        f"passed= of {what} is True or False, not {passed!r} ({type(passed).__name__}); wrap it: bool(...)",
        parameter="passed",
        value=passed,
    )
