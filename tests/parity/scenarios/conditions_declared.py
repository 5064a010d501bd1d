"""Conditions as they are declared: trees, names, labels, operators, policies, arguments, sensors, mistakes."""

from datetime import timedelta
from types import ModuleType
from typing import Any

import dagster as dg
from tests.parity.scenario import Say, scenario

C = dg.AutomationCondition
P = dg.AutoMaterializePolicy
R = dg.AutoMaterializeRule
S = dg.AutomationConditionSensorDefinition
A = dg.AssetSelection


def tree(condition: Any) -> str:
    """A condition as name, label, description and parts; what belongs to checks is a part that only some tell."""
    label = condition.get_label()
    parts = [] if "CHECKS_MATCH" in condition.name else condition.children
    inner = f"[{', '.join(map(tree, parts))}]" if parts else ""
    return f"{label + ': ' if label else ''}{condition.name}({condition.description}){inner}"


class Own(C):
    def evaluate(self, context):
        return None


class Named(C[dg.AssetKey]):
    @property
    def name(self) -> str:
        return "mine"

    @property
    def description(self) -> str:
        return "my own"

    def evaluate(self, context):
        return None


def asset(name: str = "a", **arguments):
    @dg.asset(name=name, **arguments)
    def made():
        return 1

    return made


@scenario()
def leaves(say: Say) -> None:
    names = (
        "missing run_in_progress backfill_in_progress execution_failed executed_with_root_target check_passed "
        "check_failed freshness_passed freshness_warned freshness_failed newly_updated newly_requested "
        "will_be_requested initial_evaluation code_version_changed data_version_changed any_downstream_conditions"
    )
    for name in names.split():
        made = getattr(C, name)()
        say(name, tree(made), made.is_serializable, made == getattr(C, name)(), hash(made) == hash(getattr(C, name)()))


@scenario()
def leaves_with_arguments(say: Say) -> None:
    say("window", tree(C.in_latest_time_window()), tree(C.in_latest_time_window(timedelta(days=3))))
    say(
        "hours",
        tree(C.in_latest_time_window(timedelta(hours=36))),
        C.in_latest_time_window().lookback_timedelta is None,
    )
    say("lookback", C.in_latest_time_window(timedelta(hours=5)).lookback_timedelta == timedelta(hours=5))
    say("cron", tree(C.cron_tick_passed("0 6 * * *")), tree(C.cron_tick_passed("@daily", "Europe/Berlin")))
    tick = C.cron_tick_passed("0 6 * * *", "Asia/Tokyo")
    say("cron facts", tick.cron_schedule, tick.cron_timezone)
    say("tags", tree(C.executed_with_tags()), tree(C.executed_with_tags(tag_keys={"z", "a"})))
    say("values", tree(C.executed_with_tags(tag_values={"b": "c", "a": "d"})))
    both: dict[str, Any] = {"tag_keys": {"a"}, "tag_values": {"b": "c"}}
    say("both", tree(C.executed_with_tags(**both)), tree(C.any_new_update_has_run_tags(**both)))
    say("all", tree(C.all_new_updates_have_run_tags(**both)), tree(C.all_new_updates_have_run_tags()))


@scenario()
def ready_trees(say: Say) -> None:
    words = "eager on_missing in_progress newly_missing any_deps_in_progress any_deps_missing any_deps_updated"
    for name in [*words.split(), "all_deps_blocking_checks_passed"]:
        say(name, tree(getattr(C, name)()))
    say("on_cron", tree(C.on_cron("0 6 * * *")))
    say("on_cron elsewhere", tree(C.on_cron("@daily", "Europe/Berlin")))
    say("since cron", tree(C.all_deps_updated_since_cron("0 6 * * *", "Europe/Berlin")))
    say("equal", C.eager() == C.eager(), C.eager() == C.on_missing(), C.on_cron("@daily") == C.on_cron("@daily", "UTC"))
    say("serializable", C.eager().is_serializable, C.on_cron("@daily").is_serializable)


