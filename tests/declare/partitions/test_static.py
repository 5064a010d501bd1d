"""Listed keys: what can be one, what their numbers are, and sets of them against Python's."""

import pickle
import random
from unicodedata import category

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.errors import CheckError, DagsterInvalidDefinitionError, DagsterInvalidInvocationError
from watchbell.record.partition import PartitionKeyRange
from watchbell.record.request import check_text

VIEW = PartitionsView()
LETTERS = StaticPartitionsDefinition(["b", "a", "c"])


@given(st.text())
@example("")
@example("a/b")
@example('"')
@example("a|b")
@example("..")
@example("...")
@example("\n")
@example("\x7f")
@example("\x9b")
@example("\ud800")
@example("é漢")
@example("x" * 1_000)
@example("x" * 1_001)
@example("é" * 501)
def test_a_key_is_refused_just_when_it_cannot_be_stored_or_delimits_ranges(key: str) -> None:
    try:
        check_text(key, "key")
        can_be_stored = True
    except CheckError:
        can_be_stored = False
    is_allowed = can_be_stored and "..." not in key and not any(category(each) == "Cc" for each in key)

    try:
        definition = StaticPartitionsDefinition(["first", key] if key != "first" else [key])
    except DagsterInvalidDefinitionError:
        assert not is_allowed
    else:
        assert is_allowed
        ordinal = definition.require_ordinal(key, VIEW)
        assert definition.key_of(ordinal, VIEW) == key


def test_keys_have_the_numbers_of_their_places() -> None:
    assert [LETTERS.ordinal_of(key, VIEW) for key in ("b", "a", "c", "x")] == [0, 1, 2, None]
    assert LETTERS.keys_of([2, 0], VIEW) == ["c", "b"]


def test_a_list_that_grew_at_its_end_continues_its_numbering() -> None:
    grown = StaticPartitionsDefinition(["b", "a", "c", "d"])

    assert grown.continues(LETTERS.numbering)
    assert grown.continues(grown.numbering)
    assert not LETTERS.continues(grown.numbering)
    assert not StaticPartitionsDefinition(["a", "b", "c", "d"]).continues(LETTERS.numbering)
    assert not grown.continues("time:0 0 * * *:UTC")


def test_a_key_that_stands_there_twice_is_named() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="'a' stands there more than once"):
        StaticPartitionsDefinition(["a", "b", "a"])


@pytest.mark.parametrize("keys", [[1], ["a", None], None, {"a"}])
def test_what_is_no_list_of_texts_is_refused(keys: object) -> None:
    with pytest.raises(CheckError, match="partition_keys"):
        StaticPartitionsDefinition(keys)  # type: ignore[arg-type]


def test_an_unknown_key_names_the_nearest() -> None:
    with pytest.raises(DagsterInvalidInvocationError, match=r"'europa'.*did you mean 'europe'"):
        StaticPartitionsDefinition(["europe", "asia"]).get_partition_keys_in_range(PartitionKeyRange("europa", "asia"))


def test_definitions_are_values() -> None:
    same = StaticPartitionsDefinition(("b", "a", "c"))

    assert same == LETTERS
    assert hash(LETTERS) == hash(same)
    assert StaticPartitionsDefinition(["a", "b", "c"]) != LETTERS
    assert pickle.loads(pickle.dumps(LETTERS)) == LETTERS
    assert LETTERS.get_serializable_unique_identifier() == same.get_serializable_unique_identifier()
    assert repr(LETTERS) == "StaticPartitionsDefinition(partition_keys=['b', 'a', 'c'])"
    assert "1,000 keys" in repr(StaticPartitionsDefinition([str(number) for number in range(1_000)]))


def test_changing_the_list_afterwards_changes_nothing() -> None:
    keys = ["a", "b"]
    definition = StaticPartitionsDefinition(keys)
    keys.append("c")
    definition.get_partition_keys().append("d")  # type: ignore[attr-defined]

    assert definition.get_partition_keys() == ["a", "b"]


@given(st.integers(0, 2**32), st.integers(1, 400))
def test_sets_of_keys_are_as_those_of_python(seed: int, size: int) -> None:
    chance = random.Random(seed)
    keys = [f"key {number}" for number in range(size)]
    chance.shuffle(keys)
    definition = StaticPartitionsDefinition(keys)
    one, other = (set(chance.sample(keys, chance.randint(0, size))) for _ in range(2))
    first, second = (definition.subset_with_partition_keys(each) for each in (one, other))

    assert set((first | second).get_partition_keys()) == one | other
    assert set((first & second).get_partition_keys()) == one & other
    assert set((first - second).get_partition_keys()) == one - other
    assert len(first) == len(one)
    assert list(first.get_partition_keys()) == [key for key in keys if key in one]
    assert set(first.get_partition_keys_not_in_subset(definition)) == set(keys) - one
    covered = [
        key
        for each in first.get_partition_key_ranges(definition)
        for key in definition.get_partition_keys_in_range(each)
    ]
    assert covered == list(first.get_partition_keys())
