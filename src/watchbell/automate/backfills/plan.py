"""The plan of a backfill: which runs, in which order, each needing which, and what is to be said before it starts.

Pure: definitions, what was asked and the sets that are there in; a plan out. A plan is a value that can be looked at,
kept, and launched by ``instance.launch_backfill(plan)``; nothing is stored before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from watchbell.automate.backfills.asked import AskedSets
from watchbell.automate.backfills.estimate import Estimate
from watchbell.automate.backfills.groups import RunGroup, groups_of, pieces_of
from watchbell.automate.backfills.needs import Needs, NumberedGroup
from watchbell.automate.backfills.request import AskedPartitions, PerRun, Remark, There
from watchbell.automate.backfills.steps import PlanStep
from watchbell.automate.backfills.units import ONE_PARTITION_A_RUN, PlanUnit
from watchbell.declare.partitions.backfill_policy import BackfillPolicy
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.multi import MultiPartitionsDefinition
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.errors import DagsterInvalidInvocationError
from watchbell.ground.value import dataclass
from watchbell.record.backfill import Backfill, BackfillPart, BackfillTarget

PLANNED_RUNS_MAX = 500_000
"""More runs than this are not planned: what they need can hardly be looked at, and storing them takes minutes."""
PLANNED_RUNS_MANY = 50_000
"""From here on a plan gives advice."""
ADVICE = (
    "let one run make many partitions (backfill_policy=BackfillPolicy.multi_run(n) or .single_run()), or ask for a "
    "smaller range"
)


@dataclass(frozen=True)
class BackfillPlan:
    """A backfill before it starts: made by :func:`plan_backfill`, started by ``instance.launch_backfill``.

    Args:
        backfill: what is to be stored of the whole.
        parts: its runs, in the order in which they begin.
        steps: the same in few lines, in an order that can run.
        remarks: what to know before it starts: what is left out, and what looks like a mistake.
        estimate: how long it may take; None: nobody asked.

    Example:
        >>> @asset(partitions_def=StaticPartitionsDefinition(["north", "south"]))
        ... def sales() -> None: ...
        >>> with DagsterInstance.ephemeral() as instance:
        ...     plan = plan_backfill(
        ...         Definitions(assets=[sales]), instance, location_name="shop", assets="sales"
        ...     )
        >>> plan.runs_count, [part.partition_key for part in plan.parts]
        (2, ['north', 'south'])
    """

    backfill: Backfill
    parts: Sequence[BackfillPart]
    steps: Sequence[PlanStep]
    remarks: Sequence[Remark] = ()
    estimate: Estimate | None = None

    @property
    def runs_count(self) -> int:
        """How many runs it makes."""
        return len(self.parts)

    @property
    def partitions_count(self) -> int:
        """How many partitions its steps make together (count)."""
        return sum(step.partitions_count for step in self.steps)

    def describe(self) -> str:
        """The plan in words: order, assets, partitions, runs, what is left out and why, and how long it may take."""
        return "\n".join(_lines(self))


@dataclass(frozen=True)
class RunsOf:
    """As what the assets of a plan run.

    Args:
        job_name: the job.
        location_name: its code location.
        run_config: config of all runs; None: nothing was said.
        tags: tags of all runs.
        is_whole_job: whether a run makes all of the job.
        per_run: how many partitions a run makes.
    """

    job_name: str
    location_name: str
    run_config: Mapping[str, Any] | None
    tags: Mapping[str, str]
    is_whole_job: bool = False
    per_run: PerRun = PerRun.POLICY


@dataclass(frozen=True)
class PlannedAssets:
    """What the assets of a backfill come to.

    Args:
        targets: what its parts run.
        parts: in the order in which they begin.
        steps: the same in few lines.
        remarks: what to know.
        definitions: the numbering of each asset's partitions.
    """

    targets: tuple[BackfillTarget, ...]
    parts: Sequence[BackfillPart]
    steps: Sequence[PlanStep]
    remarks: Sequence[Remark]
    definitions: Mapping[str, str]


def planned_assets(
    units: Sequence[PlanUnit],
    partitions: AskedPartitions,
    there: There,
    view: PartitionsView,
    runs: RunsOf,
    *,
    newest_first: bool = False,
) -> PlannedAssets:
    """The runs that make partitions of assets.

    Args:
        units: the assets, upstream first.
        partitions: which partitions were asked for.
        there: what is known of an asset's partitions.
        view: from where one looks.
        runs: as what they run.
        newest_first: whether later partitions begin first, where needs leave it open.

    Raises:
        DagsterUnknownPartitionError: a partition that was named does not exist.
        DagsterInvalidInvocationError: nothing is to be made, or too much.
    """
    asked = AskedSets([_cut_otherwise(unit, runs.per_run) for unit in units], partitions, there, view)
    groups = groups_of(asked)
    if not groups:
        raise DagsterInvalidInvocationError(_nothing(partitions, asked.remarks))
    numbered: list[NumberedGroup] = []
    total = 0
    for group in groups:
        check_runs_count(total + _runs_of(group, asked), groups[0].units[0].name)
        pieces = pieces_of(group, asked, view)
        backwards = newest_first and not any(unit.needs_itself for unit in group.units)
        numbered.append(NumberedGroup(group, pieces, total, backwards=backwards))
        total += len(pieces)
        check_runs_count(total, group.units[0].name)
    targets: list[BackfillTarget] = []
    parts: list[BackfillPart] = []
    steps: list[PlanStep] = []
    needs = Needs(numbered, asked, view)
    for each in numbered:
        parts.extend(_parts(each, needs, len(targets), view))
        steps.extend(_steps(each, runs, view))
        targets.extend(_targets(each, runs))
    names = {
        key.to_user_string(): unit.definition.numbering
        for unit in asked.units
        for key in unit.keys
        if unit.definition is not None
    }
    remarks = [*asked.remarks, *_order_remarks(numbered, newest_first), *_range_remarks(units, runs.per_run)]
    return PlannedAssets(tuple(targets), parts, steps, remarks, names)


def _cut_otherwise(unit: PlanUnit, per_run: PerRun) -> PlanUnit:
    """A unit whose partitions are cut into runs as was asked for."""
    if per_run is PerRun.POLICY:
        return unit
    return replace(unit, policy=ONE_PARTITION_A_RUN if per_run is PerRun.ONE else BackfillPolicy.single_run())


def _range_remarks(units: Sequence[PlanUnit], per_run: PerRun) -> Iterator[Remark]:
    """That code may not expect the ranges that it is to be given."""
    if per_run is not PerRun.RANGE:
        return
    for unit in units:
        if unit.definition is not None and unit.policy.max_partitions_per_run == 1:
            text = "its code is given a range of partitions, though no backfill_policy of it says that it expects one"
            yield Remark(unit.name, text, is_doubt=True)


def check_runs_count(count: int, name: str) -> None:
    """Does nothing if a backfill has not too many runs.

    Raises:
        DagsterInvalidInvocationError: it has; says what to do.
    """
    if count > PLANNED_RUNS_MAX:
        raise DagsterInvalidInvocationError(
            f"the backfill of {name} would be {count:,} runs or more; at most {PLANNED_RUNS_MAX:,} are planned: "
            f"{ADVICE}"
        )


def many_runs_remark(count: int) -> Sequence[Remark]:
    """Advice for a backfill of very many runs; nothing for others."""
    return [Remark("", f"{count:,} runs are very many: {ADVICE}", is_doubt=True)] if count >= PLANNED_RUNS_MANY else []


def dimensions_of(definition: PartitionsDefinition | None) -> tuple[str, ...]:
    """The names of a definition's dimensions in the order of its keys; none if it has but one."""
    return tuple(definition.partition_dimension_names) if isinstance(definition, MultiPartitionsDefinition) else ()


