"""What a test of a schedule or sensor is told besides its time and cursor: a partition, config of resources.

Config that somebody writes for a test counts in that test's process alone. What is secret in it is masked in whatever
is told of the test.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from watchbell.declare.automation.asset_sensor import AssetSensorDefinition
from watchbell.declare.automation.schedule import ScheduleDefinition
from watchbell.declare.automation.sensor import SensorDefinition
from watchbell.declare.config.config_schema import Field, Shape
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.multi import MultiPartitionsDefinition
from watchbell.declare.partitions.time_window import TimeWindowPartitionsDefinition
from watchbell.declare.partitions.view import PartitionsView
from watchbell.declare.resource import ResourceDefinition
from watchbell.ground.errors import DagsterError, DagsterInvalidConfigError
from watchbell.ground.masking import MASK, is_secret_name
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass
from watchbell.host.config_text import ConfigText
from watchbell.host.errands.desk import ErrandDesk, ErrandRefusedError, Params, text_of, text_or_none
from watchbell.record.partition import PARTITION_TAG, RANGE_END_TAG, RANGE_START_TAG, TimeWindow
from watchbell.record.request import RunRequest

Automation = ScheduleDefinition | SensorDefinition
SECRET_CHARS_MIN = 3
"""A shorter text is not looked for in what is told: it stands everywhere."""
PARTITIONS_SHOWN = 100


@dataclass(frozen=True)
class Trial:
    """What a test is told.

    Args:
        resource_config: config of resources by key, each ``{"config": …}``.
        secrets: texts in it that nobody is to see.
        partition: the partition it is about; None: none.
        partitions: how what it starts, or watches, is divided.
    """

    resource_config: Mapping[str, Any]
    secrets: tuple[str, ...]
    partition: str | None
    partitions: tuple[PartitionsDefinition, ...]

    @property
    def window(self) -> TimeWindow | None:
        """The time of the partition; None: it has none."""
        for each in self.partitions if self.partition is not None else ():
            if isinstance(each, TimeWindowPartitionsDefinition):
                return each.time_window_for_partition_key(str(self.partition))
            if isinstance(each, MultiPartitionsDefinition) and each.has_time_window_dimension:
                return each.time_window_for_partition_key(str(self.partition))
        return None

    def is_for(self, request: RunRequest, view: PartitionsView) -> bool:
        """Whether a run is for the partition, or for a range with it."""
        tags = request.tags
        key = request.partition_key or tags.get(PARTITION_TAG)
        if key is not None or self.partition is None:
            return key == self.partition
        start, end = tags.get(RANGE_START_TAG), tags.get(RANGE_END_TAG)
        if start is None or end is None:
            return False
        for each in self.partitions:
            first, last, own = each.ordinals_of([start, end, self.partition], view)
            if first is not None and last is not None and own is not None:
                return first <= own <= last
        return False

    def masked(self, value: Any) -> Any:
        """What is told of the test, with its secrets masked."""
        if isinstance(value, str):
            for secret in self.secrets:
                value = value.replace(secret, MASK)
            return value
        if isinstance(value, Mapping):
            return {key: self.masked(each) for key, each in value.items()}
        return [self.masked(each) for each in value] if isinstance(value, list | tuple) else value


def read_trial(desk: ErrandDesk, definition: Automation, params: Params) -> Trial:
    """What a test is told, checked.

    Args:
        desk: whose code, and what is remembered.
        definition: what is tested.
        params: ``partition``: a key, or null; ``resources``: YAML, config by the key of the resource.

    Raises:
        ErrandRefusedError: there is no such partition or resource, or config does not fit it; ``where`` says which.
    """
    partition = text_or_none(params, "partition")
    partitions = partitions_of(desk, definition) if partition is not None else ()
    if partition is not None:
        _check_partition(desk, definition, partition, partitions)
    config, secrets = _resource_config(desk, text_of(params, "resources", ""))
    return Trial(config, secrets, partition, partitions)


def trial_facts(desk: ErrandDesk, params: Params) -> dict[str, Any]:
    """What a test of a schedule or sensor may be told.

    Args:
        desk: whose code, and what is remembered.
        params: ``kind``: ``"schedule"`` or ``"sensor"``; ``name``.

    Returns:
        ``resources``: YAML, what the resources that it uses are given now, secrets left out; ``resource_keys``: those
        that take config; ``partitions``: null, or ``description``, ``count`` and the ``newest`` keys.

    Raises:
        ErrandRefusedError: there is no such schedule or sensor.
    """
    name, kind = text_of(params, "name"), text_of(params, "kind")
    named: Mapping[str, Automation] = desk.repository.schedules if kind == "schedule" else desk.repository.sensors
    definition = named.get(name)
    if definition is None:
        raise ErrandRefusedError("not_found", f"there is no {kind} {name[:200]!r}{did_you_mean(name, named)}", "name")
    known = desk.repository.get_top_level_resources()
    configurable = {key: each.config_field for key, each in known.items() if each.config_field is not None}
    used = {key: {"config": _now(configurable[key])} for key in _used(definition, known) if key in configurable}
    return {
        "resources": yaml.safe_dump(used, sort_keys=False, allow_unicode=True) if used else "",
        "resource_keys": sorted(configurable),
        "partitions": _told_partitions(desk, partitions_of(desk, definition)),
    }


def partitions_of(desk: ErrandDesk, definition: Automation) -> tuple[PartitionsDefinition, ...]:
    """How the jobs and assets that a schedule or sensor starts or watches are divided, each once."""
    graph = desk.repository.asset_graph
    found: list[PartitionsDefinition | None] = []
    jobs = [each.job_name for each in definition.targets if desk.repository.has_job(each.job_name)]
    found += [desk.repository.get_job(name).partitions_def for name in jobs]
    if isinstance(definition, SensorDefinition) and definition.asset_selection is not None:
        keys = definition.asset_selection.keys_in(graph) & graph.executable_keys
        found += [graph.partitions_def_of(key) for key in sorted(keys)]
    if isinstance(definition, AssetSensorDefinition) and definition.asset_key in graph.specs:
        found.append(graph.partitions_def_of(definition.asset_key))
    by_numbering = {each.numbering: each for each in found if each is not None}
    return tuple(by_numbering.values())


def _check_partition(
    desk: ErrandDesk, definition: Automation, partition: str, partitions: Sequence[PartitionsDefinition]
) -> None:
    if not partitions:
        if not definition.targets and getattr(definition, "asset_selection", None) is None:
            return  # its requests name their jobs
        text = f"nothing that {definition.name!r} starts or watches has partitions; leave it empty"
        raise ErrandRefusedError("bad_request", text, "partition")
    view = PartitionsView(desk.clock.now(), desk.instance)
    if all(each.ordinal_of(partition, view) is None for each in partitions):
        hint = partitions[0].unknown_key_text(partition, view)
        raise ErrandRefusedError("bad_request", f"there is no partition {partition[:200]!r} in {hint}", "partition")


def _told_partitions(desk: ErrandDesk, partitions: Sequence[PartitionsDefinition]) -> dict[str, Any] | None:
    if not partitions:
        return None
    view = PartitionsView(desk.clock.now(), desk.instance)
    there = partitions[0].ordinals(view)
    count = len(there)
    places = range(min(count, PARTITIONS_SHOWN))
    newest = [partitions[0].key_of(there.at(count - 1 - place), view) for place in places]
    return {"description": str(partitions[0]), "count": count, "newest": newest}


# ------------------------------------------------------------------- resources


def _resource_config(desk: ErrandDesk, text: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What YAML says of resources, and the secrets in it."""
    written = ConfigText(text)
    if written.mistakes:
        first = written.mistakes[0]
        raise _refused(first.message, None if first.line is None else (first.line, 0))
    known = desk.repository.get_top_level_resources()
    secrets: set[str] = set()
    for key, given in written.value.items():
        where = written.place_of((key,))
        if key not in known:
            raise _refused(f"there is no resource {str(key)[:200]!r}{did_you_mean(str(key), known)}", where)
        if not isinstance(given, Mapping) or set(given) != {"config"}:
            raise _refused(f"write what {key} is given below `config:`", where)
        secrets.update(_secrets_in(given["config"], known[key].config_field, is_secret=False))
        _check_config(written, key, given["config"], known[key])
    long_first = sorted((each for each in secrets if len(each) >= SECRET_CHARS_MIN), key=len, reverse=True)
    return written.value, tuple(long_first)


