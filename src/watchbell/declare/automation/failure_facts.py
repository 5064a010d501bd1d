"""What is said about a run that failed, whichever way it is sent."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from watchbell.declare.automation.run_status_context import RunFailureSensorContext
from watchbell.ground.value import dataclass
from watchbell.record.error_info import SerializableErrorInfo
from watchbell.record.event import DagsterEvent

STEPS_MAX = 10  # failed steps that are told one by one (count)
ELLIPSIS = " …"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True)
class FailedStep:
    """One step that failed.

    Args:
        step_key: the step.
        error: what it raised, in one or a few lines.
        stack: its traceback as text; empty if there is none.
    """

    step_key: str
    error: str
    stack: str = ""


@dataclass(frozen=True)
class FailureFacts:
    """What is known about a run that failed.

    Args:
        sensor_name: the sensor that tells it.
        job_name: the job.
        run_id: the run.
        failed_at: when it failed; None in a test that does not say.
        location_name: the code location, None if that is not known.
        partition_key: its partition, None if it has none.
        reason: what the event of the failure says, and its error.
        steps: the steps that failed, oldest first.
        url: the page of the run.
    """

    sensor_name: str
    job_name: str
    run_id: str
    failed_at: datetime | None
    location_name: str | None
    partition_key: str | None
    reason: str
    steps: tuple[FailedStep, ...]
    url: str

    @property
    def title(self) -> str:
        """One line: which job, and which partition of it."""
        partition = "" if self.partition_key is None else f" (partition {self.partition_key})"
        return one_line(f"Run failed: {self.job_name}{partition}")

    @property
    def labelled(self) -> list[tuple[str, str]]:
        """Where to look: labels and values."""
        when = None if self.failed_at is None else f"{self.failed_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        pairs = [
            ("Job", self.job_name),
            ("Partition", self.partition_key),
            ("Run", self.run_id),
            ("Failed at", when),
            ("Code location", self.location_name),
            ("Told by sensor", self.sensor_name),
        ]
        return [(label, one_line(value)) for label, value in pairs if value]

    @property
    def steps_left_out(self) -> int:
        """How many failed steps are not told one by one (count)."""
        return max(0, len(self.steps) - STEPS_MAX)


def facts_of(context: RunFailureSensorContext, sensor_name: str, base_url: str | None) -> FailureFacts:
    """What ``context`` says of its run.

    Args:
        context: of a run failure sensor.
        sensor_name: the sensor.
        base_url: address of the web server; None: as the instance's settings say.
    """
    run, event = context.dagster_run, context.failure_event
    return FailureFacts(
        sensor_name=sensor_name,
        job_name=run.job_name,
        run_id=run.run_id,
        failed_at=None if event.timestamp is None else datetime.fromtimestamp(event.timestamp, UTC),
        location_name=run.location_name,
        partition_key=context.partition_key,
        reason=_reason(event),
        steps=tuple(_failed_step(each) for each in context.get_step_failure_events()),
        url=page_of(run.run_id, base_url) or context.instance.get_run_url(run.run_id),
    )


def page_of(run_id: str, base_url: str | None) -> str | None:
    """The address of a run's page on the web server at ``base_url``; None without one."""
    if not base_url:
        return None
    given = one_line(base_url).rstrip("/")
    return f"{given if '://' in given else f'http://{given}'}/runs/{run_id}"


def text_of(facts: FailureFacts, error_chars_max: int, with_stacks: bool) -> str:
    """The facts as plain text.

    Args:
        facts: what is known.
        error_chars_max: how much of each error, and of each traceback, is told (characters).
        with_stacks: whether tracebacks are told.
    """
    width = max(len(label) for label, _ in facts.labelled)
    lines = [facts.title, "", *(f"{label:<{width}}  {value}" for label, value in facts.labelled), ""]
    for step in facts.steps[:STEPS_MAX]:
        lines.append(f"Step {step.step_key}: {shortened(step.error, error_chars_max)}")
        if with_stacks and step.stack:
            lines.extend(["", last_part(step.stack, error_chars_max), ""])
    if facts.steps_left_out:
        lines.append(f"… and {facts.steps_left_out} more steps")
    if not facts.steps:
        lines.append(shortened(facts.reason, error_chars_max))
    return "\n".join([*lines, "", facts.url])


def one_line(text: str) -> str:
    """``text`` without line ends and other control characters, so that it cannot begin a new line anywhere."""
    return _CONTROL.sub(" ", text).strip()


def shortened(text: str, chars_max: int) -> str:
    """The first ``chars_max`` characters, with a sign that there were more."""
    return text if len(text) <= chars_max else text[: chars_max - len(ELLIPSIS)] + ELLIPSIS


def last_part(text: str, chars_max: int) -> str:
    """The last ``chars_max`` characters, from the beginning of a line on: the end of a traceback says most."""
    return text if len(text) <= chars_max else text[-chars_max:].partition("\n")[2]


def _reason(event: DagsterEvent) -> str:
    error = event.engine_event_data.error
    parts = [event.message or "", "" if error is None else error.message.strip()]
    return "\n".join(part for part in parts if part) or "The run failed; nothing says why."


def _failed_step(event: DagsterEvent) -> FailedStep:
    error: SerializableErrorInfo | None = event.engine_event_data.error
    told = event.message or "failed" if error is None else error.message.strip()
    return FailedStep(event.step_key or "?", told, "" if error is None else "".join(error.stack).rstrip())
