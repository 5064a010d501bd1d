"""Shares an asset with its neighbour."""

from tests.declare.shelf.first import orders
from watchbell import AssetSpec, Definitions, asset

__all__ = ["orders", "stock", "whole"]


@asset
def stock(orders: int) -> int:
    return orders + 1


whole = Definitions(assets=[AssetSpec("inside_of_definitions")])
