"""Wrong conditions, policies, rules, condition sensors and evaluations: refused where they are given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

import watchbell
from watchbell import (
    AutoMaterializeAssetPartitionsFilter,
    AutoMaterializePolicy,
    AutoMaterializeRule,
    AutomationCondition,
    AutomationConditionSensorDefinition,
    DagsterInstance,
    DefaultScheduleStatus,
    Definitions,
    asset,
    evaluate_automation_conditions,
)
from watchbell.ground.errors import (
    CheckError,
    DagsterInvalidAssetSelectionError,
    DagsterInvalidDefinitionError,
    DagsterInvalidSubsetError,
    DagsterInvariantViolationError,
    ParameterCheckError,
)

w: Any = watchbell
C: Any = AutomationCondition
Policy: Any = AutoMaterializePolicy
Rule: Any = AutoMaterializeRule
Filter: Any = AutoMaterializeAssetPartitionsFilter
Sensor: Any = AutomationConditionSensorDefinition
INSTANCE = DagsterInstance.ephemeral()
MESSAGE_CHARS_MAX = 1_500


@dataclass(frozen=True)
class Row:
    """Something wrong.

    Args:
        give: gives it.
        words: what the error must say.
        kind: the class of the error.
    """

    give: Callable[[], object]
    words: str
    kind: type[Exception] = ParameterCheckError


def body() -> None: ...


@asset(automation_condition=AutomationCondition.eager())
def good() -> None: ...


@asset
def up() -> None: ...


GOOD: Any = good


def evaluated(instance: Any = INSTANCE, **arguments: Any) -> Any:
    return evaluate_automation_conditions(Definitions(assets=[good, up]), instance, **arguments)


CONDITIONS = [
    Row(lambda: C.cron_tick_passed(None), "is one cron string such as '0 6 * * *', not None"),
    Row(lambda: C.cron_tick_passed(5), "is one cron string such as '0 6 * * *', not 5"),
    Row(lambda: C.cron_tick_passed(""), "is one cron string such as '0 6 * * *', not ''"),
    Row(lambda: C.cron_tick_passed("0 0 * *"), "is one cron string such as '0 6 * * *', not '0 0 * *'"),
    Row(lambda: C.cron_tick_passed("61 * * * *"), "is one cron string such as '0 6 * * *', not '61 * * * *'"),
    Row(lambda: C.cron_tick_passed("@dayly"), "is one cron string such as '0 6 * * *', not '@dayly'"),
    Row(lambda: C.cron_tick_passed("0 0 30 2 *"), "is one cron string such as '0 6 * * *', not '0 0 30 2 *'"),
    Row(
        lambda: C.cron_tick_passed("0 0 * * *", "Europe/Berln"),
        "cron_tick_passed: unknown time zone 'Europe/Berln'; did yo",
    ),
    Row(lambda: C.cron_tick_passed("0 0 * * *", None), "is an IANA name such as 'Europe/Berlin', not None"),
    Row(lambda: C.cron_tick_passed("0 0 * * *", 5), "is an IANA name such as 'Europe/Berlin', not 5"),
    Row(lambda: C.cron_tick_passed("0 0 * * *", ""), "is an IANA name such as 'Europe/Berlin', not ''"),
    Row(lambda: C.cron_tick_passed(["0 0 * * *"]), "is one cron string such as '0 6 * * *', not ['0 0 * * *']"),
    Row(lambda: C.on_cron("nonsense"), "is one cron string such as '0 6 * * *', not 'nonsense'"),
    Row(lambda: C.on_cron("0 0 * * *", "Mars/Base"), "on_cron: unknown time zone 'Mars/Base'; use an IANA name s"),
    Row(lambda: C.on_cron(cron_schedule=None), "is one cron string such as '0 6 * * *', not None"),
    Row(lambda: C.on_cron("* * * * * *"), "is one cron string such as '0 6 * * *', not '* * * * * *'"),
    Row(lambda: C.all_deps_updated_since_cron("x"), "is one cron string such as '0 6 * * *', not 'x'"),
    Row(
        lambda: C.all_deps_updated_since_cron("0 0 * * *", cron_timezone="x"),
        "all_deps_updated_since_cron: unknown time zone 'x'; use an",
    ),
    Row(lambda: C.in_latest_time_window("1d"), "lookback_delta= is a datetime.timedelta, not '1d'"),
    Row(lambda: C.in_latest_time_window(5), "lookback_delta= is a datetime.timedelta, not 5"),
    Row(lambda: C.executed_with_tags(tag_keys=[1]), "tag_keys= is a set of keys such as {'team'}, not [1]"),
    Row(
        lambda: C.executed_with_tags(tag_keys={1}),
        "executed_with_tags: keys and values of tag_keys= are text, not 1",
        CheckError,
    ),
    Row(
        lambda: C.executed_with_tags(tag_values={"a": 1}), "keys and values of tag_values= are text, not 1", CheckError
    ),
    Row(lambda: C.executed_with_tags(tag_values=["a"]), "tag_values= is a mapping such as {'team': 'a'}, not ['a']"),
    Row(lambda: C.executed_with_tags(tag_values="a"), "tag_values= is a mapping such as {'team': 'a'}, not 'a'"),
    Row(lambda: C.any_new_update_has_run_tags(tag_keys=5), "tag_keys= is a set of keys such as {'team'}, not 5"),
    Row(
        lambda: C.all_new_updates_have_run_tags(tag_values={1: "a"}),
        "keys and values of tag_values= are text, not 1",
        CheckError,
    ),
    Row(lambda: C.any_deps_match(None), "as AutomationCondition.missing() is asked for, not None"),
    Row(lambda: C.any_deps_match("missing"), "AutomationCondition.missing() is asked for, not 'missing'"),
    Row(lambda: C.any_deps_match([C.missing()]), "any_deps_match: a condition such as AutomationCondition.mi"),
    Row(lambda: C.any_deps_match(Policy.eager()), "any_deps_match: a condition such as AutomationCondition.mi"),
    Row(lambda: C.all_deps_match(True), "as AutomationCondition.missing() is asked for, not True"),
    Row(lambda: C.any_checks_match(5), "such as AutomationCondition.missing() is asked for, not 5"),
    Row(
        lambda: C.any_checks_match(C.check_failed(), blocking_only="yes"),
        "any_checks_match: blocking_only= is True or False, not 'yes'",
    ),
    Row(
        lambda: C.all_checks_match(C.check_passed(), blocking_only=None),
        "all_checks_match: blocking_only= is True or False, not None",
    ),
    Row(lambda: C.asset_matches(None, C.missing()), "asset_matches: key= names an asset, not None", CheckError),
    Row(lambda: C.asset_matches("a", "missing"), "AutomationCondition.missing() is asked for, not 'missing'"),
    Row(lambda: C.asset_matches(5, C.missing()), "asset_matches: key= names an asset, not 5", CheckError),
    Row(lambda: C.any_job_root_assets_match("x"), "as AutomationCondition.missing() is asked for, not 'x'"),
    Row(lambda: C.all_job_root_assets_match(None), "as AutomationCondition.missing() is asked for, not None"),
    Row(lambda: C.missing() & None, "& joins conditions; None is none (a NoneType)", CheckError),
    Row(lambda: C.missing() & "missing", "& joins conditions; 'missing' is none (a str)", CheckError),
    Row(lambda: C.missing() | 5, "| joins conditions; 5 is none (a int)", CheckError),
    Row(lambda: C.missing() & Policy.eager(), "& joins conditions; ", CheckError),
    Row(lambda: C.missing().since(None), "since: reset_condition= is a condition, not None"),
    Row(lambda: C.missing().since("x"), "since: reset_condition= is a condition, not 'x'"),
    Row(lambda: C.missing().replace("a", "b"), "replace: new= is a condition, not 'b'", CheckError),
    Row(lambda: C.missing().replace("missing", None), "replace: new= is a condition, not None", CheckError),
    Row(lambda: C.eager().without(None), "has no part 'None'; it has: in_latest_time_window, (newly_mi"),
    Row(lambda: C.eager().without("missing"), "has no part 'missing'; it has: in_latest_time_window, (newly"),
    Row(lambda: C.eager().without(C.check_failed()), "has no part 'check_failed'; it has: in_latest_time_window, ("),
    Row(
        lambda: (C.missing() & C.newly_updated()).without(C.in_progress()),
        "without: missing & newly_updated has no part 'in_progress:",
    ),
    Row(lambda: C.missing().with_label(5), "with_label: a label is text, not 5 (int)"),
    Row(lambda: C.missing().with_label("a\0b"), "control characters and lone surrogates cannot be stored"),
    Row(lambda: C.missing().with_label("x" * 5000), "with_label: a label is 5,000 bytes long; at most 1,000 are"),
    Row(lambda: C.any_deps_match(C.missing()).allow("a"), "as AssetSelection.groups('raw') is asked for, not 'a'"),
    Row(lambda: C.any_deps_match(C.missing()).allow(None), "as AssetSelection.groups('raw') is asked for, not None"),
    Row(lambda: C.any_deps_match(C.missing()).ignore(5), "such as AssetSelection.groups('raw') is asked for, not 5"),
    Row(lambda: C.any_deps_match(C.missing()).ignore(["a"]), "as AssetSelection.groups('raw') is asked for, not ['a']"),
    Row(lambda: C.eager().ignore("group:x"), "AssetSelection.groups('raw') is asked for, not 'group:x'"),
]
POLICIES = [
    Row(lambda: Policy(rules=None), "rules= or asset_condition= has to be given, and not both"),
    Row(lambda: Policy(rules="x"), "AutoMaterializePolicy: rules= is a set of rules, not 'x'; "),
    Row(lambda: Policy(rules=[C.missing()]), "AutoMaterializePolicy: rules= is a set of rules, not [<Aut"),
    Row(lambda: Policy(rules={5}), "AutoMaterializePolicy: 5 is not an AutoMaterializeRule", CheckError),
    Row(lambda: Policy.eager("1"), "max_materializations_per_minute= is a number, not '1'"),
    Row(
        lambda: Policy.eager(max_materializations_per_minute=-1),
        "AutoMaterializePolicy: max_materializations_per_minute= is",
        CheckError,
    ),
    Row(
        lambda: Policy.eager(max_materializations_per_minute=0),
        "AutoMaterializePolicy: max_materializations_per_minute= is",
        CheckError,
    ),
    Row(
        lambda: Policy.eager(max_materializations_per_minute=1.5),
        "max_materializations_per_minute= is a number, not 1.5",
    ),
    Row(
        lambda: Policy.lazy(max_materializations_per_minute="x"),
        "max_materializations_per_minute= is a number, not 'x'",
    ),
    Row(lambda: Policy.lazy(True), "max_materializations_per_minute= is a number, not True"),
    Row(lambda: Policy.eager().with_rules(5), "with_rules: 5 is not an AutoMaterializeRule", CheckError),
    Row(
        lambda: Policy.eager().with_rules([Rule.skip_on_parent_missing()]),
        "with_rules: [AutoMaterializeRule.skip_on_parent_missing()]",
        CheckError,
    ),
    Row(
        lambda: Policy.eager().with_rules(C.missing()),
        "with_rules: <AutomationCondition missing> is not an AutoMa",
        CheckError,
    ),
    Row(lambda: Policy.eager().with_rules(Rule.skip_on_parent_missing), "with_rules:", CheckError),
    Row(lambda: Policy.eager().without_rules(5), "without_rules: the policy has no 5; there are: AutoMateria"),
    Row(
        lambda: Policy.eager().without_rules(Rule.materialize_on_cron("@daily")),
        "without_rules: the policy has no AutoMaterializeRule.mater",
    ),
    Row(
        lambda: Policy.eager().with_max_materializations_per_minute("x"),
        "max_materializations_per_minute= is a number, not 'x'",
    ),
    Row(
        lambda: Policy.eager().with_max_materializations_per_minute(-5),
        "AutoMaterializePolicy: max_materializations_per_minute= is",
        CheckError,
    ),
    Row(lambda: Policy.from_automation_condition(None), "rules= or asset_condition= has to be given, and not both"),
    Row(lambda: Policy.from_automation_condition("x"), "asset_condition= is an AutomationCondition, not 'x'"),
    Row(
        lambda: Policy.from_automation_condition(Policy.eager()),
        "AutoMaterializePolicy: asset_condition= is an AutomationCo",
    ),
    Row(lambda: Rule.materialize_on_cron(None), "is one cron string such as '0 6 * * *', not None"),
    Row(lambda: Rule.materialize_on_cron("nonsense"), "is one cron string such as '0 6 * * *', not 'nonsense'"),
    Row(
        lambda: Rule.materialize_on_cron("0 0 * * *", "Mars/Base"),
        "materialize_on_cron: unknown time zone 'Mars/Base'; use an",
    ),
    Row(
        lambda: Rule.materialize_on_cron("0 0 * * *", timezone=5),
        "timezone= is an IANA name such as 'Europe/Berlin', not 5",
    ),
    Row(
        lambda: Rule.materialize_on_cron("0 0 * * *", all_partitions="x"),
        "materialize_on_cron: all_partitions= is True or False, not 'x'",
    ),
    Row(
        lambda: Rule.materialize_on_cron("0 0 * * *", "UTC", 5),
        "materialize_on_cron: all_partitions= is True or False, not 5",
    ),
    Row(
        lambda: Rule.materialize_on_parent_updated(updated_parent_filter="x"),
        "is an AutoMaterializeAssetPartitionsFilter, not 'x'",
    ),
    Row(
        lambda: Rule.materialize_on_parent_updated(updated_parent_filter={"a": "b"}),
        "an AutoMaterializeAssetPartitionsFilter, not {'a': 'b'}",
    ),
    Row(lambda: Rule.skip_on_not_all_parents_updated("x"), "is True or False, not 'x'"),
    Row(
        lambda: Rule.skip_on_not_all_parents_updated(require_update_for_all_parent_partitions=5),
        "is True or False, not 5",
    ),
    Row(
        lambda: Rule.skip_on_not_all_parents_updated_since_cron("x"), "is one cron string such as '0 6 * * *', not 'x'"
    ),
    Row(
        lambda: Rule.skip_on_not_all_parents_updated_since_cron("0 0 * * *", "Mars/Base"),
        "skip_on_not_all_parents_updated_since_cron: unknown time z",
    ),
    Row(lambda: Rule.skip_on_backfill_in_progress("x"), "all_partitions= is True or False, not 'x'"),
    Row(lambda: Rule.skip_on_backfill_in_progress(all_partitions="x"), "all_partitions= is True or False, not 'x'"),
    Row(lambda: Filter(latest_run_required_tags=5), "latest_run_required_tags= maps text to text, not 5"),
    Row(lambda: Filter(latest_run_required_tags=["a"]), "latest_run_required_tags= maps text to text, not ['a']"),
    Row(lambda: Filter(latest_run_required_tags={"a": 1}), "latest_run_required_tags= maps text to text, not {'a': 1}"),
]
ARGUMENTS = [
    Row(lambda: w.asset(automation_condition="eager")(body), "such as AutomationCondition.eager(), not 'eager'"),
    Row(
        lambda: w.asset(automation_condition=C.eager)(body),
        "asset 'body': automation_condition= is an AutomationCondit",
    ),
    Row(
        lambda: w.asset(automation_condition=Policy.eager())(body),
        "asset 'body': automation_condition= is an AutomationCondit",
    ),
    Row(
        lambda: w.asset(automation_condition=[C.eager()])(body),
        "asset 'body': automation_condition= is an AutomationCondit",
    ),
    Row(lambda: w.asset(automation_condition=True)(body), "such as AutomationCondition.eager(), not True"),
    Row(lambda: w.asset(auto_materialize_policy="eager")(body), "such as AutoMaterializePolicy.eager(), not 'eager'"),
    Row(
        lambda: w.asset(auto_materialize_policy=C.eager())(body),
        "asset 'body': auto_materialize_policy= is an AutoMateriali",
    ),
    Row(
        lambda: w.asset(auto_materialize_policy=Policy)(body),
        "asset 'body': auto_materialize_policy= is an AutoMateriali",
    ),
    Row(
        lambda: w.asset(auto_materialize_policy=Policy.eager)(body),
        "asset 'body': auto_materialize_policy= is an AutoMateriali",
    ),
    Row(
        lambda: w.asset(automation_condition=C.eager(), auto_materialize_policy=Policy.eager())(body),
        "asset 'body' has both automation_condition= and auto_mater",
        DagsterInvariantViolationError,
    ),
    Row(lambda: w.AssetSpec("a", automation_condition="x"), "such as AutomationCondition.eager(), not 'x'"),
    Row(lambda: w.AssetSpec("a", auto_materialize_policy="x"), "such as AutoMaterializePolicy.eager(), not 'x'"),
    Row(
        lambda: w.AssetSpec("a", automation_condition=C.eager(), auto_materialize_policy=Policy.eager()),
        "asset 'a' has both automation_condition= and auto_material",
        DagsterInvariantViolationError,
    ),
    Row(
        lambda: w.AssetSpec("a").replace_attributes(automation_condition=5),
        "such as AutomationCondition.eager(), not 5",
    ),
    Row(lambda: w.AssetOut(automation_condition="x"), "such as AutomationCondition.eager(), not 'x'"),
    Row(lambda: w.AssetOut(auto_materialize_policy="x"), "such as AutoMaterializePolicy.eager(), not 'x'"),
    Row(
        lambda: w.AssetOut(automation_condition=C.eager(), auto_materialize_policy=Policy.lazy()),
        "an AssetOut has both automation_condition= and auto_materi",
        DagsterInvariantViolationError,
    ),
    Row(lambda: w.SourceAsset("a", automation_condition="x"), "such as AutomationCondition.eager(), not 'x'"),
    Row(
        lambda: w.observable_source_asset(automation_condition="x")(body),
        "such as AutomationCondition.eager(), not 'x'",
    ),
    Row(
        lambda: w.observable_source_asset(automation_condition=Policy.eager())(body),
        "asset 'body': automation_condition= is an AutomationCondit",
    ),
    Row(
        lambda: w.asset_check(asset="a", automation_condition="x")(body), "such as AutomationCondition.eager(), not 'x'"
    ),
    Row(
        lambda: w.asset_check(asset="a", automation_condition=Policy.eager())(body),
        "the check 'body' of asset 'a': automation_condition= is an",
    ),
    Row(lambda: w.AssetCheckSpec("c", asset="a", automation_condition=5), "such as AutomationCondition.eager(), not 5"),
    Row(lambda: w.graph_asset(automation_condition="x")(body), "such as AutomationCondition.eager(), not 'x'"),
    Row(
        lambda: w.graph_multi_asset(outs={"a": w.AssetOut(automation_condition=5)})(body),
        "such as AutomationCondition.eager(), not 5",
    ),
    Row(
        lambda: w.multi_asset(specs=[w.AssetSpec("a", automation_condition=5)])(body),
        "such as AutomationCondition.eager(), not 5",
    ),
    Row(
        lambda: w.map_asset_specs(lambda s: s.replace_attributes(automation_condition="x"), [up]),
        "such as AutomationCondition.eager(), not 'x'",
    ),
    Row(lambda: GOOD.with_attributes(automation_condition="x"), "such as AutomationCondition.eager(), not 'x'"),
]
SENSORS = [
    Row(
        lambda: Sensor("a b", target="*"),
        "'a b' is not a valid name for a sensor: expected letters, ",
        DagsterInvalidDefinitionError,
    ),
    Row(lambda: Sensor(5, target="*"), "name of condition sensor 5 is a str, not 5 (int)"),
    Row(lambda: Sensor("s", target=5), "5 selects no assets; give an AssetSelection, text such as "),
    Row(lambda: Sensor("s", target=None), "condition sensor 's': target= says which assets; AssetSele"),
    Row(
        lambda: Sensor("s", target="*", minimum_interval_seconds=-1),
        "minimum_interval_seconds of sensor 's' is -1; expected 0 or more",
        DagsterInvalidDefinitionError,
    ),
    Row(lambda: Sensor("s", target="*", minimum_interval_seconds="x"), "of sensor 's' is a number of seconds, not 'x'"),
    Row(
        lambda: Sensor("s", target="*", default_status="RUNNING"),
        "sensor 's' is a DefaultSensorStatus, not 'RUNNING' (str)",
    ),
    Row(
        lambda: Sensor("s", target="*", default_status=DefaultScheduleStatus.RUNNING),
        "default_status of sensor 's' is a DefaultSensorStatus, not",
    ),
    Row(lambda: Sensor("s", target="*", run_tags="x"), "sensor 's' is a mapping of text to text, not 'x'"),
    Row(
        lambda: Sensor("s", target="*", run_tags={"a": object()}),
        "tag 'a' of condition sensor 's' is",
        DagsterInvalidDefinitionError,
    ),
    Row(
        lambda: Sensor("s", target="*", run_tags={1: "a"}), "a key of tags of condition sensor 's' is text, not 1 (int)"
    ),
    Row(lambda: Sensor("s", target="*", tags="x"), "tags of sensor 's' is a mapping of text to text, not 'x'"),
    Row(lambda: Sensor("s", target="*", description=5), "description of sensor 's' is a str, not 5 (int)"),
    Row(lambda: Sensor("s", target="*", use_user_code_server="x"), "of condition sensor 's' is a bool, not 'x' (str)"),
    Row(
        lambda: Sensor("s", target="*", default_condition="x", use_user_code_server=True),
        "such as AutomationCondition.eager(), not 'x'",
    ),
    Row(
        lambda: Sensor("s", target="*", default_condition=Policy.eager(), use_user_code_server=True),
        "condition sensor 's': default_condition= is an AutomationC",
    ),
    Row(
        lambda: Sensor("s", target="*", emit_backfills="x"),
        "emit_backfills of condition sensor 's' is a bool, not 'x' (str)",
    ),
    Row(
        lambda: Sensor("s", target="group:("),
        "selection 'group:(': ':(' at character 6 means nothing; qu",
        DagsterInvalidAssetSelectionError,
    ),
    Row(
        lambda: w.Definitions(assets=[good], sensors=[Sensor("s", target="no_such_asset")]).get_repository_def(),
        "condition sensor 's': no asset 'no_such_asset' is defined ",
        DagsterInvalidDefinitionError,
    ),
    Row(
        lambda: w.Definitions(
            assets=[good], sensors=[Sensor("s", target="*"), Sensor("t", target="good")]
        ).get_repository_def(),
        "condition sensors 's' and 't' both select the asset 'good'",
        DagsterInvalidDefinitionError,
    ),
    Row(
        lambda: w.Definitions(
            assets=[good], sensors=[Sensor("s", target="*"), Sensor("s", target="good")]
        ).get_repository_def(),
        "two definitions are called 's': a sensor and a sensor; giv",
        DagsterInvalidDefinitionError,
    ),
]
EVALUATIONS = [
    Row(
        lambda: w.evaluate_automation_conditions(None, instance=INSTANCE),
        "defs is a Definitions, or a list of assets, not None",
    ),
    Row(
        lambda: w.evaluate_automation_conditions("x", instance=INSTANCE),
        "defs is a Definitions, or a list of assets, not 'x'",
    ),
    Row(
        lambda: w.evaluate_automation_conditions([5], instance=INSTANCE),
        "assets of Definitions holds 5 (int); expected assets (from",
    ),
    Row(
        lambda: w.evaluate_automation_conditions(good, instance=INSTANCE),
        "defs is a Definitions, or a list of assets, not AssetsDefi",
    ),
    Row(lambda: evaluated(instance="x"), "(e.g. DagsterInstance.ephemeral()), not 'x'"),
    Row(lambda: evaluated(instance=None), "(e.g. DagsterInstance.ephemeral()), not None"),
    Row(lambda: evaluated(asset_selection=5), "5 selects no assets; give an AssetSelection, text such as "),
    Row(
        lambda: evaluated(asset_selection="group:("),
        "selection 'group:(': ':(' at character 6 means nothing; qu",
        DagsterInvalidAssetSelectionError,
    ),
    Row(
        lambda: evaluated(asset_selection=w.AssetSelection.assets("nowhere")),
        "no asset 'nowhere' is defined here; there are: good, up",
        DagsterInvalidSubsetError,
    ),
    Row(
        lambda: evaluated(evaluation_time="2024-01-01"),
        "evaluation_time is a datetime with a time zone, not '2024-01-01'",
    ),
    Row(lambda: evaluated(evaluation_time=5), "evaluation_time is a datetime with a time zone, not 5"),
    Row(lambda: evaluated(cursor="x"), "`cursor` of the result of the evaluation before, not 'x'"),
    Row(lambda: evaluated(cursor=5), "`cursor` of the result of the evaluation before, not 5"),
    Row(lambda: evaluated(cursor={}), "`cursor` of the result of the evaluation before, not {}"),
    Row(
        lambda: evaluated().get_requested_partitions(None), "None cannot be read as an asset key; expected an AssetKey,"
    ),
    Row(lambda: evaluated().get_num_requested(5), "5 cannot be read as an asset key; expected an AssetKey, te"),
]

ROWS = [*CONDITIONS, *POLICIES, *ARGUMENTS, *SENSORS, *EVALUATIONS]


@pytest.mark.parametrize("row", ROWS, ids=[row.words for row in ROWS])
def test_what_is_wrong_is_refused_where_it_is_given(row: Row) -> None:
    with pytest.raises(row.kind) as caught:
        row.give()

    assert row.words in str(caught.value)
    assert len(str(caught.value)) < MESSAGE_CHARS_MAX
