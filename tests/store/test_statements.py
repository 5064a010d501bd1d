"""Statements put together from pieces."""

from pathlib import Path

from sqlalchemy.dialects import postgresql

from watchbell.store import statements
from watchbell.store.compiling import compiled
from watchbell.store.sqlite_text import DIALECT
from watchbell.store.statements import Dialect, Pieces, Statement, compose, expand

SAMPLE = Dialect(
    "sample",
    "%s",
    {
        "head": Statement("SELECT x FROM t"),
        "is": Statement("t.a = %s", ("a",)),
        "in": Statement("t.b IN (__[POSTCOMPILE_bs])", ("bs",)),
        "both": Statement("t.c = %s AND t.d IN (__[POSTCOMPILE_ds])", ("c", "ds")),
        "place": Statement("t.x"),
    },
    (),
)


def test_a_head_alone_is_the_whole_statement() -> None:
    assert compose(SAMPLE, Pieces("head")) == ("SELECT x FROM t", [])


def test_conditions_order_and_limit_follow_in_their_order() -> None:
    pieces = Pieces("head", [("is", {"a": 1}), ("in", {"bs": [2, 3]})], "place", descending=True, limit=4)

    text, values = compose(SAMPLE, pieces)

    assert text == "SELECT x FROM t WHERE (t.a = %s) AND (t.b IN (%s, %s)) ORDER BY t.x DESC LIMIT %s"
    assert values == [1, 2, 3, 4]


def test_an_empty_list_holds_nothing() -> None:
    assert expand(SAMPLE, SAMPLE.statements["in"], {"bs": []}) == ("t.b IN (NULL)", [])


def test_a_list_beside_a_value_keeps_both_in_order() -> None:
    assert expand(SAMPLE, SAMPLE.statements["both"], {"c": 1, "ds": [2, 3]}) == (
        "t.c = %s AND t.d IN (%s, %s)",
        [1, 2, 3],
    )


def test_every_statement_has_as_many_marks_as_parameters() -> None:
    wrong = {
        name: each
        for name, each in DIALECT.statements.items()
        if each.text.count("?") + each.text.count("__[POSTCOMPILE_") != len(each.names)
    }

    assert wrong == {}


def test_the_same_statements_can_be_said_to_postgresql() -> None:
    other = compiled(postgresql.dialect(paramstyle="format"), "%s")  # type: ignore[no-untyped-call]

    assert {name: sorted(each.names) for name, each in other.statements.items()} == {
        name: sorted(each.names) for name, each in DIALECT.statements.items()
    }
    assert len(other.schema) == len(DIALECT.schema)
    assert [line for line in other.schema if "ROWID" in line] == []


def test_no_statement_is_left_over() -> None:
    folder = Path(statements.__file__).parent
    code = "".join(
        path.read_text() for path in folder.glob("*.py") if path.name not in {"queries.py", "sqlite_text.py"}
    )
    made_up = (
        "forget_",
        "run_updated_",
        "run_created_",
        "run_started_",
        "run_ended_",
        "run_duration_",
        "run_number_",
        "words_",
    )  # their names are put together

    unused = [name for name in DIALECT.statements if f'"{name}"' not in code and not name.startswith(made_up)]

    assert unused == []
