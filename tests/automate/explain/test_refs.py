"""What texts of explanations name: whole names only, the longer one first, and no words of our own sentences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.automate.explain.refs import REFS_MAX, Piece, Ref, distinct, pieces_of, ref_from_json

ORDERS, PAID = Ref("asset", "orders", "orders"), Ref("asset", "orders/paid", "orders/paid")
RUN = Ref("run", "3f2a91bc-0000", "3f2a91bc")


def named(text: str, *refs: Ref) -> list[str]:
    return [each.text for each in pieces_of(text, refs) if each.ref is not None]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("orders is missing", ["orders"]),
        ("it waits for orders.", ["orders"]),
        ("asset 'orders', partition 'x'", ["orders"]),
        ("reorders and orders_2 and orders-x", []),
        ("raw/orders is missing", []),
        ("orders/paid is missing", ["orders/paid"]),
        ("run 3f2a91bc (FAILURE): orders", ["3f2a91bc", "orders"]),
        ("run 3f2a91bcd0", []),
    ],
)
def test_a_name_counts_as_a_whole(text: str, found: list[str]) -> None:
    assert named(text, ORDERS, PAID, RUN) == found


def test_an_asset_that_is_called_like_a_word_of_ours_is_not_linked_within() -> None:
    assert pieces_of("the run was made", [Ref("asset", "run", "run")]) == [Piece("the run was made")]


def test_the_first_of_two_of_the_same_words_is_linked() -> None:
    other = Ref("check", "orders", "orders")

    assert [each.ref for each in pieces_of("orders", [ORDERS, other])] == [ORDERS]


def test_names_with_signs_of_patterns_are_names() -> None:
    odd = Ref("asset", "a.*(b", "a.*(b")

    assert named("a.*(b is missing; aXX(b is not", odd) == ["a.*(b"]


@given(st.text(), st.lists(st.text(min_size=1), max_size=5))
def test_the_pieces_are_the_text(text: str, names: list[str]) -> None:
    refs = [Ref("asset", each, each) for each in names]

    assert "".join(each.text for each in pieces_of(text, refs)) == text


def test_things_are_kept_once_and_not_endless() -> None:
    many = [Ref("run", str(number % 500), str(number % 500)) for number in range(1_000)]

    assert distinct(many) == tuple(many[:REFS_MAX])


def test_a_reference_survives_as_plain_values() -> None:
    assert ref_from_json(RUN.as_json()) == RUN
