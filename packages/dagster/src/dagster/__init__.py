"""The name `dagster`, served by watchbell."""

__version__ = "1.13.27"
