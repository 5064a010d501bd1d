"""What came of a run in this process: its events, and the values its ops gave."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Self

from watchbell.declare.graphs.dynamic_levels import given_dims
from watchbell.declare.graphs.handles import OutputHandle
from watchbell.execute.copies import keys_of, path_of
from watchbell.execute.stored_values import StoredValues
from watchbell.ground.errors import DagsterError, DagsterInvariantViolationError
from watchbell.ground.suggest import did_you_mean
from watchbell.record.asset_check import AssetCheckEvaluation
from watchbell.record.event import DagsterEvent, DagsterEventType, HandledOutputData, StepFailureData, StepOutputData
from watchbell.record.keys import AssetKey, CoercibleToAssetKey
from watchbell.record.materialization import AssetMaterialization, AssetObservation
from watchbell.record.run import DagsterRun

Kind = DagsterEventType


class _RunResult(ABC):
    """What the results of a run have in common: the run and its events."""

    def __init__(self, job_def: Any, dagster_run: DagsterRun, events: Sequence[DagsterEvent]) -> None:
        self.job_def = job_def
        self.dagster_run = dagster_run
        self._events = list(events)

    @property
    def success(self) -> bool:
        """Whether the run ended well."""
        return self.dagster_run.is_success

    @property
    def run_id(self) -> str:
        """Id of the run."""
        return self.dagster_run.run_id

    @property
    def all_events(self) -> Sequence[DagsterEvent]:
        """Every event of the run, oldest first."""
        return self._events

    @property
    def all_node_events(self) -> Sequence[DagsterEvent]:
        """The events that happened in steps."""
        return [event for event in self._events if event.step_key is not None]

    def filter_events(self, event_filter: Callable[[DagsterEvent], bool]) -> Sequence[DagsterEvent]:
        """The events for which ``event_filter`` answers true."""
        return [event for event in self._events if event_filter(event)]

    def events_for_node(self, node_name: str) -> Sequence[DagsterEvent]:
        """The events of an op, or of all ops in a graph.

        Args:
            node_name: its name; inside graphs, names joined by dots.

        Raises:
            DagsterInvariantViolationError: the job has no such node.
        """
        keys = self._keys_of(node_name)
        return [event for event in self._events if event.step_key is not None and path_of(event.step_key) in keys]

    def _of_kind(self, kind: Kind) -> Sequence[DagsterEvent]:
        return [event for event in self._events if event.event_type is kind]

    def get_asset_materialization_events(self) -> Sequence[DagsterEvent]:
        """The events of assets that were made."""
        return self._of_kind(Kind.ASSET_MATERIALIZATION)

    def get_asset_materialization_planned_events(self) -> Sequence[DagsterEvent]:
        """The events of assets that were to be made."""
        return self._of_kind(Kind.ASSET_MATERIALIZATION_PLANNED)

    def get_asset_observation_events(self) -> Sequence[DagsterEvent]:
        """The events of assets that were looked at."""
        return self._of_kind(Kind.ASSET_OBSERVATION)

    def get_asset_check_evaluations(self) -> Sequence[AssetCheckEvaluation]:
        """What the asset checks of the run found, in the order in which they did."""
        return [event.asset_check_evaluation_data for event in self._of_kind(Kind.ASSET_CHECK_EVALUATION)]

    def asset_materializations_for_node(self, node_name: str) -> Sequence[AssetMaterialization]:
        """What an op said of assets it made; raises as ``events_for_node``."""
        events = self.events_for_node(node_name)
        return [event.materialization for event in events if event.is_step_materialization]

    def asset_observations_for_node(self, node_name: str) -> Sequence[AssetObservation]:
        """What an op said of assets it looked at; raises as ``events_for_node``."""
        events = self.events_for_node(node_name)
        return [
            event.event_specific_data.asset_observation  # type: ignore[union-attr]
            for event in events
            if event.event_type is Kind.ASSET_OBSERVATION
        ]

    def get_step_success_events(self) -> Sequence[DagsterEvent]:
        """The events of steps that ended well."""
        return self._of_kind(Kind.STEP_SUCCESS)

    def get_step_failure_events(self) -> Sequence[DagsterEvent]:
        """The events of steps that failed."""
        return self._of_kind(Kind.STEP_FAILURE)

    def get_step_skipped_events(self) -> Sequence[DagsterEvent]:
        """The events of steps that were skipped."""
        return self._of_kind(Kind.STEP_SKIPPED)

    def get_failed_step_keys(self) -> AbstractSet[str]:
        """Keys of the steps that failed."""
        return {event.step_key for event in self.get_step_failure_events() if event.step_key is not None}

    def get_run_success_event(self) -> DagsterEvent:
        """The event of the run's good end.

        Raises:
            DagsterError: it did not end well.
        """
        return self._only(Kind.RUN_SUCCESS)

    def get_run_failure_event(self) -> DagsterEvent:
        """The event of the run's failure.

        Raises:
            DagsterError: it did not fail.
        """
        return self._only(Kind.RUN_FAILURE)

    def failure_data_for_node(self, node_str: str) -> StepFailureData | None:
        """What an op's failure carries; None if it did not fail."""
        for event in self.events_for_node(node_str):
            if event.event_type is Kind.STEP_FAILURE:
                return event.step_failure_data
        return None

    def is_node_success(self, node_str: str) -> bool:
        """Whether an op ended well."""
        return self._has(node_str, Kind.STEP_SUCCESS)

    def is_node_failed(self, node_str: str) -> bool:
        """Whether an op failed."""
        return self._has(node_str, Kind.STEP_FAILURE)

    def is_node_skipped(self, node_str: str) -> bool:
        """Whether an op was skipped."""
        return self._has(node_str, Kind.STEP_SKIPPED)

    def is_node_untouched(self, node_str: str) -> bool:
        """Whether nothing happened in an op."""
        return not self.events_for_node(node_str)

    def retry_attempts_for_node(self, node_str: str) -> int:
        """Attempts at an op after the first one (count)."""
        return sum(event.event_type is Kind.STEP_RESTARTED for event in self.events_for_node(node_str))

    # ------------------------------------------------------------- values

    @abstractmethod
    def _value(self, place: tuple[str, str], otherwise: str) -> Any:
        """The value given for an output; raises ``otherwise`` if there is none."""

    @abstractmethod
    def _value_of_key(self, place: tuple[str, str], mapping_key: str | None) -> Any:
        """The value given for an output by a step that was seen to give it, of a dynamic one that of a key."""

    def _value_or_copies(self, place: tuple[str, str], otherwise: str) -> Any:
        path, name = place
        if not given_dims(self.job_def.graph.flat.nodes, self.job_def.graph.flat.dims, OutputHandle(path, name)):
            return self._value(place, otherwise)
        found = {}
        for event in self._of_kind(Kind.STEP_OUTPUT):
            data = event.step_output_data
            if event.step_key is None or path_of(event.step_key) != path or data.output_name != name:
                continue
            if data.type_check_passed:
                keys = (*keys_of(event.step_key), *([] if data.mapping_key is None else [data.mapping_key]))
                found[",".join(keys)] = self._value_of_key((event.step_key, name), data.mapping_key)
        if not found:
            raise DagsterInvariantViolationError(otherwise)
        return found

    @abstractmethod
    def _was_kept(self, place: tuple[str, str]) -> bool:
        """Whether there is a value for an output."""

    def output_for_node(self, node_str: str, output_name: str = "result") -> Any:
        """The value that an op, or a graph, gave.

        Of a dynamic output, and of an op that was mapped over one, a dict: the value for each mapping key (of maps
        inside maps the keys joined by commas, outermost first).

        Args:
            node_str: its name; inside graphs, names joined by dots.
            output_name: the output.

        Raises:
            DagsterInvariantViolationError: no such node or output, or it gave none in this run.
        """
        handle = self._handle(node_str, output_name)
        return self._value_or_copies(handle, f"{node_str!r} gave no output {output_name!r} in this run")

    def output_value(self, output_name: str = "result") -> Any:
        """The value of an output of the job itself.

        Raises:
            DagsterInvariantViolationError: the job has no such output, or it was not given.
        """
        outputs = self.job_def.graph.flat.outputs
        if output_name not in outputs:
            raise DagsterInvariantViolationError(
                f"job {self.job_def.name!r} has no output {output_name!r}{did_you_mean(output_name, outputs)}"
            )
        handle = outputs[output_name]
        place = (handle.node, handle.output)
        return self._value_or_copies(place, f"the output {output_name!r} of the job was not given")

    def asset_value(self, asset_key: CoercibleToAssetKey) -> Any:
        """The value of an asset that this run made; None if its function stored it itself.

        Raises:
            DagsterInvariantViolationError: the job does not make it, or did not in this run.
        """
        key = AssetKey.from_coercible(asset_key)
        places = {made: place for place, made in self.job_def.asset_layer.keys_by_output.items()}
        name = key.to_user_string()
        if key not in places:
            known = [made.to_user_string() for made in places]
            raise DagsterInvariantViolationError(f"this run makes no asset {name!r}{did_you_mean(name, known)}")
        place = places[key]
        if not self._was_kept(place) and any(each.asset_key == key for each in self.get_asset_materialization_events()):
            return None
        return self._value(place, f"the asset {name!r} was not made in this run")

    def _handle(self, node: str, output: str) -> tuple[str, str]:
        flat = self.job_def.graph.flat.nodes.get(node)
        if flat is not None:
            _require_output(node, output, flat.definition.output_names)
            return node, output
        self._keys_of(node)  # raises if there is no such node
        graph, path = self.job_def.graph, node.split(".")
        for name in path:
            graph = graph.node_named(name).definition
        _require_output(node, output, graph.output_names)
        prefix = node
        handle = graph.output_mappings[output]
        inner = graph.node_named(handle.node).definition
        while inner.node_type == "graph":
            prefix = f"{prefix}.{handle.node}"
            handle = inner.output_mappings[handle.output]
            inner = inner.node_named(handle.node).definition
        return f"{prefix}.{handle.node}", handle.output

    # ------------------------------------------------------------- inside

    def _only(self, kind: Kind) -> DagsterEvent:
        found = self._of_kind(kind)
        if not found:
            raise DagsterError(
                f"run {self.run_id} has no {kind.name} event; it ended as {self.dagster_run.status.value}"
            )
        return found[0]

    def _has(self, node: str, kind: Kind) -> bool:
        return any(event.event_type is kind for event in self.events_for_node(node))

    def _keys_of(self, node: str) -> AbstractSet[str]:
        paths = self.job_def.graph.flat.nodes
        if node in paths:
            return {node}
        inside = {path for path in paths if path.startswith(f"{node}.")}
        if not inside:
            raise DagsterInvariantViolationError(
                f"job {self.job_def.name!r} has no op or graph {node!r}{did_you_mean(node, paths)}"
            )
        return inside


