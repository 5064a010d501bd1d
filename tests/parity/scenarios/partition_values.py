"""What assets are given of the partitions they are mapped to, through ``materialize``: every kind of mapping."""

from typing import Any

import dagster as dg
from dagster._core.definitions.partitions.mapping.partition_mapping import UpstreamPartitionsResult
from dagster._core.definitions.partitions.subset import DefaultPartitionsSubset
from tests.parity.scenario import Say, scenario

LETTERS, OTHERS = dg.StaticPartitionsDefinition([*"abcd"]), dg.StaticPartitionsDefinition([*"bcde"])
DAYS = dg.DailyPartitionsDefinition("2026-01-01", end_date="2026-01-08")
LATER = dg.DailyPartitionsDefinition("2026-01-04", end_date="2026-01-08")
HOURS = dg.HourlyPartitionsDefinition("2026-01-01-00:00", end_date="2026-01-03-00:00")
WEEKS = dg.WeeklyPartitionsDefinition("2026-01-04", end_date="2026-01-18")
BOTH = dg.MultiPartitionsDefinition({"day": DAYS, "letter": LETTERS})
OTHER_BOTH = dg.MultiPartitionsDefinition({"day": DAYS, "other": OTHERS})
FILES = dg.DynamicPartitionsDefinition(name="files")
Windows, Dimension = dg.TimeWindowPartitionMapping, dg.DimensionPartitionMapping
Definition = dg.PartitionsDefinition | None


class Told(dg.IOManager):
    """Says what it is asked to store and to load; a value is its keys."""

    def __init__(self, say: Say) -> None:
        self.say = say

    def handle_output(self, context: dg.OutputContext, obj: object) -> None:
        keys = list(context.asset_partition_keys) if context.has_asset_partitions else None
        self.say(f"stored {context.asset_key.to_user_string()}", keys)

    def load_input(self, context: dg.InputContext) -> object:
        keys = sorted(context.asset_partition_keys) if context.has_asset_partitions else None
        self.say(f"loaded {context.asset_key.to_user_string()}", "none" if keys is None else repr(keys))
        return keys


def pair(mapping: Any, above: Definition, below: Definition) -> list[Any]:
    @dg.asset(partitions_def=above)
    def up() -> int:
        return 1

    @dg.asset(partitions_def=below, ins={"up": dg.AssetIn(partition_mapping=mapping)})
    def down(up: object) -> int:
        return 2

    return [up, down]


def made(say: Say, assets: list[Any], selected: list[str], *keys: str | None, instance: Any = None) -> None:
    for key in keys:
        say.refusal(
            f"for {key}",
            lambda key=key: (
                dg.materialize(  # type: ignore[misc]
                    assets,
                    selection=selected,
                    partition_key=key,
                    resources={"io_manager": Told(say)},
                    instance=instance,
                ).success
            ),
        )


@scenario()
def nothing_is_said_of_equal_partitions(say: Say) -> None:
    made(say, pair(None, LETTERS, LETTERS), ["up", "down"], "a")
    made(say, pair(None, DAYS, DAYS), ["up", "down"], "2026-01-03")
    made(say, pair(None, BOTH, BOTH), ["up", "down"], "2026-01-03|b")


@scenario()
def nothing_is_said_of_one_side_without_partitions(say: Say) -> None:
    made(say, pair(None, None, DAYS), ["up", "down"], "2026-01-03")
    made(say, pair(None, LETTERS, None), ["down"], None)
    made(say, pair(None, HOURS, None), ["down"], None)


@scenario()
def nothing_is_said_of_windows_of_other_lengths(say: Say) -> None:
    made(say, pair(None, HOURS, DAYS), ["down"], "2026-01-02", "2026-01-03")
    made(say, pair(None, DAYS, HOURS), ["down"], "2026-01-02-05:00")
    made(say, pair(None, DAYS, WEEKS), ["down"], "2026-01-04")
    made(say, pair(None, DAYS, LATER), ["down"], "2026-01-05")
    made(say, pair(None, LATER, DAYS), ["down"], "2026-01-03", "2026-01-04")


@scenario()
def nothing_is_said_of_two_dimensions_and_one(say: Say) -> None:
    made(say, pair(None, BOTH, LETTERS), ["down"], "b")
    made(say, pair(None, BOTH, DAYS), ["down"], "2026-01-02")
    made(say, pair(None, LETTERS, BOTH), ["down"], "2026-01-02|c")
    made(say, pair(None, HOURS, BOTH), ["down"], "2026-01-02|c")


