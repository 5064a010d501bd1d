"""Selections of assets: the algebra and its string form."""

import dagster as dg
from tests.parity.scenario import Say, scenario


def some_assets():
    """A diamond with a tail, in groups, with kinds, tags and owners; one asset apart."""

    @dg.asset(group_name="in", kinds={"python"}, tags={"layer": "raw"}, owners=["me@example.com"])
    def a():
        return 1

    @dg.asset(deps=[a], group_name="mid", tags={"layer": "clean"}, code_version="1")
    def b():
        return 1

    @dg.asset(deps=[a], group_name="mid", owners=["team:data"])
    def c():
        return 1

    @dg.asset(deps=[b, c], key_prefix=["out", "x"], kinds={"sql", "python"})
    def d():
        return 1

    @dg.asset(deps=[d])
    def e():
        return 1

    @dg.asset(deps=["external"])
    def lonely():
        return 1

    return [a, b, c, d, e, lonely]


def keys(selection) -> list[str]:
    return sorted(key.to_user_string() for key in selection.resolve(some_assets()))


@scenario()
def basic_selections(say: Say) -> None:
    s = dg.AssetSelection
    for name, each in {
        "all": s.all(),
        "assets": s.assets("a", dg.AssetKey(["out", "x", "d"]), "lonely"),
        "keys": s.keys("a", "b"),
        "groups": s.groups("mid", "in"),
        "prefix": s.key_prefixes(["out", "x"], ["nothing"]),
        "tag": s.tag("layer", "raw"),
        "owner": s.owner("team:data"),
        "kind": s.kind("python"),
        "key substring": s.key_substring("n"),
    }.items():
        say(name, keys(each))


@scenario()
def neighbours(say: Say) -> None:
    b = dg.AssetSelection.assets("b")
    for name, each in {
        "upstream": b.upstream(),
        "downstream": b.downstream(),
        "one down": b.downstream(depth=1),
        "without itself": b.downstream(include_self=False),
        "up one": dg.AssetSelection.assets("e").upstream(depth=1),
        "required": b.required_multi_asset_neighbors(),
        "roots": dg.AssetSelection.all().roots(),
        "sinks": dg.AssetSelection.all().sinks(),
        "roots of a part": dg.AssetSelection.assets("b", "c", ["out", "x", "d"]).roots(),
        "sinks of a part": dg.AssetSelection.assets("a", "b").sinks(),
        "materializable": dg.AssetSelection.all().materializable(),
    }.items():
        say(name, keys(each))


@scenario()
def sets_of_selections(say: Say) -> None:
    s = dg.AssetSelection
    say("or", keys(s.assets("a") | s.groups("mid")))
    say("and", keys(s.groups("mid") & s.assets("b", "e")))
    say("minus", keys(s.all() - s.groups("mid")))
    say("nested", keys((s.all() - s.assets("a")) & (s.groups("mid") | s.assets("e"))))


@scenario()
def strings(say: Say) -> None:
    for text in (
        *("*", "a", "key:a", 'key:"out/x/d"', "a+", "+e", "1+e", "key:b+1", "1+key:e", "group:mid", "tag:layer=raw"),
        *('owner:"team:data"', 'owner:"me@example.com"', "kind:python", "key:a or key:b", "not group:mid"),
        *("+key:e and group:mid", "(key:a or key:b) and not key:a", "roots(*)", "sinks(*)", "key:out/*", "+b+"),
        *('tag:"layer"="clean"', "sinks(group:mid)", "a or b"),
    ):
        try:
            say(text, keys(dg.AssetSelection.from_string(text)))
        except Exception as error:
            say(text, type(error))


@scenario()
def strings_that_are_wrong(say: Say) -> None:
    for text in ("a and", "(a", "nope:x", "a b", "", "group:"):
        say.refusal(repr(text), lambda text=text: str(dg.AssetSelection.from_string(text)))


@scenario()
def what_is_not_there(say: Say) -> None:
    s = dg.AssetSelection
    say.refusal("asset", lambda: keys(s.assets("missing")), "missing")
    say("group", keys(s.groups("missing")))
    say("tag", keys(s.tag("missing", "x")))
    say.refusal("downstream of it", lambda: keys(s.assets("missing").downstream()), "missing")


@scenario()
def external_assets_of_a_selection(say: Say) -> None:
    defs = dg.Definitions(assets=[*some_assets(), dg.AssetSpec("outside", group_name="mid")])
    graph = defs.resolve_asset_graph()
    for name, each in {
        "all": dg.AssetSelection.all(),
        "all with sources": dg.AssetSelection.all(include_sources=True),
        "group": dg.AssetSelection.groups("mid"),
        "group with sources": dg.AssetSelection.groups("mid", include_sources=True),
        "upstream sources": dg.AssetSelection.assets("lonely").upstream_source_assets(),
    }.items():
        say(name, sorted(key.to_user_string() for key in each.resolve(graph)))


@scenario()
def selections_in_jobs(say: Say) -> None:
    for name, selection in {
        "string": "key:a+1",
        "list": ["a", "b"],
        "definitions": some_assets()[:2],
        "keys": [dg.AssetKey("a")],
        "selection": dg.AssetSelection.groups("mid"),
    }.items():
        defs = dg.Definitions(assets=some_assets(), jobs=[dg.define_asset_job("some", selection)])
        result = defs.resolve_job_def("some").execute_in_process()
        say(name, sorted(each.asset_key.to_user_string() for each in result.get_asset_materialization_events()))


@scenario()
def selections_in_materialize(say: Say) -> None:
    for selection in ("key:a+1", "group:mid", dg.AssetSelection.assets("a"), ["a", "b"], [dg.AssetKey("e")]):
        result = dg.materialize(some_assets(), selection=selection)
        say("made", sorted(each.asset_key.to_user_string() for each in result.get_asset_materialization_events()))


@scenario()
def selections_as_text(say: Say) -> None:
    s = dg.AssetSelection
    say("equal", s.groups("a") == s.groups("a"), s.assets("a") == s.assets("b"))
    for each in (
        s.all(),
        s.assets("a"),
        s.groups("g"),
        s.tag("k", "v"),
        s.assets("a").downstream(),
        s.assets("a") | s.groups("g"),
        s.all() - s.groups("g"),
        s.kind("x"),
        s.owner("team:o"),
    ):
        say("text", str(each))