@scenario()
def of_others(say: Say) -> None:
    say("any deps", tree(C.any_deps_match(C.missing())), tree(C.all_deps_match(C.in_progress())))
    say("asset", tree(C.asset_matches("x", C.missing())), tree(C.asset_matches(["x", "y"], C.eager())))
    say("key", C.asset_matches("x", C.missing()).key, C.asset_matches(dg.AssetKey(["x", "y"]), C.missing()).key)
    say("checks", tree(C.any_checks_match(C.check_failed())), tree(C.all_checks_match(C.check_passed(), True)))
    say("check part", tree(C.any_checks_match(C.check_failed(), blocking_only=True).operand))
    say("roots", tree(C.any_job_root_assets_match(C.missing())), tree(C.all_job_root_assets_match(C.eager())))


@scenario()
def joining(say: Say) -> None:
    m, u, p = C.missing(), C.newly_updated(), C.in_progress()
    say("flat", tree(m & p & u), tree(m & (p & u)), tree((m & u) & (u & C.newly_requested())))
    say("flat or", tree((m | u) | (C.newly_requested() | C.initial_evaluation())))
    say("labels stay", tree((m & u).with_label("x") & p), tree(m & (u & p).with_label("x")))
    say("or labels", tree((m | u).with_label("y") | C.initial_evaluation()))
    say("mixed", tree((m | u) & p), tree((m & u) | p))
    say("not", tree(~m), tree(~~m), tree(~(m & u)))
    say("since", tree(m.since(p)), tree(m.since_last_handled()), tree((m & u).since(~p)))
    say("newly", tree(m.newly_true()), tree(m.newly_true().newly_true()))
    say("order counts", (m & ~u) == (~u & m), (m & u) == (m & u), hash(m & u) == hash(m & u))
    say("parts", len((m & u & p).operands), tree((~m).operand), tree(m.newly_true().operand))
    say("sides", tree(m.since(u).trigger_condition), tree(m.since(u).reset_condition))


@scenario()
def labels(say: Say) -> None:
    m = C.missing()
    say("given", m.with_label("a").get_label(), m.with_label("a").with_label("b").get_label(), m.get_label())
    say("removed", m.with_label("a").with_label(None).get_label())
    say("name stays", m.with_label("a").name, C.eager().name, C.eager().get_label())
    say("equal", m.with_label("a") == m, m.with_label("a") == C.missing().with_label("a"))
    say.refusal("not text", lambda: m.with_label(3))


@scenario()
def replacing(say: Say) -> None:
    m, u, p = C.missing(), C.newly_updated(), C.in_progress()
    say("by label", tree(C.eager().replace("in_progress", u)))
    say("inside", tree(C.eager().replace("any_deps_updated", u)))
    say("reset", tree(C.eager().replace("handled", u)))
    say("by value", tree(C.eager().replace(C.in_progress(), u)))
    say("by name", tree((m & p).replace("missing", u)), tree((m & p).replace("MISSING", u)))
    say("whole", tree(C.eager().replace(C.eager(), m)), tree(C.eager().replace("eager", m)))
    say("and", tree(C.eager().replace("AND", m)))
    say("not there", C.eager().replace("nothing", m) == C.eager())
    say("asset", tree(C.asset_matches("x", m).replace(m, u)), tree(C.any_deps_match(m).replace("missing", u)))
    say("newly true is left alone", tree(m.newly_true().replace("missing", u)))
    say("own", tree((Own() & m).replace("Own", u)), tree((Named() & m).replace("mine", u)))
    say("not flat", tree((m & p).replace(p, u & C.newly_requested())))
    say.refusal("no condition", lambda: (m & p).replace("missing", 3))


@scenario()
def leaving_out(say: Say) -> None:
    m, u = C.missing(), C.newly_updated()
    say("of eager", tree(C.eager().without(~C.in_progress())))
    say("twice", tree(C.eager().without(~C.any_deps_missing()).without(~C.any_deps_in_progress())))
    say.refusal("not there", lambda: (m & ~u & (u | m)).without(C.cron_tick_passed("@daily")))
    say.refusal("too few", lambda: (m & ~u).without(m))
    say.refusal("no and", lambda: (m | u).without(m))
    say.refusal("a leaf", lambda: m.without(m))


