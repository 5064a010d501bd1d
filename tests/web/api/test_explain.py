"""``/api/why``: why something ran or did not, with the code and from what is remembered alone."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.web.conditioned import SHOP, Shop
from tests.web.conftest import LOCATION, NOW, SCRIPT, Site, schedule_key, sensor_key, tick
from tests.web.counting import traced_statements
from watchbell.record.error_info import SerializableErrorInfo
from watchbell.record.run import DagsterRun, DagsterRunStatus
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState, Tick, TickCommit, TickStatus
from watchbell.web.link import StillLink


@pytest.fixture
def shop() -> Iterator[Shop]:
    made = Shop()
    with made.instance:
        yield made


def links(pieces: list[dict]) -> list[tuple[str, str]]:
    """What a text links: kind and id."""
    return [(each["ref"]["kind"], each["ref"]["id"]) for each in pieces if each["ref"]]


def leaves(tree: dict) -> list[dict]:
    """The parts of a tree that are not made of others, and those that remember."""
    if not tree["children"]:
        return [tree]
    return [leaf for each in tree["children"] for leaf in leaves(each)]


def add_tick(shop: Shop, key: AutomationKey, told: Tick) -> None:
    before = shop.instance.store.automation_state(key) or AutomationState(key)
    after = AutomationState(key, last_tick_at=told.tick_at, effective_at=NOW - timedelta(days=9))
    [done] = shop.instance.store.commit_ticks([TickCommit(before, after, (told,))], None, NOW)
    assert not done.conflict


def key(kind: AutomationKind, name: str) -> AutomationKey:
    return AutomationKey(SHOP, kind, name)


class TestSchedules:
    def test_a_tick_that_failed_is_told_with_its_error_and_linked(self, shop: Shop) -> None:
        at = NOW.replace(hour=11, minute=5, second=0)
        error = SerializableErrorInfo("ValueError: no disk\n", (), "ValueError")
        add_tick(shop, key(AutomationKind.SCHEDULE, "hourly"), Tick(at, TickStatus.FAILURE, at, at, error=error))

        answer = shop.told(f"/api/why/schedule/{SHOP}/hourly", at="2024-03-01T12:05:00")

        assert answer["text"].startswith("schedule 'hourly'")
        assert "at 2024-03-01 12:05 Europe/Berlin failed: ValueError: no disk." in answer["text"]
        assert links(answer["sentence"]) == [("tick", "1")]
        assert answer["sentence"][1]["ref"]["automation"] == "hourly"
        assert answer["zone"] == "Europe/Berlin"
        assert answer["asked_at"] == "2024-03-01T11:05:00Z"
        assert answer["from_record"] is None

    def test_one_that_is_off_says_what_turns_it_on(self, shop: Shop) -> None:
        answer = shop.told(f"/api/why/schedule/{SHOP}/hourly")

        assert "was never turned on" in answer["text"]
        assert "watchbell schedule start hourly" in answer["next_change"][0][0]["text"]
        assert answer["tree"] is None

    def test_without_a_service_the_record_is_told_and_said_so(self, site: Site) -> None:
        site.add_tick(schedule_key("hourly"), tick(TickStatus.SKIPPED, skip_reason="a holiday"))

        answer = site.client(StillLink(site.locations)).get(f"/api/why/schedule/{LOCATION}/hourly").json()

        assert "a holiday" in answer["text"]
        assert answer["from_record"].startswith("no service works here")

    @pytest.mark.parametrize("kind", ["schedule", "sensor"])
    def test_one_that_nobody_knows_is_refused(self, shop: Shop, kind: str) -> None:
        answer = shop.client().get(f"/api/why/{kind}/{SHOP}/nothing")

        assert answer.status_code == 404

    @pytest.mark.parametrize("at", ["yesterday", "0001-01-01T00:00", "9999-12-31T23:59"])
    def test_a_time_that_is_none_is_refused(self, shop: Shop, at: str) -> None:
        answer = shop.client().get(f"/api/why/schedule/{SHOP}/hourly?at={at}")

        assert answer.status_code == 422
        assert "no time" in answer.json()["detail"]

    def test_hostile_texts_stay_texts(self, site: Site) -> None:
        site.add_tick(schedule_key("hourly"), tick(TickStatus.SKIPPED, skip_reason=SCRIPT))

        answer = site.client().get(f"/api/why/schedule/{LOCATION}/hourly")

        assert SCRIPT in answer.json()["text"]
        assert answer.headers["content-type"] == "application/json"


class TestSensors:
    def test_a_skip_is_told_with_its_reason(self, shop: Shop) -> None:
        add_tick(
            shop,
            key(AutomationKind.SENSOR, "landing"),
            Tick(NOW, TickStatus.SKIPPED, NOW, NOW, skip_reason="no files"),
        )

        answer = shop.told(f"/api/why/sensor/{SHOP}/landing", at="2024-03-01T12:01:00Z")

        assert "its function skipped: no files" in answer["text"]
        assert ("tick", "1") in links(answer["sentence"])

    def test_from_the_record_as_well(self, site: Site) -> None:
        site.add_tick(sensor_key("landing"), tick(TickStatus.SKIPPED, skip_reason="no files"))

        answer = site.client().get(f"/api/why/sensor/{LOCATION}/landing").json()

        assert "no files" in answer["text"]


class TestRuns:
    def test_a_queued_run_says_what_it_waits_for(self, site: Site) -> None:
        site.add_run("3f2a91bc-0000", location_name=LOCATION)

        answer = site.client().get("/api/why/run/3f2a91bc-0000").json()

        assert "waits in the queue" in answer["text"]
        assert "no service is running here" in answer["text"]
        assert answer["tree"] is None

    def test_a_failed_run_says_what_was_raised_and_what_it_repeats(self, site: Site) -> None:
        site.add_run("11112222-0000", status=DagsterRunStatus.FAILURE)
        run = site.add_run("3f2a91bc-0000", parent_run_id="11112222-0000", root_run_id="11112222-0000")
        site.fail(run, "ValueError: no disk")

        answer = site.client().get("/api/why/run/3f2a91bc-0000").json()

        assert "ValueError: no disk" in answer["text"]
        asked_by = next(each for each in answer["details"] if each["name"] == "asked for by")
        assert links(asked_by["pieces"]) == [("run", "11112222-0000")]

    def test_it_costs_a_fixed_number_of_statements(self, site: Site) -> None:
        def cost() -> int:
            with traced_statements(site.instance.store) as count:
                assert site.client().get("/api/why/run/run-0").status_code == 200
            return len(count)

        site.add_run("run-0", location_name=LOCATION)
        few = cost()
        for number in range(1, 40):
            site.add_run(f"run-{number}", location_name=LOCATION)

        assert cost() == few

    def test_a_run_that_is_not_there_is_refused(self, site: Site) -> None:
        assert site.client().get("/api/why/run/nothing").status_code == 404


class TestAssets:
    def test_what_blocked_is_told_with_links_and_a_tree(self, shop: Shop) -> None:
        shop.tick()
        shop.made("raw")
        shop.tick()

        answer = shop.told("/api/why/asset", key="orders")

        assert answer["text"].startswith("asset 'orders' was asked for at 2024-03-01 12:02:30 UTC")
        assert answer["has_condition"] is True
        assert answer["evaluation_id"] is not None
        assert {"run", "sensor"} <= {each["kind"] for each in answer["refs"]}
        assert answer["tree"]["has_blame"]

    def test_what_was_not_evaluated_is_never_told_as_false(self, shop: Shop) -> None:
        shop.tick()

        tree = shop.told("/api/why/asset", key="orders")["tree"]

        marks = {leaf["mark"] for leaf in leaves(tree)}
        assert "not reached" in marks
        assert all(not leaf["seen"] for leaf in leaves(tree) if leaf["mark"] == "not reached")

    def test_a_blamed_leaf_says_what_it_saw_what_it_needs_and_what_changes_it(self, shop: Shop) -> None:
        shop.made("raw")
        shop.tick()
        shop.tick()
        tree = shop.told("/api/why/asset", key="visits", partition="2024-02-26")["tree"]

        leaf, other = [each for each in leaves(tree) if each["is_blamed"]]

        assert leaf["mark"] == "true"
        assert other["mark"] == "false"
        assert leaf["needed"] == "false"
        assert "events (partition 2024-02-26) is missing" in "".join(each["text"] for each in leaf["seen"])
        assert ("asset", "events") in links(leaf["changes"][0])

    def test_a_partition_that_is_none_is_refused(self, shop: Shop) -> None:
        shop.tick()

        answer = shop.client().get("/api/why/partition?key=visits&partition=yesterday")

        assert answer.status_code == 400
        assert "no partition 'yesterday'" in answer.json()["detail"]

    def test_an_earlier_time_is_told_as_it_was_then(self, shop: Shop) -> None:
        shop.made("raw")
        shop.tick()
        first = shop.told("/api/why/asset", key="orders")["evaluated_at"]
        shop.made("raw")
        shop.tick(60)

        answer = shop.told("/api/why/asset", key="orders", at=first)

        assert answer["evaluated_at"] == first
        assert shop.told("/api/why/asset", key="orders")["evaluated_at"] != first

    def test_a_check_is_explained_too(self, shop: Shop) -> None:
        shop.tick()

        answer = shop.told("/api/why/check", asset="raw", name="not_null")

        assert "check 'raw:not_null'" in answer["text"]
        assert answer["tree"] is not None

    def test_an_asset_without_condition_names_what_makes_it(self, shop: Shop) -> None:
        answer = shop.told("/api/why/asset", key="lonely")

        assert answer["has_condition"] is False
        assert "job 'etl'" in answer["text"]
        assert answer["tree"] is None

    def test_a_job_without_condition_tells_its_last_run_and_who_asked(self, shop: Shop) -> None:
        run = DagsterRun("etl", "0123456789", tags={"dagster/schedule_name": "hourly"}, location_name=SHOP)
        shop.instance.add_run(run)

        answer = shop.told("/api/why/job", name="etl")

        expected = "the last run of job 'etl' was run 01234567 (NOT_STARTED), asked for at 2024-03-01 12:00:30 UTC"
        assert answer["text"] == f"{expected} by schedule hourly."
        assert (answer["has_condition"], answer["tree"]) == (False, None)
        assert ("run", "0123456789") in links(answer["sentence"])

    def test_a_job_that_nobody_asked_for_at_a_time_says_who_may_and_when_next(self, shop: Shop) -> None:
        shop.instance.add_run(DagsterRun("etl", "0123456789", location_name=SHOP))

        answer = shop.told("/api/why/job", name="etl", location=SHOP, at="2024-03-01T02:00:00Z")

        assert answer["text"].startswith("nothing asked for a run of job 'etl' at 2024-03-01 02:00 UTC: ")
        assert answer["asked_at"] == "2024-03-01T02:00:00Z"
        after = next(each for each in answer["details"] if each["name"] == "run after")
        assert links(after["pieces"]) == [("run", "0123456789")]

    def test_a_run_soon_after_the_time_is_the_one_of_that_time(self, shop: Shop) -> None:
        shop.instance.add_run(DagsterRun("etl", "0123456789", location_name=SHOP))

        answer = shop.told("/api/why/job", name="etl", at="2024-03-01T12:00:00Z")

        assert answer["text"].startswith("job 'etl' ran: run 01234567")

    def test_a_job_that_never_ran_says_so(self, shop: Shop) -> None:
        answer = shop.told("/api/why/job", name="etl")

        assert answer["text"].startswith("job 'etl' has never run: ")

    def test_without_a_service_the_record_is_told_and_said_so(self, shop: Shop) -> None:
        shop.tick()
        whole = shop.told("/api/why/asset", key="orders")

        client = shop.client(StillLink(shop.link.locations()))
        answer = client.get("/api/why/asset?key=orders").json()

        assert answer["from_record"].startswith("no service works here")
        assert answer["evaluation_id"] == whole["evaluation_id"]
        assert answer["tree"]["mark"] == whole["tree"]["mark"]

    def test_without_a_service_what_nobody_ever_heard_of_is_refused(self, shop: Shop) -> None:
        client = shop.client(StillLink(shop.link.locations()))

        assert client.get("/api/why/asset?key=nothing").status_code == 404
