"""Partitions of assets, and keys of dynamic ones, by HTTP."""

from collections.abc import Iterator

import pytest

from tests.web.asset_site import AssetSite
from tests.web.conftest import Client
from tests.web.counting import traced_statements


@pytest.fixture
def shop() -> Iterator[AssetSite]:
    site = AssetSite()
    with site.instance:
        yield site


def overview(client: Client, key: str) -> dict:
    answer = client.get(f"/api/asset/partitions/overview?key={key}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def rows(client: Client, parameters: str) -> list[tuple[str, str]]:
    answer = client.get(f"/api/asset/partitions?{parameters}")
    assert answer.status_code == 200, answer.text
    return [(each["key"], each["state"]) for each in answer.json()["items"]]


def test_the_overview_names_what_failed_and_what_is_missing(shop: AssetSite) -> None:
    for day in (1, 2, 3, 7, 8):
        shop.made("raw/orders", f"2026-05-{day:02}")
    shop.failed("raw/orders", "2026-05-04")

    found = overview(shop.client(), "raw/orders")

    assert (
        found["texts"]["failed"], found["texts"]["missing"],
    ) == ("2026-05-04", "2026-05-05..2026-05-06, 2026-05-09..2026-05-10")  # fmt: skip
    assert (
        found["facts"]["kind"], found["total"], found["first"], found["last"],
    ) == ("static", 10, "2026-05-01", "2026-05-10")  # fmt: skip


def test_a_partition_is_stale_when_what_it_is_made_from_was_made_again(shop: AssetSite) -> None:
    for day in (1, 2, 3):
        shop.made("raw/orders", f"2026-05-{day:02}")
        shop.made("sums", f"2026-05-{day:02}")
    shop.made("raw/orders", "2026-05-02")

    found = overview(shop.client(), "sums")

    assert (found["texts"]["stale"], found["counts"]["stale"], found["counts"]["made"]) == ("2026-05-02", 1, 2)


def test_partitions_are_listed_by_state_and_page(shop: AssetSite) -> None:
    shop.made("raw/orders", "2026-05-01")
    client = shop.client()

    first = client.get("/api/asset/partitions?key=raw/orders&state=missing&limit=2&newest_first=true&with_total=true")
    cursor = first.json()["next_cursor"]
    second = rows(client, f"key=raw/orders&state=missing&limit=2&newest_first=true&cursor={cursor}")

    assert (
        [each["key"] for each in first.json()["items"]], first.json()["total"]["count"],
    ) == (["2026-05-10", "2026-05-09"], 9)  # fmt: skip
    assert [key for key, _ in second] == ["2026-05-08", "2026-05-07"]
    assert rows(client, "key=raw/orders&state=made") == [("2026-05-01", "made")]


def test_the_pages_of_a_list_have_each_partition_once(shop: AssetSite) -> None:
    client, found, cursor = shop.client(), [], ""
    while True:
        page = client.get(f"/api/asset/partitions?key=raw/orders&limit=3{cursor}").json()
        found += [each["key"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert [f"2026-05-{day:02}" for day in range(1, 11)] == found


def test_windows_are_found_by_when_they_begin(shop: AssetSite) -> None:
    found = rows(shop.client(), "key=daily&since=2024-02-27T00:00:00&until=2024-03-01T00:00:00")

    assert [key for key, _ in found] == ["2024-02-27", "2024-02-28", "2024-02-29"]


def test_what_was_typed_is_counted_and_written_in_its_shortest_form(shop: AssetSite) -> None:
    shop.made("raw/orders", "2026-05-03")
    found = (
        shop.client()
        .get("/api/asset/partitions/chosen?key=raw/orders&text=2026-05-03..2026-05-05, 2026-05-06 , 2026-05-09")
        .json()
    )

    assert (
        found["text"], found["count"], found["counts"]["made"], found["counts"]["missing"],
    ) == ("2026-05-03..2026-05-06, 2026-05-09", 5, 1, 4)  # fmt: skip
    assert [(each["start"], each["count"]) for each in found["segments"]] == [(2, 4), (8, 1)]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("2026-05-99", "did you mean"),
        ("2026-05-05..2026-05-03", "turn them round"),
        ('"2026-05-01', "keys and ranges"),
    ],
)
def test_what_was_typed_wrongly_is_told_with_the_way_out(shop: AssetSite, text: str, word: str) -> None:
    answer = shop.client().get(f"/api/asset/partitions/chosen?key=raw/orders&text={text}")

    assert (answer.status_code, answer.json()["type"]) == (422, "urn:watchbell:wrong-partitions")
    assert word in answer.json()["detail"]


def test_the_grid_shows_the_newest_columns(shop: AssetSite) -> None:
    shop.made("regional", "2024-02-28|north")

    grid = shop.client().get("/api/asset/partitions/grid?key=regional&columns=3").json()

    assert (grid["dimensions"], grid["columns"]) == (["region", "day"], ["2024-02-27", "2024-02-28", "2024-02-29"])
    assert [(each["key"], each["cells"]) for each in grid["rows"]] == [("north", ".m."), ("south", "...")]


def test_a_rectangle_of_the_grid_is_one_range(shop: AssetSite) -> None:
    corners = "first_row=south&last_row=north&first_column=2024-02-03&last_column=2024-02-02"
    client = shop.client()
    found = client.get(f"/api/asset/partitions/rectangle?key=regional&{corners}").json()
    read = client.get(f"/api/asset/partitions/chosen?key=regional&text={found['text']}").json()

    assert (found["text"], found["count"]) == ("2024-02-02|north..2024-02-03|south", 4)
    assert found == read


def test_one_partition_tells_of_its_runs_and_why_the_last_failed(shop: AssetSite) -> None:
    shop.made("raw/orders", "2026-05-04", metadata={"rows": 3})
    run_id = shop.failed("raw/orders", "2026-05-04")

    found = shop.client().get("/api/asset/partition?key=raw/orders&partition=2026-05-04").json()

    assert ("failed", [run_id], 3, True) == (
        found["state"], [each["run_id"] for each in found["runs"]], found["newest"]["metadata"][0]["value"],
        found["is_current"],
    )  # fmt: skip


def test_a_partition_that_never_was_is_not_found(shop: AssetSite) -> None:
    answer = shop.client().get("/api/asset/partition?key=raw/orders&partition=2027-01-01")

    assert answer.status_code == 404


def test_an_asset_without_partitions_says_so(shop: AssetSite) -> None:
    answer = shop.client().get("/api/asset/partitions/overview?key=revenue")

    assert (answer.status_code, answer.json()["type"]) == (409, "urn:watchbell:no-partitions")


def test_wiping_partitions_asks_for_the_name_of_the_asset(shop: AssetSite) -> None:
    for day in (1, 2, 3):
        shop.made("raw/orders", f"2026-05-{day:02}")
    client = shop.client()
    wish = {"key": "raw/orders", "partitions": "2026-05-02..2026-05-10", "confirm": "orders"}

    assert client.request("POST", "/api/asset/partitions/wipe", json=wish).status_code == 422
    answer = client.request("POST", "/api/asset/partitions/wipe", json={**wish, "confirm": "raw/orders"})

    assert (answer.json(), rows(client, "key=raw/orders&state=made")) == ({"count": 2}, [("2026-05-01", "made")])


def test_dynamic_keys_are_added_listed_and_deleted(shop: AssetSite) -> None:
    client = shop.client()
    wish = {"name": "cities", "keys": ["rome", "oslo", "rome"]}

    added = client.request("POST", "/api/dynamic-partitions/add", json=wish).json()
    listed = client.get("/api/dynamic-partitions/keys?name=cities").json()
    deleted = client.request("POST", "/api/dynamic-partitions/delete", json={"name": "cities", "keys": ["oslo", "x"]})
    names = client.get("/api/dynamic-partitions").json()["items"]

    assert added["changed"] == ["rome", "oslo"]
    assert [each["key"] for each in listed["items"]] == ["oslo", "rome"]
    assert deleted.json() == {"name": "cities", "changed": ["oslo"], "left": ["x"]}
    assert names == [{"name": "cities", "count": 1, "assets": ["towns"]}]
    assert rows(client, "key=towns") == [("rome", "missing")]


def test_a_key_that_cannot_be_stored_is_refused(shop: AssetSite) -> None:
    answer = shop.client().request("POST", "/api/dynamic-partitions/add", json={"name": "cities", "keys": ["a\nb"]})

    assert (answer.status_code, answer.json()["extra"]["where"]) == (422, "keys")


@pytest.mark.parametrize(
    "address",
    [
        "/api/asset/partitions/overview?key=raw/orders",
        "/api/asset/partitions?key=raw/orders&limit=1000",
        "/api/asset/partitions/chosen?key=raw/orders&text=*",
        "/api/assets?q=orders",
    ],
)
def test_a_page_costs_as_many_statements_with_all_made_as_with_one(shop: AssetSite, address: str) -> None:
    shop.made("raw/orders", "2026-05-01")
    client = shop.client()
    client.get(address)  # what it is made from is read once
    with traced_statements(shop.instance.store) as few:
        client.get(address)
    for day in range(2, 11):
        shop.made("raw/orders", f"2026-05-{day:02}")
    client.get(address)
    with traced_statements(shop.instance.store) as many:
        client.get(address)

    assert len(few) == len(many)
