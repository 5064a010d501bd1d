"""Several assets of one function: parts of it, dependencies inside, specs or outs."""

import dagster as dg
from tests.parity.facts import kinds, plain, stream
from tests.parity.scenario import Say, scenario


def a_pair():
    @dg.multi_asset(outs={"a": dg.AssetOut(), "b": dg.AssetOut(key=["x", "b"], group_name="g", metadata={"m": 1})})
    def pair():
        return 1, 2

    return pair


def made(result) -> list:
    return [each.asset_key for each in result.get_asset_materialization_events()]


@scenario()
def two_outs(say: Say) -> None:
    pair = a_pair()

    @dg.asset(ins={"b": dg.AssetIn(key=["x", "b"])})
    def after(a, b):
        return a + b

    result = dg.materialize([pair, after])
    say("events", stream(result.all_events))
    say("value", result.output_for_node("after"))
    say("keys", sorted(key.to_user_string() for key in pair.keys))
    say("by output", {str(name): key for name, key in pair.keys_by_output_name.items()})


@scenario()
def specs_instead_of_outs(say: Say) -> None:
    @dg.multi_asset(specs=[dg.AssetSpec("one", deps=["up"], group_name="g"), dg.AssetSpec(["n", "two"], deps=["one"])])
    def specced():
        yield dg.MaterializeResult(asset_key="one", metadata={"rows": 1})
        yield dg.MaterializeResult(asset_key=["n", "two"])

    result = dg.materialize([specced])
    say("events", stream(result.all_events))
    say("metadata", [plain(each.materialization.metadata) for each in result.get_asset_materialization_events()])
    say(
        "deps",
        {
            key.to_user_string(): sorted(each.to_user_string() for each in deps)
            for key, deps in specced.asset_deps.items()
        },
    )
    say("groups", {key.to_user_string(): name for key, name in specced.group_names_by_key.items()})


@scenario()
def specs_returned_together(say: Say) -> None:
    @dg.multi_asset(specs=[dg.AssetSpec("one"), dg.AssetSpec("two")])
    def together():
        return dg.MaterializeResult(asset_key="one"), dg.MaterializeResult(asset_key="two")

    @dg.multi_asset(specs=[dg.AssetSpec("three"), dg.AssetSpec("four")])
    def silent():
        return None

    say("together", made(dg.materialize([together])))
    say("silent", made(dg.materialize([silent])))


@scenario()
def a_part_of_what_can_be_subset(say: Say) -> None:
    @dg.multi_asset(
        outs={name: dg.AssetOut(is_required=False) for name in ("a", "b", "c")},
        internal_asset_deps={"a": set(), "b": {dg.AssetKey("a")}, "c": {dg.AssetKey("b")}},
        can_subset=True,
    )
    def chain(context: dg.AssetExecutionContext):
        say(
            "asked",
            sorted(context.selected_output_names),
            sorted(key.to_user_string() for key in context.selected_asset_keys),
        )
        say("subset", context.is_subset)
        for name in sorted(context.selected_output_names):
            yield dg.Output(name.upper(), name)

    say("all", made(dg.materialize([chain])))
    result = dg.materialize([chain], selection=["a", "c"])
    say("two", made(result))
    say("events", stream(result.all_events))


@scenario()
def subset_specs(say: Say) -> None:
    @dg.multi_asset(specs=[dg.AssetSpec(name, skippable=True) for name in ("a", "b", "c")], can_subset=True)
    def some(context: dg.AssetExecutionContext):
        for key in sorted(context.selected_asset_keys):
            yield dg.MaterializeResult(asset_key=key)

    @dg.asset(deps=["b"])
    def after():
        return 1

    result = dg.materialize([some, after], selection=["b", "after"])
    say("made", made(result))
    say("steps", kinds(result.all_events, "STEP_START"))


@scenario()
def a_part_of_what_cannot_be_subset(say: Say) -> None:
    pair = a_pair()
    say.refusal("part", lambda: dg.materialize([pair], selection=["a"]), "pair")


@scenario()
def an_output_that_was_not_selected(say: Say) -> None:
    @dg.multi_asset(outs={"a": dg.AssetOut(is_required=False), "b": dg.AssetOut(is_required=False)}, can_subset=True)
    def greedy():
        yield dg.Output(1, "a")
        yield dg.Output(2, "b")

    result = dg.materialize([greedy], selection=["a"], raise_on_error=False)
    say("success", result.success)
    say("made", made(result))


@scenario()
def a_skipped_part_skips_what_needs_it(say: Say) -> None:
    @dg.multi_asset(outs={"a": dg.AssetOut(is_required=False), "b": dg.AssetOut(is_required=False)})
    def half():
        yield dg.Output(1, "a")

    @dg.asset
    def from_a(a):
        return a

    @dg.asset
    def from_b(b):
        return b

    result = dg.materialize([half, from_a, from_b])
    say("success", result.success)
    say("made", made(result))
    say("skipped", kinds(result.all_events, "STEP_SKIPPED"))


@scenario()
def a_required_part_that_is_missing(say: Say) -> None:
    @dg.multi_asset(outs={"a": dg.AssetOut(), "b": dg.AssetOut()})
    def half():
        yield dg.Output(1, "a")

    say.refusal("raised", lambda: dg.materialize([half]), "b")


