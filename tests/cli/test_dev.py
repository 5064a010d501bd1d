"""What the service prints: lines for people, whatever user code says."""

import logging

import pytest

from watchbell.cli.dev import Board, HarmlessFormatter
from watchbell.record.evaluation import LocationError


def test_lines_of_the_log_cannot_take_over_a_terminal() -> None:
    record = logging.makeLogRecord({"msg": "%s failed: %s", "args": ("sensor 'a'", "\x1b[2J gone"), "levelno": 30})

    assert HarmlessFormatter("%(message)s").format(record) == r"sensor 'a' failed: \x1b[2J gone"


def test_what_is_wrong_with_code_is_printed_and_cannot_take_over_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    board = Board()
    error = LocationError("here", "no \x07 module", details="line 1\n\x1b]0;x\x07")

    board.failed(error)

    assert capsys.readouterr().err.splitlines() == [r"no \x07 module", "line 1", r"\x1b]0;x\x07"]
