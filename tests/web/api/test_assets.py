"""The catalog and one asset by HTTP."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.web.asset_site import AssetSite
from tests.web.conftest import NOW, SCRIPT, Client
from tests.web.counting import traced_statements
from watchbell.ground.clock import ManualClock
from watchbell.ground.upward import call_upward
from watchbell.record.asset_check import AssetCheckSeverity
from watchbell.record.keys import AssetKey
from watchbell.record.metadata import MetadataValue
from watchbell.record.run import DagsterRunStatus
from watchbell.record.snapshot import AssetSnapshot, LocationSnapshot
from watchbell.web.link import StillLink
from watchbell.web.view import View


@pytest.fixture
def shop() -> Iterator[AssetSite]:
    site = AssetSite()
    with site.instance:
        yield site


def keys(client: Client, address: str) -> list[str]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return [each["key"] for each in answer.json()["items"]]


def row(client: Client, key: str) -> dict:
    [found] = [each for each in client.get("/api/assets?limit=1000").json()["items"] if each["key"] == key]
    return found


def test_all_assets_are_listed_by_key(shop: AssetSite) -> None:
    found = keys(shop.client(), "/api/assets")

    assert found == [
        "daily", "raw/clicks", "raw/customers", "raw/orders", "regional", "report", "revenue", "sums", "towns",
    ]  # fmt: skip


def test_pages_follow_each_other_without_gap(shop: AssetSite) -> None:
    client, found, cursor = shop.client(), [], ""
    while True:
        page = client.get(f"/api/assets?limit=2&sort=-group{cursor}").json()
        found += [each["key"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = "&cursor=" + page["next_cursor"]

    assert keys(client, "/api/assets?sort=-group") == found
    assert len(set(found)) == 9


def test_a_selection_as_in_code_chooses_assets(shop: AssetSite) -> None:
    found = keys(shop.client(), "/api/assets?selection=raw/customers*")

    assert found == ["raw/customers", "report", "revenue"]


def test_a_selection_that_means_nothing_is_told_so(shop: AssetSite) -> None:
    answer = shop.client().get("/api/assets?selection=grup:x")

    assert (answer.status_code, answer.json()["type"]) == (422, "urn:watchbell:wrong-selection")
    assert "group" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("kind:csv", ["raw/orders"]),
        ("prefix:raw -kind:csv", ["raw/clicks", "raw/customers"]),
        ("state:external", ["raw/clicks"]),
        ("owner:team:intake", ["raw/orders"]),
        ("tag:tier=gold", ["revenue"]),
        ("checks:any", ["revenue"]),
        ("automation:on", ["revenue"]),
        ("partitions:yes group:raw", ["raw/orders"]),
        ("r*s", ["raw/clicks", "raw/customers", "raw/orders"]),
        ("fresh:unknown", ["raw/customers"]),
    ],
)
def test_the_query_language_filters(shop: AssetSite, query: str, expected: list[str]) -> None:
    found = keys(shop.client(), f"/api/assets?q={query}")

    assert expected == found


def test_a_wrong_word_of_the_query_names_what_there_is(shop: AssetSite) -> None:
    answer = shop.client().get("/api/assets?q=state:fine")

    assert answer.status_code == 422
    assert "failed" in answer.json()["detail"]


def test_an_asset_whose_run_failed_says_which_run_it_was(shop: AssetSite) -> None:
    run_id = shop.failed("revenue")

    found = row(shop.client(), "revenue")

    assert ("failed", run_id, NOW.isoformat().replace("+00:00", "Z")) == (
        found["state"], found["failed_run_id"], found["failed_at"],
    )  # fmt: skip


def test_one_that_was_made_after_its_failure_is_done(shop: AssetSite) -> None:
    shop.failed("revenue")
    shop.instance.clock.advance(5)
    shop.made("revenue")

    assert row(shop.client(), "revenue")["state"] == "done"


def test_freshness_says_until_when_and_since_when_it_is_late(shop: AssetSite) -> None:
    shop.made("raw/customers")
    before = row(shop.client(), "raw/customers")["freshness"]
    shop.instance.clock.advance(7 * 3600)
    after = row(shop.client(), "raw/customers")["freshness"]

    due = (NOW + timedelta(hours=6)).isoformat().replace("+00:00", "Z")
    assert (("PASS", due), ("FAIL", due)) == ((before["state"], before["due_at"]), (after["state"], after["due_at"]))
    assert before["policy"] == "made within the last 6 h"


def test_the_next_time_of_a_schedule_that_contains_it_is_told(shop: AssetSite) -> None:
    [automation] = row(shop.client(), "revenue")["automations"]

    assert (
        automation["kind"], automation["name"], automation["is_on"], automation["next_at"],
    ) == ("schedule", "at_three", True, "2024-03-02T03:00:00Z")  # fmt: skip


def test_the_strip_has_a_segment_for_each_run_of_equal_partitions(shop: AssetSite) -> None:
    for day in (1, 2, 3, 6):
        shop.made("raw/orders", f"2026-05-{day:02}")
    shop.failed("raw/orders", "2026-05-04")

    strip = row(shop.client(), "raw/orders")["partitions"]

    told = [(each["state"], each["start"], each["count"]) for each in strip["segments"]]
    assert told == [("made", 0, 3), ("failed", 3, 1), ("missing", 4, 1), ("made", 5, 1), ("missing", 6, 4)]
    assert (strip["total"], *(strip["counts"][name] for name in ("made", "failed", "missing"))) == (10, 4, 1, 5)


def test_the_tree_counts_states_by_branch(shop: AssetSite) -> None:
    shop.failed("revenue")

    tree = shop.client().get("/api/assets/tree?by=group").json()

    assert [(each["path"], each["count"], each["states"].get("failed", 0)) for each in tree["nodes"]] == [
        ("marts", 6, 1),
        ("raw", 3, 0),
    ]


def test_one_asset_tells_what_it_is(shop: AssetSite) -> None:
    found = shop.client().get("/api/asset?key=raw/orders").json()

    assert found["about"].replace("    ", "") == "Orders of a day.\n\n**More** is said here."
    assert [(each["name"], each["default"]) for each in found["config"]] == [("rows", "10")]
    assert (found["partitions_facts"]["kind"], found["downstream"], found["upstream"]) == ("static", ["sums"], [])


def test_what_is_wrong_upstream_is_named_with_its_distance(shop: AssetSite) -> None:
    shop.made("report")
    shop.made("revenue")
    shop.failed("raw/customers")

    trouble = shop.client().get("/api/asset?key=report").json()["upstream_trouble"]

    assert [(each["key"], each["distance"], each["why"]) for each in trouble] == [("raw/customers", -2, "failed")]


def test_an_unknown_asset_is_not_found_and_the_nearest_named(shop: AssetSite) -> None:
    answer = shop.client().get("/api/asset?key=revenu")

    assert answer.status_code == 404
    assert "'revenue'" in answer.json()["detail"]


def test_an_asset_that_no_code_defines_any_more_is_remembered(shop: AssetSite) -> None:
    shop.made("gone/table", metadata={"rows": 3})

    found = shop.client().get("/api/asset?key=gone/table").json()

    assert (found["is_known"], found["state"], found["newest"]["metadata"][0]["value"]) == (False, "done", 3)


def test_events_are_paged_the_newest_first(shop: AssetSite) -> None:
    for number in range(5):
        shop.made("revenue", metadata={"rows": number})
    client = shop.client()

    first = client.get("/api/asset/events?key=revenue&limit=3").json()
    rest = client.get(f"/api/asset/events?key=revenue&limit=3&cursor={first['next_cursor']}").json()

    told = [each["metadata"][0]["value"] for page in (first, rest) for each in page["items"]]
    assert (told, rest["next_cursor"]) == ([4, 3, 2, 1, 0], None)


def test_numbers_of_materializations_become_series(shop: AssetSite) -> None:
    shop.made("revenue", metadata={"rows": 1, "name": "x"})
    shop.made("revenue", metadata={"rows": 2.5, "share": float("nan")})

    history = shop.client().get("/api/asset/history?key=revenue").json()

    assert [(each["label"], each["values"]) for each in history["series"]] == [("rows", [1.0, 2.5])]


def test_metadata_of_every_kind_has_a_shape(shop: AssetSite) -> None:
    metadata = {
        "md": MetadataValue.md("# x"),
        "url": MetadataValue.url("javascript:alert(1)"),
        "json": MetadataValue.json({"a": [1]}),
        "asset": MetadataValue.asset(AssetKey(["raw", "orders"])),
        "big": MetadataValue.int(2**60),
        "endless": MetadataValue.float(float("inf")),
        "none": MetadataValue.null(),
    }
    shop.made("revenue", metadata=metadata)

    facts = shop.client().get("/api/asset?key=revenue").json()["newest"]["metadata"]

    assert [
        ("md", "markdown", "# x"), ("url", "url", "javascript:alert(1)"), ("json", "json", {"a": [1]}),
        ("asset", "asset", "raw/orders"), ("big", "int", str(2**60)), ("endless", "float", "inf"),
        ("none", "null", None),
    ] == [(each["label"], each["kind"], each["value"]) for each in facts]  # fmt: skip


def test_the_lineage_has_the_neighbours_to_a_depth(shop: AssetSite) -> None:
    client = shop.client()

    near = client.get("/api/asset/lineage?key=report&depth=1").json()
    far = client.get("/api/asset/lineage?key=report&depth=2").json()

    assert [[each["key"], each["distance"]] for each in near["nodes"]] == [["report", 0], ["revenue", -1]]
    assert far["edges"] == [["revenue", "report"], ["raw/customers", "revenue"]]


def test_materialising_queues_one_run_of_the_assets(shop: AssetSite) -> None:
    answer = shop.client().request(
        "POST",
        "/api/assets/materialize",
        json={"assets": ["report", "revenue"], "tags": {"team": "data", "dagster/schedule_name": "nightly"}},
    )

    assert answer.status_code == 202
    [launched] = answer.json()["runs"]
    run = shop.instance.get_run_by_id(launched["run_id"])
    assert run is not None
    assert run.tags["watchbell/launched_by"]
    assert "dagster/schedule_name" not in run.tags
    assert (DagsterRunStatus.QUEUED, frozenset({AssetKey("report"), AssetKey("revenue")}), "data", "shop") == (
        run.status, run.asset_selection, run.tags["team"], run.location_name,
    )  # fmt: skip
    assert launched["assets"] == ["revenue", "report"]


def test_a_dry_wish_only_tells_what_would_run(shop: AssetSite) -> None:
    answer = shop.client().request("POST", "/api/assets/materialize", json={"assets": ["revenue"], "is_dry": True})

    assert (
        answer.status_code, answer.json()["runs"][0]["run_id"], shop.instance.get_runs_count(),
    ) == (202, None, 0)  # fmt: skip


@pytest.mark.parametrize(
    ("wish", "where", "word"),
    [
        ({"assets": ["raw/orders"]}, "partition", "say which one"),
        ({"assets": ["raw/orders"], "partition": "2026-05-99"}, "partition", "2026-05-99"),
        ({"assets": ["raw/orders"], "partition_range": ["2026-05-01", "2026-05-02"]}, "partition_range", "backfill"),
        ({"assets": ["revenue"], "partition": "2026-05-01"}, "partition", "partition"),
        ({"assets": ["revenue"], "run_config": {"ops": {"nope": {}}}}, "run_config", "nope"),
    ],
)
def test_what_could_not_start_is_refused_now_and_says_where(shop: AssetSite, wish: dict, where: str, word: str) -> None:
    answer = shop.client().request("POST", "/api/assets/materialize", json=wish)

    assert (400, where, 0) == (answer.status_code, answer.json()["extra"]["where"], shop.instance.get_runs_count())
    assert word in answer.json()["detail"]


def test_a_range_of_an_asset_that_makes_many_at_once_is_one_run(shop: AssetSite) -> None:
    wish = {"assets": ["daily"], "partition_range": ["2024-02-01", "2024-02-05"]}
    answer = shop.client().request("POST", "/api/assets/materialize", json=wish)

    run = shop.instance.get_run_by_id(answer.json()["runs"][0]["run_id"])
    assert run is not None
    assert (
        run.tags["dagster/asset_partition_range_start"], run.tags["dagster/asset_partition_range_end"],
    ) == ("2024-02-01", "2024-02-05")  # fmt: skip


def test_what_nothing_here_makes_cannot_be_materialised(shop: AssetSite) -> None:
    answer = shop.client().request("POST", "/api/assets/materialize", json={"assets": ["raw/clicks"]})

    assert (answer.status_code, answer.json()["type"]) == (422, "urn:watchbell:nothing-to-make")


def test_wiping_asks_for_the_name(shop: AssetSite) -> None:
    shop.made("revenue")
    client = shop.client()

    wrong = client.request("POST", "/api/assets/wipe", json={"assets": ["revenue"], "confirm": "yes"})
    assert (wrong.status_code, row(client, "revenue")["state"]) == (422, "done")

    right = client.request("POST", "/api/assets/wipe", json={"assets": ["revenue"], "confirm": "revenue"})
    assert (right.status_code, row(client, "revenue")["state"]) == (200, "never")


def test_wiping_several_asks_for_their_number(shop: AssetSite) -> None:
    shop.made("revenue")
    answer = shop.client().request(
        "POST", "/api/assets/wipe", json={"assets": ["revenue", "report"], "confirm": "wipe 2"}
    )

    assert (answer.json()["assets"], answer.json()["never_made"]) == (["revenue"], ["report"])


def test_what_happened_elsewhere_can_be_reported(shop: AssetSite) -> None:
    wish = {"key": "raw/clicks", "kind": "materialization", "metadata": {"rows": 7}, "data_version": "v1"}
    client = shop.client()
    answer = client.request("POST", "/api/assets/report", json=wish)

    newest = client.get("/api/asset?key=raw/clicks").json()["newest"]
    assert (
        answer.status_code, newest["data_version"], [(each["label"], each["value"]) for each in newest["metadata"]],
    ) == (201, "v1", [("rows", 7)])  # fmt: skip


def test_a_script_in_every_text_is_handed_on_as_text_only() -> None:
    asset = AssetSnapshot(
        AssetKey([SCRIPT]),
        group_name=SCRIPT,
        description=SCRIPT,
        kinds=(SCRIPT,),
        owners=(SCRIPT,),
        tags={SCRIPT: SCRIPT},
    )
    instance = call_upward("open_instance", "ephemeral", clock=ManualClock(NOW))
    with instance:
        client = Client(View(instance, StillLink([LocationSnapshot(SCRIPT, assets=(asset,))])))
        answer = client.get("/api/assets")

        assert (answer.headers["content-type"], answer.json()["items"][0]["group"]) == ("application/json", SCRIPT)
        assert SCRIPT not in client.get("/assets").text


@pytest.mark.parametrize("address", ["/api/assets", "/api/assets/tree", "/api/asset?key=a0"])
def test_a_page_costs_as_many_statements_for_5000_assets_as_for_5(address: str) -> None:
    counts = []
    for number in (5, 5_000):
        assets = tuple(AssetSnapshot(AssetKey(f"a{each}"), job_names=("__ASSET_JOB",)) for each in range(number))
        instance = call_upward("open_instance", "ephemeral", clock=ManualClock(NOW))
        with instance:
            client = Client(View(instance, StillLink([LocationSnapshot("many", assets=assets)])))
            with traced_statements(instance.store) as count:
                assert client.get(address).status_code == 200
            counts.append(len(count))

    assert counts[0] == counts[1]
    assert counts[0] <= 12


def test_the_graph_marks_an_asset_whose_check_failed_also_where_it_was_made(shop: AssetSite) -> None:
    shop.made("revenue")
    shop.checked("is_positive", passed=False)
    shop.checked("is_plausible", passed=False, severity=AssetCheckSeverity.WARN)

    nodes = shop.client().get("/api/asset-graph").json()["nodes"]

    marked = {each["key"]: each["failed_checks"] for each in nodes if each["failed_checks"]}
    assert marked == {"revenue": 1}


def test_an_asset_is_failed_as_long_as_a_partition_of_it_is(shop: AssetSite) -> None:
    shop.failed("raw/orders", "2026-05-03")
    shop.instance.clock.advance(60)
    shop.made("raw/orders", "2026-05-04")
    client = shop.client()
    before = row(client, "raw/orders")
    graph = client.get("/api/asset-graph?selection=raw/orders").json()
    tree = client.get("/api/assets/tree?by=group&q=prefix:raw").json()
    near = client.get("/api/asset?key=sums").json()["upstream_trouble"]
    found = keys(client, "/api/assets?q=state:failed")
    shop.made("raw/orders", "2026-05-03")
    after = row(client, "raw/orders")

    assert (before["state"], before["failed_partitions"], before["failed_at"]) == ("failed", 1, None)
    assert (graph["nodes"][0]["state"], graph["nodes"][0]["failed_partitions"]) == ("failed", 1)
    assert tree["nodes"][0]["states"]["failed"] == 1
    assert [(each["key"], each["why"], each["failed_partitions"]) for each in near] == [
        ("raw/orders", "1 partition failed", 1)
    ]
    assert found == ["raw/orders"]
    assert (after["state"], after["failed_partitions"]) == ("done", 0)


def test_a_partition_that_is_made_again_is_no_failure_while_it_is(shop: AssetSite) -> None:
    shop.failed("raw/orders", "2026-05-03")
    shop.failed("raw/orders", "2026-05-04")
    shop.making("raw/orders", "2026-05-03")
    one_left = row(shop.client(), "raw/orders")
    shop.making("raw/orders", "2026-05-04")

    assert (one_left["state"], one_left["failed_partitions"]) == ("failed", 1)
    assert row(shop.client(), "raw/orders")["state"] == "running"


def test_all_that_match_are_named_with_what_makes_them_by_itself(shop: AssetSite) -> None:
    client = shop.client()
    found = client.get("/api/assets/meant?q=prefix:raw%20-customers&selection=group:raw").json()
    every = client.get("/api/assets/meant").json()

    assert found["items"] == [
        {"key": "raw/clicks", "location": "shop", "is_made_here": False, "has_partitions": False},
        {"key": "raw/orders", "location": "shop", "is_made_here": True, "has_partitions": True},
    ]
    assert (len(every["items"]), every["is_whole"]) == (9, True)
    assert every["automations"] == [{"kind": "schedule", "location": "shop", "name": "at_three", "count": 1}]


def test_what_cannot_be_wiped_keeps_no_other_asset_from_it(shop: AssetSite) -> None:
    shop.made("revenue")
    wish = {"assets": ["revenue", "nothing", "report"], "confirm": "wipe 3"}
    answer = shop.client().request("POST", "/api/assets/wipe", json=wish)

    assert [(each["key"], each["outcome"]) for each in answer.json()["items"]] == [
        ("revenue", "done"), ("nothing", "failed"), ("report", "skipped"),
    ]  # fmt: skip
    assert "there is no asset 'nothing'" in answer.json()["items"][1]["text"]
    assert shop.instance.get_latest_materialization_event(AssetKey("revenue")) is None
