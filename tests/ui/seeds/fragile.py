"""A home in which nothing has happened, with code whose sensor, job and file can go wrong."""

from pathlib import Path

from watchbell.instance import DagsterInstance

MODULES = ("fragile",)


def fill(home: Path) -> dict[str, str]:
    """Makes the database."""
    with DagsterInstance.from_home(home):
        return {"location": "fragile", "job": "wait_for_ever", "sensor": "counter"}
