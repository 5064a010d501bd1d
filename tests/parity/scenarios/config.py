"""Config of ops and jobs by schemas: every kind of field, defaults, mistakes, sources from the environment."""

import os

import dagster as dg
from tests.parity.scenario import Say, scenario


def job_of(schema):
    """A job of one op that takes this config and gives it back."""

    @dg.op(config_schema=schema)
    def take(context):
        return context.op_config

    @dg.job
    def taking():
        take()

    return taking


def taken(schema, value):
    return job_of(schema).execute_in_process(run_config={"ops": {"take": {"config": value}}}).output_for_node("take")


def mistakes(schema, value, *words: str) -> list[str] | None:
    """Which of these words the refusal names; None when the config is accepted."""
    try:
        dg.validate_run_config(job_of(schema), {"ops": {"take": {"config": value}}})
    except dg.DagsterInvalidConfigError as error:
        return [word for word in words if word in str(error)]
    return None


@scenario()
def scalars(say: Say) -> None:
    for kind, value in ((int, 3), (str, "x"), (float, 1.5), (bool, True), (dg.Any, [1, "a"]), (float, 2)):
        say(getattr(kind, "__name__", "Any"), taken(kind, value))


@scenario()
def wrong_scalars(say: Say) -> None:
    for kind, value in (
        (int, "3"),
        (str, 3),
        (float, "1"),
        (bool, 1),
        (int, True),
        (int, None),
        (str, {"a": 1}),
        (int, 1.5),
    ):
        say(f"{kind.__name__} {value!r}", mistakes(kind, value))


@scenario()
def fields_with_defaults(say: Say) -> None:
    schema = {
        "need": int,
        "optional": dg.Field(str, is_required=False),
        "default": dg.Field(int, default_value=5),
        "described": dg.Field(dg.Array(int), default_value=[1], description="numbers"),
    }
    say("short", taken(schema, {"need": 1}))
    say("full", taken(schema, {"need": 1, "optional": "o", "default": 2, "described": [3]}))


@scenario()
def missing_and_unknown_fields(say: Say) -> None:
    schema = {"a": int, "b": {"c": str, "d": dg.Field(int, is_required=False)}, "e": int}
    say("nothing", mistakes(schema, {}))
    say("several", mistakes(schema, {"a": 1, "b": {"c": "x", "dd": 1}, "ff": 2, "gg": 3}, "dd", "ff", "gg"))
    say("nested", mistakes(schema, {"a": "x", "b": {"c": 1}, "e": []}, "config:a", "b:c", "config:e"))
    say("one missing", mistakes(schema, {"a": 1, "b": {"c": ""}}))


@scenario()
def arrays_and_maps(say: Say) -> None:
    say("list", taken([int], [1, 2]))
    say("array", taken(dg.Array({"a": int}), [{"a": 1}]))
    say("map", taken(dg.Map(str, int), {"x": 1, "y": 2}))
    say("map of shapes", taken({str: {"n": dg.Field(int, default_value=0)}}, {"x": {}, "y": {"n": 1}}))
    say("wrong list", mistakes([int], [1, "a", None]))
    say("wrong map", mistakes(dg.Map(str, int), {"x": "a"}))
    say("no list", mistakes([int], {"a": 1}))


@scenario()
def noneable(say: Say) -> None:
    say("none", taken(dg.Noneable(int), None))
    say("value", taken(dg.Noneable(int), 3))
    say("field", taken({"a": dg.Field(dg.Noneable(str), is_required=False), "b": dg.Noneable(str)}, {}))
    say("wrong", mistakes(dg.Noneable(int), "x"))


@scenario()
def selectors(say: Say) -> None:
    schema = dg.Selector({"file": {"path": str}, "number": int})
    say("one", taken(schema, {"file": {"path": "p"}}))
    say("both", mistakes(schema, {"file": {"path": "p"}, "number": 1}))
    say("none", mistakes(schema, {}))
    say("unknown", mistakes(schema, {"nope": 1}))
    say("default", taken(dg.Selector({"only": dg.Field(int, default_value=4)}), {}))


