"""Asset checks by HTTP."""

from collections.abc import Iterator

import pytest

from tests.web.asset_site import AssetSite
from tests.web.counting import traced_statements
from watchbell.record.asset_check import AssetCheckKey, AssetCheckSeverity
from watchbell.record.keys import AssetKey
from watchbell.record.run import DagsterRunStatus


@pytest.fixture
def shop() -> Iterator[AssetSite]:
    site = AssetSite()
    with site.instance:
        yield site


def told(shop: AssetSite, parameters: str = "") -> list[tuple[str, str]]:
    answer = shop.client().get(f"/api/checks{parameters}")
    assert answer.status_code == 200, answer.text
    return [(each["name"], each["verdict"]) for each in answer.json()["items"]]


def test_failed_checks_come_first(shop: AssetSite) -> None:
    shop.checked("is_plausible", True)
    shop.checked("is_positive", False)

    assert told(shop) == [("is_positive", "failed"), ("is_plausible", "passed")]


def test_one_that_only_warns_is_no_failure(shop: AssetSite) -> None:
    shop.checked("is_positive", False, AssetCheckSeverity.WARN)

    [found] = shop.client().get("/api/checks?verdict=warned").json()["items"]

    assert (found["name"], found["newest"]["severity"], found["is_blocking"]) == ("is_positive", "WARN", True)


def test_checks_that_never_ran_say_so(shop: AssetSite) -> None:
    assert told(shop, "?asset=revenue") == [("is_plausible", "never"), ("is_positive", "never")]


def test_checks_are_found_by_a_part_of_their_name(shop: AssetSite) -> None:
    assert told(shop, "?q=plaus") == [("is_plausible", "never")]


def test_pages_of_checks_follow_each_other(shop: AssetSite) -> None:
    client = shop.client()
    first = client.get("/api/checks?limit=1").json()
    second = client.get(f"/api/checks?limit=1&cursor={first['next_cursor']}").json()

    assert (
        first["items"][0]["name"], second["items"][0]["name"], second["next_cursor"],
    ) == ("is_plausible", "is_positive", None)  # fmt: skip


def test_the_history_of_a_check_is_told_the_newest_first(shop: AssetSite) -> None:
    for passed in (True, False, True):
        shop.checked("is_positive", passed)
    client = shop.client()

    first = client.get("/api/checks/history?asset=revenue&name=is_positive&limit=2").json()
    rest = client.get(f"/api/checks/history?asset=revenue&name=is_positive&cursor={first['next_cursor']}").json()

    assert [each["verdict"] for page in (first, rest) for each in page["items"]] == ["passed", "failed", "passed"]


def test_a_check_can_be_run_without_its_asset(shop: AssetSite) -> None:
    answer = shop.client().request("POST", "/api/checks/run", json={"asset": "revenue", "names": ["is_positive"]})

    assert answer.status_code == 202
    run = shop.instance.get_run_by_id(answer.json()["run_id"])
    assert run is not None
    assert (DagsterRunStatus.QUEUED, frozenset({AssetCheckKey(AssetKey("revenue"), "is_positive")}), frozenset()) == (
        run.status, run.asset_check_selection, run.asset_selection,
    )  # fmt: skip


def test_a_check_that_is_not_there_is_not_found(shop: AssetSite) -> None:
    answer = shop.client().request("POST", "/api/checks/run", json={"asset": "revenue", "names": ["nope"]})

    assert (answer.status_code, shop.instance.get_runs_count()) == (404, 0)


def test_a_page_of_checks_costs_a_fixed_number_of_statements(shop: AssetSite) -> None:
    client = shop.client()
    with traced_statements(shop.instance.store) as none:
        client.get("/api/checks")
    shop.checked("is_positive", False)
    shop.checked("is_plausible", True)
    with traced_statements(shop.instance.store) as both:
        client.get("/api/checks")

    assert (len(none), 1) == (len(both), sum("check_executions" in each for each in both.statements))
