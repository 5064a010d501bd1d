"""Names of definitions, and arguments of the right kind."""

import pytest

from watchbell.declare.names import check_instance, check_mapping, check_name, definition_tags
from watchbell.ground.errors import DagsterInvalidDefinitionError, ParameterCheckError


@pytest.mark.parametrize("name", ["load", "_load", "1a", "A_9", "x" * 1_000, "result"])
def test_letters_digits_and_underscores_are_a_name(name: str) -> None:
    assert check_name(name, "op") == name


@pytest.mark.parametrize("name", ["", "a-b", "a b", "a.b", "ä", "a\n", "<lambda>", "x" * 1_001])
def test_other_characters_are_refused(name: str) -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="is not a valid name for an op"):
        check_name(name, "op")


@pytest.mark.parametrize("name", ["class", "None", "context", "config", "input", "meta"])
def test_reserved_words_are_refused_with_a_free_one(name: str) -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match=f"'{name}_' is free"):
        check_name(name, "op")


def test_a_refused_name_is_mended_in_the_message() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="for example 'load_orders' is valid"):
        check_name("load orders", "job")


def test_a_name_that_is_no_text_is_refused() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="is text, not 3"):
        check_name(3, "op")


def test_a_wrong_class_is_named_with_the_parameter() -> None:
    with pytest.raises(ParameterCheckError, match="limit of x is an int, not 'a'") as caught:
        check_instance("a", int, "limit of x")

    assert caught.value.parameter == "limit of x"


def test_no_mapping_is_an_empty_one() -> None:
    assert check_mapping(None, "ins") == {}


def test_a_list_is_no_mapping() -> None:
    with pytest.raises(ParameterCheckError, match="ins is a mapping"):
        check_mapping([1], "ins")


def test_tags_that_are_no_text_become_json() -> None:
    assert definition_tags({"a": "x", "n": 3, "d": {"k": [1]}}, "op 'o'") == {"a": "x", "n": "3", "d": '{"k": [1]}'}


def test_a_tag_that_is_not_json_is_refused_by_name() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="tag 'when' of op 'o'"):
        definition_tags({"when": object()}, "op 'o'")