@scenario()
def choosing(say: Say) -> None:
    m, u = C.missing(), C.newly_updated()
    a, b = A.keys("a"), A.keys("b")
    say("allow", tree(C.any_deps_match(m).allow(a)), tree(C.any_deps_match(m).ignore(a)))
    say("both", tree(C.any_deps_match(m).allow(a).ignore(b)))
    say("group", tree(C.all_deps_match(m).allow(A.groups("g"))))
    say("and", tree((m & C.any_deps_match(m)).allow(a)), tree((m | C.any_deps_match(m)).ignore(a)))
    say("not", tree((~C.any_deps_match(m)).allow(a)))
    say("since", tree(C.any_deps_match(m).since(C.any_deps_match(u)).allow(a)))
    say("nothing to change", tree((m & u).allow(a)), tree(m.since(u).ignore(a)))
    say("inner deps", tree(C.any_deps_match(C.any_deps_match(m)).allow(a)))
    say("label stays", tree(C.any_deps_updated().ignore(a)))
    say("eager", tree(C.eager().ignore(a)))
    say("on cron", tree(C.on_cron("@daily").allow(A.groups("g"))))
    say("checks", tree(C.any_checks_match(C.check_failed()).allow(a)))
    say("selections", C.any_deps_match(m).allow_selection is None, str(C.any_deps_match(m).allow(a).allow_selection))
    say.refusal("text", lambda: C.any_deps_match(m).allow("a"))
    say.refusal("none", lambda: C.any_deps_match(m).ignore(None))
    say.refusal("a leaf", lambda: m.allow(a))
    say.refusal("newly true", lambda: C.any_deps_match(m).newly_true().ignore(a))
    say.refusal("asset matches", lambda: C.asset_matches("x", C.any_deps_match(m)).allow(a))


@scenario()
def of_ones_own(say: Say) -> None:
    m, own = C.missing(), Own()
    say("names", own.name, own.description, own.get_label(), Named().name, Named().description, list(own.children))
    say("joined", tree(own & m), tree(~own), tree(own.newly_true()), tree(own.since(m)), tree(m | Named()))
    say("handled", tree(own.since_last_handled()))
    say("serializable", own.is_serializable, (own & m).is_serializable, C.any_deps_match(own).is_serializable)
    say("equal", own == Own(), own == own)  # noqa: PLR0124 - whether it is equal to itself
    say("cursor", own.requires_cursor, m.requires_cursor, m.since(m).requires_cursor, m.newly_true().requires_cursor)
    say("cursor of changes", C.code_version_changed().requires_cursor, C.eager().requires_cursor)
    remembering = [~m, m & m, m | m, C.asset_matches("a", m), C.any_deps_match(m.newly_true()), ~m.since(m)]
    remembering += [C.initial_evaluation(), C.data_version_changed(), C.newly_requested(), C.newly_updated()]
    remembering += [C.cron_tick_passed("0 0 * * *"), C.all_checks_match(m), C.any_downstream_conditions()]
    say("cursor of others", [each.requires_cursor for each in remembering])
    say("policy", own.as_auto_materialize_policy().to_automation_condition() is own)

    class Unfinished(C):
        pass

    say.refusal("without evaluate", Unfinished, "evaluate")
    say.refusal("the base", C, "evaluate")


@scenario()
def mistakes(say: Say) -> None:
    m = C.missing()
    say.refusal("and 3", lambda: m & 3)
    say.refusal("3 and", lambda: 3 & m)
    say.refusal("or None", lambda: m | None)
    say.refusal("since", lambda: m.since(3))
    say.refusal("deps", lambda: C.any_deps_match(3))
    say.refusal("all deps", lambda: C.all_deps_match("x"))
    say.refusal("checks", lambda: C.any_checks_match(3))
    say.refusal("blocking", lambda: C.all_checks_match(C.check_passed(), blocking_only=3))
    say.refusal("asset", lambda: C.asset_matches(3, m))
    say.refusal("asset condition", lambda: C.asset_matches("x", 3))
    say.refusal("cron", lambda: C.cron_tick_passed("x"), "x")
    say.refusal("cron list", lambda: C.cron_tick_passed(["0 0 * * *"]))
    say.refusal("on cron", lambda: C.on_cron("every day"), "every day")
    say.refusal("since cron", lambda: C.all_deps_updated_since_cron("61 * * * *"), "61 * * * *")
    say.refusal("tag keys", lambda: C.executed_with_tags(tag_keys=["a"]))
    say.refusal("tag values", lambda: C.any_new_update_has_run_tags(tag_values={"a": 1}))
    say.refusal("arguments", lambda: C.missing(3))
    say.refusal("no such one", lambda: C.mising)


