"""What can be asked of a backfill, what is known before it is planned, and what its plan remarks: plain values."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from watchbell.ground.errors import DagsterInvalidInvocationError
from watchbell.ground.value import dataclass
from watchbell.record.keys import AssetKey
from watchbell.record.partition import PartitionKeyRange
from watchbell.record.partition_state import PartitionState

EXAMPLES_MAX = 3  # partitions that a remark names


class Only(Enum):
    """Which of the asked partitions are made, by what became of them before."""

    EVERY = "every"
    MISSING = "missing"
    FAILED = "failed"
    FAILED_AND_MISSING = "failed_and_missing"


class PerRun(Enum):
    """How many partitions a run makes.

    POLICY: as the ``backfill_policy`` of the assets says; ONE: one; RANGE: as many as follow each other.
    """

    POLICY = "policy"
    ONE = "one"
    RANGE = "range"


_ONLY_WORDS = {
    Only.EVERY: "",
    Only.MISSING: " that are missing",
    Only.FAILED: " that failed",
    Only.FAILED_AND_MISSING: " that are missing or failed",
}
_NONE_WORDS = {
    Only.EVERY: "there are no partitions that could be made",
    Only.MISSING: "none is missing",
    Only.FAILED: "none has failed",
    Only.FAILED_AND_MISSING: "none is missing or has failed",
}


@dataclass(frozen=True)
class AskedPartitions:
    """Which partitions were asked for; at most one of the first three.

    Args:
        keys: these.
        key_range: from one to another, both included.
        latest: the newest so many (count, >= 1).
        only: and of these, only those of which this is true.
    """

    keys: tuple[str, ...] | None = None
    key_range: PartitionKeyRange | None = None
    latest: int | None = None
    only: Only = Only.EVERY

    def __post_init__(self) -> None:
        if sum(each is not None for each in (self.keys, self.key_range, self.latest)) > 1:
            raise DagsterInvalidInvocationError("give partitions, a range of them, or how many of the latest: only one")
        if self.latest is not None and self.latest < 1:
            raise DagsterInvalidInvocationError(f"the latest {self.latest} partitions are none; give 1 or more")
        if self.keys is not None and not self.keys:
            raise DagsterInvalidInvocationError("the list of partitions is empty; name at least one")

    @property
    def is_everything(self) -> bool:
        """Whether no partitions were named: each asset's all."""
        return self.keys is None and self.key_range is None and self.latest is None

    @property
    def words(self) -> str:
        """What was asked for, for people."""
        return self._named + _ONLY_WORDS[self.only]

    @property
    def none_words(self) -> str:
        """That there is none of it, for people."""
        return _NONE_WORDS[self.only] if self.only is Only.EVERY else f"of {self._named}, {_NONE_WORDS[self.only]}"

    @property
    def _named(self) -> str:
        if self.keys is not None:
            more = f" and {len(self.keys) - EXAMPLES_MAX} more" if len(self.keys) > EXAMPLES_MAX else ""
            named = "partitions " + ", ".join(self.keys[:EXAMPLES_MAX]) + more
        elif self.key_range is not None:
            named = f"partitions {self.key_range.start} to {self.key_range.end}"
        elif self.latest is not None:
            named = f"the latest {self.latest} partitions"
        else:
            named = "all partitions"
        return named


There = Callable[[AssetKey], PartitionState]
"""What is known of an asset's partitions; of one without partitions, whether number 0 is in a set."""


@dataclass(frozen=True)
class Remark:
    """Something that who asks should know before it starts.

    Args:
        about: an asset, or empty.
        text: what, for people.
        is_doubt: whether it may be a mistake.
    """

    about: str
    text: str
    is_doubt: bool = False
