"""Config classes: nesting, unions, aliases, validators, defaults, what they become in run config."""

import enum
import os
from typing import Literal

import pydantic

import dagster as dg
from tests.parity.scenario import Say, scenario


def job_of(kind):
    """A job of one op that takes this config and says what it got."""

    def take(config):
        return config.model_dump() if isinstance(config, dg.Config) else config

    take.__annotations__ = {"config": kind}

    @dg.job
    def taking():
        dg.op(name="take")(take)()

    return taking


def taken(kind, value):
    config = {"ops": {"take": {"config": value}}}
    return job_of(kind).execute_in_process(run_config=config).output_for_node("take")


def refused(kind, value):
    return lambda: taken(kind, value)


class Inner(dg.Config):
    n: int
    text: str = "t"


class Outer(dg.Config):
    inner: Inner
    many: list[Inner] = []
    by_name: dict[str, Inner] = {}


@scenario()
def plain_fields(say: Say) -> None:
    class Plain(dg.Config):
        a: int
        b: str = "b"
        c: float = 1.5
        d: bool = False
        e: list[int] = [1]
        f: dict[str, int] = {}

    say("short", taken(Plain, {"a": 1}))
    say("full", taken(Plain, {"a": 1, "b": "x", "c": 2, "d": True, "e": [], "f": {"k": 1}}))
    say.refusal("missing", refused(Plain, {}), "a")
    say.refusal("wrong", refused(Plain, {"a": "x"}), "a")
    say.refusal("unknown", refused(Plain, {"a": 1, "z": 1}), "z")


@scenario()
def nested_classes(say: Say) -> None:
    say("nested", taken(Outer, {"inner": {"n": 1}, "many": [{"n": 2}], "by_name": {"x": {"n": 3, "text": "y"}}}))
    say.refusal("wrong inside", refused(Outer, {"inner": {"n": "x"}}), "inner", "n")
    say.refusal("wrong in a list", refused(Outer, {"inner": {"n": 1}, "many": [{"m": 1}]}), "many")


@scenario()
def optional_fields(say: Say) -> None:
    class Maybe(dg.Config):
        a: int | None = None
        b: int | None
        c: Inner | None = None
        d: list[str] | None = None

    say("short", taken(Maybe, {"b": None}))
    say("full", taken(Maybe, {"a": 1, "b": 2, "c": {"n": 1}, "d": ["x"]}))
    say("left out", taken(Maybe, {}))


@scenario()
def discriminated_unions(say: Say) -> None:
    class Cat(dg.Config):
        kind: Literal["cat"] = "cat"
        lives: int

    class Dog(dg.Config):
        kind: Literal["dog"] = "dog"
        name: str

    class Owner(dg.Config):
        pet: Cat | Dog = pydantic.Field(discriminator="kind")

    say("cat", taken(Owner, {"pet": {"cat": {"lives": 9}}}))
    say("dog", taken(Owner, {"pet": {"dog": {"name": "Rex"}}}))
    say.refusal("two", refused(Owner, {"pet": {"dog": {"name": "Rex"}, "cat": {"lives": 1}}}), "pet")
    say.refusal("unknown", refused(Owner, {"pet": {"cow": {}}}), "cow")
    say("of run config", dg.RunConfig(ops={"take": Owner(pet=Dog(name="R"))}).to_config_dict()["ops"])


@scenario()
def aliases(say: Say) -> None:
    class Aliased(dg.Config):
        from_: str = pydantic.Field(alias="from", default="nowhere")
        number: int = pydantic.Field(alias="no")

    say("given", taken(Aliased, {"from": "here", "no": 1}))
    say("default", taken(Aliased, {"no": 1}))
    say.refusal("by name", refused(Aliased, {"from_": "x", "no": 1}), "from_")


@scenario(differs="A validator of a `Config` class refuses a run's config")
def validators(say: Say) -> None:
    class Checked(dg.Config):
        n: int = pydantic.Field(ge=1, le=10)
        low: int = 0
        name: str = "x"

        @pydantic.field_validator("name")
        @classmethod
        def upper(cls, value):
            if value == "bad":
                raise ValueError("bad name")
            return value.upper()

        @pydantic.model_validator(mode="after")
        def in_order(self):
            if self.low > self.n:
                raise ValueError("low above n")
            return self

    say("fine", taken(Checked, {"n": 3, "name": "abc"}))
    say.refusal("bound", refused(Checked, {"n": 11}), "n")
    say.refusal("validator", refused(Checked, {"n": 3, "name": "bad"}), "bad name")
    say.refusal("model", refused(Checked, {"n": 3, "low": 4}), "low above n")


@scenario()
def enums_and_literals(say: Say) -> None:
    class Color(enum.Enum):
        RED = "red"
        BLUE = "blue"

    class Colored(dg.Config):
        color: Color
        mode: Literal["fast", "slow"] = "fast"

    say("by name", taken(Colored, {"color": "RED"}))
    say("run config", dg.RunConfig(ops={"take": Colored(color=Color.BLUE)}).to_config_dict()["ops"])
    say.refusal("value of it", refused(Colored, {"color": "red"}), "color")
    say.refusal("literal", refused(Colored, {"color": "RED", "mode": "medium"}), "mode")


@scenario()
def default_factories(say: Say) -> None:
    class Made(dg.Config):
        names: list[str] = pydantic.Field(default_factory=lambda: ["a"], description="names")
        inner: Inner = Inner(n=5)

    say("made", taken(Made, {}))
    say("given", taken(Made, {"inner": {"n": 6}}))


