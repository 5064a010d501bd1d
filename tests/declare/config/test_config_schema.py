"""Config schemas: what is accepted, what is filled in, and every mistake at once."""

import enum
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.declare.config.config_schema import (
    Array,
    Field,
    Map,
    Noneable,
    Permissive,
    Selector,
    Shape,
    field_of,
)
from watchbell.declare.config.config_type import ABSENT
from watchbell.declare.config.env_var import EnvVar
from watchbell.ground.errors import (
    CheckError,
    DagsterInvalidConfigDefinitionError,
    DagsterInvalidConfigError,
    ParameterCheckError,
)


class Colour(enum.Enum):
    RED = "r"
    BLUE = "b"


def read(schema: Any, value: Any = ABSENT, env: dict[str, str] | None = None) -> Any:
    return field_of(schema).resolve(value, "op 'o'", None if env is None else env.get)


def mistakes(schema: Any, value: Any = ABSENT, env: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(DagsterInvalidConfigError) as caught:
        read(schema, value, env)
    return [str(each) for each in caught.value.errors]


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        (int, 3, 3),
        (float, 1, 1.0),
        (str, "a", "a"),
        (bool, True, True),
        ([int], [1, 2], [1, 2]),
        (list, ["a", 1], ["a", 1]),
        (dict, {"a": 1}, {"a": 1}),
        ({"a": int, "b": Field(str, default_value="x")}, {"a": 1}, {"a": 1, "b": "x"}),
        ({str: int}, {"a": 1, "b": 2}, {"a": 1, "b": 2}),
        (Map(str, [int]), {"a": [1]}, {"a": [1]}),
        (Noneable(int), None, None),
        (int | None, None, None),
        (list[int], [1], [1]),
        (dict[str, int], {"a": 1}, {"a": 1}),
        (Array({"a": int}), [{"a": 1}], [{"a": 1}]),
        (Permissive({"a": int}), {"a": 1, "z": 2}, {"a": 1, "z": 2}),
        (Selector({"a": int, "b": str}), {"a": 1}, {"a": 1}),
        (Selector({"a": {}, "b": str}), "a", {"a": {}}),
        (Literal["x", "y"], "y", "y"),
        (Colour, "RED", Colour.RED),
        (Any, {"deep": [1, {"x": None}]}, {"deep": [1, {"x": None}]}),
    ],
)
def test_what_fits_is_read(schema: Any, value: Any, expected: Any) -> None:
    assert read(schema, value) == expected


def test_every_mistake_is_told_with_its_place() -> None:
    schema = {"limit": int, "source": {"path": str}, "names": [str]}
    value = {"limt": 3, "limit": "3", "source": {"path": 1, "extra": 2}, "names": ["a", 2]}

    found = mistakes(schema, value)

    assert found == [
        "root:config:limt: unknown entry; did you mean 'limit'?",
        "root:config:limit: expected Int (or {\"env\": NAME}), found '3' (str)",
        'root:config:source:path: expected String (or {"env": NAME}), found 1 (int)',
        "root:config:source:extra: unknown entry; there are: path",
        'root:config:names:1: expected String (or {"env": NAME}), found 2 (int)',
    ]


def test_a_missing_entry_says_what_is_expected() -> None:
    assert mistakes({"limit": int}, {}) == ["root:config:limit: missing; expected Int"]


@pytest.mark.parametrize(("schema", "value"), [(int, True), (int, 1.0), (bool, 1), (str, 1), (float, "1")])
def test_values_are_not_converted(schema: Any, value: Any) -> None:
    assert len(mistakes(schema, value)) == 1


@pytest.mark.parametrize("value", [{"a": 1, "b": "x"}, {}, 3])
def test_a_selector_takes_exactly_one(value: Any) -> None:
    assert "exactly one of a, b" in mistakes(Selector({"a": int, "b": str}), value)[0]


def test_a_wrong_choice_is_told_the_nearest() -> None:
    assert "did you mean 'BLUE'" in mistakes(Colour, "BLU")[0]


def test_a_dict_whose_entries_are_all_optional_may_be_left_out() -> None:
    assert read({"a": Field(int, default_value=1), "b": Field(str, is_required=False)}) == {"a": 1}