@scenario()
def nothing_is_said_of_different_kinds(say: Say) -> None:
    made(say, pair(None, LETTERS, OTHERS), ["down"], "b", "e")
    made(say, pair(None, DAYS, LETTERS), ["down"], "b")


@scenario()
def the_same_key_everywhere(say: Say) -> None:
    made(say, pair(dg.IdentityPartitionMapping(), LETTERS, OTHERS), ["down"], "b", "e")
    made(say, pair(dg.IdentityPartitionMapping(), DAYS, LATER), ["down"], "2026-01-04")
    made(say, pair(dg.IdentityPartitionMapping(), LETTERS, None), ["down"], None)


@scenario()
def all_last_and_some(say: Say) -> None:
    for mapping in (dg.AllPartitionMapping(), dg.LastPartitionMapping(), dg.SpecificPartitionsPartitionMapping(["c"])):
        made(say, pair(mapping, LETTERS, OTHERS), ["down"], "e")
        made(say, pair(mapping, LETTERS, None), ["down"], None)
    made(say, pair(dg.LastPartitionMapping(), HOURS, DAYS), ["down"], "2026-01-01")


@scenario()
def windows_moved(say: Say) -> None:
    for offsets in ((-1, 0), (-1, -1), (0, 1), (-2, -1)):
        made(say, pair(Windows(*offsets), DAYS, DAYS), ["down"], "2026-01-01", "2026-01-04", "2026-01-07")
    made(say, pair(Windows(-1, 0), HOURS, DAYS), ["down"], "2026-01-02")
    made(say, pair(Windows(-1, -1), DAYS, WEEKS), ["down"], "2026-01-11")


@scenario()
def windows_that_are_missing(say: Say) -> None:
    for is_lenient in (False, True):
        mapping = Windows(allow_nonexistent_upstream_partitions=is_lenient)
        made(say, pair(mapping, LATER, DAYS), ["down"], "2026-01-02", "2026-01-05")
        made(say, pair(mapping, DAYS, WEEKS), ["down"], "2026-01-11")


@scenario()
def key_by_key(say: Say) -> None:
    mapping = dg.StaticPartitionMapping({"a": "b", "b": ["c", "d"], "c": {"d"}})
    made(say, pair(mapping, LETTERS, OTHERS), ["down"], "b", "c", "d", "e")
    made(say, pair(dg.StaticPartitionMapping({"zz": "b"}), LETTERS, OTHERS), ["down"], "c")


@scenario(differs="`MultiToSingleDimensionPartitionMapping(name)`")
def one_dimension_by_name(say: Say) -> None:
    twice = dg.MultiPartitionsDefinition({"left": LETTERS, "right": LETTERS})
    for name in ("left", "right"):
        mapping = dg.MultiToSingleDimensionPartitionMapping(name)
        made(say, pair(mapping, twice, LETTERS), ["down"], "b")
        made(say, pair(mapping, LETTERS, twice), ["down"], "b|c")


@scenario()
def dimensions_of_dimensions(say: Say) -> None:
    letters = dg.StaticPartitionMapping({"a": "b", "b": ["c", "d"]})
    mapping = dg.MultiPartitionMapping(
        {"day": Dimension("day", Windows(-1, -1)), "letter": Dimension("other", letters)}
    )
    made(say, pair(mapping, BOTH, OTHER_BOTH), ["down"], "2026-01-02|d", "2026-01-01|b", "2026-01-02|e")
    one = dg.MultiPartitionMapping({"day": Dimension("day", dg.IdentityPartitionMapping())})
    made(say, pair(one, BOTH, OTHER_BOTH), ["down"], "2026-01-02|b")


@scenario()
def keys_that_are_added(say: Say) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("files", ["f1", "f2"])
        made(say, pair(None, FILES, FILES), ["up", "down"], "f1", "f3", instance=instance)
        made(say, pair(None, FILES, None), ["down"], None, instance=instance)
        made(say, pair(dg.LastPartitionMapping(), FILES, LETTERS), ["down"], "a", instance=instance)
        instance.delete_dynamic_partition("files", "f2")
        made(say, pair(dg.AllPartitionMapping(), FILES, LETTERS), ["down"], "a", instance=instance)


@scenario()
def an_asset_of_itself(say: Say) -> None:
    earlier = dg.AssetIn(partition_mapping=Windows(-1, -1))

    @dg.asset(partitions_def=DAYS, ins={"running": earlier})
    def running(running: Any) -> int:
        say("given", repr(running))
        return 1

    made(say, [running], ["running"], "2026-01-01", "2026-01-02")


