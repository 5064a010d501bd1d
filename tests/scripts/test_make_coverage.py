"""The table of Dagster's names is current, and no name has two states."""

from collections import Counter

from dagster._reasons import ABSENT, LATER
from scripts.make_coverage import DOCUMENT, HERE, NOT_YET, coverage_text, names, state_of


def test_the_document_is_what_the_names_say() -> None:
    assert DOCUMENT.read_text() == coverage_text(), "run `make coverage-docs`"


def test_a_name_has_one_reason() -> None:
    counts = Counter(name for groups in (LATER, ABSENT) for members in groups.values() for name in members)

    assert [name for name, count in counts.items() if count > 1] == []
    assert sorted(set(counts) - set(names())) == [], "no public name of Dagster"


def test_states_are_told_apart() -> None:
    assert state_of("AssetKey") == (HERE, "`watchbell.record.keys`")
    assert state_of("no_such_name") == (NOT_YET, "may come")


def test_all_names_are_listed_once() -> None:
    known = names()

    assert (len(known), known["Definitions"], known["Callable"]) == (440, 91, 0)
