"""A home in which nothing has happened, with code that defines nothing yet."""

from pathlib import Path

from watchbell.instance import DagsterInstance

MODULES = ("nothing",)


def fill(home: Path) -> dict[str, str]:
    """Makes the database."""
    with DagsterInstance.from_home(home):
        return {"location": "nothing"}
