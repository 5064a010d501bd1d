"""Facts that many scenarios ask for, in the words of the public API alone."""

from collections.abc import Iterable
from typing import Any

# What is said of how a run was arranged, not of what it did; executors differ in it from release to release.
ARRANGEMENT = {"ENGINE_EVENT", "LOGS_CAPTURED", "STEP_WORKER_STARTING", "STEP_WORKER_STARTED", "RESOURCE_INIT_STARTED"}
ARRANGEMENT |= {"RESOURCE_INIT_SUCCESS", "RESOURCE_INIT_FAILURE", "STEP_PROCESS_STARTING", "STEP_PROCESS_STARTED"}


def stream(events: Iterable[Any]) -> list[str]:
    """The kinds of events in order, each with its step."""
    kept = [each for each in events if each.event_type_value not in ARRANGEMENT]
    return [f"{each.event_type_value} {each.step_key}" if each.step_key else each.event_type_value for each in kept]


def kinds(events: Iterable[Any], *wanted: str) -> list[str]:
    """As ``stream``, only these kinds."""
    return [line for line in stream(events) if line.split()[0] in wanted]


def metadata(values: Any) -> dict[str, str]:
    """Metadata as ``{name: "Class(value)"}``."""
    return {str(name): f"{type(each).__name__}({each.value!r})" for name, each in values.items()}


def plain(values: Any) -> dict[str, object]:
    """Metadata as ``{name: value}``, sorted; of a stored file's path only that there is one."""
    found = {str(name): getattr(each, "value", each) for name, each in sorted(values.items())}
    return {**found, "path": "a path"} if "path" in found else found
