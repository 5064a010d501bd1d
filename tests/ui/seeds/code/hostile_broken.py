"""A code location that fails to load with all texts."""

from texts import ALL

raise ImportError(ALL)