@scenario()
def rules(say: Say) -> None:
    every = {
        "missing": R.materialize_on_missing,
        "updated": R.materialize_on_parent_updated,
        "freshness": R.materialize_on_required_for_freshness,
        "cron": lambda: R.materialize_on_cron("0 6 * * *", "Europe/Berlin", all_partitions=True),
        "parent missing": R.skip_on_parent_missing,
        "outdated": R.skip_on_parent_outdated,
        "not all": R.skip_on_not_all_parents_updated,
        "not all partitions": lambda: R.skip_on_not_all_parents_updated(True),
        "since cron": lambda: R.skip_on_not_all_parents_updated_since_cron("0 6 * * *"),
        "nonexistent": R.skip_on_required_but_nonexistent_parents,
        "backfill": R.skip_on_backfill_in_progress,
        "backfill of all": lambda: R.skip_on_backfill_in_progress(all_partitions=True),
        "run": R.skip_on_run_in_progress,
    }
    for name, make in every.items():
        others = [other for label, other in every.items() if label != name and make() == other()]
        say(name, make().decision_type, make() == make(), hash(make()) == hash(make()), bool(others))
    say.refusal("cron", lambda: R.materialize_on_cron("x"))
    say.refusal("zone", lambda: R.materialize_on_cron("0 6 * * *", "Nowhere"))
    say.refusal("the class", R)
    chosen = dg.AutoMaterializeAssetPartitionsFilter(latest_run_required_tags={"a": "b"})
    say("filter", chosen == dg.AutoMaterializeAssetPartitionsFilter({"a": "b"}), chosen.latest_run_required_tags)
    say("filtered", R.materialize_on_parent_updated(chosen) == R.materialize_on_parent_updated())
    say.refusal("empty filter", dg.AutoMaterializeAssetPartitionsFilter)


@scenario()
def policies(say: Say) -> None:
    eager, lazy = P.eager(), P.lazy()
    say("types", eager.policy_type, lazy.policy_type, P.from_automation_condition(C.eager()).policy_type)
    say("sizes", len(eager.rules), len(lazy.rules), len(eager.materialize_rules), len(eager.skip_rules))
    say("limits", eager.max_materializations_per_minute, P.eager(None).max_materializations_per_minute)
    say("same rules", eager.rules - lazy.rules == {R.materialize_on_missing(), R.materialize_on_parent_updated()})
    say("equal", P.eager() == P.eager(), P.eager() == P.eager(3), eager == lazy)
    more = lazy.with_rules(R.materialize_on_missing())
    say("with", len(more.rules), more.policy_type, lazy.with_rules(R.materialize_on_parent_updated()).policy_type)
    say("without", len(eager.without_rules(R.materialize_on_missing(), R.skip_on_parent_missing()).rules))
    say("own", P(rules={R.materialize_on_missing()}).max_materializations_per_minute)
    say("condition", P.from_automation_condition(C.missing()).to_automation_condition() == C.missing())
    say("of a condition", C.missing().as_auto_materialize_policy().rules, eager.asset_condition)
    say("condition is the same", eager.to_automation_condition() == P.eager().to_automation_condition())
    say("serializable", eager.to_automation_condition().is_serializable)
    say.refusal("zero", lambda: P.eager(0))
    say.refusal("text", lambda: P.lazy("x"))
    say.refusal("list", lambda: P(rules=[R.materialize_on_missing()]))
    say.refusal("no rule", lambda: P(rules={3}))
    say.refusal("none", lambda: P(rules=set()))
    say.refusal("no argument", P)
    say.refusal("absent", lambda: eager.without_rules(R.materialize_on_cron("@daily")))
    say.refusal("limit of a condition", lambda: P(rules=set(), asset_condition=C.missing()))
    say.refusal("both", lambda: P(rules={R.materialize_on_missing()}, asset_condition=C.missing()))