def test_an_entry_that_may_be_none_may_be_left_out() -> None:
    assert read({"a": Noneable(int)}, {}) == {"a": None}


def test_a_variable_is_a_reference_until_launch() -> None:
    assert read({"url": str}, {"url": EnvVar("URL")}) == {"url": {"env": "URL"}}


def test_a_variable_is_read_as_its_type_at_launch() -> None:
    schema = {"url": str, "port": int, "on": bool, "rate": float}
    value = {name: {"env": name.upper()} for name in schema}

    found = read(schema, value, {"URL": "x", "PORT": "3", "ON": "true", "RATE": "0.5"})

    assert found == {"url": "x", "port": 3, "on": True, "rate": 0.5}


def test_a_default_may_come_from_a_variable() -> None:
    assert read({"url": Field(str, default_value=EnvVar("URL"))}, {}, {"URL": "x"}) == {"url": "x"}


def test_a_variable_that_is_not_set_is_a_mistake_at_its_place() -> None:
    assert mistakes({"url": str}, {"url": {"env": "URL"}}, {}) == [
        "root:config:url: the environment variable URL is not set where the run was launched"
    ]


def test_the_text_of_a_variable_is_never_shown() -> None:
    found = mistakes({"port": int}, {"port": {"env": "SECRET"}}, {"SECRET": "hunter2"})

    assert "hunter2" not in found[0]
    assert "SECRET cannot be read as int" in found[0]


@pytest.mark.parametrize("schema", [object(), 3, [int, str], {"a": 3}, {3: int}, type("Thing", (), {})])
def test_what_is_no_schema_is_refused(schema: Any) -> None:
    with pytest.raises(DagsterInvalidConfigDefinitionError, match="is no config schema"):
        field_of(schema)


def test_a_default_of_another_type_is_refused() -> None:
    with pytest.raises(DagsterInvalidConfigError, match="default value of a Field"):
        Field(int, default_value="a")


def test_required_with_a_default_is_refused() -> None:
    with pytest.raises(ParameterCheckError, match="although it has a default"):
        Field(int, default_value=1, is_required=True)


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (int, True),
        ({"a": int}, True),
        ({"a": Field(int, default_value=1)}, False),
        (Noneable(int), False),
        (dict, False),
    ],
)
def test_a_field_is_required_unless_all_in_it_is_optional(schema: Any, expected: bool) -> None:
    assert Field(schema).is_required is expected


def test_a_shape_reads_other_names_of_its_entries() -> None:
    assert read(Shape({"limit": int}, field_aliases={"limit": "max"}), {"max": 3}) == {"limit": 3}


def test_a_secret_value_is_not_shown_in_mistakes() -> None:
    found = mistakes({"key": Field(int, is_secret=True)}, {"key": "hunter2"})

    assert found == ["root:config:key: the secret value does not fit; expected Int"]


def test_a_selector_of_one_optional_entry_may_be_left_empty() -> None:
    schema = Selector({"only": {"x": Field(int, default_value=1)}})

    assert field_of(schema).resolve({}, "op 'o'") == {"only": {"x": 1}}


def test_a_field_tells_its_default() -> None:
    entry = Field(int, default_value=3)

    assert (entry.default_provided, entry.default_value_as_json_str) == (True, "3")
    with pytest.raises(CheckError, match="no default"):
        Field(int).default_value_as_json_str  # noqa: B018


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(value=plain)
def test_reading_never_breaks_whatever_is_given(value: Any) -> None:
    schema = Shape({"a": int, "b": Noneable([str]), "c": Selector({"x": int, "y": dict}), "d": {str: {"e": Colour}}})

    try:
        read(schema, value)
    except DagsterInvalidConfigError as error:
        assert error.errors  # noqa: PT017 - the point is that no other error comes


@given(value=st.dictionaries(st.sampled_from("abcd"), st.integers()))
def test_what_was_read_reads_the_same_again(value: dict[str, int]) -> None:
    schema = {key: Field(int, default_value=7) for key in "abcd"}

    once = read(schema, value)

    assert read(schema, once) == once == {**dict.fromkeys("abcd", 7), **value}
