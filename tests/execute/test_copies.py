"""Step keys with mapping keys."""

import pytest

from watchbell.execute.copies import copy_key, keys_of, model_key, path_of


@pytest.mark.parametrize(
    ("path", "keys", "key"),
    [
        ("load", (), "load"),
        ("load", ("a",), "load[a]"),
        ("etl.load", ("a", "b_2"), "etl.load[a,b_2]"),
    ],
)
def test_a_key_is_made_and_taken_apart(path: str, keys: tuple[str, ...], key: str) -> None:
    assert copy_key(path, keys) == key
    assert (path_of(key), keys_of(key)) == (path, keys)


def test_a_model_has_a_question_mark_for_each_level() -> None:
    assert [model_key("load", levels) for levels in range(3)] == ["load", "load[?]", "load[?,?]"]
