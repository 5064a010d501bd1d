"""Values in messages."""

from __future__ import annotations

from watchbell.ground.shown import shown, shown_error


class Mute:
    def __repr__(self) -> str:
        raise RuntimeError("no")


class MuteError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no")


def test_a_short_value_is_shown_as_it_is() -> None:
    assert "{'a': 1}" == shown({"a": 1})


def test_a_long_value_is_cut() -> None:
    assert len(shown("x" * 1_000_000)) == 201


def test_a_value_that_cannot_show_itself_is_named() -> None:
    assert "<Mute whose repr raises RuntimeError>" == shown(Mute())


def test_an_error_is_shown_with_its_class() -> None:
    assert "ValueError: no disk" == shown_error(ValueError("no disk"))
    assert "KeyboardInterrupt" == shown_error(KeyboardInterrupt())
    assert "MuteError whose text raises RuntimeError" == shown_error(MuteError())