def _check_config(written: ConfigText, key: str, config: Any, definition: ResourceDefinition) -> None:
    """Refuses config that the resource does not take; says what is wrong without saying what was given."""
    if definition.config_field is None:
        raise _refused(f"the resource {key} takes no config", written.place_of((key,)))
    try:
        definition.config_field.resolve(config, f"resource {key!r}", os.environ.get)
    except DagsterInvalidConfigError as error:
        found = error.errors[0] if error.errors else None
        path = (key, *(() if found is None else found.path))
        secrets = _secrets_in(config, definition.config_field, is_secret=False)
        trial = Trial({}, tuple(sorted(secrets, key=len, reverse=True)), None, ())
        text = trial.masked(found.message if found is not None else str(error))
        raise _refused(f"{'.'.join(path)}: {text}", written.place_of(path)) from error
    except DagsterError as error:
        raise _refused(f"{key}: {error}", written.place_of((key,))) from error


def _refused(message: str, place: tuple[int, int] | None) -> ErrandRefusedError:
    return ErrandRefusedError("bad_request", message if place is None else f"line {place[0]}: {message}", "resources")


def _secrets_in(value: Any, entry: Field | None, *, is_secret: bool) -> Iterator[str]:
    """Texts in config that its schema, or their names, say are secret."""
    if isinstance(value, Mapping):
        if set(value) == {"env"}:
            return
        fields = _fields(entry)
        for name, each in value.items():
            inner = fields.get(str(name))
            hides = is_secret or is_secret_name(str(name)) or (inner is not None and inner.is_secret)
            yield from _secrets_in(each, inner, is_secret=hides)
    elif isinstance(value, list):
        for each in value:
            yield from _secrets_in(each, None, is_secret=is_secret)
    elif is_secret and value is not None and not isinstance(value, bool):
        yield str(value)


def _now(entry: Field, name: str = "") -> Any:
    """What a resource, or a field of its, is given now, secrets left out."""
    if fields := _fields(entry):
        return {key: told for key, each in fields.items() if (told := _now(each, key)) is not None}
    if not entry.has_default:
        return None
    value = entry.default_value
    is_reference = isinstance(value, Mapping) and set(value) == {"env"}
    if (entry.is_secret or is_secret_name(name)) and not is_reference:
        return None
    return value if is_reference or isinstance(value, str | int | float | bool | list | dict) else None


def _fields(entry: Field | None) -> Mapping[str, Field]:
    kind = None if entry is None or entry.mapping is not None else entry.config_type
    return kind.fields if isinstance(kind, Shape) else {}


def _used(definition: Automation, known: Mapping[str, ResourceDefinition]) -> list[str]:
    """The resources that a schedule or sensor needs, with what those need."""
    found: dict[str, None] = {}
    wanted = sorted(definition.required_resource_keys)
    while wanted:
        key = wanted.pop(0)
        if key in known and key not in found:
            found[key] = None
            wanted += sorted(known[key].required_resource_keys)
    return list(found)
