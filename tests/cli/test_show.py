"""Tables: what a narrow terminal is shown, and what never goes missing."""

import json

from watchbell.cli.show import SHORT_ID, TEXT_MIN, Drawn, fitting, show_facts, show_rows

RUN = "6254f781-a84b-44b6-8f00-05a6111da0a9"


def test_a_table_that_fits_is_shown_whole() -> None:
    texts = {"asset": ["orders"], "kinds": [""], "description": ["All orders."]}

    assert fitting(texts, 80) == {"asset": None, "kinds": None, "description": None}


def test_a_narrow_terminal_loses_empty_columns_then_ends_of_ids_then_spare_columns_then_ends_of_texts() -> None:
    texts = {
        "run_id": [RUN],
        "job": ["nightly"],
        "by": [""],
        "created": ["2026-11-22 22:16:20"],
        "description": ["x" * 60],
    }

    cut = fitting(texts, 50, spare=("created",))

    assert list(cut) == ["run_id", "job", "description"]
    assert cut["run_id"] == SHORT_ID
    assert cut["description"] == 50 - (SHORT_ID + len("nightly") + 3 * 3)


def test_a_text_keeps_its_beginning_and_the_first_column_stays_however_narrow_it_is() -> None:
    texts = {"asset": ["a" * 50], "description": ["x" * 60]}

    assert fitting(texts, 20, spare=("asset",)) == {"asset": None, "description": TEXT_MIN}


def test_json_is_whole_and_so_is_what_goes_to_a_pipe(capsys) -> None:
    rows = [{"run_id": RUN, "description": "word " * 100}]

    show_rows(rows, as_json=True, empty="none", spare=("description",))
    as_json = json.loads(capsys.readouterr().out)
    show_rows(rows, as_json=False, empty="none", spare=("description",))
    to_a_pipe = capsys.readouterr().out

    assert as_json == rows
    assert RUN in to_a_pipe
    assert ("word " * 100).strip() in to_a_pipe
    assert "\x1b" not in to_a_pipe


def test_tables_and_facts_spell_out_the_codes_of_others_and_keep_our_own(capsys) -> None:
    show_rows([{"reason": "evil \x1b[2J gone"}], as_json=False, empty="none")
    show_facts({"tags": {"a": "\x9b1m"}, "cursor": "x\x07\ny", "bar": Drawn("\x1b[32mok\x1b[0m")}, as_json=False)
    shown = capsys.readouterr().out

    assert r"evil \x1b[2J gone" in shown
    assert r"a=\x9b1m" in shown
    assert "cursor  x\\x07\n        y" in shown
    assert shown.endswith("bar     ok\n")  # click takes colours away where nobody sees them


def test_which_run_one_waits_for_is_told_by_its_beginning_where_it_is_narrow() -> None:
    texts = {"run_id": [RUN], "job": ["nightly"], "waits_for": [RUN]}

    cut = fitting(texts, 50)

    assert {"run_id": SHORT_ID, "job": None, "waits_for": len("waits_for")} == cut
