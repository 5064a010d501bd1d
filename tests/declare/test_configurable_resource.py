"""Resources as classes of config."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pydantic import PrivateAttr, ValidationError

from watchbell.declare.config.env_var import EnvVar
from watchbell.declare.configurable_resource import (
    ConfigurableIOManager,
    ConfigurableIOManagerFactory,
    ConfigurableResource,
    ConfigurableResourceFactory,
    ResourceDependency,
)
from watchbell.declare.graphs.op import op
from watchbell.declare.io.io_manager import IOManagerDefinition
from watchbell.declare.io.mem_io_manager import InMemoryIOManager
from watchbell.declare.job import job
from watchbell.declare.resource import InitResourceContext, ResourceParam, resource
from watchbell.ground.errors import CheckError, DagsterInvalidConfigError, DagsterInvalidDefinitionError

seen: list[Any] = []


class Server(ConfigurableResource[Any]):
    url: str
    port: int = 80
    _opened: str | None = PrivateAttr(None)

    def setup_for_execution(self, context: InitResourceContext) -> None:
        seen.append(f"up {self.url}")
        self._opened = f"{self.url}:{self.port}"

    def teardown_after_execution(self, context: InitResourceContext) -> None:
        seen.append(f"down {self.url}")


class Client(ConfigurableResource[Any]):
    server: Server
    user: str = "me"


class Text(ConfigurableResourceFactory[str]):
    start: str

    def create_resource(self, context: InitResourceContext) -> str:
        return f"{self.start}!"


class Taker(ConfigurableResource[Any]):
    text: ResourceDependency[str]


@op
def ask(client: Client) -> Any:
    return client.user, client.server._opened


@op
def tell(text: ResourceParam[str]) -> str:
    return text


@op
def take(taker: Taker) -> str:
    return taker.text


def run(one: Any, resources: dict[str, Any], config: dict[str, Any] | None = None) -> Any:
    seen.clear()

    @job(name="j", resource_defs=resources)
    def made() -> None:
        one()

    return made.execute_in_process(run_config={"resources": config or {}}).output_for_node(one.name)


def test_a_resource_is_set_up_and_torn_down_once_for_a_run() -> None:
    assert run(ask, {"client": Client(server=Server(url="x"))}) == ("me", "x:80")
    assert seen == ["up x", "down x"]


def test_a_nested_resource_with_a_key_of_its_own_is_shared() -> None:
    server = Server(url="x")

    value = run(ask, {"server": server, "client": Client(server=server)}, {"server": {"config": {"url": "y"}}})

    assert value == ("me", "y:80")
    assert seen == ["up y", "down y"]


def test_fields_may_be_left_to_the_runs_config() -> None:
    server = Server.configure_at_launch(port=1)
    resources = {"server": server, "client": Client(server=server)}  # type: ignore[arg-type]

    assert run(ask, resources, {"server": {"config": {"url": "z"}}}) == ("me", "z:1")
    with pytest.raises(DagsterInvalidConfigError, match="resources:server:config: missing"):
        run(ask, resources)


def test_a_nested_resource_left_to_config_needs_a_key() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match=r"Client\.server.*needs a key of its own"):
        run(ask, {"client": Client(server=Server.configure_at_launch())})  # type: ignore[arg-type]


def test_config_of_a_run_wins_over_the_fields() -> None:
    config = {"client": {"config": {"user": "you", "server": {"port": 2}}}}

    assert run(ask, {"client": Client(server=Server(url="x"))}, config) == ("you", "x:2")


def test_variables_are_read_when_the_run_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(server=Server(url=EnvVar("URL"), port=EnvVar.int("PORT")))
    monkeypatch.setenv("URL", "there")
    monkeypatch.setenv("PORT", "99")

    assert run(ask, {"client": client}) == ("me", "there:99")
    assert "there" not in repr(client)


def test_a_variable_that_is_not_set_is_named_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("URL", raising=False)

    with pytest.raises(DagsterInvalidConfigError, match="client:config:server:url: the environment variable URL"):
        run(ask, {"client": Client(server=Server(url=EnvVar("URL")))})


def test_a_factory_gives_what_it_makes() -> None:
    assert run(tell, {"text": Text(start="a")}) == "a!"


@pytest.mark.parametrize("text", ["plain", Text(start="plai"), resource(lambda _: "plain!")])
def test_a_dependency_takes_any_kind_of_resource(text: Any) -> None:
    assert run(take, {"taker": Taker(text=text)}).startswith("plai")


def test_one_with_statement_may_say_set_up_and_teardown() -> None:
    class Both(ConfigurableResource[Any]):
        @contextmanager
        def yield_for_execution(self, context: InitResourceContext) -> Iterator[Any]:
            seen.append(f"in {context.run_id is not None}")
            yield self
            seen.append("out")

    @op
    def use(both: Both) -> int:
        return 1

    run(use, {"both": Both()})

    assert seen == ["in True", "out"]


def test_a_resource_works_outside_a_run() -> None:
    seen.clear()
    client = Client(server=Server(url="x"))

    with client.process_config_and_initialize_cm() as ready:
        seen.append(ready.server._opened)

    assert seen == ["up x", "x:80", "down x"]
    with pytest.raises(CheckError, match="needs an end"):
        client.process_config_and_initialize()
    assert Text(start="a").process_config_and_initialize() == "a!"


def test_a_resource_is_made_from_the_context_of_a_function() -> None:
    context = InitResourceContext(resource_config={"url": "x", "port": 3})

    with Server.from_resource_context_cm(context) as server:
        assert server.port == 3


def test_the_context_is_there_once_it_is_set_up() -> None:
    with pytest.raises(CheckError, match="before the resource was set up"):
        Server(url="x").get_resource_context()

    with Server(url="x").process_config_and_initialize_cm() as ready:
        assert isinstance(ready.get_resource_context(), InitResourceContext)


def test_wrong_fields_are_refused_when_it_is_made() -> None:
    with pytest.raises(ValidationError, match="url"):
        Server(url=3)  # type: ignore[arg-type]
    with pytest.raises(DagsterInvalidDefinitionError, match="'prt', which is no field.*did you mean 'port'"):
        Server.configure_at_launch(prt=3)


class Kept(ConfigurableIOManager):
    note: str

    def handle_output(self, context: Any, obj: Any) -> None:
        seen.append((self.note, obj))

    def load_input(self, context: Any) -> Any:
        return 7


class KeptFactory(ConfigurableIOManagerFactory[Any]):
    note: str

    def create_io_manager(self, context: InitResourceContext) -> Kept:
        return Kept(note=self.note)


@pytest.mark.parametrize("manager", [Kept(note="n"), KeptFactory(note="n")])
def test_an_io_manager_may_be_a_class_of_config(manager: Any) -> None:
    @op
    def one() -> int:
        return 1

    assert isinstance(manager.get_resource_definition(), IOManagerDefinition)
    assert run(one, {"io_manager": manager}) == 1
    assert seen == [("n", 1)]


def test_an_io_manager_without_its_methods_cannot_be_made() -> None:
    class Half(ConfigurableIOManager):
        def handle_output(self, context: Any, obj: Any) -> None: ...

    with pytest.raises(TypeError, match="load_input"):
        Half()


def test_a_plain_io_manager_may_be_a_field() -> None:
    class Wrapper(ConfigurableResource[Any]):
        inner: InMemoryIOManager

    assert isinstance(Wrapper(inner=InMemoryIOManager()).inner, InMemoryIOManager)


def test_a_copy_may_have_another_context() -> None:
    class Plain(ConfigurableResource):  # type: ignore[type-arg]
        url: str

    context = InitResourceContext({"url": "x"})
    first = Plain(url="x")

    assert first.with_replaced_resource_context(context).get_resource_context() is context
    with pytest.raises(CheckError, match="before the resource was set up"):
        first.get_resource_context()
