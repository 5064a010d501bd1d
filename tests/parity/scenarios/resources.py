"""Resources: made, nested, set up and torn down in order, also when something fails."""

from collections.abc import Generator
from contextlib import contextmanager

import pydantic

import dagster as dg
from tests.parity.facts import kinds
from tests.parity.scenario import Say, scenario


class Client(dg.ConfigurableResource):
    url: str
    retries: int = 3


def job_with(function, **resources):
    """A job of this one op and these resources."""

    @dg.job(resource_defs=resources)
    def using():
        dg.op(name="use")(function)()

    return using


@scenario()
def a_configurable_resource(say: Say) -> None:
    def use(client: Client):
        return [client.url, client.retries]

    say("fixed", job_with(use, client=Client(url="u")).execute_in_process().output_for_node("use"))
    open_client = Client.configure_at_launch()
    config = {"resources": {"client": {"config": {"url": "later"}}}}
    say("later", job_with(use, client=open_client).execute_in_process(run_config=config).output_for_node("use"))
    say.refusal("never", job_with(use, client=open_client).execute_in_process, "client", "url")
    half = Client.configure_at_launch(url="default")
    say("default", job_with(use, client=half).execute_in_process().output_for_node("use"))


@scenario()
def nested_resources(say: Say) -> None:
    class Service(dg.ConfigurableResource):
        client: Client
        name: str = "s"

    def use(service: Service):
        return [service.client.url, service.name]

    say("inline", job_with(use, service=Service(client=Client(url="in"))).execute_in_process().output_for_node("use"))
    shared = Client.configure_at_launch()
    job = job_with(use, client=shared, service=Service(client=shared))
    config = {"resources": {"client": {"config": {"url": "shared"}}}}
    say("shared", job.execute_in_process(run_config=config).output_for_node("use"))


@scenario()
def resource_dependencies(say: Say) -> None:
    @dg.resource(config_schema={"n": int})
    def number(context):
        return context.resource_config["n"]

    class Doubler(dg.ConfigurableResource):
        number: dg.ResourceDependency[int]

        def double(self):
            return self.number * 2

    def use(doubler: Doubler):
        return doubler.double()

    job = job_with(use, doubler=Doubler(number=number.configured({"n": 4})))
    say("value", job.execute_in_process().output_for_node("use"))


@scenario()
def set_up_and_torn_down(say: Say) -> None:
    class Tracked(dg.ConfigurableResource):
        name: str
        _open: bool = pydantic.PrivateAttr(default=False)

        def setup_for_execution(self, context: dg.InitResourceContext) -> None:
            self._open = True
            say("set up", self.name, context.run is not None)

        def teardown_after_execution(self, context: dg.InitResourceContext) -> None:
            say("torn down", self.name, self._open)

    def use(a: Tracked, b: Tracked):
        say("used", a._open, b._open)

    job_with(use, a=Tracked(name="a"), b=Tracked(name="b")).execute_in_process()


@scenario()
def yielded_for_execution(say: Say) -> None:
    class Session(dg.ConfigurableResource):
        name: str

        @contextmanager
        def yield_for_execution(self, context: dg.InitResourceContext) -> Generator["Session", None, None]:
            say("before", self.name)
            try:
                yield self
            finally:
                say("after", self.name)

    def use(session: Session):
        say("used", session.name)

    job_with(use, session=Session(name="s")).execute_in_process()


@scenario()
def torn_down_after_a_failure(say: Say) -> None:
    def make(name):
        @dg.resource
        def tracked(_):
            say("open", name)
            try:
                yield name
            finally:
                say("close", name)

        return tracked

    @dg.op(required_resource_keys={"a", "b"})
    def use(context):
        raise ValueError("broken")

    @dg.job(resource_defs={"a": make("a"), "b": make("b")})
    def using():
        use()

    result = using.execute_in_process(raise_on_error=False)
    say("success", result.success)


@scenario()
def the_order_of_dependent_resources(say: Say) -> None:
    @dg.resource
    def base(_):
        say("open base")
        yield 10
        say("close base")

    @dg.resource(required_resource_keys={"base"})
    def above(context):
        say("open above")
        yield context.resources.base + 1
        say("close above")

    @dg.op(required_resource_keys={"above"})
    def use(context):
        say("use", context.resources.above)

    @dg.job(resource_defs={"above": above, "base": base})
    def using():
        use()

    using.execute_in_process()


