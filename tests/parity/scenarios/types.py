"""Types of inputs and outputs: what is checked when, and what a check may say."""

# ruff: noqa: UP045 (both spellings of an optional value are asked for)

from typing import Any, Optional

import dagster as dg
from tests.parity.facts import plain, stream
from tests.parity.scenario import Say, scenario


def giving(value, **options):
    """A job of one op that gives this value as its output."""

    @dg.op(**options)
    def give():
        return value

    @dg.job
    def gives():
        give()

    return gives


Even = dg.DagsterType(
    name="Even", type_check_fn=lambda _, value: isinstance(value, int) and value % 2 == 0, description="Even numbers."
)


@scenario()
def annotations_are_checked(say: Say) -> None:
    cases = [
        (int, 1),
        (int, "1"),
        (str, 1),
        (float, 1),
        (float, 1.5),
        (bool, 1),
        (list, []),
        (list[int], [1]),
        (list[int], ["a"]),
        (dict[str, int], {"a": 1}),
        (dict[str, int], {"a": "b"}),
        (Optional[int], None),
        (Optional[int], "x"),
        (tuple[int, str], (1, "a")),
        (tuple[int, str], (1, 2)),
        (set[int], {1}),
        (Any, object),
        (int | None, None),
    ]
    for kind, value in cases:
        name = (
            getattr(kind, "__name__", str(kind)) if not hasattr(kind, "__args__") else str(kind).replace("typing.", "")
        )
        result = giving(value, out=dg.Out(kind)).execute_in_process(raise_on_error=False)
        say(f"{name} {value!r}" if value is not object else name, result.success)


@scenario()
def a_type_check_that_fails(say: Say) -> None:
    result = giving(3, out=dg.Out(Even)).execute_in_process(raise_on_error=False)
    say("events", stream(result.all_events))
    output = next(each for each in result.all_events if each.event_type_value == "STEP_OUTPUT")
    say("check", output.event_specific_data.type_check_data.success, output.event_specific_data.type_check_data.label)
    say.refusal("raised", giving(3, out=dg.Out(Even)).execute_in_process, "Even")


@scenario()
def a_check_with_metadata(say: Say) -> None:
    def check(_, value):
        return dg.TypeCheck(success=value > 0, description="positive", metadata={"value": value})

    kind = dg.DagsterType(name="Positive", type_check_fn=check)
    for value in (1, -1):
        result = giving(value, out=dg.Out(kind)).execute_in_process(raise_on_error=False)
        data = next(
            each for each in result.all_events if each.event_type_value == "STEP_OUTPUT"
        ).event_specific_data.type_check_data
        say(str(value), result.success, data.success, data.description, plain(data.metadata))


@scenario()
def a_check_that_raises(say: Say) -> None:
    def check(_, value):
        raise ValueError("cannot tell")

    say.refusal(
        "raised",
        giving(1, out=dg.Out(dg.DagsterType(name="Broken", type_check_fn=check))).execute_in_process,
        "cannot tell",
    )


@scenario()
def a_check_that_answers_nonsense(say: Say) -> None:
    kind = dg.DagsterType(name="Odd", type_check_fn=lambda _, value: "yes")
    say.refusal("raised", giving(1, out=dg.Out(kind)).execute_in_process, "Odd")


@scenario()
def inputs_are_checked(say: Say) -> None:
    @dg.op
    def three():
        return 3

    @dg.op(ins={"number": dg.In(Even)})
    def take(number):
        return number

    @dg.job
    def chain():
        take(three())

    result = chain.execute_in_process(raise_on_error=False)
    say("events", stream(result.all_events))
    say.refusal("raised", chain.execute_in_process, "Even", "number")


@scenario()
def a_check_with_a_resource(say: Say) -> None:
    def check(context, value):
        return value < context.resources.limit

    kind = dg.DagsterType(name="Limited", type_check_fn=check, required_resource_keys={"limit"})

    @dg.op(out=dg.Out(kind))
    def give():
        return 5

    for limit in (6, 4):

        @dg.job(resource_defs={"limit": dg.ResourceDefinition.hardcoded_resource(limit)})
        def gives():
            give()

        say(str(limit), gives.execute_in_process(raise_on_error=False).success)


@scenario()
def types_of_python_classes(say: Say) -> None:
    class Point:
        pass

    say("python object", giving(Point(), out=dg.Out(dg.PythonObjectDagsterType(Point))).execute_in_process().success)
    say("class", giving(Point(), out=dg.Out(Point)).execute_in_process().success)
    say("other", giving(5, out=dg.Out(Point)).execute_in_process(raise_on_error=False).success)
    say(
        "several",
        giving("x", out=dg.Out(dg.PythonObjectDagsterType((int, str), name="IntOrStr"))).execute_in_process().success,
    )


