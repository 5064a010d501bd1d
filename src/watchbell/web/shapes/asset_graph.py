"""The graph of assets, as the API tells it: compact, as it may hold thousands."""

from __future__ import annotations

from datetime import datetime

from watchbell.web.shapes.shape import Shape


class AssetGraphNode(Shape):
    """An asset in the graph.

    Args:
        key: its key as in addresses.
        group: its group.
        state: how it stands, as in the list of assets.
        failed_partitions: how many of its partitions failed and were not made since.
        failed_checks: how many of its checks did not pass, where that is more than a warning.
        made_at: when it was made last.
    """

    key: str
    group: str
    state: str
    failed_partitions: int
    failed_checks: int
    made_at: datetime | None


class AssetGraph(Shape):
    """Assets and what is made from what.

    Args:
        nodes: the assets, by key.
        edges: pairs of places in ``nodes``: what is made from, what is made.
        is_cut: whether there are more than are told.
        at: when the answer was made.
    """

    nodes: list[AssetGraphNode]
    edges: list[tuple[int, int]]
    is_cut: bool
    at: datetime
