"""Assets, as the API tells them."""

from __future__ import annotations

from datetime import datetime

from watchbell.web.shapes.code import CodePlace
from watchbell.web.shapes.metadata import MetadataShape
from watchbell.web.shapes.shape import Shape


class FreshnessShape(Shape):
    """How fresh an asset is.

    Args:
        state: ``"PASS"``, ``"WARN"``, ``"FAIL"`` or ``"UNKNOWN"`` (never made).
        due_at: until when it has to be made again to stay fresh; of a late one, until when it should have been.
        policy: what is asked of it, in words.
    """

    state: str
    due_at: datetime | None
    policy: str


class SegmentShape(Shape):
    """Neighbouring partitions that stand alike.

    Args:
        state: how: ``failed``, ``in_progress``, ``planned``, ``stale``, ``made`` or ``missing``.
        start: place of the first one among all (0: the first of all).
        count: how many they are.
        marked: how many of them stand so; fewer than ``count`` where the strip is not exact.
        first: key of the first one, where keys were asked for.
        last: key of the last one.
    """

    state: str
    start: int
    count: int
    marked: int
    first: str | None = None
    last: str | None = None


class StripShape(Shape):
    """All partitions of an asset in a line.

    Args:
        total: how many there are.
        counts: how many stand how.
        segments: the line, in order.
        is_exact: whether all partitions of a segment stand alike.
    """

    total: int
    counts: dict[str, int]
    segments: list[SegmentShape]
    is_exact: bool


class CheckCounts(Shape):
    """What the checks of an asset found last.

    Args:
        total: how many checks there are.
        failed: how many did not pass.
        warned: how many did not pass, and that is only a warning.
    """

    total: int
    failed: int
    warned: int


class AutomationRef(Shape):
    """What makes an asset by itself.

    Args:
        kind: ``"schedule"`` or ``"condition"``.
        name: the schedule, or the sensor that evaluates the condition.
        location: its code location.
        is_on: whether it is switched on.
        next_at: when it is to act next, as far as the clock decides it.
        text: when it acts, in words.
    """

    kind: str
    name: str
    location: str
    is_on: bool
    next_at: datetime | None
    text: str


class AssetRow(Shape):
    """An asset in a list.

    Args:
        key: its key, parts joined by ``/``; a slash inside of a part has a backslash before it.
        location: the code location that defines it.
        group: its group.
        kinds: what it is made with or stored in.
        owners: who answers for it.
        description: its description's first line.
        state: ``failed``, ``running``, ``stale``, ``done``, ``never`` or ``external``.
        why: of a stale one why it is; else empty.
        is_made_here: whether something here makes it.
        is_observable: whether something here looks at it.
        made_at: when it was made last.
        run_id: the run that made it.
        failed_at: when the newest attempt to make it failed, if it was not made since.
        failed_run_id: the run that failed.
        going_run_id: the run that is to make it now.
        failed_partitions: how many of its partitions failed and were not made since.
        freshness: how fresh it is; null: it has no policy.
        partitions: how its partitions stand; null: it has none.
        has_partitions: whether it has partitions; where ``partitions`` is null only its code can list them.
        checks: what its checks found last.
        automations: what makes it by itself, the next first.
    """

    key: str
    location: str
    group: str
    kinds: list[str]
    owners: list[str]
    description: str
    state: str
    why: str
    is_made_here: bool
    is_observable: bool
    made_at: datetime | None
    run_id: str | None
    failed_at: datetime | None
    failed_run_id: str | None
    going_run_id: str | None
    failed_partitions: int
    freshness: FreshnessShape | None
    partitions: StripShape | None
    has_partitions: bool
    checks: CheckCounts
    automations: list[AutomationRef]


class MeantAsset(Shape):
    """An asset that a filter means.

    Args:
        key: its key.
        location: the code location that defines it.
        is_made_here: whether something here makes it.
        has_partitions: whether it has partitions.
    """

    key: str
    location: str
    is_made_here: bool
    has_partitions: bool


class MeantAutomation(Shape):
    """A schedule, or a sensor of conditions, that makes some of the assets that a filter means.

    Args:
        kind: ``"schedule"`` or ``"sensor"``.
        location: its code location.
        name: its name.
        count: how many of these assets it makes.
    """

    kind: str
    location: str
    name: str
    count: int


class AssetsMeant(Shape):
    """All that a filter means, by name: what an action on "all that match" is about to be done to.

    Args:
        items: the assets, by key.
        automations: what makes them by itself, by name.
        is_whole: whether these are all; else the first so many as one request may name.
        at: when the answer was made.
    """

    items: list[MeantAsset]
    automations: list[MeantAutomation]
    is_whole: bool
    at: datetime


class TreeNode(Shape):
    """A branch of the catalog's tree.

    Args:
        path: its name; of a prefix all its parts joined by ``/``.
        title: how it is shown.
        depth: how deep it lies (0: at the root).
        count: assets in it, those of its branches included.
        states: how many of these stand how.
    """

    path: str
    title: str
    depth: int
    count: int
    states: dict[str, int]


