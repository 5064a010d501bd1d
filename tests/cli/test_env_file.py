"""The file `.env` beside the code sets variables before the code is loaded."""

from __future__ import annotations

import os

import pytest

from tests.cli.conftest import Terminal
from watchbell.cli.env_file import variables_of

TEXT = r"""
# a remark
PLAIN=from_file
export EXPORTED=two words # a remark
DOUBLE="quo # ted\nnew"
SINGLE='sin $B gle\n'
REFERS=${EXPORTED}/tail
EMPTY=
ALONE
SPACED = yes
HASH=a#b
DOLLAR=$EXPORTED
INSIDE="${EXPORTED}!"
LINES="multi
line"
DEFAULT=${NOT_THERE:-instead}
NOTHING=${NOT_THERE}
QUOTE=it's
OUTSIDE=${HOME_OF_TEST}
"""


def test_the_file_is_read_as_other_tools_read_it() -> None:
    assert variables_of(TEXT, {"HOME_OF_TEST": "/home"}) == {
        "PLAIN": "from_file",
        "EXPORTED": "two words",
        "DOUBLE": "quo # ted\nnew",
        "SINGLE": r"sin $B gle\n",
        "REFERS": "two words/tail",
        "EMPTY": "",
        "SPACED": "yes",
        "HASH": "a#b",
        "DOLLAR": "$EXPORTED",
        "INSIDE": "two words!",
        "LINES": "multi\nline",
        "DEFAULT": "instead",
        "NOTHING": "",
        "QUOTE": "it's",
        "OUTSIDE": "/home",
    }


CODE = """
import os
from watchbell import Definitions, asset

@asset(description=os.environ["CENSUS_TOKEN"])
def orders(): ...

defs = Definitions(assets=[orders])
"""


def test_the_code_sees_the_variables_and_they_go_before_others(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CENSUS_TOKEN", "of the shell")
    terminal.write("CENSUS_TOKEN=of the file\n", ".env")
    terminal.write(CODE)

    said = terminal.run_on_code("asset", "list", "--json")

    assert said.json()[0]["description"] == "of the file"


def test_without_a_file_the_environment_stays(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CENSUS_TOKEN", "of the shell")
    before = dict(os.environ)
    terminal.write(CODE)

    said = terminal.run_on_code("asset", "list", "--json")

    assert said.json()[0]["description"] == "of the shell"
    assert dict(os.environ) == before
