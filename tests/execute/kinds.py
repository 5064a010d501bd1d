"""What happened in a run, in short: kinds of events, and the text of failures."""

from collections.abc import Iterable

from watchbell.record.event import DagsterEvent, StepFailureData


def kinds(events: Iterable[DagsterEvent], step: str | None = None) -> list[str]:
    """Names of the events' kinds; of one step only, if named."""
    return [event.event_type.name for event in events if step is None or event.step_key == step]


def failure_of(events: Iterable[DagsterEvent], step: str) -> StepFailureData:
    """What the failure of a step carries."""
    return next(event.step_failure_data for event in events if event.step_key == step and event.is_step_failure)
