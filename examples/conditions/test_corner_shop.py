"""How conditions are tested: simulated over any time in no time, or evaluated after what happened. Nothing waits."""

from pathlib import Path

import corner_shop
import pytest
from corner_shop import FOLLOWING, call_to_baker, defs, nothing_sold_twice, sales, shop_window, stock

from watchbell import (
    AssetKey,
    DagsterInstance,
    Simulation,
    evaluate_automation_conditions,
    materialize,
    simulate,
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of this test's own."""
    monkeypatch.setattr(corner_shop, "FOLDER", tmp_path)


@pytest.fixture(scope="module")
def hour() -> Simulation:
    """An hour in the shop; the till asks for sales every ten seconds, each run takes one."""
    durations = {each.key.to_user_string(): 1 for each in (sales, *FOLLOWING)}
    return simulate(defs, "2026-10-23T06:00", "2026-10-23T07:00", sensors=["till"], durations=durations)


def made(simulation: Simulation, name: str) -> list[str]:
    """When an asset was made."""
    return [f"{run.asked_at:%H:%M:%S}" for run in simulation.runs if AssetKey(name) in run.asset_keys]


def test_stock_follows_sales_each_time(hour: Simulation) -> None:
    assert made(hour, "sales")[:3] == ["06:00:00", "06:00:10", "06:00:20"]
    assert made(hour, "stock")[:3] == ["06:00:01", "06:00:11", "06:00:21"]
    assert len(made(hour, "stock")) == 360


def test_the_sign_is_made_in_the_run_of_the_stock_once_its_check_has_passed(hour: Simulation) -> None:
    first, second = [run for run in hour.runs if shop_window.key in run.asset_keys][:2]

    assert first.asset_keys == (shop_window.key,)  # nobody had checked the stock before
    assert set(second.asset_keys) == {stock.key, shop_window.key}


def test_the_baker_is_called_every_thirty_seconds_at_most(hour: Simulation) -> None:
    assert made(hour, "call_to_baker")[:3] == ["06:00:01", "06:00:31", "06:01:01"]


def test_accounts_are_made_once_a_minute_when_both_are_there(hour: Simulation) -> None:
    minutes = [time[:5] for time in made(hour, "accounts")]

    assert minutes == [f"06:{minute:02}" for minute in range(1, 60)]
    assert all(wages <= accounts for wages, accounts in zip(made(hour, "wages"), made(hour, "accounts"), strict=True))
    assert made(hour, "tax_return") == made(hour, "accounts")


def test_each_sensor_gives_its_runs_its_tags(hour: Simulation) -> None:
    tags = {name: run.tags for run in hour.runs for name in map(AssetKey.to_user_string, run.asset_keys)}

    assert tags["stock"]["dagster/priority"] == "10"
    assert tags["accounts"]["team"] == "office"


def test_a_page_a_day_also_when_the_clocks_go_back() -> None:
    days = simulate(defs, "2026-10-24", "2026-10-27", only=["day_book"])

    assert [(f"{run.asked_at:%d. %H:%M}", run.partition) for run in days.runs] == [
        ("24. 22:00", "2026-10-24"),
        ("25. 23:00", "2026-10-25"),
        ("26. 23:00", "2026-10-26"),
    ]


@pytest.mark.parametrize(("sold", "signs"), [(20, 1), (90, 0)])
def test_a_stock_that_is_wrong_reaches_nobody(sold: int, signs: int) -> None:
    with DagsterInstance.ephemeral() as instance:
        materialize([sales, stock, nothing_sold_twice], instance=instance)
        cursor = evaluate_automation_conditions(defs, instance).cursor
        (corner_shop.FOLDER / "sold.txt").write_text(str(sold))
        materialize([sales, stock, nothing_sold_twice], instance=instance, raise_on_error=False)

        after = evaluate_automation_conditions(defs, instance, cursor=cursor)

    assert (after.get_num_requested(shop_window.key), after.get_num_requested(call_to_baker.key)) == (signs, 1)


def test_each_asset_says_when_it_runs() -> None:
    assert [each.key for each in FOLLOWING if "Runs " not in each.descriptions_by_key[each.key]] == []