def _runs_of(group: RunGroup, asked: AskedSets) -> int:
    """At least so many runs, told before they are made."""
    most = group.policy.max_partitions_per_run
    return 1 if most is None else max(len(asked[unit]) for unit in group.units) // most


def _nothing(partitions: AskedPartitions, remarks: Sequence[Remark]) -> str:
    why = "; ".join(f"{remark.about}: {remark.text}" for remark in remarks[:3])
    return f"there is nothing to make: {partitions.none_words}{f' ({why})' if why else ''}"


def _parts(group: NumberedGroup, needs: Needs, target: int, view: PartitionsView) -> Iterator[BackfillPart]:
    definition = group.group.definition
    ends = (end for piece in group.pieces.pieces for end in (piece.first, piece.last))
    keys = {} if definition is None else _keys_by_ordinal(definition, ends, view)
    for number, piece in group.in_order():
        first = last = None
        if definition is not None:
            first = keys[piece.first]
            if group.group.policy.max_partitions_per_run != 1:  # its function counts on a range, even of one partition
                last = keys[piece.last]
        yield BackfillPart(number, target + piece.makes, first, last, needs=needs.of(group, number, piece))


def _keys_by_ordinal(
    definition: PartitionsDefinition, ordinals: Iterable[int], view: PartitionsView
) -> Mapping[int | None, str]:
    """The keys of partitions by their ordinals, asked for all at once: a store that knows them is asked but twice."""
    keys = definition.keys_of(sorted(set(ordinals)), view)  # not always in the order of the ordinals
    return dict(zip(definition.ordinals_of(keys, view), keys, strict=True))