@scenario()
def a_resource_that_cannot_be_made(say: Say) -> None:
    @dg.resource
    def good(_):
        say("open good")
        yield 1
        say("close good")

    @dg.resource(required_resource_keys={"good"})
    def bad(_):
        raise ValueError("no connection")

    @dg.op(required_resource_keys={"bad", "good"})
    def use(context):
        say("used")

    @dg.job(resource_defs={"bad": bad, "good": good})
    def using():
        use()

    result = using.execute_in_process(raise_on_error=False)
    say("events", kinds(result.all_events, "STEP_START", "STEP_FAILURE", "PIPELINE_FAILURE"))
    say.refusal("raised", using.execute_in_process, "no connection", "bad")


@scenario()
def a_teardown_that_fails(say: Say) -> None:
    @dg.resource
    def clumsy(_):
        yield 1
        raise ValueError("dropped")

    @dg.op(required_resource_keys={"clumsy"})
    def use(context):
        return 1

    @dg.job(resource_defs={"clumsy": clumsy})
    def using():
        use()

    result = using.execute_in_process(raise_on_error=False)
    say("success", result.success)


@scenario()
def missing_resources(say: Say) -> None:
    @dg.op(required_resource_keys={"absent"})
    def use(context):
        pass

    def define():
        @dg.job
        def using():
            use()

        return using.execute_in_process().success

    say.refusal("job", define, "absent", "use")

    @dg.asset(required_resource_keys={"absent"})
    def table():
        return 1

    say.refusal("assets", lambda: dg.Definitions(assets=[table]).get_repository_def(), "absent", "table")
    say.refusal("materialize", lambda: dg.materialize([table]), "absent")


@scenario()
def cyclic_resources(say: Say) -> None:
    @dg.resource(required_resource_keys={"b"})
    def a(_):
        return 1

    @dg.resource(required_resource_keys={"a"})
    def b(_):
        return 1

    @dg.op(required_resource_keys={"a"})
    def use(context):
        pass

    def run():
        @dg.job(resource_defs={"a": a, "b": b})
        def using():
            use()

        return using.execute_in_process().success

    say.refused("circle", run, "a")


@scenario()
def plain_objects_as_resources(say: Say) -> None:
    class Plain:
        value = 7

    @dg.asset
    def table(plain: dg.ResourceParam[Plain], number: dg.ResourceParam[int]):
        return plain.value + number

    result = dg.materialize([table], resources={"plain": Plain(), "number": 1})
    say("value", result.asset_value("table"))
    defs = dg.Definitions(assets=[table], resources={"plain": Plain(), "number": 2})
    say("defs", defs.resolve_implicit_global_asset_job_def().execute_in_process().asset_value("table"))


@scenario()
def ready_made_resources(say: Say) -> None:
    @dg.op(required_resource_keys={"hard", "none", "mock", "text"})
    def use(context):
        return [
            context.resources.hard,
            context.resources.none,
            type(context.resources.mock).__name__,
            context.resources.text,
        ]

    @dg.job(
        resource_defs={
            "hard": dg.ResourceDefinition.hardcoded_resource({"a": 1}),
            "none": dg.ResourceDefinition.none_resource(),
            "mock": dg.ResourceDefinition.mock_resource(),
            "text": dg.ResourceDefinition.string_resource(),
        }
    )
    def using():
        use()

    result = using.execute_in_process(run_config={"resources": {"text": {"config": "words"}}})
    say("values", result.output_for_node("use"))
    values = dg.make_values_resource(a=int, b=str)
    with dg.build_resources({"v": values}, resource_config={"v": {"config": {"a": 1, "b": "x"}}}) as made:
        say("values resource", made.v)


@scenario()
def build_resources(say: Say) -> None:
    @dg.resource(config_schema={"n": int})
    def opened(context):
        say("open", context.resource_config["n"])
        yield context.resource_config["n"]
        say("close")

    with dg.build_resources(
        {"opened": opened, "plain": "p", "client": Client(url="u")}, resource_config={"opened": {"config": {"n": 1}}}
    ) as made:
        say("inside", made.opened, made.plain, made.client.url)
        say("names", sorted(made._asdict()))
    say.refusal("missing config", lambda: dg.build_resources({"opened": opened}).__enter__(), "opened", "n")


