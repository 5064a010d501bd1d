"""Several run events in one evaluation: the function is called for one after the other, and each has its own answer.

A sensor that lags is worked off so. Calling goes on until the time is up; what was not called then is asked again. It
ends earlier behind an event whose answer changes partitions or reports assets: the next one may depend on these, and
they are not stored yet.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from time import monotonic

from watchbell.declare.automation.evaluation import Steps
from watchbell.declare.automation.run_status_sensor import RunStatusSensorDefinition
from watchbell.declare.automation.sensor_answer import SensorExecutionData
from watchbell.declare.automation.sensor_context import SensorEvaluationContext
from watchbell.declare.log_manager import EvaluationLogger
from watchbell.record.error_info import error_info_from_exception
from watchbell.record.evaluation import Answer, Evaluation, Outcome
from watchbell.record.request import RUN_REQUESTS_MAX

BATCH_SECONDS = 1.0
"""After so long no further event is begun; sooner where the evaluation itself may take less than twice that."""
RUN_REQUESTS_SUM = 5_000
"""With so many run requests together no further event is begun."""


class _Turn:
    """Something to wait for that is there at once: others in the event loop get their turn."""

    def __await__(self) -> Generator[None, None, None]:
        yield


def batch_steps(
    evaluation: Evaluation,
    definition: RunStatusSensorDefinition,
    context: SensorEvaluationContext,
    to_answer: Callable[[SensorExecutionData], Answer],
) -> Steps[Answer]:
    """The answer to a question about several events: a part for each that the function was called for.

    Args:
        evaluation: the question.
        definition: the sensor.
        context: what the calls share: instance, resources, definitions.
        to_answer: makes an answer of what came of one event.
    """
    ends_at = monotonic() + min(BATCH_SECONDS, evaluation.timeout_seconds / 2)
    context.require(definition.required_resource_keys, f"sensor {definition.name!r}")
    entries = definition.entries_of(context)
    parts: list[Answer] = []
    request_count = 0
    for event_id in evaluation.event_ids:
        if parts and definition.is_async:
            yield _Turn()
        if parts and (monotonic() >= ends_at or request_count >= RUN_REQUESTS_SUM):
            break
        entry = entries.get(event_id)
        if entry is None:
            parts.append(_gone(evaluation, event_id))
            continue
        log = EvaluationLogger(definition.name)
        try:
            data = yield from definition.reaction(entry, context, log)
            part = to_answer(data)
        except (Exception, SystemExit) as error:  # one event's mistake is no other's
            info = error_info_from_exception(error)
            part = Answer(evaluation.id, Outcome.RAISED, error=info, log=log.lines)
        request_count += len(part.run_requests)
        if parts and request_count > RUN_REQUESTS_MAX:
            break  # more may not be in one answer: it is called again in the next one
        parts.append(part)
        if part.dynamic_partitions_requests or part.asset_events:
            break
    return Answer(evaluation.id, Outcome.ANSWERED, parts=tuple(parts))


def _gone(evaluation: Evaluation, event_id: int) -> Answer:
    return Answer(evaluation.id, Outcome.ANSWERED, skip_message=f"event {event_id} was deleted with its run")
