"""Values in messages."""

from __future__ import annotations

from watchbell.ground.shown import harmless, shown, shown_error


class Mute:
    def __repr__(self) -> str:
        raise RuntimeError("no")


class MuteError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no")


def test_a_short_value_is_shown_as_it_is() -> None:
    assert shown({"a": 1}) == "{'a': 1}"


def test_a_long_value_is_cut() -> None:
    assert len(shown("x" * 1_000_000)) == 201


def test_a_value_that_cannot_show_itself_is_named() -> None:
    assert shown(Mute()) == "<Mute whose repr raises RuntimeError>"


def test_an_error_is_shown_with_its_class() -> None:
    assert shown_error(ValueError("no disk")) == "ValueError: no disk"
    assert shown_error(KeyboardInterrupt()) == "KeyboardInterrupt"
    assert shown_error(MuteError()) == "MuteError whose text raises RuntimeError"


def test_what_could_take_over_a_terminal_is_spelled_out() -> None:
    assert harmless("\x1b]0;title\x07 \x9b2J\ttab\nline é") == r"\x1b]0;title\x07 \x9b2J" + "\ttab\nline é"


def test_the_text_of_an_error_can_be_written_down_whatever_is_in_it() -> None:
    text = shown_error(ValueError("a\ud800b"))

    assert text == r"ValueError: a\ud800b"
    assert text.encode()