@scenario()
def called_directly(say: Say) -> None:
    @dg.resource(config_schema={"n": int}, required_resource_keys={"base"})
    def sums(context):
        return context.resource_config["n"] + context.resources.base

    @dg.resource
    def simple():
        return "simple"

    @dg.resource
    def opened(_):
        yield "opened"

    say("context", sums(dg.build_init_resource_context(config={"n": 1}, resources={"base": 2})))
    say("simple", simple())
    with opened(dg.build_init_resource_context()) as value:
        say("opened", value)
    say.refusal(
        "wrong config", lambda: sums(dg.build_init_resource_context(config={"n": "x"}, resources={"base": 2})), "n"
    )


@scenario()
def the_context_of_a_resource(say: Say) -> None:
    @dg.resource(config_schema={"n": dg.Field(int, default_value=1)}, description="d")
    def seen(context: dg.InitResourceContext):
        say("config", context.resource_config)
        say("run", context.run.job_name, context.run_id == context.run.run_id)
        say("definition", context.resource_def.description)
        say("log", hasattr(context.log, "info"))
        say("instance", context.instance is not None)
        return 1

    @dg.op(required_resource_keys={"seen"})
    def use(context):
        pass

    @dg.job(resource_defs={"seen": seen})
    def using():
        use()

    using.execute_in_process()


@scenario()
def resources_of_assets_with_resources(say: Say) -> None:
    @dg.asset(required_resource_keys={"where"})
    def table(context):
        return context.resources.where

    (bound,) = dg.with_resources([table], {"where": dg.ResourceDefinition.hardcoded_resource("bound")})
    say("bound", dg.materialize([bound]).asset_value("table"))
    (mapped,) = dg.with_resources(
        [table], {"where": dg.ResourceDefinition.string_resource()}, {"where": {"config": "from config"}}
    )
    say("config", dg.materialize([mapped]).asset_value("table"))
    say.refusal("missing", lambda: dg.with_resources([table], {}), "where")


@scenario()
def private_attributes_and_methods(say: Say) -> None:
    class Counter(dg.ConfigurableResource):
        start: int
        _count: int = pydantic.PrivateAttr(default=0)

        def next(self) -> int:
            self._count += 1
            return self.start + self._count

    @dg.op
    def first(counter: Counter):
        return counter.next()

    @dg.op(ins={"after": dg.In(dg.Nothing)})
    def second(counter: Counter):
        return counter.next()

    @dg.job(resource_defs={"counter": Counter(start=10)})
    def counting():
        second(first())

    result = counting.execute_in_process()
    say("values", result.output_for_node("first"), result.output_for_node("second"))


@scenario()
def a_frozen_resource(say: Say) -> None:
    client = Client(url="u")

    def change():
        client.url = "v"

    say.refusal("set", change)
    say.refusal("wrong", lambda: Client(url=5), "url")
    say.refusal("missing", Client, "url")
    say("copy", client.model_copy(update={"retries": 5}).retries)


@scenario()
def an_environment_variable_in_a_resource(say: Say) -> None:
    import os

    os.environ["PARITY_URL"] = "from outside"

    def use(client: Client):
        return client.url

    client = Client(url=dg.EnvVar("PARITY_URL"))
    say("read", job_with(use, client=client).execute_in_process().output_for_node("use"))
    unset = Client(url=dg.EnvVar("PARITY_NOT_SET"))
    say.refusal("unset", job_with(use, client=unset).execute_in_process, "PARITY_NOT_SET")


@scenario()
def resources_given_to_one_run(say: Say) -> None:
    def use(client: Client):
        return client.url

    @dg.graph
    def using():
        dg.op(name="use")(use)()

    job = using.to_job(resource_defs={"client": Client(url="job")})
    say("job's", job.execute_in_process().output_for_node("use"))
    say("run's", job.execute_in_process(resources={"client": Client(url="run")}).output_for_node("use"))


@scenario()
def process_config_and_initialize(say: Say) -> None:
    import os

    os.environ["PARITY_URL"] = "resolved"
    client = Client(url=dg.EnvVar("PARITY_URL")).process_config_and_initialize()
    say("url", client.url)
    say("context", Client.from_resource_context(dg.build_init_resource_context(config={"url": "c"})).url)
