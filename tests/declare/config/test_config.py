"""Config as classes."""

import enum
from datetime import date
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import Field as ModelField
from pydantic import ValidationError, field_validator

from watchbell.declare.config.config import Config, PermissiveConfig
from watchbell.declare.config.config_type import ABSENT
from watchbell.declare.config.env_var import EnvVar
from watchbell.ground.errors import (
    DagsterInvalidConfigError,
    DagsterInvalidInvocationError,
)


class Colour(enum.Enum):
    RED = "r"
    BLUE = "b"


class Source(Config):
    path: str
    retries: int = 3


class Load(Config):
    source: Source
    limit: int = ModelField(default=10, gt=0, description="rows at once")
    colour: Colour = Colour.RED
    names: list[str] = []
    note: str | None = None
    must_say: str | None

    @field_validator("limit")
    @classmethod
    def no_seven(cls, value: int) -> int:
        if value == 7:
            raise ValueError("no sevens")
        return value


class Cat(Config):
    kind: Literal["cat"] = "cat"
    lives: int = 9


class Dog(Config):
    kind: Literal["dog"] = "dog"
    name: str


class Owner(Config):
    pet: Cat | Dog = ModelField(discriminator="kind")


def read(model: type[Config], value: Any = ABSENT, env: dict[str, str] | None = None) -> Any:
    return model.to_config_schema().resolve(value, "op 'o'", None if env is None else env.get)


def mistakes(model: type[Config], value: Any) -> list[str]:
    with pytest.raises(DagsterInvalidConfigError) as caught:
        read(model, value)
    return [str(each) for each in caught.value.errors]


def test_config_becomes_an_object_of_the_class() -> None:
    resolved = read(Load, {"source": {"path": "x"}, "colour": "BLUE"})

    assert Load.from_resolved(resolved) == Load(source=Source(path="x"), colour=Colour.BLUE, must_say=None)


def test_mistakes_in_nested_classes_have_their_place() -> None:
    found = mistakes(Load, {"source": {"pth": "x"}, "limit": "3"})

    assert found == [
        "root:config:source:pth: unknown entry; did you mean 'path'?",
        "root:config:source:path: missing; expected String",
        "root:config:limit: expected Int (or {\"env\": NAME}), found '3' (str)",
    ]


@pytest.mark.parametrize(("limit", "message"), [(0, "greater than 0"), (7, "no sevens")])
def test_validators_of_the_class_are_mistakes_too(limit: int, message: str) -> None:
    found = mistakes(Load, {"source": {"path": "x"}, "limit": limit})

    assert len(found) == 1
    assert found[0].startswith("root:config:limit: ")
    assert message in found[0]


def test_a_class_without_required_fields_needs_no_config() -> None:
    class Easy(Config):
        limit: int = 10

    assert Easy.from_resolved(read(Easy)).limit == 10


def test_an_object_does_not_change() -> None:
    config = Source(path="x")

    with pytest.raises(DagsterInvalidInvocationError, match=r"Source\.path cannot be changed"):
        config.path = "y"


def test_a_field_that_is_not_there_is_refused_in_python_too() -> None:
    with pytest.raises(ValidationError, match="pth"):
        Source(path="x", pth="y")  # type: ignore[call-arg]


def test_permissive_config_takes_more_fields() -> None:
    class Anything(PermissiveConfig):
        limit: int = 10

    made = Anything.from_resolved(read(Anything, {"limit": 3, "colour": "red"}))

    assert made.to_plain_config() == {"limit": 3, "colour": "red"}


def test_a_variable_stays_a_reference_in_plain_config() -> None:
    assert Source(path=EnvVar("PLACE"), retries=EnvVar.int("N")).to_plain_config() == {
        "path": {"env": "PLACE"},
        "retries": {"env": "N"},
    }


def test_a_variable_inside_a_list_stays_a_reference() -> None:
    load = Load(source=Source(path="x"), names=["a", EnvVar("NAME")], must_say=None)

    assert load.to_plain_config()["names"] == ["a", {"env": "NAME"}]


def test_plain_config_reads_back_as_the_same_object() -> None:
    load = Load(source=Source(path="x", retries=1), limit=5, colour=Colour.BLUE, names=["a"], must_say="b")

    assert Load.from_resolved(read(Load, load.to_plain_config())) == load


def test_variables_are_checked_by_validators_once_they_are_read() -> None:
    value = {"source": {"path": "x"}, "limit": {"env": "N"}}

    assert read(Load, value)["limit"] == {"env": "N"}
    with pytest.raises(DagsterInvalidConfigError, match="no sevens"):
        read(Load, value, {"N": "7"})


@pytest.mark.parametrize("value", [{"pet": {"dog": {"name": "Rex"}}}, {"pet": {"kind": "dog", "name": "Rex"}}])
def test_a_union_is_chosen_by_its_key(value: dict[str, Any]) -> None:
    assert Owner.from_resolved(read(Owner, value)) == Owner(pet=Dog(name="Rex"))


def test_a_union_as_plain_config_reads_back() -> None:
    owner = Owner(pet=Cat(lives=3))

    assert owner.to_plain_config() == {"pet": {"cat": {"lives": 3}}}
    assert Owner.from_resolved(read(Owner, owner.to_plain_config())) == owner


def test_an_unknown_member_of_a_union_is_told_the_nearest() -> None:
    assert mistakes(Owner, {"pet": {"dgo": {"name": "Rex"}}}) == [
        "root:config:pet:dgo: unknown entry; did you mean 'dog'?"
    ]


def test_a_default_of_another_type_is_a_mistake_of_the_class() -> None:
    class Wrong(Config):
        limit: int = "three"  # type: ignore[assignment]

    with pytest.raises(DagsterInvalidConfigError, match=r"Wrong\.limit"):
        Wrong.to_config_schema()


def test_the_schema_keeps_descriptions() -> None:
    assert Load.to_fields_dict()["limit"].description == "rows at once"


def test_a_field_of_any_other_type_is_checked_by_its_class() -> None:
    class Files(Config):
        folder: Path
        day: date | None = None

    made = Files.from_resolved(read(Files, {"folder": "/data", "day": "2024-01-31"}))

    assert made == Files(folder=Path("/data"), day=date(2024, 1, 31))
    assert made.to_plain_config() == {"folder": "/data", "day": "2024-01-31"}
    assert mistakes(Files, {"folder": 3})[0].startswith("root:config:folder: ")
