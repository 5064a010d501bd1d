"""Tags of runs that ask the service for something: refused where it could not understand them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from watchbell.ground.errors import DagsterInvalidDefinitionError

STRATEGIES = ("FROM_FAILURE", "ALL_STEPS")


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def _is_seconds(text: str) -> bool:
    try:
        return 0 <= float(text) < float("inf")
    except ValueError:
        return False


RULES: dict[str, tuple[Callable[[str], bool], str]] = {
    "dagster/max_retries": (_is_count, "a whole number, such as 3"),
    "dagster/retry_strategy": (lambda text: text in STRATEGIES, " or ".join(STRATEGIES)),
    "dagster/retry_on_asset_or_op_failure": (lambda text: text.lower() in ("true", "false"), "true or false"),
    "dagster/max_runtime": (_is_seconds, "a number of seconds, such as 3600"),
}
"""Tag -> what its value may be, and that in words."""


def check_run_tags(tags: Mapping[str, str], what: str) -> None:
    """Refuses tags that somebody relies on and that nobody could understand.

    Args:
        tags: of a run, or of all runs of a job.
        what: whose, for the message, e.g. ``"job 'etl'"``.

    Raises:
        DagsterInvalidDefinitionError: names the tag and what it may be.
    """
    for tag, (fits, expected) in RULES.items():
        if tag in tags and not fits(tags[tag].strip()):
            raise DagsterInvalidDefinitionError(
                f"{what} has the tag {tag!r} with the value {tags[tag]!r}; expected {expected}", tag=tag
            )
