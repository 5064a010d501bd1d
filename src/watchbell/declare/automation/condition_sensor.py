"""Condition sensors: which assets and checks are made by their automation conditions, and how.

They have no function: the conditions of what they select are evaluated whenever something happens that these look at.
What has a condition and is selected by none belongs to the default one, which is there when it has something to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.assets.selection import AssetSelection, CoercibleToAssetSelection
from watchbell.declare.automation.evaluation import Steps
from watchbell.declare.automation.sensor import DefaultSensorStatus, SensorDefinition, SensorType
from watchbell.declare.automation.sensor_answer import SensorExecutionData
from watchbell.declare.automation.sensor_context import SensorEvaluationContext
from watchbell.declare.conditions.condition_arguments import ConditionKind, checked_condition
from watchbell.declare.names import check_instance, definition_tags
from watchbell.ground.errors import DagsterInvalidDefinitionError, DagsterInvalidSubsetError, ParameterCheckError
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.upward import call_upward
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.asset_job_key import AssetJobKey
from watchbell.record.keys import AssetKey
from watchbell.record.metadata import RawMetadataMapping

DEFAULT_CONDITION_SENSOR_NAME = "default_automation_condition_sensor"
EntityKeys = frozenset[AssetKey | AssetCheckKey | AssetJobKey]
Jobs = Mapping[AssetJobKey, frozenset[AssetKey]]
"""The jobs of a location that have a condition, each with the assets it makes."""


class AutomationConditionSensorDefinition(SensorDefinition):
    """Makes assets and executes checks by their automation conditions.

    Args:
        name: its name. One called ``"default_automation_condition_sensor"`` also looks after what no other selects.
        target: the assets, with their checks: a selection, text such as ``"group:sales"``, or a list of assets or keys.
        tags: tags of the sensor.
        run_tags: tags of the runs it starts.
        default_status: whether it works when nobody said otherwise.
        minimum_interval_seconds: least time between two evaluations; None: 0, as it is evaluated only when something
            happened.
        description: free text.
        metadata: labelled facts.
        emit_backfills: whether many partitions of an asset may be asked for as a backfill.
        use_user_code_server: accepted; conditions are always evaluated where their code is.
        default_condition: of assets and checks that have no condition of their own.

    Raises:
        DagsterInvalidDefinitionError: the name is not valid.
        ParameterCheckError: an argument of the wrong type.
        TypeError: there is no such argument.

    Example:
        >>> @asset(automation_condition=AutomationCondition.eager())
        ... def report() -> None: ...
        >>> soon = AutomationConditionSensorDefinition("soon", target="report", run_tags={"priority": "high"})
        >>> Definitions(assets=[report], sensors=[soon]).get_repository_def().conditioned_by("soon")
        frozenset({AssetKey(['report'])})
    """

    sensor_type = SensorType.AUTOMATION

    def __init__(
        self,
        name: str,
        *,
        target: CoercibleToAssetSelection,
        tags: Mapping[str, str] | None = None,
        run_tags: Mapping[str, Any] | None = None,
        default_status: DefaultSensorStatus = DefaultSensorStatus.STOPPED,
        minimum_interval_seconds: int | None = None,
        description: str | None = None,
        metadata: RawMetadataMapping | None = None,
        emit_backfills: bool = True,
        use_user_code_server: bool = False,
        default_condition: ConditionKind | None = None,
        **unknown: Any,
    ) -> None:
        for argument in unknown:
            raise TypeError(f"AutomationConditionSensorDefinition has no argument {argument!r}{_near(argument)}")
        what = f"condition sensor {name!r}"
        check_instance(name, str, f"name of {what}")
        if target is None:
            raise ParameterCheckError(
                f"{what}: target= says which assets; AssetSelection.all() means all", parameter="target", value=target
            )
        super().__init__(
            name,
            evaluation_fn=_refuse,
            asset_selection=target,
            minimum_interval_seconds=0 if minimum_interval_seconds is None else minimum_interval_seconds,
            description=description,
            default_status=default_status,
            tags=tags,
            metadata=metadata,
        )
        if description is None:
            self._description = None
        self._run_tags = definition_tags(run_tags, what)
        self._emit_backfills = check_instance(emit_backfills, bool, f"emit_backfills of {what}")
        self._use_user_code_server = check_instance(use_user_code_server, bool, f"use_user_code_server of {what}")
        self._default_condition = (
            None if default_condition is None else checked_condition(what, default_condition, "default_condition")
        )

    @property
    def asset_selection(self) -> AssetSelection:
        """The assets and checks it looks after."""
        assert self._asset_selection is not None
        return self._asset_selection

    @property
    def run_tags(self) -> Mapping[str, str]:
        """Tags of the runs it starts."""
        return self._run_tags

    @property
    def emit_backfills(self) -> bool:
        """Whether many partitions of an asset may be asked for as a backfill."""
        return self._emit_backfills

    @property
    def default_condition(self) -> Any:
        """The condition of assets and checks that have none; None: they are not made."""
        return self._default_condition

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Refused: there is no function to call.

        Raises:
            NotImplementedError: always.
        """
        return _refuse()

    def steps(self, context: SensorEvaluationContext) -> Steps[SensorExecutionData]:
        """:meth:`evaluate_tick`: what its conditions ask for now; the next evaluation is given the cursor of this one.

        Raises:
            DagsterInvariantViolationError: the context has no ``repository_def`` with this sensor.
        """
        yield from ()
        data: SensorExecutionData = call_upward("evaluate_condition_sensor", self, context)
        return data


def _refuse() -> Any:
    raise NotImplementedError(
        "a condition sensor has no function to call: evaluate_automation_conditions(defs, instance) tells what its "
        "conditions ask for"
    )


