"""Checks of arguments give back what is right and name what is wrong."""

from pathlib import Path
from typing import Any

import pytest

from dagster import _check as check

RIGHT = [
    (check.str_param, "a"), (check.int_param, 1), (check.float_param, 1.5), (check.bool_param, True),
    (check.numeric_param, 1), (check.list_param, [1]), (check.dict_param, {"a": 1}), (check.mapping_param, {"a": 1}),
    (check.sequence_param, (1,)), (check.set_param, {1}), (check.tuple_param, (1,)), (check.iterable_param, [1]),
    (check.callable_param, len), (check.class_param, int), (check.not_none_param, 0), (check.path_param, "a/b"),
    (check.iterator_param, iter([])),
]  # fmt: skip
WRONG = [
    (check.str_param, 1), (check.int_param, "1"), (check.float_param, 1), (check.bool_param, 1),
    (check.numeric_param, "1"), (check.list_param, (1,)), (check.dict_param, []), (check.mapping_param, []),
    (check.sequence_param, "text"), (check.set_param, [1]), (check.tuple_param, [1]), (check.iterable_param, 1),
    (check.callable_param, 1), (check.class_param, 1), (check.not_none_param, None), (check.path_param, 1),
    (check.iterator_param, [1]),
]  # fmt: skip
OPTIONAL = [
    (check.opt_str_param, None), (check.opt_int_param, None), (check.opt_float_param, None),
    (check.opt_bool_param, None), (check.opt_callable_param, None), (check.opt_class_param, None),
    (check.opt_path_param, None), (check.opt_dict_param, {}), (check.opt_mapping_param, {}),
    (check.opt_list_param, []), (check.opt_sequence_param, []), (check.opt_set_param, frozenset()),
    (check.opt_tuple_param, ()), (check.opt_nullable_dict_param, None), (check.opt_nullable_list_param, None),
    (check.opt_nullable_sequence_param, None), (check.opt_nonempty_str_param, None),
]  # fmt: skip


@pytest.mark.parametrize(("function", "value"), RIGHT)
def test_what_is_right_is_given_back(function: Any, value: object) -> None:
    assert function(value, "name") is value


@pytest.mark.parametrize(("function", "value"), WRONG)
def test_what_is_wrong_is_named(function: Any, value: object) -> None:
    with pytest.raises(check.ParameterCheckError, match=r"parameter 'name': expected .*found .* Mind it\."):
        function(value, "name", additional_message="Mind it.")


@pytest.mark.parametrize(("function", "instead"), OPTIONAL)
def test_none_stands_for_what_is_left_out(function: Any, instead: object) -> None:
    assert function(None, "name") == instead


def test_a_default_takes_the_place_of_none() -> None:
    assert check.opt_str_param(None, "name", "x") == "x"
    assert check.opt_inst_param(None, "name", str, default="x") == "x"
    assert check.opt_str_param("", "name", "x") == ""
    assert check.opt_nonempty_str_param("", "name", "x") == "x"


def test_an_instance_is_of_one_of_the_types() -> None:
    assert check.inst_param("a", "name", (str, bytes)) == "a"
    with pytest.raises(check.ParameterCheckError, match="expected bytes or str; found 1 of type int"):
        check.inst_param(1, "name", (str, bytes))
    with pytest.raises(check.CheckError, match="expected str; found 1"):
        check.inst(1, str)
    assert check.opt_inst(None, str) is None


def test_members_of_lists_and_mappings_are_checked_where_their_type_is_given() -> None:
    assert check.list_param(["a"], "name", of_type=str) == ["a"]
    with pytest.raises(check.CheckError, match="parameter 'name': expected only str; found 1"):
        check.list_param(["a", 1], "name", of_type=str)
    with pytest.raises(check.CheckError, match="keys of parameter 'name': expected only str"):
        check.dict_param({1: 2}, "name", key_type=str)
    with pytest.raises(check.CheckError, match="values of parameter 'name': expected only str"):
        check.opt_mapping_param({"a": 2}, "name", key_type=str, value_type=str)
    assert check.two_dim_dict_param({"a": {"b": 1}}, "name") == {"a": {"b": 1}}
    assert check.is_list([1], of_type=int) == [1]


def test_a_value_of_a_mapping_is_checked() -> None:
    config = {"name": "a", "count": 3, "list": [1], "inner": {"x": 1}}

    assert (check.str_elem(config, "name"), check.int_elem(config, "count")) == ("a", 3)
    assert (check.list_elem(config, "list"), check.dict_elem(config, "inner")) == ([1], {"x": 1})
    assert (check.opt_str_elem(config, "no"), check.opt_int_elem(config, "no")) == (None, None)
    assert (check.opt_list_elem(config, "no"), check.opt_dict_elem(config, "no")) == ([], {})
    assert check.opt_nullable_dict_elem(config, "no") is None
    with pytest.raises(check.ElementCheckError, match="value of 'count': expected str; found 3"):
        check.str_elem(config, "count")
    with pytest.raises(KeyError):
        check.str_elem(config, "no")


def test_plain_statements_raise_when_they_do_not_hold() -> None:
    assert check.not_none(0) == 0
    assert check.invariant([1]) is True
    with pytest.raises(check.CheckError, match="found None. Why"):
        check.not_none(None, "Why")
    with pytest.raises(check.CheckError, match="does not. Two is not three"):
        check.invariant(False, "Two is not three")
    with pytest.raises(check.ParameterCheckError, match="parameter 'name'"):
        check.param_invariant(False, "name")
    with pytest.raises(check.CheckError, match="failed: here"):
        check.failed("here")
    with pytest.raises(check.NotImplementedCheckError, match="not implemented: here"):
        check.not_implemented("here")
    with pytest.raises(check.CheckError, match="not thought of"):
        check.assert_never("x")


def test_literals_numbers_paths_and_classes_have_checks_of_their_own() -> None:
    assert check.literal_param("a", "name", ["a", "b"]) == "a"
    assert check.opt_literal_param(None, "name", ["a"]) is None
    assert check.path_param(Path("a/b"), "name") == str(Path("a/b"))
    assert check.int_value_param(3, 3, "name") == 3
    with pytest.raises(check.ParameterCheckError, match="expected one of 'a', 'b'; found 'c'"):
        check.literal_param("c", "name", ["a", "b"])
    with pytest.raises(check.ParameterCheckError, match="expected 3; found 2"):
        check.int_value_param(2, 3, "name")
    with pytest.raises(check.ParameterCheckError, match="a class below str"):
        check.class_param(int, "name", superclass=str)


def test_generators_and_callables_are_known() -> None:
    made = (each for each in "a")

    assert check.generator(made) is made
    assert check.opt_generator(None) is None
    assert check.is_callable(len) is len
    with pytest.raises(check.CheckError, match="expected Generator"):
        check.generator([])
    with pytest.raises(check.CheckError, match="can be called"):
        check.is_callable(3)
