"""What is sent to the API, as all of its models read it."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from watchbell.web.shapes.shape import Moment


@pytest.mark.parametrize("value", [0, 1.5, True, "0", "-12", "+1.5", "1e5", "-1.2e-38", " 7 ", "9" * 400])
def test_a_number_is_no_instant(value: object) -> None:
    with pytest.raises(ValidationError, match="this is a number; write an instant with its zone"):
        TypeAdapter(Moment).validate_python(value)


def test_an_instant_has_a_zone() -> None:
    assert TypeAdapter(Moment).validate_python("2026-05-03T02:00:00Z").isoformat() == "2026-05-03T02:00:00+00:00"
    with pytest.raises(ValidationError, match="timezone"):
        TypeAdapter(Moment).validate_python("2026-05-03T02:00:00")