@scenario()
def on_assets(say: Say) -> None:
    m, k = C.missing(), dg.AssetKey("a")
    say("asset", asset(automation_condition=m).automation_conditions_by_key == {k: m})
    say("none", asset().automation_conditions_by_key, asset().auto_materialize_policies_by_key)
    of_policy = asset(auto_materialize_policy=P.eager())
    say("policy", of_policy.automation_conditions_by_key[k] == P.eager().to_automation_condition())
    say("as policy", of_policy.auto_materialize_policies_by_key[k].to_automation_condition() is not None)
    say("condition as policy", asset(automation_condition=m).auto_materialize_policies_by_key[k].asset_condition == m)
    spec = dg.AssetSpec("a", automation_condition=m)
    say("spec", spec.automation_condition == m, spec.auto_materialize_policy.asset_condition == m)
    say("spec none", dg.AssetSpec("a").automation_condition, dg.AssetSpec("a").auto_materialize_policy)
    say("replaced", spec.replace_attributes(automation_condition=None).automation_condition)
    say("kept", spec.replace_attributes(description="x").automation_condition == m)
    out = dg.AssetOut(automation_condition=m)
    say("out", out.automation_condition == m, dg.AssetOut.from_spec(spec).automation_condition == m)
    mapped = dg.map_asset_specs(lambda each: each.replace_attributes(automation_condition=m), [asset()])
    say("mapped", mapped[0].automation_conditions_by_key == {k: m})
    say("attributes", asset().with_attributes(automation_condition=m).automation_conditions_by_key == {k: m})
    say.refusal("attributes twice", lambda: asset(automation_condition=m).with_attributes(automation_condition=m))
    say.refusal("attributes wrong", lambda: asset().with_attributes(automation_condition=3))
    say.refusal("both", lambda: asset(automation_condition=m, auto_materialize_policy=P.eager()))
    say.refusal("spec both", lambda: dg.AssetSpec("a", automation_condition=m, auto_materialize_policy=P.eager()))
    say.refusal("out both", lambda: dg.AssetOut(automation_condition=m, auto_materialize_policy=P.eager()))
    say.refusal("wrong", lambda: asset(automation_condition=3))
    say.refusal("policy as condition", lambda: asset(automation_condition=P.eager()))
    say.refusal("spec wrong", lambda: dg.AssetSpec("a", automation_condition="eager"))
    say.refusal("out wrong", lambda: dg.AssetOut(automation_condition=C.eager))


@dg.op
def one() -> int:
    return 1


def composed():
    return one()


@scenario()
def on_several_assets(say: Say) -> None:
    m, e = C.missing(), C.eager()

    @dg.multi_asset(specs=[dg.AssetSpec("x", automation_condition=m), dg.AssetSpec("y")])
    def by_specs(): ...

    @dg.multi_asset(outs={"x": dg.AssetOut(automation_condition=m), "y": dg.AssetOut(automation_condition=e)})
    def by_outs():
        return 1, 2

    @dg.graph_asset(automation_condition=m)
    def of_graph():
        return one()

    @dg.graph_multi_asset(outs={"x": dg.AssetOut(automation_condition=m), "y": dg.AssetOut()})
    def of_graphs():
        return {"x": one(), "y": one()}

    for made in (by_specs, by_outs, of_graph, of_graphs):
        say("made", {key: tree(each) for key, each in made.automation_conditions_by_key.items()})
    conditions = {"result": m}
    of_op = dg.AssetsDefinition.from_op(one, automation_conditions_by_output_name=conditions)
    say("from op", of_op.automation_conditions_by_key == {dg.AssetKey("one"): m})
    policies = {"result": P.eager()}
    say("from op, policies", len(dg.AssetsDefinition.from_op(one, auto_materialize_policies_by_output_name=policies)
        .automation_conditions_by_key))  # fmt: skip
    say.refusal("both", lambda: dg.AssetsDefinition.from_op(
        one, automation_conditions_by_output_name=conditions, auto_materialize_policies_by_output_name=policies
    ))  # fmt: skip
    say.refusal(
        "graph asset", lambda: dg.graph_asset(automation_condition=m, auto_materialize_policy=P.eager())(composed)
    )


