"""The machinery over HTTP: services, code locations, pools, a report."""

from __future__ import annotations

import json
from datetime import timedelta

from scripts.make_openapi import description
from tests.web.conftest import LOCATION, NOW, SCRIPT, schedule_key, sensor_key, tick
from watchbell.record.door import LoopFacts, ServiceFacts
from watchbell.record.error_info import SerializableErrorInfo
from watchbell.record.evaluation import LocationError
from watchbell.record.run import DagsterRunStatus
from watchbell.record.snapshot import ConfigFieldSnapshot, LocationSnapshot, ResourceSnapshot, SensorSnapshot
from watchbell.record.tick import Tick, TickStatus
from watchbell.web.api.system import latency_of
from watchbell.web.link import StillLink


def test_a_service_that_works_is_shown_with_its_loops(site) -> None:
    facts = ServiceFacts("1.2", 7, "here", NOW, 3, ("places",), (), (LoopFacts("queue", NOW, 0.5, 2),))
    link = StillLink(site.locations, is_open=True, facts=facts)

    system = site.client(link).get("/api/system").json()

    assert system["is_open"]
    assert system["service"]["pid"] == 7
    assert [(each["name"], each["busy_seconds"], each["failures_in_row"]) for each in system["service"]["loops"]] == [
        ("queue", 0.5, 2)
    ]


def test_without_a_service_it_is_said_since_when(site) -> None:
    link = StillLink(site.locations, lost_at=NOW - timedelta(minutes=3))

    system = site.client(link).get("/api/system").json()

    assert not system["is_open"]
    assert system["lost_at"] == "2024-03-01T11:57:30Z"


def test_lateness_is_that_of_schedules_alone(site) -> None:
    for number, late in enumerate([1, 2, 30]):
        at = NOW + timedelta(minutes=number)
        began = at + timedelta(seconds=late)
        site.add_tick(schedule_key("hourly"), Tick(at, TickStatus.SUCCESS, began, began))

    found = latency_of(site.instance.store.all_ticks(limit=10))

    assert found is not None
    assert (found.p50, found.ticks) == (2.0, 3)


def test_an_alert_tells_what_it_delivered_last_and_why_it_fails_now(site) -> None:
    watching = SensorSnapshot("mail", (), 0, True, run_statuses=(DagsterRunStatus.FAILURE,))
    site.locations[:] = [LocationSnapshot(LOCATION, sensors=(watching,))]
    site.add_tick(sensor_key("mail"), tick(TickStatus.SUCCESS))
    site.add_tick(sensor_key("mail"), tick(TickStatus.FAILURE, 5, error=SerializableErrorInfo("no mail server")))

    [alert] = site.client().get("/api/system").json()["alerts"]

    assert (alert["delivered_at"], alert["last_at"]) == ("2024-03-01T12:00:30Z", "2024-03-01T12:05:30Z")
    assert (alert["failure"], alert["watches"]) == ("no mail server", ["FAILURE"])


def test_a_location_tells_its_version_and_its_resources_without_their_values(site) -> None:
    config = (ConfigFieldSnapshot("host", "String", is_required=True), ConfigFieldSnapshot("port", "Int"))
    resource = ResourceSnapshot("warehouse", "Where orders go.", config, ("io_manager",))
    site.locations[:] = [LocationSnapshot(LOCATION, resources=(resource,), version="abc123")]

    [place] = site.client().get("/api/locations").json()["items"]

    assert place["version"] == "abc123"
    assert place["resources"] == [
        {
            "key": "warehouse",
            "description": "Where orders go.",
            "config": ["host: String", "port: Int, optional"],
            "needs": ["io_manager"],
        }
    ]


def test_secrets_of_the_settings_are_masked_and_defaults_are_told_apart(site) -> None:
    system = site.client().get("/api/system").json()

    assert "max_concurrent_runs" in system["settings_default"]
    assert system["settings"]["max_concurrent_runs"] == 10


def test_a_location_that_does_not_load_stands_beside_those_that_do(site) -> None:
    site.errors.append(LocationError("ledger", f"bad {SCRIPT}", "/somewhere/ledger.py", 3, "KeyError"))

    items = site.client().get("/api/locations").json()["items"]

    assert [(each["name"], each["state"]) for each in items] == [("ledger", "failed"), ("places", "loaded")]
    assert items[0]["error"]["message"] == f"bad {SCRIPT}"


def test_a_location_whose_last_good_version_goes_on_is_told_as_such(site) -> None:
    site.errors.append(LocationError("places", "bad", older_goes_on=True))

    [place] = site.client().get("/api/locations").json()["items"]

    assert (place["state"], place["schedules"], place["sensors"]) == ("older", 1, 1)


def test_a_reload_without_a_service_says_what_to_do(site) -> None:
    answer = site.client().request("POST", "/api/locations/places/reload", json={})

    assert answer.status_code == 503
    assert "watchbell dev" in answer.json()["detail"]


def test_a_location_that_nobody_knows_is_not_reloaded(site) -> None:
    answer = site.client().request("POST", "/api/locations/nowhere/reload", json={})

    assert answer.status_code == 404


def test_a_pool_gets_slots_and_loses_them(site) -> None:
    client = site.client()

    given = client.request("PUT", "/api/pools/warehouse", json={"slots": 2, "reason": "night load"})
    after = client.get("/api/pools").json()
    taken = client.request("PUT", "/api/pools/warehouse", json={"slots": None})

    assert given.json() == {"text": "pool warehouse has 2 slots"}
    assert [(each["pool"], each["slots"], each["is_default"]) for each in after["items"]] == [("warehouse", 2, False)]
    assert taken.status_code == 200
    assert client.get("/api/pools").json()["items"] == []


def test_slots_below_none_are_refused(site) -> None:
    answer = site.client().request("PUT", "/api/pools/warehouse", json={"slots": -1})

    assert answer.status_code == 422
    assert site.instance.store.pool_limits() == {}


def test_the_report_tells_no_place_on_disk(site) -> None:
    site.errors.append(LocationError("ledger", "does not load", "/somewhere/ledger.py", 3, "KeyError"))

    text = site.client().get("/api/report").json()["text"]

    assert "location ledger: failed" in text
    assert str(site.instance.home) not in text


def test_every_operation_of_the_system_is_described() -> None:
    described = json.loads(description())["paths"]

    assert described["/api/system"]["get"]["operationId"] == "getSystem"
