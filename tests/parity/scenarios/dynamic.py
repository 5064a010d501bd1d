"""Dynamic outputs: mapped, collected, chained, nested in graphs, empty, failing."""

import dagster as dg
from tests.parity.facts import kinds, stream
from tests.parity.scenario import Say, scenario


def parts(count: int = 3):
    @dg.op(out=dg.DynamicOut(int))
    def each_part():
        for number in range(count):
            yield dg.DynamicOutput(number, mapping_key=f"k{number}")

    return each_part


@dg.op
def tens(number: int) -> int:
    return number * 10


@dg.op
def total(numbers: list[int]) -> int:
    return sum(numbers)


@scenario()
def mapped_and_collected(say: Say) -> None:
    each_part = parts()

    @dg.job
    def spread():
        total(each_part().map(tens).collect())

    result = spread.execute_in_process()
    say("total", result.output_for_node("total"))
    say("mapped", result.output_for_node("tens"))
    say("source", result.output_for_node("each_part"))
    say("events", stream(result.all_events))


@scenario()
def a_chain_after_each_part(say: Say) -> None:
    each_part = parts(2)

    @dg.job
    def spread():
        each_part().map(lambda number: tens.alias("second")(tens.alias("first")(number)))

    result = spread.execute_in_process()
    say("steps", kinds(result.all_events, "STEP_START"))
    say("values", result.output_for_node("second"))


@scenario()
def no_parts_at_all(say: Say) -> None:
    each_part = parts(0)

    @dg.op
    def after(total_of_all):
        return total_of_all

    @dg.job
    def spread():
        after(total(each_part().map(tens).collect()))

    result = spread.execute_in_process()
    say("success", result.success)
    say("total", result.output_for_node("total"))
    say("events", stream(result.all_events))


@scenario()
def a_graph_for_each_part(say: Say) -> None:
    each_part = parts(2)

    @dg.graph
    def both(number):
        return tens.alias("b")(tens.alias("a")(number))

    @dg.job
    def spread():
        total(each_part().map(both).collect())

    result = spread.execute_in_process()
    say("steps", kinds(result.all_events, "STEP_START"))
    say("total", result.output_for_node("total"))


@scenario()
def collected_parts_beside_a_plain_value(say: Say) -> None:
    each_part = parts(2)

    @dg.op
    def base() -> int:
        return 100

    @dg.op
    def plus(number: int, base: int) -> int:
        return number + base

    @dg.job
    def spread():
        start = base()
        total(each_part().map(lambda number: plus(number, start)).collect())

    result = spread.execute_in_process()
    say("total", result.output_for_node("total"))


@scenario()
def collected_without_being_mapped(say: Say) -> None:
    each_part = parts()

    @dg.job
    def spread():
        total(each_part().collect())

    say("total", spread.execute_in_process().output_for_node("total"))


@scenario()
def one_part_that_fails(say: Say) -> None:
    each_part = parts()

    @dg.op
    def picky(number: int) -> int:
        if number == 1:
            raise ValueError("not one")
        return number

    @dg.job
    def spread():
        total(each_part().map(picky).collect())

    result = spread.execute_in_process(raise_on_error=False)
    say("success", result.success)
    say("events", stream(result.all_events))


@scenario()
def a_part_that_is_skipped(say: Say) -> None:
    each_part = parts()

    @dg.op(out=dg.Out(int, is_required=False))
    def even(number: int):
        if number % 2 == 0:
            yield dg.Output(number)

    @dg.job
    def spread():
        total(each_part().map(even).collect())

    result = spread.execute_in_process()
    say("total", result.output_for_node("total"))
    say("skipped", kinds(result.all_events, "STEP_SKIPPED"))


@scenario()
def the_context_of_a_part(say: Say) -> None:
    each_part = parts(2)

    @dg.op
    def who(context, number: int):
        say("mapping key", context.get_mapping_key())
        return 1

    @dg.op
    def plain(context):
        say("none", context.get_mapping_key())

    @dg.job
    def spread():
        each_part().map(who)
        plain()

    spread.execute_in_process()


@scenario()
def a_mapping_key_twice(say: Say) -> None:
    @dg.op(out=dg.DynamicOut())
    def same():
        yield dg.DynamicOutput(1, "k")
        yield dg.DynamicOutput(2, "k")

    @dg.job
    def spread():
        same().map(tens)

    say.refusal("raised", spread.execute_in_process, "k")