@scenario()
def usable_as_dagster_type(say: Say) -> None:
    @dg.usable_as_dagster_type(name="Named", description="d")
    class Thing:
        pass

    class Other:
        pass

    dg.make_python_type_usable_as_dagster_type(Other, dg.PythonObjectDagsterType(Other, name="OtherName"))

    @dg.op
    def give() -> Thing:
        return Thing()

    @dg.op
    def more() -> Other:
        return Other()

    say("names", give.output_defs[0].dagster_type.unique_name, more.output_defs[0].dagster_type.unique_name)


@scenario()
def loaders(say: Say) -> None:
    @dg.dagster_type_loader(config_schema={"start": int, "count": int})
    def load_range(context, config):
        return list(range(config["start"], config["start"] + config["count"]))

    kind = dg.DagsterType(name="Range", type_check_fn=lambda _, value: isinstance(value, list), loader=load_range)

    @dg.op(ins={"numbers": dg.In(kind)})
    def total(numbers):
        return sum(numbers)

    @dg.job
    def sums():
        total()

    config = {"ops": {"total": {"inputs": {"numbers": {"start": 1, "count": 3}}}}}
    say("value", sums.execute_in_process(run_config=config).output_for_node("total"))
    say.refusal(
        "wrong",
        lambda: sums.execute_in_process(run_config={"ops": {"total": {"inputs": {"numbers": {"start": "x"}}}}}),
        "start",
    )


@scenario()
def check_dagster_type(say: Say) -> None:
    for kind, value in (
        (dg.Int, 1),
        (dg.Int, "x"),
        (Even, 3),
        (Even, 4),
        (dg.List[dg.Int], [1]),
        (dg.Optional[dg.Int], None),
    ):
        found = dg.check_dagster_type(kind, value)
        say(f"{value!r}", found.success)


@scenario()
def generic_forms(say: Say) -> None:
    cases = {
        "List[Int]": (dg.List[dg.Int], [[1], ["a"]]),
        "Dict[String, Int]": (dg.Dict[dg.String, dg.Int], [{"a": 1}, {1: "a"}]),
        "Set[Int]": (dg.Set[dg.Int], [{1}, {"a"}]),
        "Tuple[Int, String]": (dg.Tuple[dg.Int, dg.String], [(1, "a"), (1,)]),
        "Optional[String]": (dg.Optional[dg.String], [None, 1]),
    }
    for name, (kind, values) in cases.items():
        say(name, [dg.check_dagster_type(kind, value).success for value in values])


@scenario()
def names_of_types(say: Say) -> None:
    @dg.op(ins={"a": dg.In(int), "b": dg.In(list[int]), "c": dg.In(Optional[str]), "d": dg.In(dict), "e": dg.In()})
    def take(a, b, c, d, e):
        pass

    say("names", {each.name: each.dagster_type.display_name for each in take.input_defs})
    say("own", Even.display_name, Even.unique_name, Even.description, Even.has_unique_name)


@scenario()
def type_checks_called_directly(say: Say) -> None:
    @dg.op(out=dg.Out(int))
    def wrong():
        return "text"

    @dg.op
    def takes(number: int):
        return number

    say.refusal("output", wrong)
    say.refusal("input", lambda: takes("x"), "number")


@scenario()
def type_metadata(say: Say) -> None:
    kind = dg.DagsterType(name="WithMetadata", type_check_fn=lambda _, value: True, metadata={"unit": "m", "n": 3})
    say("metadata", plain(kind.metadata))
    say("typing", kind.typing_type is Any)


@scenario()
def none_for_an_int(say: Say) -> None:
    @dg.op
    def forgets() -> int:
        pass  # type: ignore[return-value]

    @dg.job
    def gives():
        forgets()

    say.refusal("raised", gives.execute_in_process)


@scenario()
def a_failed_check_is_a_type_error_class(say: Say) -> None:
    say(
        "classes",
        issubclass(dg.DagsterTypeCheckDidNotPass, dg.DagsterError),
        issubclass(dg.DagsterTypeCheckError, dg.DagsterError),
    )
    try:
        giving(3, out=dg.Out(Even)).execute_in_process()
    except dg.DagsterTypeCheckDidNotPass as error:
        say("type", error.dagster_type.display_name)
