"""``asset status`` and ``asset checks``."""

from tests.cli.conftest import Terminal

CODE = '''
from datetime import timedelta

from watchbell import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetSpec,
    Definitions,
    FreshnessPolicy,
    asset,
    asset_check,
)


@asset(code_version="1", freshness_policy=FreshnessPolicy.time_window(timedelta(hours=1)))
def orders():
    return 1


@asset
def totals(orders):
    return orders


@asset_check(asset=orders, blocking=True)
def few(orders):
    """Not too many."""
    return AssetCheckResult(passed=orders < 0, severity=AssetCheckSeverity.WARN, description="too many")


@asset_check(asset=totals)
def new():
    return AssetCheckResult(passed=True)


defs = Definitions(assets=[orders, totals, AssetSpec("outside")], asset_checks=[few, new])
'''


def test_a_status_says_what_is_missing_stale_and_fresh(terminal: Terminal) -> None:
    terminal.write(CODE)
    before = terminal.run_on_code("asset", "status", "--json").json()
    terminal.run_on_code("asset", "materialize", "-s", "*")
    made = {row["asset"]: row for row in terminal.run_on_code("asset", "status", "--json").json()}
    terminal.write(CODE.replace('code_version="1"', 'code_version="2"'))
    stale = terminal.run_on_code("asset", "status", "--stale", "--json").json()

    assert {row["asset"]: row["status"] for row in before} == {
        "orders": "missing",
        "totals": "missing",
        "outside": "fresh",
    }
    assert (made["orders"]["status"], made["orders"]["freshness"], made["orders"]["checks"]) == (
        "fresh",
        "pass",
        "1 warned",
    )
    assert (made["totals"]["status"], made["totals"]["freshness"], made["totals"]["checks"]) == (
        "fresh",
        "",
        "1 passed",
    )
    assert [(row["asset"], row["status"], row["why"]) for row in stale] == [
        ("orders", "stale", "has a new code version")
    ]


def test_checks_are_listed_with_what_they_found_last(terminal: Terminal) -> None:
    terminal.write(CODE)
    before = terminal.run_on_code("asset", "checks", "--json").json()
    terminal.run_on_code("asset", "materialize", "-s", "orders")
    after = {row["check"]: row for row in terminal.run_on_code("asset", "checks", "--json").json()}
    chosen = terminal.run_on_code("asset", "checks", "-s", "totals", "--json").json()

    assert [(row["check"], row["blocking"], row["result"]) for row in before] == [
        ("orders:few", "yes", "never made"),
        ("totals:new", "", "never made"),
    ]
    assert before[0]["description"] == "Not too many."
    few = after["orders:few"]
    assert (few["result"], few["severity"], few["description"]) == ("failed", "WARN", "too many")
    assert after["totals:new"]["result"] == "never made"
    assert [row["check"] for row in chosen] == ["totals:new"]


def test_assets_are_listed_with_their_checks(terminal: Terminal) -> None:
    terminal.write(CODE)
    rows = terminal.run_on_code("asset", "list", "--json").json()

    assert {row["asset"]: row["checks"] for row in rows} == {"orders": "few", "totals": "new", "outside": ""}


def test_nothing_to_tell_is_told(terminal: Terminal) -> None:
    terminal.write("from watchbell import Definitions\n\ndefs = Definitions()\n")

    assert terminal.run_on_code("asset", "checks").out == "no asset checks are defined here\n"
    assert terminal.run_on_code("asset", "status", "--stale").out == "no asset is stale\n"


def test_a_check_that_a_run_never_came_to_is_skipped(terminal: Terminal) -> None:
    terminal.write(CODE.replace("def orders():\n    return 1", "def orders():\n    raise ValueError('no paper')"))

    terminal.run_on_code("asset", "materialize", "-s", "*")
    checks = terminal.run_on_code("asset", "checks", "--json").json()

    assert [row["result"] for row in checks] == ["skipped", "skipped"]