_ARGUMENTS = (
    "name", "target", "tags", "run_tags", "default_status", "minimum_interval_seconds", "description", "metadata",
    "emit_backfills", "use_user_code_server", "default_condition",
)  # fmt: skip


def _near(argument: str) -> str:
    return "; give target=" if argument == "asset_selection" else did_you_mean(argument, _ARGUMENTS)


# ------------------------------------------------------------------ of a whole location


def conditioned_keys(graph: AssetGraph) -> EntityKeys:
    """The assets and checks of a location that have a condition, and something here that makes them."""
    specs, checks = graph.specs, graph.check_specs
    assets = (key for key in graph.executable_keys if specs[key].automation_condition is not None)
    return frozenset([*assets, *(key for key, spec in checks.items() if spec.automation_condition is not None)])


def with_default_sensor(
    sensors: Sequence[SensorDefinition], graph: AssetGraph, jobs: Jobs | None = None
) -> list[SensorDefinition]:
    """The sensors, and the default one if something with a condition is selected by none.

    Args:
        sensors: those that were written.
        graph: the assets of the location.
        jobs: its jobs with a condition; None: there are none.

    Raises:
        DagsterInvalidDefinitionError: two condition sensors select the same asset.
    """
    own = [each for each in sensors if isinstance(each, AutomationConditionSensorDefinition)]
    conditioned = conditioned_keys(graph)
    _check_overlaps(own, graph)
    if any(each.name == DEFAULT_CONDITION_SENSOR_NAME for each in own):
        return list(sensors)
    chosen = {each.name: _selected(each, graph) for each in own}
    left = conditioned.difference(*chosen.values())
    if not left and all(_owner_of_job(made, chosen) for made in (jobs or {}).values()):
        return list(sensors)
    everything: AssetSelection = AssetSelection.all(include_sources=True)
    if graph.check_keys:
        everything = everything | AssetSelection.all_asset_checks()
    for each in own:
        everything = everything - each.asset_selection
    return [*sensors, AutomationConditionSensorDefinition(DEFAULT_CONDITION_SENSOR_NAME, target=everything)]


def conditioned_by(
    sensor: AutomationConditionSensorDefinition,
    sensors: Iterable[SensorDefinition],
    graph: AssetGraph,
    jobs: Jobs | None = None,
) -> EntityKeys:
    """The assets, checks and jobs whose conditions a sensor evaluates; each belongs to one sensor only.

    Of several sensors that select a check, the one that does not select its asset has it, else the first by name. A job
    belongs to the first by name that selects all of its assets, else to the default one.

    Args:
        sensor: which one.
        sensors: all sensors of the location.
        graph: its assets.
        jobs: its jobs with a condition; None: there are none.
    """
    own = sorted(
        (each for each in sensors if isinstance(each, AutomationConditionSensorDefinition)), key=lambda each: each.name
    )
    conditioned = conditioned_keys(graph)
    chosen = {each.name: _selected(each, graph) for each in own}
    mine = chosen[sensor.name]
    wanted = conditioned if sensor.default_condition is None else conditioned | _executable(mine, graph)
    found = {key for key in mine & wanted if _owner(key, chosen) == sensor.name}
    found |= {
        key
        for key, made in (jobs or {}).items()
        if (_owner_of_job(made, chosen) or DEFAULT_CONDITION_SENSOR_NAME) == sensor.name
    }
    if sensor.name == DEFAULT_CONDITION_SENSOR_NAME:
        found |= conditioned.difference(*chosen.values())
    return frozenset(found)


def _executable(keys: EntityKeys, graph: AssetGraph) -> EntityKeys:
    return (keys & graph.executable_keys) | (keys & graph.check_keys)


def _owner_of_job(made: frozenset[AssetKey], chosen: Mapping[str, EntityKeys]) -> str | None:
    """The first sensor by name that selects all of a job's assets; None: none does."""
    others = (name for name in sorted(chosen) if name != DEFAULT_CONDITION_SENSOR_NAME)
    return next((name for name in others if made <= chosen[name]), None)


def _owner(key: AssetKey | AssetCheckKey | AssetJobKey, chosen: Mapping[str, EntityKeys]) -> str:
    names = [name for name, keys in chosen.items() if key in keys]
    if isinstance(key, AssetCheckKey) and len(names) > 1:
        names = [name for name in names if key.asset_key not in chosen[name]] or names
    return names[0]


def _selected(sensor: AutomationConditionSensorDefinition, graph: AssetGraph) -> EntityKeys:
    selection = sensor.asset_selection
    try:
        keys = selection.keys_in(graph) & graph.executable_keys
        checks = selection.checks_in(graph) if graph.check_keys else frozenset()
    except DagsterInvalidSubsetError as error:
        raise DagsterInvalidDefinitionError(f"condition sensor {sensor.name!r}: {error}") from error
    return frozenset([*keys, *checks])


def _check_overlaps(sensors: Sequence[AutomationConditionSensorDefinition], graph: AssetGraph) -> None:
    owners: dict[AssetKey, str] = {}
    for sensor in sensors if len(sensors) > 1 else ():
        for key in _selected(sensor, graph):
            if isinstance(key, AssetKey) and owners.setdefault(key, sensor.name) != sensor.name:
                raise DagsterInvalidDefinitionError(
                    f"condition sensors {owners[key]!r} and {sensor.name!r} both select the asset "
                    f"{key.to_user_string()!r}; an asset belongs to one of them, so narrow the target of one, e.g. "
                    f"target - AssetSelection.keys({key.to_user_string()!r})",
                    asset_key=key,
                )