class ExecuteInProcessResult(_RunResult):
    """What came of ``execute_in_process`` or ``materialize``.

    Args:
        job_def: the job that ran.
        dagster_run: the run as it ended.
        events: what happened, oldest first.
        captured: the value of each output by (step key, output name).
        planned: the events of assets that were to be made.

    Example:
        >>> @op
        ... def three():
        ...     return 3
        >>> @job
        ... def small():
        ...     three()
        >>> result = small.execute_in_process()
        >>> result.success, result.output_for_node("three")
        (True, 3)
    """

    def __init__(
        self,
        job_def: Any,
        dagster_run: DagsterRun,
        events: Sequence[DagsterEvent],
        captured: Mapping[tuple[str, str], Any],
        planned: Sequence[DagsterEvent] = (),
    ) -> None:
        super().__init__(job_def, dagster_run, events)
        self._captured = captured
        self._planned = list(planned)

    def get_asset_materialization_planned_events(self) -> Sequence[DagsterEvent]:
        """The events of assets that were to be made."""
        return self._planned

    def _value(self, place: tuple[str, str], otherwise: str) -> Any:
        if place not in self._captured:
            raise DagsterInvariantViolationError(otherwise)
        return self._captured[place]

    def _value_of_key(self, place: tuple[str, str], mapping_key: str | None) -> Any:
        return self._captured[place] if mapping_key is None else self._captured[place][mapping_key]

    def _was_kept(self, place: tuple[str, str]) -> bool:
        return place in self._captured