@scenario()
def on_sources_and_checks(say: Say) -> None:
    m = C.missing()

    @dg.observable_source_asset(automation_condition=m)
    def looked_at():
        return dg.DataVersion("1")

    @dg.multi_observable_source_asset(specs=[dg.AssetSpec("s", automation_condition=m), dg.AssetSpec("t")])
    def several(): ...

    @dg.asset_check(asset="a", automation_condition=m)
    def checked():
        return dg.AssetCheckResult(passed=True)

    source = dg.SourceAsset("raw", automation_condition=m)
    say("sources", looked_at.automation_condition == m, source.automation_condition == m)
    say("several", {key: each == m for key, each in several.automation_conditions_by_key.items()})
    say("moved", source.with_attributes(group_name="g").automation_condition == m)
    say("interval", dg.SourceAsset("raw", auto_observe_interval_minutes=5).automation_condition)
    say("check", [spec.automation_condition == m for spec in checked.check_specs])
    say("check spec", dg.AssetCheckSpec("c", asset="a", automation_condition=m).automation_condition == m)
    say("check spec none", dg.AssetCheckSpec("c", asset="a").automation_condition)
    say("source of an asset", asset(automation_condition=m).to_source_asset().automation_condition)
    say.refusal("source wrong", lambda: dg.SourceAsset("raw", automation_condition=3))
    say.refusal("interval wrong", lambda: dg.SourceAsset("raw", auto_observe_interval_minutes="3"))
    say.refusal("check wrong", lambda: dg.AssetCheckSpec("c", asset="a", automation_condition=3))


def module(**names: Any) -> ModuleType:
    made = ModuleType("loaded")
    for name, value in names.items():
        setattr(made, name, value)
    return made


@scenario()
def on_loaded_assets(say: Say) -> None:
    m, k = C.missing(), dg.AssetKey("a")
    say("given", dg.load_assets_from_modules([module(a=asset())], automation_condition=m)[0]
        .automation_conditions_by_key == {k: m})  # fmt: skip
    own = module(a=asset(automation_condition=C.eager()))
    say("instead", dg.load_assets_from_modules([own], automation_condition=m)[0].automation_conditions_by_key == {k: m})
    kept = dg.load_assets_from_modules([own])[0].automation_conditions_by_key
    say("kept", kept == {k: C.eager()})
    loaded = dg.load_assets_from_modules([module(a=asset())], auto_materialize_policy=P.eager())
    say("policy", loaded[0].automation_conditions_by_key[k] == P.eager().to_automation_condition())
    specs = dg.load_assets_from_modules([module(s=dg.AssetSpec("s"))], automation_condition=m, include_specs=True)
    say("specs", specs[0].automation_condition == m)
    say.refusal("both", lambda: dg.load_assets_from_modules(
        [module(a=asset())], automation_condition=m, auto_materialize_policy=P.eager()
    ))  # fmt: skip
    say.refusal("wrong", lambda: dg.load_assets_from_modules([module(a=asset())], automation_condition=3))


def sensors(*conditioned: Any, checks: tuple[Any, ...] = (), given: tuple[Any, ...] = ()) -> list[tuple[str, str]]:
    defs = dg.Definitions(assets=list(conditioned), asset_checks=list(checks), sensors=list(given))
    return sorted((each.name, each.default_status.name) for each in defs.get_repository_def().sensor_defs)