@scenario()
def permissive_shapes(say: Say) -> None:
    say("any", taken(dg.Permissive(), {"x": 1, "y": [2]}))
    say("known", taken(dg.Permissive({"a": dg.Field(int, default_value=1)}), {"b": 2}))
    say("wrong", mistakes(dg.Permissive({"a": int}), {"b": 2}))
    say("dict", taken(dict, {"k": {"l": 1}}))


@scenario()
def enums(say: Say) -> None:
    schema = dg.Enum("Color", [dg.EnumValue("RED"), dg.EnumValue("GREEN", python_value=7)])
    say("red", taken(schema, "RED"))
    say("green", taken(schema, "GREEN"))
    say("wrong", mistakes(schema, "BLUE"))
    say("number", mistakes(schema, 7))


@scenario()
def enums_of_python(say: Say) -> None:
    import enum

    class Speed(enum.Enum):
        SLOW = 1
        FAST = 2

    schema = dg.Enum.from_python_enum(Speed)
    say("fast", taken(schema, "FAST") is Speed.FAST)
    say("default", taken({"s": dg.Field(schema, default_value="SLOW")}, {})["s"] is Speed.SLOW)


@scenario()
def scalar_unions(say: Say) -> None:
    schema = dg.ScalarUnion(scalar_type=str, non_scalar_schema={"n": int})
    say("scalar", taken(schema, "x"))
    say("shape", taken(schema, {"n": 1}))
    say("wrong", mistakes(schema, {"m": 1}))
    say("neither", mistakes(schema, 5))


@scenario()
def sources_from_the_environment(say: Say) -> None:
    os.environ.update(PARITY_TEXT="t", PARITY_NUMBER="12", PARITY_FLAG="true")
    schema = {"text": dg.StringSource, "number": dg.IntSource, "flag": dg.BoolSource}
    say("plain", taken(schema, {"text": "a", "number": 1, "flag": False}))
    environment = {"text": {"env": "PARITY_TEXT"}, "number": {"env": "PARITY_NUMBER"}, "flag": {"env": "PARITY_FLAG"}}
    say("environment", taken(schema, environment))
    say.refusal("unset", lambda: taken(schema, {**environment, "text": {"env": "PARITY_UNSET"}}), "PARITY_UNSET")
    os.environ["PARITY_NUMBER"] = "twelve"
    say.refusal("no number", lambda: taken(schema, environment), "PARITY_NUMBER")


@scenario()
def all_mistakes_of_a_run_config(say: Say) -> None:
    @dg.op(config_schema={"a": int})
    def first():
        pass

    @dg.op(config_schema={"b": int})
    def second():
        pass

    @dg.job(resource_defs={"db": dg.ResourceDefinition(lambda _: 1, config_schema={"url": str})})
    def both():
        first()
        second()

    wrong = {
        "ops": {"first": {"config": {"a": "x"}}, "thrd": {}},
        "resources": {"db": {"config": {"ulr": 1}}},
        "loggerz": {},
    }
    try:
        both.execute_in_process(run_config=wrong)
    except dg.DagsterInvalidConfigError as error:
        text = str(error)
        say("named", [word for word in ("thrd", "second", "ulr", "url", "loggerz") if word in text])


@scenario()
def validated_run_config(say: Say) -> None:
    job = job_of({"a": dg.Field(int, default_value=1), "b": str})
    say("whole", dg.validate_run_config(job, {"ops": {"take": {"config": {"b": "x"}}}})["ops"])
    say.refusal("wrong", lambda: dg.validate_run_config(job, {"ops": {"take": {"config": {}}}}), "b")
    say.refusal("none", lambda: dg.validate_run_config(job), "take")