@scenario()
def three_in_a_row(say: Say) -> None:
    @dg.asset(partitions_def=DAYS)
    def first() -> int:
        return 1

    @dg.asset(partitions_def=DAYS, ins={"first": dg.AssetIn(partition_mapping=Windows(-1, 0))})
    def second(first: object) -> int:
        return 2

    @dg.asset(partitions_def=DAYS)
    def third(first: object, second: object) -> int:
        return 3

    made(say, [first, second, third], ["first", "second", "third"], "2026-01-01", "2026-01-03")


@scenario()
def two_mappings_to_one(say: Say) -> None:
    @dg.asset(partitions_def=LETTERS)
    def letters() -> int:
        return 1

    @dg.asset(partitions_def=DAYS)
    def days() -> int:
        return 1

    @dg.asset(
        partitions_def=DAYS,
        ins={
            "days": dg.AssetIn(partition_mapping=Windows(-2, 0)),
            "letters": dg.AssetIn(partition_mapping=dg.AllPartitionMapping()),
        },
    )
    def both(days: object, letters: object) -> int:
        return 2

    made(say, [letters, days, both], ["both"], "2026-01-02")


@scenario()
def assets_that_are_not_loaded_are_not_asked(say: Say) -> None:
    above = dg.AssetSpec("up", partitions_def=LETTERS)

    @dg.asset(partitions_def=DAYS, deps=[dg.AssetDep(above, partition_mapping=Windows())])
    def down(context: dg.AssetExecutionContext) -> None:
        say("runs", context.partition_key)

    made(say, [down, above], ["down"], "2026-01-02")


@scenario()
def checks_see_the_mapped_partitions(say: Say) -> None:
    up, down = pair(Windows(-1, 0), DAYS, DAYS)

    @dg.asset_check(asset=down, additional_ins={"up": dg.AssetIn("up")})
    def fine(context: dg.AssetCheckExecutionContext, down: object, up: object) -> dg.AssetCheckResult:
        say("check", repr(down), repr(up))
        return dg.AssetCheckResult(passed=True)

    def run() -> object:
        with dg.DagsterInstance.ephemeral() as instance:
            definitions = dg.Definitions(assets=[up, down], asset_checks=[fine], resources={"io_manager": Told(say)})
            job = definitions.resolve_implicit_global_asset_job_def()
            result = job.execute_in_process(partition_key="2026-01-03", instance=instance)
            return [each.passed for each in result.get_asset_check_evaluations()]

    say.refusal("checked", run)


class Mirrored(dg.PartitionMapping):
    """A letter needs the one as far from the end; both methods are the user's own."""

    description = "mirrored"

    def validate_partition_mapping(self, upstream_partitions_def: Any, downstream_partitions_def: Any) -> None:
        pass

    def get_upstream_mapped_partitions_result_for_partitions(
        self, downstream_partitions_subset: Any, downstream_partitions_def: Any, upstream_partitions_def: Any, *_: Any
    ) -> Any:
        keys = upstream_partitions_def.get_partition_keys()
        asked = downstream_partitions_subset.get_partition_keys()
        own = downstream_partitions_def.get_partition_keys()
        found = [keys[-1 - own.index(key)] for key in asked]
        return UpstreamPartitionsResult(
            partitions_subset=upstream_partitions_def.subset_with_partition_keys(found),
            required_but_nonexistent_subset=upstream_partitions_def.empty_subset(),
        )

    def get_downstream_partitions_for_partitions(
        self, upstream_partitions_subset: Any, upstream_partitions_def: Any, downstream_partitions_def: Any, *_: Any
    ) -> Any:
        keys = upstream_partitions_def.get_partition_keys()
        own = downstream_partitions_def.get_partition_keys()
        asked = upstream_partitions_subset.get_partition_keys()
        return downstream_partitions_def.subset_with_partition_keys([own[-1 - keys.index(key)] for key in asked])


class Needy(Mirrored):
    """Asks for a partition that is not there."""

    def get_upstream_mapped_partitions_result_for_partitions(self, *args: Any, **kwargs: Any) -> Any:
        return UpstreamPartitionsResult(
            partitions_subset=LETTERS.empty_subset(),
            required_but_nonexistent_subset=LETTERS.subset_with_partition_keys(["a"]),
        )


