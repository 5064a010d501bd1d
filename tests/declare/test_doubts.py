"""Names that are likely mistakes, and names that are not."""

from watchbell import AssetCheckResult, Definitions, asset, asset_check
from watchbell.declare.doubts import doubts_about


@asset
def orders() -> int:
    return 1


def test_a_check_of_an_asset_that_is_called_almost_like_one_here_is_doubted() -> None:
    @asset_check(asset="order")
    def not_empty() -> AssetCheckResult:
        return AssetCheckResult(passed=True)

    graph = Definitions([orders], asset_checks=[not_empty]).get_repository_def().asset_graph

    (text,) = doubts_about(graph)
    assert "the check 'not_empty' is of the asset 'order'" in text
    assert "did you mean 'orders'?" in text


def test_a_dependency_on_an_asset_that_is_called_otherwise_is_believed() -> None:
    @asset(deps=["raw_orders", "ordres"])
    def report() -> None: ...

    graph = Definitions([orders, report]).get_repository_def().asset_graph

    (text,) = doubts_about(graph)
    assert "the asset 'report' depends on the asset 'ordres'" in text