@scenario()
def environment_variables(say: Say) -> None:
    os.environ.update(PARITY_A="from outside", PARITY_N="5")

    class Secret(dg.Config):
        a: str
        n: int = 1

    config = dg.RunConfig(ops={"take": Secret(a=dg.EnvVar("PARITY_A"), n=dg.EnvVar.int("PARITY_N"))})
    say("kept as a name", config.to_config_dict()["ops"])
    say("read", job_of(Secret).execute_in_process(run_config=config).output_for_node("take"))
    say(
        "value",
        dg.EnvVar("PARITY_A").get_value(),
        dg.EnvVar("PARITY_NONE").get_value("d"),
        dg.EnvVar("PARITY_NONE").get_value(),
    )
    say.refusal(
        "unset",
        lambda: job_of(Secret).execute_in_process(
            run_config=dg.RunConfig(ops={"take": Secret(a=dg.EnvVar("PARITY_NONE"))})
        ),
        "PARITY_NONE",
    )


@scenario()
def permissive_config(say: Say) -> None:
    class Loose(dg.PermissiveConfig):
        a: int

    say("more", taken(Loose, {"a": 1, "b": [1], "c": "x"}))
    say.refusal("missing", refused(Loose, {"b": 1}), "a")
    say("attribute", Loose(a=1, z=5).z)


@scenario()
def config_is_frozen(say: Say) -> None:
    inner = Inner(n=1)

    def change():
        inner.n = 2

    say.refusal("set", change)
    say("equal", inner == Inner(n=1), inner == Inner(n=2))
    say.refusal("wrong type", lambda: Inner(n="x"), "n")
    say.refusal("missing", Inner, "n")


@scenario()
def run_config_values(say: Say) -> None:
    config = dg.RunConfig(
        ops={"a": Inner(n=1), "b": {"config": {"x": 1}}, "c": Outer(inner=Inner(n=2), many=[Inner(n=3)])},
        resources={"r": {"config": {"url": "u"}}},
        loggers={"console": {"config": {"log_level": "INFO"}}},
        execution={"config": {"in_process": {}}},
    )
    say("dict", config.to_config_dict())
    say("empty", dg.RunConfig().to_config_dict())


@scenario()
def inheritance(say: Say) -> None:
    class Below(Inner):
        extra: bool = True

    say("taken", taken(Below, {"n": 1}))
    say("run config", dg.RunConfig(ops={"take": Below(n=2, extra=False)}).to_config_dict()["ops"])


@scenario()
def config_of_one_value(say: Say) -> None:
    say("int", taken(int, 5))
    say("list", taken(list[str], ["a"]))
    say.refusal("wrong", refused(int, "x"))


@scenario()
def config_and_context_and_inputs(say: Say) -> None:
    @dg.op
    def source() -> int:
        return 2

    @dg.op
    def both(context: dg.OpExecutionContext, number: int, config: Inner) -> int:
        say("op config", context.op_config)
        return number * config.n

    @dg.job
    def chain():
        both(source())

    result = chain.execute_in_process(run_config=dg.RunConfig(ops={"both": Inner(n=4)}))
    say("value", result.output_for_node("both"))
    say("stored", result.dagster_run.run_config)


@scenario()
def config_of_a_job_as_a_run_config(say: Say) -> None:
    @dg.op
    def number(config: Inner) -> int:
        return config.n

    @dg.job(config=dg.RunConfig(ops={"number": Inner(n=8)}))
    def numbered():
        number()

    say("default", numbered.execute_in_process().output_for_node("number"))
    say(
        "other",
        numbered.execute_in_process(run_config={"ops": {"number": {"config": {"n": 9}}}}).output_for_node("number"),
    )


@scenario()
def config_mapping_with_a_class(say: Say) -> None:
    class Simple(dg.Config):
        amount: int = 2

    @dg.op
    def number(config: Inner) -> int:
        return config.n

    @dg.config_mapping
    def simple(config: Simple) -> dg.RunConfig:
        return dg.RunConfig(ops={"number": Inner(n=config.amount * 10)})

    @dg.job(config=simple)
    def numbered():
        number()

    say("given", numbered.execute_in_process(run_config={"amount": 3}).output_for_node("number"))
    say("default", numbered.execute_in_process(run_config={}).output_for_node("number"))


@scenario()
def descriptions_of_fields(say: Say) -> None:
    class Described(dg.Config):
        """A config."""

        a: int = pydantic.Field(description="the a", default=3)
        b: str = pydantic.Field(description="the b")

    @dg.op
    def take(config: Described):
        pass

    fields = take.config_schema.config_type.fields
    say(
        "fields",
        {
            name: (each.description, each.is_required, each.default_value if each.default_provided else None)
            for name, each in fields.items()
        },
    )


@scenario()
def unknown_names_of_ops_in_run_config(say: Say) -> None:
    @dg.op
    def number(config: Inner) -> int:
        return config.n

    @dg.job
    def numbered():
        number()

    say.refusal(
        "wrong op",
        lambda: numbered.execute_in_process(run_config=dg.RunConfig(ops={"nummer": Inner(n=1)})),
        "nummer",
        "number",
    )


@scenario(differs="`Union[int, str]` as the type of a field of a `Config` class")
def unions_of_scalars(say: Say) -> None:
    class Either(dg.Config):
        value: int | str

    say.refusal("int or str", lambda: taken(Either, {"value": 1}))
