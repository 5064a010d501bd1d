"""What the assets of the tortured conditions do: nothing, but where others can see it, and not twice at once."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from tests.torture.automation.notes import FOLDER, evaluated, write_down
from tests.torture.conditions.script import FAILS, IS_BAD
from watchbell import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetExecutionContext,
    AutoMaterializePolicy,
    AutomationCondition,
    AutomationContext,
    AutomationResult,
    BackfillPolicy,
    Failure,
    asset,
)


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Holds a lock for the block; notes if somebody has it."""
    file = os.open(FOLDER / f"lock-{name}", os.O_CREAT | os.O_RDWR)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        write_down("at-once", name)
        raise
    finally:
        os.close(file)


def make(name: str, partitions: Iterable[str], seconds: float = 0.0) -> None:
    """Makes some partitions of an asset.

    Args:
        name: the asset.
        partitions: their keys; ``[""]`` for an asset without partitions.
        seconds: how long it takes.
    """
    with ExitStack() as held:
        for key in partitions:
            held.enter_context(alone(f"{name}-{key.replace(':', '_')}"))
        if seconds:
            time.sleep(seconds)  # user code
        if (FOLDER / f"{FAILS}{name}").exists():
            raise Failure("as the script wants it", allow_retries=False)


def made(
    name: str,
    condition: Any,
    deps: Iterable[Any] = (),
    partitions_def: Any = None,
    *,
    seconds: float = 0.0,
    is_range: bool = False,
) -> Any:
    """An asset that does nothing but hold a lock.

    Args:
        name: its name.
        condition: a condition or a policy.
        deps: what it is made from.
        partitions_def: its partitions.
        seconds: how long it takes.
        is_range: whether one run makes many of them.
    """

    is_policy = isinstance(condition, AutoMaterializePolicy)

    @asset(
        name=name,
        automation_condition=None if is_policy else condition,
        auto_materialize_policy=condition if is_policy else None,
        deps=list(deps),
        partitions_def=partitions_def,
        backfill_policy=BackfillPolicy.single_run() if is_range else None,
    )
    def function(context: AssetExecutionContext) -> None:
        make(name, [""] if partitions_def is None else context.partition_keys, seconds)

    return function


def judged(context: AssetCheckExecutionContext, name: str) -> AssetCheckResult:
    """What a check finds: what the script wants."""
    return AssetCheckResult(passed=not (FOLDER / f"{IS_BAD}{name}").exists())


class EverySecond(AutomationCondition[Any]):
    """True with every second update of what it is made from, which it counts; and notes who evaluates it."""

    @property
    def children(self) -> tuple[AutomationCondition[Any]]:
        """What it counts."""
        return (AutomationCondition.any_deps_updated(),)

    def evaluate(self, context: AutomationContext[Any]) -> AutomationResult:
        """See the class."""
        evaluated("conditions")
        child = context.for_child_condition(self.children[0], [0], context.candidate_subset).evaluate()
        count = int(context.cursor or 0) + child.true_subset.size
        subset = child.true_subset if child.true_subset.size and count % 2 == 0 else context.get_empty_subset()
        return AutomationResult(context, subset, cursor=str(count), child_results=[child])
