"""What ran in stretches of time: the part of the port ``Store`` that a timeline is drawn from.

Runs that lie too close together to be told apart are counted where they are stored, so that a week with a hundred
thousand runs costs no more rows than a quiet one.
"""

from __future__ import annotations

from typing import Protocol

from watchbell.ground.value import dataclass
from watchbell.record.keys import AssetKey
from watchbell.record.run import DagsterRunStatus


@dataclass(frozen=True)
class RunBin:
    """Runs of one job and one state that were stored within one stretch of time.

    Args:
        number: which stretch, counted from the beginning of 1970.
        job_name: their job.
        location_name: its code location, if known.
        status: their state.
        count: how many.
        began_at: when the first of them began; of one that has not: when it was stored (seconds since 1970).
        ended_at: when the last of them was over; None: none of them is (seconds since 1970).
        automation: the schedule or sensor that asked for them; empty: none, or nobody asked for it.
        assets: the assets they were to make of all that their job makes; empty: all, or nobody asked for it.
    """

    number: int
    job_name: str
    location_name: str | None
    status: DagsterRunStatus
    count: int
    began_at: float
    ended_at: float | None
    automation: str = ""
    assets: frozenset[AssetKey] = frozenset()


class TimelineStore(Protocol):
    """What ran when."""

    def over_bins(self, first: int, last: int, bin_seconds: float, *, with_origin: bool) -> list[RunBin]:
        """The runs that are over, of some stretches of time, in no order.

        Args:
            first: the first stretch.
            last: the last one, included.
            bin_seconds: length of each.
            with_origin: whether they are told apart by what asked for them, and by their assets.
        """

    def open_bins(self, bin_seconds: float, *, with_origin: bool) -> list[RunBin]:
        """The runs that are not over, of all times, in no order; see :meth:`over_bins`."""