@scenario()
def config_of_resources_and_loggers(say: Say) -> None:
    @dg.resource(config_schema={"name": str})
    def named(context):
        return context.resource_config["name"]

    @dg.op(required_resource_keys={"named"})
    def tell(context):
        return context.resources.named

    @dg.job(resource_defs={"named": named})
    def telling():
        tell()

    config = {
        "resources": {"named": {"config": {"name": "n"}}},
        "loggers": {"console": {"config": {"log_level": "ERROR"}}},
    }
    say("resource", telling.execute_in_process(run_config=config).output_for_node("tell"))
    say.refusal("missing", telling.execute_in_process, "named")


@scenario()
def configured_resources(say: Say) -> None:
    @dg.resource(config_schema={"a": int, "b": int})
    def sums(context):
        return context.resource_config["a"] + context.resource_config["b"]

    fixed = sums.configured({"a": 1, "b": 2})

    @dg.configured(sums, config_schema={"x": int})
    def half(config):
        return {"a": config["x"], "b": 10}

    @dg.configured(sums)
    def whole(_):
        return {"a": 100, "b": 100}

    @dg.op(required_resource_keys={"fixed", "half", "whole"})
    def tell(context):
        return [context.resources.fixed, context.resources.half, context.resources.whole]

    @dg.job(resource_defs={"fixed": fixed, "half": half, "whole": whole})
    def telling():
        tell()

    say(
        "values",
        telling.execute_in_process(run_config={"resources": {"half": {"config": {"x": 5}}}}).output_for_node("tell"),
    )
    say.refusal(
        "wrong",
        lambda: (
            sums.configured({"a": "x", "b": 2})
            and dg.build_resources({"s": sums.configured({"a": "x", "b": 2})}).__enter__()
        ),
        "a",
    )


@scenario()
def schemas_that_are_wrong(say: Say) -> None:
    def with_schema(schema):
        return lambda: dg.op(name="wrong", config_schema=schema)(lambda context: None)

    say.refusal("two in a list", with_schema([int, str]))
    say.refusal("a value", with_schema(5))
    say.refusal("deep", with_schema({"a": {"b": 4}}), "a", "b")
    say.refusal("default does not fit", lambda: dg.Field(int, default_value="x"))
    say.refusal("required with default", lambda: dg.Field(int, default_value=1, is_required=True))


@scenario()
def ops_without_config(say: Say) -> None:
    @dg.op
    def none(context):
        return context.op_config

    @dg.job
    def plain():
        none()

    say("none", plain.execute_in_process().output_for_node("none"))
    say.refusal(
        "given",
        lambda: plain.execute_in_process(run_config={"ops": {"none": {"config": {"a": 1}}}}).output_for_node("none"),
    )


@scenario()
def config_files(say: Say) -> None:
    (say.folder / "a.yaml").write_text("ops:\n  take:\n    config:\n      a: 1\n      b: [1, 2]\n")
    (say.folder / "b.yaml").write_text("ops:\n  take:\n    config:\n      b: [3]\n      c: true\nexecution: {}\n")
    say("merged", dg.config_from_files([str(say.folder / "a.yaml"), str(say.folder / "b.yaml")]))
    say("pattern", sorted(dg.config_from_files([str(say.folder / "*.yaml")])))
    say("text", dg.config_from_yaml_strings(["a: 1", "b: {c: 2}"]))
    say.refusal("no file", lambda: dg.config_from_files([str(say.folder / "missing.yaml")]))
    (say.folder / "c.yml").write_text("a: [")
    say.refusal("no yaml", lambda: dg.config_from_files([str(say.folder / "c.yml")]))


@scenario(differs="Config in a run for an op whose config `.configured(...)` has fixed")
def configured_op_over_a_default(say: Say) -> None:
    @dg.op(config_schema={"a": dg.Field(int, default_value=1), "b": int})
    def take(context):
        return context.op_config

    fixed = take.configured({"b": 2}, "fixed")

    @dg.job
    def taking():
        fixed()

    say("value", taking.execute_in_process().output_for_node("fixed"))
    say.refusal(
        "given anyway",
        lambda: taking.execute_in_process(run_config={"ops": {"fixed": {"config": {"b": 3}}}}).output_for_node("fixed"),
    )
