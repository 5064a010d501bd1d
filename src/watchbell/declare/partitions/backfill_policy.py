"""How many partitions a backfill gives to one run: ``BackfillPolicy``."""

from __future__ import annotations

from enum import Enum

from watchbell.ground.errors import ParameterCheckError
from watchbell.ground.value import dataclass


class BackfillPolicyType(Enum):
    """The two kinds of backfill policies."""

    SINGLE_RUN = "SINGLE_RUN"
    MULTI_RUN = "MULTI_RUN"


@dataclass(frozen=True)
class BackfillPolicy:
    """How many partitions a backfill gives to one run; use :meth:`single_run` or :meth:`multi_run`.

    Args:
        max_partitions_per_run: at most this many (>= 1); None: all in one run.

    Raises:
        ParameterCheckError: ``max_partitions_per_run`` is no whole number, or less than 1.

    Example:
        >>> BackfillPolicy.multi_run(10)
        BackfillPolicy(max_partitions_per_run=10)
    """

    max_partitions_per_run: int | None = 1

    def __post_init__(self) -> None:
        most = self.max_partitions_per_run
        if most is not None and (not isinstance(most, int) or isinstance(most, bool) or most < 1):
            raise ParameterCheckError(
                f"max_partitions_per_run of a BackfillPolicy is a whole number of at least 1, or None for all, not "
                f"{most!r}",
                parameter="max_partitions_per_run",
                value=most,
            )

    @staticmethod
    def single_run() -> BackfillPolicy:
        """All partitions of a backfill in one run, whose function handles a range of them."""
        return BackfillPolicy(None)

    @staticmethod
    def multi_run(max_partitions_per_run: int = 1) -> BackfillPolicy:
        """Several runs.

        Args:
            max_partitions_per_run: partitions for one run, at most (>= 1).
        """
        return BackfillPolicy(max_partitions_per_run)

    @property
    def policy_type(self) -> BackfillPolicyType:
        """Whether one run does all, or several do."""
        return BackfillPolicyType.SINGLE_RUN if self.max_partitions_per_run is None else BackfillPolicyType.MULTI_RUN
