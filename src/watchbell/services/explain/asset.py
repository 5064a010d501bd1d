"""What explanations of assets look at: stored evaluations, and what is known of what their clauses speak of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from watchbell.automate.conditions.run_config_needs import unrunnable_text
from watchbell.automate.conditions.subset import Subset
from watchbell.automate.conditions.trace import Trace, trace_of
from watchbell.automate.conditions.world import EntityKey
from watchbell.automate.explain.asset import AssetFacts, blamed_of
from watchbell.automate.explain.automation import AutomationFacts
from watchbell.automate.explain.clauses import NO_FACTS, CheckFact, EntityFacts, Seen
from watchbell.automate.explain.words import instant
from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.automation.condition_sensor import AutomationConditionSensorDefinition
from watchbell.declare.automation.sensor import DefaultSensorStatus
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.errors import DagsterInvalidSubsetError, DagsterUnknownPartitionError
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass
from watchbell.host.places import Place
from watchbell.instance import DagsterInstance
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.asset_job_key import AssetJobKey, entity_key_of, entity_text
from watchbell.record.check_record import AssetCheckExecutionRecordStatus
from watchbell.record.condition import ConditionEvaluation
from watchbell.record.event import DagsterEventType, EventLogEntry, at_of
from watchbell.record.keys import AssetKey
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.query import EventQuery
from watchbell.record.run import DagsterRun, DagsterRunStatus, RunsFilter
from watchbell.record.tick import AutomationKey, AutomationKind
from watchbell.services.explain.now import evaluation_now
from watchbell.services.explain.place import Code
from watchbell.services.lease import working_service

EVALUATIONS_READ = 2_000
"""Evaluations after the one that is told which are looked at for the next (count); no more are kept."""
RUNS_READ = 20
"""Runs that planned to make an asset which are looked at, the newest (count)."""
QUEUE_READ = 1_000
"""Queued runs that are looked at (count)."""
ENTITIES_READ = 50
"""Entities of blamed clauses about which facts are looked up (count)."""
REQUESTS_READ = 200
"""Evaluations before the one that is told which are looked at for the last that asked for it (count)."""
TICKS_READ = 50
"""Ticks of its sensor that are looked at for evaluations that failed (count)."""
CodeOf = Callable[[bool], Code | None]
"""Loads the code of a question, given whether it is needed; None: it was not loaded."""
_MADE = frozenset({DagsterEventType.ASSET_MATERIALIZATION, DagsterEventType.ASSET_OBSERVATION})
_PLANNED = frozenset({DagsterEventType.ASSET_MATERIALIZATION_PLANNED})
_VERDICTS = {
    AssetCheckExecutionRecordStatus.PLANNED: "planned",
    AssetCheckExecutionRecordStatus.SUCCEEDED: "passed",
    AssetCheckExecutionRecordStatus.FAILED: "failed",
}


@dataclass(frozen=True)
class AssetQuestion:
    """What is asked about an asset or a check.

    Args:
        name: its user string.
        partition: the key of one partition; None: all of it.
        asked_at: a time, aware; None: now.
        location_name: its code location; None: whichever has it.
        is_now: whether it is evaluated for this question, instead of looking for what is stored.
    """

    name: str
    partition: str | None = None
    asked_at: datetime | None = None
    location_name: str | None = None
    is_now: bool = False

    @property
    def key(self) -> EntityKey:
        """The same as a key."""
        return entity_key_of(self.name)


def asset_facts(code: CodeOf, instance: DagsterInstance, asked: AssetQuestion) -> AssetFacts:
    """What is known of an asset or a check.

    Args:
        code: loads the code; called only if the record does not suffice, as told by its argument: whether it has to
            have the answer.
        instance: where to look.
        asked: what is asked.

    Raises:
        DagsterInvalidSubsetError: nothing is known of one of this name.
        DagsterUnknownPartitionError: it has no such partition.
        UserCodeLoadError: its code is needed, and does not load.
    """
    now = instance.clock.now()
    at = asked.asked_at or now
    evaluation = next(iter(instance.store.condition_evaluations(asked.name, limit=1, until=at.timestamp())), None)
    loaded = code(evaluation is None or asked.partition is not None or asked.is_now)
    if loaded is not None and loaded.refusal is not None and asked.is_now:
        raise loaded.refusal
    place = None if loaded is None else _place_of(loaded, asked)
    if evaluation is None and place is None:
        _check_known(loaded, instance, asked)
    if place is not None and asked.partition is not None:
        _ordinal_in(place.repository.asset_graph, asked, PartitionsView(at, instance))
    facts = AssetFacts(
        asked.name,
        now,
        asked.asked_at,
        asked.partition,
        own=_EntityReader(instance, at).facts_of(asked.key, _partition_of(asked)),
        service=working_service(instance.store, now),
    )
    facts = _with_code(facts, instance, place, asked) if place is not None else _with_stored_sensor(facts, instance)
    if asked.is_now and place is not None and facts.has_condition:
        facts = replace(facts, is_live=True)
        return with_evaluation(facts, instance, evaluation_now(place, asked.key, instance), place, asked)
    facts = _with_trouble(facts, instance, evaluation)
    if evaluation is None:
        return facts
    return with_evaluation(facts, instance, evaluation, place, asked)


def with_evaluation(
    facts: AssetFacts,
    instance: DagsterInstance,
    evaluation: ConditionEvaluation,
    place: Place | None,
    asked: AssetQuestion,
) -> AssetFacts:
    """The facts with an evaluation, and what is known of what its blocking clauses speak of."""
    trace = trace_of(evaluation.body)
    parts = _Parts(instance, trace, place, asked, instant(evaluation.at))
    facts = replace(
        facts,
        evaluation=evaluation,
        trace=trace,
        next_at=_next_at(instance, evaluation, asked),
        within=parts.within,
        runs=_runs(instance, (*evaluation.run_ids, *trace.held)),
        last_request=_last_request(instance, evaluation, asked),
    )
    reader = _EntityReader(instance, instant(evaluation.at))
    blamed = list(dict.fromkeys(each.entity for each in blamed_of(facts)))
    spoken_of = [*blamed, *(each.entity for node in trace.nodes() for each in node.said if each.value)]
    names = list(dict.fromkeys([asked.name, *spoken_of]))[:ENTITIES_READ]
    found = {name: reader.facts_of(_key_of(name), parts.meant(name)) for name in names if parts.can_tell(name)}
    return replace(facts, seen=Seen(asked.name, instant(evaluation.at), found, parts.keys_of))


def _next_at(instance: DagsterInstance, evaluation: ConditionEvaluation, asked: AssetQuestion) -> datetime | None:
    if asked.asked_at is None or evaluation.evaluation_id is None:
        return None
    after = evaluation.evaluation_id
    later = instance.store.condition_evaluations(asked.name, after_id=after, limit=EVALUATIONS_READ)
    return instant(later[-1].at) if later else None


def _last_request(
    instance: DagsterInstance, evaluation: ConditionEvaluation, asked: AssetQuestion
) -> ConditionEvaluation | None:
    found = instance.store.condition_evaluations(asked.name, limit=REQUESTS_READ, until=evaluation.at)
    return next((each for each in found if each.requested), None)


def _partition_of(asked: AssetQuestion) -> Sequence[str] | None:
    return None if asked.partition is None else [asked.partition]


def _key_of(name: str) -> EntityKey:
    return AssetQuestion(name).key


# ------------------------------------------------------------------ the code


def _place_of(code: Code, asked: AssetQuestion) -> Place | None:
    """The code location that has it; of several, one that can make it."""
    key = asked.key
    places = [each for each in code.places if asked.location_name in (None, each.name)]
    if isinstance(key, AssetJobKey):
        return next((each for each in places if key.job_name in _conditioned_jobs(each)), None)
    have = [each for each in places if _has(each.repository.asset_graph, key)]
    return next(
        (each for each in have if key in each.repository.asset_graph.executable_keys), have[0] if have else None
    )


def _conditioned_jobs(place: Place) -> list[str]:
    return [job.name for job in place.repository.conditioned_jobs]


def _has(graph: AssetGraph, key: AssetKey | AssetCheckKey) -> bool:
    return key in graph.check_keys if isinstance(key, AssetCheckKey) else key in graph.specs


def _check_known(code: Code | None, instance: DagsterInstance, asked: AssetQuestion) -> None:
    """Refuses the name of something nobody ever heard of.

    Raises:
        DagsterInvalidSubsetError: it is none.
        UserCodeLoadError: only its code could tell, and that does not load.
    """
    known = {key.to_user_string() for key in instance.get_asset_keys()}
    for place in () if code is None else code.places:
        graph = place.repository.asset_graph
        known |= {key.to_user_string() for key in graph.specs} | {key.to_user_string() for key in graph.check_keys}
        known |= {entity_text(AssetJobKey(name)) for name in _conditioned_jobs(place)}
    if asked.name in known:
        return
    if code is not None and code.refusal is not None:
        raise code.refusal
    raise DagsterInvalidSubsetError(f"there is no asset or check {asked.name!r}{did_you_mean(asked.name, known)}")


def _with_code(facts: AssetFacts, instance: DagsterInstance, place: Place, asked: AssetQuestion) -> AssetFacts:
    """The facts with what its code says: its condition, what else makes it, the sensor that looks after it."""
    repository, key = place.repository, asked.key
    sensors = [each for each in repository.sensor_defs if isinstance(each, AutomationConditionSensorDefinition)]
    sensor = next((each for each in sensors if key in repository.conditioned_by(each.name)), None)
    known = None
    if sensor is not None:
        automation = AutomationKey(place.name, AutomationKind.SENSOR, sensor.name)
        is_on = sensor.default_status == DefaultSensorStatus.RUNNING
        known = _sensor(facts, instance, automation, is_on)
    is_now = sensor is not None and asked.asked_at is None
    facts = replace(facts, unrunnable=unrunnable_text(repository, key) if is_now else "")
    return replace(facts, has_condition=sensor is not None, sensor=known, makers=tuple(_makers(place, key)))


def _sensor(facts: AssetFacts, instance: DagsterInstance, key: AutomationKey, is_on: bool | None) -> AutomationFacts:
    state = instance.store.automation_state(key)
    return AutomationFacts(key, facts.now, state, is_on, service=facts.service)


def _with_stored_sensor(facts: AssetFacts, instance: DagsterInstance) -> AssetFacts:
    """The facts with the sensor that is stored as the one that looks after it."""
    for state in instance.store.automation_states():
        if state.key.kind is AutomationKind.SENSOR and facts.name in instance.store.condition_states(state.key.id):
            return replace(facts, sensor=_sensor(facts, instance, state.key, None))
    return facts


def _with_trouble(facts: AssetFacts, instance: DagsterInstance, evaluation: ConditionEvaluation | None) -> AssetFacts:
    """The facts with what its sensor said last about an evaluation that failed, after the one that is told."""
    if facts.sensor is None:
        return facts
    beginnings = (f"the condition of {facts.name} cannot be evaluated: ", f"{facts.name} is left out, ")
    since = 0.0 if evaluation is None else evaluation.at
    until = (facts.asked_at or facts.now).timestamp()
    for tick in instance.store.ticks(facts.sensor.key, limit=TICKS_READ):
        for line in reversed(tick.log):
            if not since <= line.timestamp <= until:
                continue
            if line.message == f"the condition of {facts.name} can be evaluated again":
                return facts
            if line.message.startswith(beginnings):
                text = line.message.removeprefix(beginnings[0]).removeprefix(f"{facts.name} is ")
                return replace(facts, trouble=text)
    return facts


def _makers(place: Place, key: EntityKey) -> Iterable[str]:
    """The jobs that make it besides its condition, with what asks for them."""
    if isinstance(key, AssetJobKey):
        return
    asset_key = key.asset_key if isinstance(key, AssetCheckKey) else key
    snapshot = place.repository.snapshot(place.name)
    own = next((each for each in snapshot.assets if each.key == asset_key), None)
    for job_name in () if own is None else own.job_names:
        schedules = [f"schedule {each.name!r}" for each in snapshot.schedules if each.job_name == job_name]
        asking = [each for each in snapshot.sensors if job_name in each.job_names and each.sensor_type != "AUTOMATION"]
        by = [*schedules, *(f"sensor {each.name!r}" for each in asking)]
        if by or not job_name.startswith("__"):
            yield f"job {job_name!r}" + (f" ({', '.join(by)})" if by else "")


# ---------------------------------------------------------------- partitions


def _ordinal_in(graph: AssetGraph, asked: AssetQuestion, view: PartitionsView) -> int | None:
    """The number of the partition that is asked about; None: it is of no asset of this code.

    Raises:
        DagsterUnknownPartitionError: there is no such partition.
    """
    key, partition = asked.key, asked.partition
    if partition is None or not isinstance(key, AssetKey) or not _has(graph, key):
        return None
    definition = graph.partitions_def_of(key)
    if definition is None:
        raise DagsterUnknownPartitionError(f"asset {asked.name!r} has no partitions")
    ordinal = definition.ordinal_of(partition, view)
    if ordinal is None:
        why = definition.unknown_key_text(partition, view)
        raise DagsterUnknownPartitionError(f"{asked.name!r} has no partition {partition!r}: {why}")
    return ordinal


class _Parts:
    """Which partitions of each entity a question about one partition is about."""

    def __init__(
        self,
        instance: DagsterInstance,
        trace: Trace,
        place: Place | None,
        asked: AssetQuestion,
        at: datetime,
    ) -> None:
        self._trace = trace
        self._asked = asked
        self._graph = None if place is None else place.repository.asset_graph
        self._view = PartitionsView(at, instance)
        self._found: dict[str, Subset | None] = {}
        self._own: OrdinalSet | None = None
        said = [each for node in trace.nodes() for each in node.said]
        self._divided = {each.entity for each in said if isinstance(each.candidates, OrdinalSet)}
        if asked.partition is not None:
            self._own = self._ordinals(instance, asked.partition)

    def within(self, entity: str) -> Subset | None:
        """The partitions of an entity; None: all that were asked about."""
        if self._own is None:
            return None
        if entity in self._trace.same:
            return self._own
        if entity not in self._found:
            self._found[entity] = self._upstream(entity)
        return self._found[entity]

    def can_tell(self, entity: str) -> bool:
        """Whether the question is about one of its partitions, and it is known which; or it has none."""
        return entity not in self._divided or self.meant(entity) is not None

    def meant(self, entity: str) -> Sequence[str] | None:
        """The key of the partition that the question is about; None: there are none or several, or nobody can tell."""
        subset = self.within(entity)
        return self.keys_of(entity, subset) if isinstance(subset, OrdinalSet) and len(subset) == 1 else None

    def keys_of(self, entity: str, subset: OrdinalSet) -> Sequence[str] | None:
        """The keys of some partitions of an entity; None: nobody knows them here."""
        asked = self._asked.partition
        if asked is not None and entity in self._trace.same and subset == self._own:
            return [asked]
        definition = self._definition(entity)
        if definition is None:
            return None
        keys = [definition.key_of(each, self._view) for each in subset]
        return [each for each in keys if each is not None]

    def _ordinals(self, instance: DagsterInstance, partition: str) -> OrdinalSet:
        key = self._asked.key
        if not isinstance(key, AssetKey):
            raise DagsterUnknownPartitionError("checks and jobs are not explained by partition; leave it out")
        if self._graph is not None and (ordinal := _ordinal_in(self._graph, self._asked, self._view)) is not None:
            return OrdinalSet([ordinal])
        known = instance.store.partition_records(key, partitions=[partition])
        if not known or known[0].ordinal is None:
            raise DagsterUnknownPartitionError(
                f"nothing is stored of partition {partition!r} of {self._asked.name!r}; name its code (-f, -m), which "
                "knows all partitions"
            )
        return OrdinalSet([known[0].ordinal])

    def _definition(self, entity: str) -> PartitionsDefinition | None:
        key = _key_of(entity)
        if self._graph is None or not isinstance(key, AssetKey) or key not in self._graph.specs:
            return None
        return self._graph.partitions_def_of(key)

    def _upstream(self, entity: str) -> Subset | None:
        """What the partitions of the root are made from, of another entity."""
        root, key = self._asked.key, _key_of(entity)
        if self._graph is None or self._own is None or not isinstance(root, AssetKey) or not isinstance(key, AssetKey):
            return None
        lower, upper = self._definition(self._asked.name), self._definition(entity)
        if lower is None or upper is None or key not in self._graph.upstream_of(root):
            return None
        mapping = self._graph.partition_mapping_of(root, key)
        return mapping.upstream_of(self._own, lower, upper, self._view).existing


# -------------------------------------------------------------------- facts


class _EntityReader:
    """What is known of entities up to a time.

    Args:
        instance: where to look.
        at: the time, aware.
    """

    def __init__(self, instance: DagsterInstance, at: datetime) -> None:
        self._instance = instance
        self._at = at
        self._queued: list[DagsterRun] | None = None

    def facts_of(self, key: EntityKey, partitions: Sequence[str] | None) -> EntityFacts:
        """What is known of one; of some of its partitions, if they are given."""
        if isinstance(key, AssetJobKey):
            return self._of_job(key)
        if isinstance(key, AssetCheckKey):
            return self._of_check(key)
        made = self._newest(EventQuery(types=_MADE, asset_key=key, partitions=partitions, limit=1))
        planned = self._newest(EventQuery(types=_PLANNED, asset_key=key, partitions=partitions, limit=RUNS_READ))
        runs = _runs(self._instance, list(dict.fromkeys(each.run_id for each in planned)))
        made_at = at_of(made[0].timestamp) if made else None
        is_whole = bool(made) and made[0].dagster_event is not None and made[0].dagster_event.partition is None
        made_whole_by = made[0].run_id if is_whole else None
        failed = [
            run
            for run in runs.values()
            if run.status is DagsterRunStatus.FAILURE
            and run.ended_at is not None
            and run.ended_at <= self._at
            and (made_at is None or run.ended_at > made_at)
            and run.run_id != made_whole_by  # that one failed in something else
        ]
        last = max(failed, key=lambda run: run.ended_at or self._at, default=None)
        going = [run for run in runs.values() if run.ended_at is None or run.ended_at > self._at]
        queued = (
            [] if partitions is not None else [run for run in self._waiting() if key in (run.asset_selection or ())]
        )
        running = {run.run_id: run for run in (*going, *queued)}
        return EntityFacts(
            made_at,
            made[0].run_id if made else "",
            None if last is None else last.ended_at,
            "" if last is None else last.run_id,
            tuple(running.values()),
            self._backfills(key),
        )

    def _newest(self, query: EventQuery) -> Sequence[EventLogEntry]:
        before_at = self._at + timedelta(microseconds=1)
        return self._instance.events(replace(query, newest_first=True, before_at=before_at))

    def _waiting(self) -> list[DagsterRun]:
        """Queued runs that were there then."""
        if self._queued is None:
            waiting = RunsFilter(statuses=[DagsterRunStatus.QUEUED])
            records = self._instance.store.run_records(waiting, limit=QUEUE_READ)
            found = [each.dagster_run for each in records]
            self._queued = [run for run in found if run.created_at is None or run.created_at <= self._at]
        return self._queued

    def _backfills(self, key: AssetKey) -> tuple[str, ...]:
        found = self._instance.store.backfills(limit=RUNS_READ, with_counts=False)
        return tuple(
            each.backfill_id
            for each in found
            if each.created_at <= self._at
            and (each.ended_at is None or each.ended_at > self._at)
            and any(key in (target.asset_keys or ()) for target in each.targets)
        )

    def _of_job(self, key: AssetJobKey) -> EntityFacts:
        records = self._instance.store.run_records(RunsFilter(job_name=key.job_name), limit=RUNS_READ)
        runs = [each.dagster_run for each in records]
        runs = [run for run in runs if run.created_at is None or run.created_at <= self._at]
        going = tuple(run for run in runs if run.ended_at is None or run.ended_at > self._at)
        made = next((run for run in runs if run.status is DagsterRunStatus.SUCCESS and run not in going), None)
        return EntityFacts(None if made is None else made.ended_at, "" if made is None else made.run_id, running=going)

    def _of_check(self, key: AssetCheckKey) -> EntityFacts:
        history = self._instance.store.check_history(key, limit=RUNS_READ)
        for each in history:
            at = at_of(each.event.timestamp if each.event is not None else each.create_timestamp)
            if at <= self._at:
                made_at = at if each.event is not None else None
                check = CheckFact(_VERDICTS[each.status], at, each.run_id)
                return replace(NO_FACTS, check=check, made_at=made_at, made_by=each.run_id if made_at else "")
        return NO_FACTS


def _runs(instance: DagsterInstance, run_ids: Iterable[str]) -> dict[str, DagsterRun]:
    wanted = [each for each in run_ids if each]
    records = instance.store.run_records(RunsFilter(run_ids=wanted)) if wanted else []
    return {each.dagster_run.run_id: each.dagster_run for each in records}
