import pytest

from watchbell.declare.assets.selection_text import TEXT_CHARS_MAX, TextNode, parse_selection
from watchbell.ground.errors import DagsterInvalidAssetSelectionError


def test_and_binds_closer_than_or() -> None:
    node = parse_selection("key:a or key:b and key:c")

    assert node.kind == "or"
    assert [child.kind for child in node.children] == ["attribute", "and"]


def test_not_binds_closer_than_and() -> None:
    assert [child.kind for child in parse_selection("not key:a and key:b").children] == ["not", "attribute"]


def test_a_short_form_counts_its_pluses() -> None:
    assert TextNode("down", (TextNode("asset", name="a"),), depth=3) == parse_selection("a+++")


def test_a_long_form_takes_numbers_for_its_steps() -> None:
    assert parse_selection("2+key:a").depth == 2
    assert parse_selection("+key:a").depth is None


def test_quotes_hold_any_character_but_quotes() -> None:
    assert parse_selection('key:"a b(c) or d"').value == "a b(c) or d"


def test_an_endless_text_is_refused() -> None:
    with pytest.raises(DagsterInvalidAssetSelectionError, match="at most"):
        parse_selection("a" * (TEXT_CHARS_MAX + 1))