class Wider(dg.IdentityPartitionMapping):
    """One of the shipped mappings with the first letter added upstream; the way down stays."""

    def get_upstream_mapped_partitions_result_for_partitions(self, *args: Any, **kwargs: Any) -> Any:
        found = super().get_upstream_mapped_partitions_result_for_partitions(*args, **kwargs)
        return UpstreamPartitionsResult(
            partitions_subset=found.partitions_subset | LETTERS.subset_with_partition_keys(["a"]),
            required_but_nonexistent_subset=found.required_but_nonexistent_subset,
        )


class Loose(Mirrored):
    """Answers with keys alone."""

    def get_upstream_mapped_partitions_result_for_partitions(self, *args: Any, **kwargs: Any) -> Any:
        return UpstreamPartitionsResult(
            partitions_subset=DefaultPartitionsSubset({"a", "c"}),
            required_but_nonexistent_subset=DefaultPartitionsSubset(),
        )


class Failing(Mirrored):
    def get_upstream_mapped_partitions_result_for_partitions(self, *args: Any, **kwargs: Any) -> Any:
        raise ValueError("no mapping today")


@scenario()
def a_mapping_of_ones_own(say: Say) -> None:
    made(say, pair(Mirrored(), LETTERS, OTHERS), ["down"], "b", "e")
    made(say, pair(Mirrored(), LETTERS, LETTERS), ["up", "down"], "a")


@scenario()
def a_mapping_of_ones_own_that_lacks_partitions(say: Say) -> None:
    made(say, pair(Needy(), LETTERS, OTHERS), ["down"], "b")


@scenario()
def a_mapping_that_answers_with_keys(say: Say) -> None:
    made(say, pair(Loose(), LETTERS, OTHERS), ["down"], "b")


@scenario()
def a_mapping_derived_from_a_shipped_one(say: Say) -> None:
    made(say, pair(Wider(), LETTERS, LETTERS), ["down"], "a", "c")


@scenario()
def a_mapping_of_ones_own_that_fails(say: Say) -> None:
    made(say, pair(Failing(), LETTERS, OTHERS), ["down"], "b")


@scenario()
def a_mapping_with_one_method_only(say: Say) -> None:
    class Half(dg.PartitionMapping):
        description = "half"

        def get_upstream_mapped_partitions_result_for_partitions(self, *args: Any, **kwargs: Any) -> Any:
            return None

    say.refused("half", Half)  # type: ignore[abstract]


@scenario()
def mappings_are_checked_when_definitions_are_validated(say: Say) -> None:
    kinds = {"letters": LETTERS, "others": OTHERS, "days": DAYS, "hours": HOURS, "both": BOTH, "files": FILES}
    for name, above in kinds.items():
        for other, below in kinds.items():
            definitions = dg.Definitions(assets=pair(None, above, below))
            say.refusal(f"{name} to {other}", lambda one=definitions: dg.Definitions.validate_loadable(one))


@scenario()
def mappings_that_are_given_are_checked(say: Say) -> None:
    given = {
        "same": dg.IdentityPartitionMapping(),
        "all": dg.AllPartitionMapping(),
        "windows": Windows(),
        "static": dg.StaticPartitionMapping({"a": "b"}),
        "one dimension": dg.MultiToSingleDimensionPartitionMapping(),
        "own": Mirrored(),
    }
    for name, mapping in given.items():
        for above, below in ((LETTERS, OTHERS), (LETTERS, None), (DAYS, HOURS), (LETTERS, BOTH), (DAYS, LETTERS)):
            definitions = dg.Definitions(assets=pair(mapping, above, below))
            kinds = [type(each).__name__ for each in (above, below)]
            say.refusal(f"{name} {kinds}", lambda one=definitions: dg.Definitions.validate_loadable(one))


@scenario()
def a_range_in_one_run(say: Say) -> None:
    tags = {"dagster/asset_partition_range_start": "2026-01-02", "dagster/asset_partition_range_end": "2026-01-04"}

    def build(mapping: Any, above: Definition) -> list[Any]:
        @dg.asset(partitions_def=above)
        def up() -> int:
            return 1

        @dg.asset(
            partitions_def=DAYS,
            ins={"up": dg.AssetIn(partition_mapping=mapping)},
            backfill_policy=dg.BackfillPolicy.single_run(),
        )
        def down(up: object) -> int:
            return 2

        return [up, down]

    for mapping, above in ((None, DAYS), (Windows(-1, 0), DAYS), (None, HOURS), (dg.LastPartitionMapping(), LETTERS)):
        found = build(mapping, above)
        say.refusal(
            f"{type(mapping).__name__}",
            lambda found=found: (
                dg.materialize(found, selection=["down"], tags=tags, resources={"io_manager": Told(say)}).success
            ),
        )
