"""The cursor of evaluations of conditions by hand, which tests keep from one to the next."""

from watchbell.automate.conditions.tester_cursor import AssetDaemonCursor

__all__ = ["AssetDaemonCursor"]