class AssetTree(Shape):
    """The catalog's tree.

    Args:
        by: what it is made by: ``group``, ``prefix``, ``kind``, ``owner`` or ``location``.
        nodes: its branches, each before those inside of it.
        count: all assets that match.
        at: when the answer was made.
    """

    by: str
    nodes: list[TreeNode]
    count: int
    at: datetime


class Neighbour(Shape):
    """An asset near another.

    Args:
        key: its key.
        state: how it stands.
        group: its group.
        made_at: when it was made last.
        is_late: whether it is too old by its freshness policy.
        why: what is wrong with it, in words; empty: nothing.
        failed_partitions: how many of its partitions failed and were not made since.
        distance: steps away; negative: upstream.
        run_id: the run that failed, or made it.
    """

    key: str
    state: str
    group: str
    made_at: datetime | None
    is_late: bool
    why: str
    failed_partitions: int
    distance: int
    run_id: str | None


class ConfigEntry(Shape):
    """An entry of the config of an asset's op.

    Args:
        name: its name.
        type: what is accepted.
        is_required: whether it has to be given.
        default: its default as JSON; null: none, or secret.
        description: free text.
    """

    name: str
    type: str
    is_required: bool
    default: str | None
    description: str | None


class PartitionsFacts(Shape):
    """How an asset is divided into partitions.

    Args:
        kind: ``daily``, ``hourly``, ``weekly``, ``monthly``, ``time``, ``static``, ``dynamic``, ``grid``, or ``own``
            (only its code can list them).
        description: the definition in words.
        zone: of windows of time, their zone.
        dynamic_name: the name under which the instance keeps dynamic keys.
        dimensions: of two dimensions their names, rows first.
        per_run: most partitions of one run of a backfill; null: no limit.
    """

    kind: str
    description: str
    zone: str | None = None
    dynamic_name: str | None = None
    dimensions: list[str] = []
    per_run: int | None = 1


class MadeShape(Shape):
    """A materialization or observation.

    Args:
        id: its storage id.
        kind: ``"materialization"`` or ``"observation"``.
        at: when.
        run_id: the run; null: reported from outside.
        step: the step that made it.
        partition: which partition.
        description: what was said of it.
        data_version: the version of the data.
        metadata: labelled facts.
    """

    id: int
    kind: str
    at: datetime
    run_id: str | None
    step: str | None
    partition: str | None
    description: str | None
    data_version: str | None
    metadata: list[MetadataShape]


class AssetDetail(AssetRow):
    """One asset.

    Args:
        about: its whole description, Markdown.
        tags: its labels.
        metadata: labelled facts of its definition.
        code: where its code stands: metadata of kind ``code``; null: nobody said.
        code_place: where its function stands; null: not known.
        code_version: the version of its code.
        op: the op that makes it.
        jobs: the jobs that contain it.
        config: the entries of its op's config.
        condition: when it is to be made by itself, as a readable expression; null: nothing was said.
        partitions_facts: how it is divided; null: it is not.
        upstream: what it is made from.
        downstream: what is made from it.
        newest: its newest materialization.
        next_at: when it is expected next.
        next_text: why then, or why nobody knows.
        upstream_trouble: assets upstream, at any distance, that failed, are late or were never made; the nearest first.
        is_known: whether any code location defines it; else only what is remembered is told.
        at: when the answer was made.
    """

    about: str
    tags: dict[str, str]
    metadata: list[MetadataShape]
    code: MetadataShape | None
    code_place: CodePlace | None
    code_version: str | None
    op: str | None
    jobs: list[str]
    config: list[ConfigEntry]
    condition: str | None
    partitions_facts: PartitionsFacts | None
    upstream: list[str]
    downstream: list[str]
    newest: MadeShape | None
    next_at: datetime | None
    next_text: str
    upstream_trouble: list[Neighbour]
    is_known: bool
    at: datetime


class Lineage(Shape):
    """Assets around one.

    Args:
        nodes: the assets, itself included.
        edges: pairs of keys, from what is made from to what is made.
        is_cut: whether there are more.
        at: when the answer was made.
    """

    nodes: list[Neighbour]
    edges: list[tuple[str, str]]
    is_cut: bool
    at: datetime


class Series(Shape):
    """Numbers of an asset over time.

    Args:
        label: which labelled fact.
        at: when, seconds since the epoch, the oldest first.
        values: the numbers, null where one materialization does not say.
        run_ids: the runs.
        partitions: the partitions.
    """

    label: str
    at: list[float]
    values: list[float | None]
    run_ids: list[str | None]
    partitions: list[str | None]


class History(Shape):
    """What materializations say in numbers.

    Args:
        series: by label.
        count: materializations that were looked at.
    """

    series: list[Series]
    count: int