@scenario()
def a_result_for_an_unknown_asset(say: Say) -> None:
    @dg.multi_asset(specs=[dg.AssetSpec("one")])
    def wrong():
        yield dg.MaterializeResult(asset_key="other")

    say.refusal("raised", lambda: dg.materialize([wrong]), "other")


@scenario()
def results_without_a_key(say: Say) -> None:
    @dg.multi_asset(specs=[dg.AssetSpec("one"), dg.AssetSpec("two")])
    def unclear():
        yield dg.MaterializeResult()

    say.refusal("raised", lambda: dg.materialize([unclear]))


@scenario()
def internal_dependencies(say: Say) -> None:
    @dg.multi_asset(
        outs={"first": dg.AssetOut(), "second": dg.AssetOut()},
        internal_asset_deps={"first": {dg.AssetKey("up")}, "second": {dg.AssetKey("first")}},
    )
    def ordered(up):
        return 1, 2

    say(
        "deps",
        {
            key.to_user_string(): sorted(each.to_user_string() for each in deps)
            for key, deps in ordered.asset_deps.items()
        },
    )


@scenario()
def internal_dependencies_that_are_wrong(say: Say) -> None:
    def define():
        @dg.multi_asset(outs={"a": dg.AssetOut()}, internal_asset_deps={"zz": {dg.AssetKey("a")}})
        def wrong():
            return 1

    def outside():
        @dg.multi_asset(outs={"a": dg.AssetOut()}, internal_asset_deps={"a": {dg.AssetKey("nowhere")}})
        def wrong():
            return 1

    say.refused("unknown output", define, "zz")
    say.refused("unknown asset", outside, "nowhere")


@scenario()
def checks_of_several_assets(say: Say) -> None:
    @dg.multi_asset(
        specs=[dg.AssetSpec("one"), dg.AssetSpec("two")],
        check_specs=[dg.AssetCheckSpec("c", asset="one"), dg.AssetCheckSpec("c", asset="two")],
    )
    def checked():
        yield dg.MaterializeResult(
            asset_key="one", check_results=[dg.AssetCheckResult(asset_key="one", check_name="c", passed=True)]
        )
        yield dg.MaterializeResult(asset_key="two")
        yield dg.AssetCheckResult(asset_key="two", check_name="c", passed=False)

    result = dg.materialize([checked])
    say("told", [(each.asset_key, each.check_name, each.passed) for each in result.get_asset_check_evaluations()])
    say("events", stream(result.all_events))


@scenario()
def attributes_for_all_outs(say: Say) -> None:
    @dg.multi_asset(
        outs={
            "a": dg.AssetOut(key_prefix="p", tags={"t": "1"}, owners=["me@x.org"], code_version="3", description="d"),
            "b": dg.AssetOut(),
        },
        group_name="together",
        op_tags={"o": "1"},
    )
    def several():
        """Both."""
        return 1, 2

    for spec in several.specs:
        say("spec", spec.key, spec.group_name, dict(spec.tags), list(spec.owners), spec.code_version, spec.description)
    say("op", several.op.name, several.can_subset, {key: value for key, value in several.op.tags.items() if key == "o"})


@scenario()
def several_observed(say: Say) -> None:
    @dg.multi_observable_source_asset(specs=[dg.AssetSpec("one"), dg.AssetSpec("two")])
    def watch():
        yield dg.ObserveResult(asset_key="one", metadata={"n": 1})
        yield dg.ObserveResult(asset_key="two", data_version=dg.DataVersion("v"))

    defs = dg.Definitions(assets=[watch], jobs=[dg.define_asset_job("observe", ["one", "two"])])
    result = defs.resolve_job_def("observe").execute_in_process()
    say("events", stream(result.all_events))


@scenario()
def called_directly(say: Say) -> None:
    pair = a_pair()
    say("outs", pair())

    @dg.multi_asset(specs=[dg.AssetSpec("one")])
    def specced():
        yield dg.MaterializeResult(asset_key="one", metadata={"n": 1})

    say("specs", [(each.asset_key, dict(each.metadata)) for each in specced()])


@scenario()
def data_versions_of_outputs(say: Say) -> None:
    @dg.multi_asset(outs={"a": dg.AssetOut(), "b": dg.AssetOut(code_version="7")})
    def versions():
        yield dg.Output(1, "a", data_version=dg.DataVersion("mine"))
        yield dg.Output(2, "b")

    result = dg.materialize([versions])
    for each in result.get_asset_materialization_events():
        tags = each.materialization.tags
        say(
            each.asset_key.to_user_string(),
            tags.get("dagster/code_version") in {"7", None, result.run_id},
            tags.get("dagster/data_version_is_user_provided"),
        )


@scenario()
def an_asset_of_a_part_of_a_pair_upstream(say: Say) -> None:
    pair = a_pair()

    @dg.asset
    def after(a):
        return a + 1

    result = dg.materialize(
        [pair, after], selection=dg.AssetSelection.assets("a", ["x", "b"]) | dg.AssetSelection.assets(after)
    )
    say("value", result.output_for_node("after"))
    say("node", result.output_for_node("pair", "a"), result.output_for_node("pair", "b"))