def _targets(group: NumberedGroup, runs: RunsOf) -> Iterator[BackfillTarget]:
    for units in group.pieces.units_of:
        yield BackfillTarget(
            runs.job_name,
            runs.location_name,
            asset_keys=None if runs.is_whole_job else tuple(key for unit in units for key in unit.keys),
            dimensions=dimensions_of(group.group.definition),
            run_config=runs.run_config or {},
            tags=runs.tags,
        )


def _steps(group: NumberedGroup, runs: RunsOf, view: PartitionsView) -> Iterator[PlanStep]:
    definition, pieces = group.group.definition, group.pieces
    for makes, units in enumerate(pieces.units_of):
        mine = [piece for piece in pieces.pieces if piece.makes == makes]
        keys = tuple(key for unit in units for key in unit.keys)
        yield PlanStep(
            group.group.level + 1,
            f"job {runs.job_name}" if runs.is_whole_job else ", ".join(key.to_user_string() for key in keys),
            0 if definition is None else sum(piece.count for piece in mine),
            len(mine),
            None if definition is None else definition.key_of(mine[0].first, view),
            None if definition is None else definition.key_of(mine[-1].last, view),
            group.group.in_order,
            () if runs.is_whole_job else keys,
            runs.job_name,
            definition=definition,
        )


def _order_remarks(groups: Sequence[NumberedGroup], newest_first: bool) -> Iterator[Remark]:
    for each in groups:
        unit = each.group.units[0]
        if newest_first and unit.needs_itself and len(each.pieces) > 1:
            yield Remark(unit.name, "begins with the oldest: its partitions depend on its own earlier ones")
    yield from many_runs_remark(sum(len(each.pieces) for each in groups))


def _lines(plan: BackfillPlan) -> Iterator[str]:
    for step in plan.steps:
        what = "" if step.first is None else f" {step.first}"
        what += "" if step.first == step.last else f" to {step.last}"
        runs = "1 run" if step.runs_count == 1 else f"{step.runs_count:,} runs"
        runs += ", one after the other" if step.in_order and step.runs_count > 1 else ""
        yield f"{step.number}. {step.label}:{what} in {runs}" if what else f"{step.number}. {step.label}: {runs}"
    for remark in plan.remarks:
        about = f"{remark.about}: " if remark.about else ""
        yield f"{'!' if remark.is_doubt else '-'} {about}{remark.text}"
    if plan.estimate is not None:
        yield plan.estimate.text
