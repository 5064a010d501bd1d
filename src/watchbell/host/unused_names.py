"""Dynamic partitions that an evaluation wants changed under a name that none of the code's assets and jobs has.

That may be meant, as another code location may use the name; more often it is a slip, and nothing comes of the keys.
"""

from __future__ import annotations

from collections.abc import Iterable

from watchbell.declare.log_manager import EvaluationLogger
from watchbell.declare.repository import RepositoryDefinition
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.upward import call_upward
from watchbell.record.request import DynamicPartitionsRequest
from watchbell.record.tick import TickLogLine


def warnings_of_names(
    repository: RepositoryDefinition, requests: Iterable[DynamicPartitionsRequest], name: str
) -> tuple[TickLogLine, ...]:
    """A line for the tick's log for each name that nothing here uses.

    Args:
        repository: the code.
        requests: what is to be changed.
        name: the sensor.
    """
    known = _names_in(repository)
    asked = dict.fromkeys(each.partitions_def_name for each in requests)
    log = EvaluationLogger(name)
    for each in asked:
        if each not in known:
            log.warning(
                "sensor %r changes the dynamic partitions %r, by which no asset and no job of this code location is "
                "divided%s",
                name, each, did_you_mean(each, sorted(known)),
            )  # fmt: skip
    return log.lines


def _names_in(repository: RepositoryDefinition) -> frozenset[str]:
    graph = repository.asset_graph
    found = {graph.partitions_def_of(key) for key in graph.specs}
    found |= {job.partitions_def for job in repository.get_all_jobs()}
    definitions = [each for each in found if each is not None]
    return frozenset(call_upward("dynamic_names", definitions)) if definitions else frozenset()