@scenario()
def the_default_sensor(say: Say) -> None:
    m = C.missing()
    a, b, plain = asset("a", automation_condition=m), asset("b", automation_condition=m), asset("plain")

    @dg.observable_source_asset(automation_condition=m)
    def looked_at():
        return dg.DataVersion("1")

    @dg.asset_check(asset="plain", automation_condition=m)
    def checked():
        return dg.AssetCheckResult(passed=True)

    say("nothing", sensors(plain))
    say("one", sensors(a, plain), sensors(looked_at), sensors(plain, checks=(checked,)))
    say("own code", sensors(asset("own", automation_condition=Own())))
    say("external", sensors(dg.AssetSpec("x", automation_condition=m)))
    say("policy", sensors(asset("p", auto_materialize_policy=P.eager())))
    say("all taken", sensors(a, b, given=(S("s", target=A.all()),)))
    say("some left", sensors(a, b, given=(S("s", target=A.keys("a")),)))
    say("between two", sensors(a, b, given=(S("s", target="a"), S("t", target=["b"]))))
    say("sources left", sensors(a, looked_at, given=(S("s", target=A.all()),)))
    say("sources taken", sensors(a, looked_at, given=(S("s", target=A.all(include_sources=True)),)))
    say("checks left", sensors(plain, checks=(checked,), given=(S("s", target=A.all().without_checks()),)))
    say("checks taken", sensors(plain, checks=(checked,), given=(S("s", target=A.keys("plain")),)))
    own = S("default_automation_condition_sensor", target=A.all(), default_status=dg.DefaultSensorStatus.RUNNING)
    say("of that name", sensors(a, given=(own,)))
    say.refusal("twice", lambda: sensors(a, given=(S("s", target="a"), S("t", target="a"))), "'s'", "'t'", "'a'")
    say.refusal("twice a plain one", lambda: sensors(plain, given=(S("s", target="*"), S("t", target="plain"))))


@scenario()
def condition_sensors(say: Say) -> None:
    plain = S("s", target="*")
    say("plain", plain.name, plain.default_status, plain.tags, plain.run_tags, plain.emit_backfills)
    say("more", plain.description, plain.default_condition, plain.has_jobs, plain.required_resource_keys)
    full = S(
        "s", target=["a"], tags={"x": "y"}, run_tags={"n": 1, "j": {"b": 2}}, minimum_interval_seconds=5,
        description="d", emit_backfills=False, default_status=dg.DefaultSensorStatus.RUNNING, metadata={"m": 1},
        use_user_code_server=True, default_condition=C.eager(),
    )  # fmt: skip
    say("full", full.tags, full.run_tags, full.minimum_interval_seconds, full.description, full.emit_backfills)
    say("rest", full.default_status, "m" in full.metadata, full.default_condition == C.eager())
    say("selection", str(full.asset_selection), str(plain.asset_selection))
    say("changed", "k" in full.with_attributes(metadata={"k": 1}).metadata)
    say.refusal("called", lambda: plain(dg.build_sensor_context()))
    say.refused("evaluated", lambda: plain.evaluate_tick(dg.build_sensor_context()))
    say.refusal("no target", lambda: S("s"))
    say.refusal("position", lambda: S("s", A.all()))
    say.refusal("old name", lambda: S("s", target="*", asset_selection=A.all()), "asset_selection")
    say.refusal("unknown", lambda: S("s", target="*", bogus=1), "bogus")
    say.refusal("name", lambda: S("a b", target="*"), "a b")
    say.refusal("number", lambda: S(3, target="*"))
    say.refused("target", lambda: S("s", target=3))
    say.refusal("status", lambda: S("s", target="*", default_status="RUNNING"))
    say.refusal("interval", lambda: S("s", target="*", minimum_interval_seconds="5"))
    say.refusal("run tags", lambda: S("s", target="*", run_tags=3))
    say.refusal("tags", lambda: S("s", target="*", tags=3))
    say.refusal("description", lambda: S("s", target="*", description=3))
    say.refusal("backfills", lambda: S("s", target="*", emit_backfills=3))
    say.refusal("condition", lambda: S("s", target="*", default_condition=3))


@scenario()
def in_the_asset_graph(say: Say) -> None:
    m = C.missing()
    graph = dg.Definitions(
        assets=[asset("a", automation_condition=m), asset("b"), dg.AssetSpec("c", automation_condition=m)]
    ).resolve_asset_graph()
    for name in ("a", "b", "c"):
        node = graph.get(dg.AssetKey(name))
        policy = node.auto_materialize_policy
        say(name, node.automation_condition == m, policy is not None and policy.to_automation_condition() == m)
