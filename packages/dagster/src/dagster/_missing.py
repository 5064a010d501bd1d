"""What is said about names and modules that watchbell does not have. Loaded when there is something to say."""

import watchbell
from dagster._finder import homes_of
from dagster._reasons import reason, reason_of_path
from watchbell.ground.suggest import nearest

COVERAGE = "What is there, and what is not: docs/coverage.md in watchbell's repository"


def missing_name(module: str, name: str) -> str:
    """The message about ``name``, which was asked of ``module`` and which watchbell does not have."""
    there = watchbell.__all__ if module == "dagster" else list(homes_of(module))
    why = reason(name) or reason_of_path(f"{module}.{name}")
    close = None if name.startswith("_") or why is not None else nearest(name, there)
    hint = f": {why}." if why is not None else f"; did you mean {close!r}?" if close is not None else "."
    return (
        f"{module!r} is served by watchbell {watchbell.__version__} here, which does not have {name!r} yet{hint} "
        f"{COVERAGE}."
    )


def missing_module(path: str) -> str:
    """The message about the internal module ``path``, which has no counterpart in watchbell."""
    why = reason_of_path(path)
    if why is not None:
        served = f"'dagster' is served by watchbell {watchbell.__version__} here"
        return f"{path!r} is not there: {served}. {_sentence(why)} {COVERAGE}."
    return (
        f"{path!r} is not there: 'dagster' is served by watchbell {watchbell.__version__} here, which has none of "
        "Dagster's internal modules but those that projects import from. Import the public name instead: "
        f"from dagster import <name>. {COVERAGE}."
    )


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."