class JobExecutionResult(_RunResult):
    """What came of ``execute_job``; values are loaded through the job's IO managers when they are asked for.

    Args:
        job_def: the job that ran.
        dagster_run: the run as it ended.
        events: what happened, oldest first.
        values: loads the values it stored.
    """

    def __init__(
        self, job_def: Any, dagster_run: DagsterRun, events: Sequence[DagsterEvent], values: StoredValues
    ) -> None:
        super().__init__(job_def, dagster_run, events)
        self._stored = values

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def _value(self, place: tuple[str, str], otherwise: str) -> Any:
        if not self._was_kept(place):
            raise DagsterInvariantViolationError(otherwise)
        return self._stored.load(*place)

    def _value_of_key(self, place: tuple[str, str], mapping_key: str | None) -> Any:
        return self._stored.load(*place, mapping_key)

    def _was_kept(self, place: tuple[str, str]) -> bool:
        step_key, output_name = place
        for event in self._events:
            if event.step_key == step_key and event.event_type in (Kind.HANDLED_OUTPUT, Kind.STEP_OUTPUT):
                data = event.event_specific_data
                if isinstance(data, HandledOutputData | StepOutputData) and data.output_name == output_name:
                    return True
        return False


def _require_output(node: str, output: str, names: Sequence[str]) -> None:
    if output not in names:
        raise DagsterInvariantViolationError(f"{node!r} has no output {output!r}{did_you_mean(output, names)}")
