"""Deeper down."""

from watchbell import asset


@asset
def deep() -> int:
    return 3
