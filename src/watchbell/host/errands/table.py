"""The errands there are, by name: which function answers each. Its module is loaded in the errand's own process."""

from __future__ import annotations

ERRANDS: dict[str, str] = {
    "preview_schedule": "watchbell.host.errands.automations:preview_schedule",
    "preview_sensor": "watchbell.host.errands.automations:preview_sensor",
}
"""A function is given an :class:`~watchbell.host.errands.desk.ErrandDesk` and the params, and returns what is
answered, as values that JSON can write."""