@scenario()
def mapping_keys_that_are_not_valid(say: Say) -> None:
    for key in ("a-b", "a b", "", "a.b", "ok_1"):
        say.refusal(repr(key), lambda key=key: dg.DynamicOutput(1, mapping_key=key).mapping_key, key or "empty")


@scenario()
def two_dynamic_outputs(say: Say) -> None:
    @dg.op(out={"numbers": dg.DynamicOut(), "words": dg.DynamicOut()})
    def both():
        yield dg.DynamicOutput(1, mapping_key="a", output_name="numbers")
        yield dg.DynamicOutput("x", mapping_key="a", output_name="words")
        yield dg.DynamicOutput(2, mapping_key="b", output_name="numbers")

    @dg.op
    def double(value):
        return value * 2

    @dg.job
    def spread():
        numbers, words = both()
        numbers.map(double.alias("numbers_twice"))
        words.map(double.alias("words_twice"))

    result = spread.execute_in_process()
    say("numbers", result.output_for_node("numbers_twice"))
    say("words", result.output_for_node("words_twice"))


@scenario(differs="Maps inside maps: a dynamic output of an op that is itself mapped, used further")
def a_part_within_a_part(say: Say) -> None:
    each_part = parts(2)

    def define():
        @dg.job
        def spread():
            each_part().map(
                lambda number: dg.op(name="again", out=dg.DynamicOut())(lambda number: number)(number).map(tens)
            )

    say.refusal("defining", define)


@scenario()
def a_dynamic_output_into_a_plain_input(say: Say) -> None:
    each_part = parts(2)

    def define():
        @dg.job
        def wrong():
            tens(each_part())

        return wrong.name

    say.refusal("defining", define, "each_part")


@scenario()
def several_mapped_into_one(say: Say) -> None:
    first, second = parts(2), parts(2)

    @dg.op
    def add(a: int, b: int) -> int:
        return a + b

    def define():
        @dg.job
        def wrong():
            more = second.alias("more")()
            first.alias("less")().map(lambda a: more.map(lambda b: add(a, b)))

        return wrong.name

    say.refusal("defining", define)


@scenario()
def dynamic_outputs_of_a_graph(say: Say) -> None:
    each_part = parts(2)

    @dg.graph(out=dg.GraphOut())
    def numbers():
        return each_part()

    @dg.job
    def spread():
        total(numbers().map(tens).collect())

    result = spread.execute_in_process()
    say("total", result.output_for_node("total"))


@scenario()
def returned_dynamic_outputs(say: Say) -> None:
    @dg.op(out=dg.DynamicOut(int))
    def listed():
        return [dg.DynamicOutput(1, "a"), dg.DynamicOutput(2, "b", metadata={"n": 2})]

    @dg.op
    def annotated() -> list[dg.DynamicOutput[int]]:
        return [dg.DynamicOutput(5, "only")]

    @dg.job
    def spread():
        listed().map(tens)
        annotated().map(tens.alias("more"))

    result = spread.execute_in_process()
    say("values", result.output_for_node("tens"), result.output_for_node("more"))


@scenario()
def collected_nothing(say: Say) -> None:
    @dg.op(out=dg.DynamicOut(dg.Nothing))
    def starts():
        yield dg.DynamicOutput(None, "a")
        yield dg.DynamicOutput(None, "b")

    @dg.op(ins={"go": dg.In(dg.Nothing)}, out=dg.Out(dg.Nothing))
    def work(context):
        context.log.info("working")

    @dg.op(ins={"done": dg.In(dg.Nothing)})
    def end() -> str:
        return "end"

    @dg.job
    def spread():
        end(starts().map(work).collect())

    result = spread.execute_in_process()
    say("end", result.output_for_node("end"))
    say("steps", kinds(result.all_events, "STEP_START"))


@scenario()
def the_type_of_each_part_is_checked(say: Say) -> None:
    @dg.op(out=dg.DynamicOut(int))
    def mixed():
        yield dg.DynamicOutput(1, "a")
        yield dg.DynamicOutput("two", "b")

    @dg.job
    def spread():
        mixed().map(tens)

    say.refusal("raised", spread.execute_in_process)
