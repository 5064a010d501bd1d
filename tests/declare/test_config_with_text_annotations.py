"""Config classes in a file whose annotations are text (PEP 563)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field as ModelField

from watchbell.declare.config.config import Config
from watchbell.declare.config.env_var import EnvVar
from watchbell.declare.configurable_resource import ConfigurableResource
from watchbell.declare.graphs.op import op


class Cat(Config):
    kind: Literal["cat"] = "cat"
    name: str = "Tom"


class Dog(Config):
    kind: Literal["dog"] = "dog"
    name: str


class Owner(Config):
    pet: Cat | Dog = ModelField(discriminator="kind")
    city: str | None = None


class Database(ConfigurableResource[None]):
    url: str


def test_a_union_is_chosen_by_its_key() -> None:
    resolved = Owner.to_config_schema().resolve({"pet": {"dog": {"name": "Rex"}}}, "op 'o'")

    assert Owner.from_resolved(resolved) == Owner(pet=Dog(name="Rex"))


def test_a_variable_stays_a_reference() -> None:
    assert Cat(name=EnvVar("NAME")).to_plain_config() == {"kind": "cat", "name": {"env": "NAME"}}


def test_an_op_finds_its_config_and_resources() -> None:
    @op
    def walk(config: Owner, database: Database) -> None: ...

    assert walk.function.config_type is Owner
    assert walk.required_resource_keys == {"database"}
