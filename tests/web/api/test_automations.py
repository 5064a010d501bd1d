"""``/api/automations``: schedules, sensors and conditions in lists, one by one, and switched."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.web.conftest import LOCATION, NOW, schedule_key, sensor_key, tick
from tests.web.counting import traced_statements
from watchbell.automate.switch import paused, started
from watchbell.record.automation_policy import AutomationPolicy, Catchup
from watchbell.record.error_info import SerializableErrorInfo
from watchbell.record.keys import AssetKey
from watchbell.record.run import DagsterRun, DagsterRunStatus
from watchbell.record.snapshot import LocationSnapshot, ScheduleSnapshot, SensorSnapshot
from watchbell.record.tick import (
    AutomationKey,
    AutomationKind,
    AutomationState,
    AutomationStatus,
    RunOrder,
    TickCommit,
    TickStatus,
)

HOURLY = f"/api/automations/schedule/{LOCATION}/hourly"
LANDING = f"/api/automations/sensor/{LOCATION}/landing"


def rows(site, query: str = "") -> list[dict]:
    return site.client().get(f"/api/automations{query}").json()["items"]


def names(site, query: str = "") -> list[str]:
    return [row["name"] for row in rows(site, query)]


def put(site, key: AutomationKey, **changes: object) -> AutomationState:
    before = site.instance.store.automation_state(key) or AutomationState(key)
    stored = site.instance.store.put_state(before, replace(before, **changes), NOW)
    assert stored is not None
    return stored


def switch(site, address: str, **ask: object) -> dict:
    answer = site.client().request("POST", f"{address}/switch", json=ask)
    assert answer.status_code == 200, answer.text
    return answer.json()


class TestList:
    def test_a_schedule_is_told_with_its_next_time(self, site) -> None:
        row = next(row for row in rows(site) if row["name"] == "hourly")

        assert row == {
            "kind": "schedule",
            "type": "schedule",
            "location": LOCATION,
            "name": "hourly",
            "state": "on",
            "is_on": True,
            "is_by_code": True,
            "target": "etl",
            "jobs": ["etl"],
            "when": "5 * * * *",
            "timezone": "Europe/Berlin",
            "jitter_seconds": 0.0,
            "last_tick": None,
            "next_at": "2024-03-01T13:05:00+01:00",
            "lag": None,
            "strip": [],
            "runs_24h": 0,
            "description": None,
            "owners": [],
            "tags": {},
            "quarantine": None,
            "paused_until": None,
            "pause_reason": None,
            "has_missed": False,
        }

    def test_the_last_tick_is_told_with_its_reason(self, site) -> None:
        error = SerializableErrorInfo("ValueError: no files\nmore of it\n", (), "ValueError")
        site.add_tick(sensor_key("landing"), tick(TickStatus.SKIPPED, skip_reason="nothing new"))
        site.add_tick(sensor_key("landing"), tick(TickStatus.FAILURE, 1, error=error))

        row = next(row for row in rows(site) if row["name"] == "landing")

        assert row["last_tick"]["text"] == "ValueError: no files"
        assert [mark["status"] for mark in row["strip"]] == ["SKIPPED", "FAILURE"]

    def test_those_that_need_somebody_come_first(self, site) -> None:
        put(site, sensor_key("landing"), status=AutomationStatus.RUNNING)
        assert names(site) == ["hourly", "landing"]

        put(site, sensor_key("landing"), quarantine_reason="hangs")

        assert names(site) == ["landing", "hourly"]

    def test_counts_are_of_all_whatever_the_filter(self, site) -> None:
        answer = site.client().get("/api/automations?q=state:on").json()

        assert answer["counts"] == {"quarantined": 0, "failing": 0, "late": 0, "paused": 0, "on": 1, "off": 1}
        assert [row["name"] for row in answer["items"]] == ["hourly"]

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("kind:sensor", ["landing"]),
            ("-kind:sensor", ["hourly"]),
            ("hour", ["hourly"]),
            ("target:etl", ["hourly", "landing"]),
            ("name:land*", ["landing"]),
            ("location:elsewhere", []),
            ("state:on,off", ["hourly", "landing"]),
        ],
    )
    def test_the_list_is_filtered(self, site, query: str, found: list[str]) -> None:
        assert sorted(names(site, f"?q={query}")) == found

    def test_a_field_that_is_none_is_told_with_the_nearest(self, site) -> None:
        answer = site.client().get("/api/automations?q=stat:on")

        assert answer.status_code == 422
        assert "state" in answer.json()["detail"]

    def test_tags_and_owners_are_filtered_by(self, site) -> None:
        schedule = ScheduleSnapshot("tagged", ("@daily",), tags={"team": "platform"}, owners=("ada@example.com",))
        site.locations[:] = [LocationSnapshot(LOCATION, schedules=(schedule, ScheduleSnapshot("plain", ("@daily",))))]

        assert (
            names(site, "?q=tag:team") == names(site, "?q=tag:team=plat") == names(site, "?q=owner:ada") == ["tagged"]
        )
        assert names(site, "?q=tag:team=other") == []

    def test_pages_go_on_where_the_last_one_ended(self, site) -> None:
        schedules = tuple(ScheduleSnapshot(f"s{number:02}", ("@daily",)) for number in range(25))
        site.locations[:] = [LocationSnapshot(LOCATION, schedules=schedules)]

        found: list[str] = []
        cursor = ""
        for _ in range(3):
            page = site.client().get(f"/api/automations?sort=-name&limit=10&with_total=true{cursor}").json()
            found += [row["name"] for row in page["items"]]
            cursor = f"&cursor={page['next_cursor']}"

        assert found == [f"s{number:02}" for number in reversed(range(25))]
        assert (page["next_cursor"], page["total"]["count"]) == (None, 25)

    @pytest.mark.parametrize("cursor", ["x", "bnVsbA==", "WzFd", "W1tdLDEsMl0=", "é"])
    def test_a_cursor_that_nobody_gave_out_is_refused(self, site, cursor: str) -> None:
        assert site.client().get("/api/automations", params={"cursor": cursor}).status_code == 422

    def test_a_schedule_that_should_have_ticked_is_late(self, site) -> None:
        put(site, schedule_key("hourly"), effective_at=NOW - timedelta(hours=3), status=AutomationStatus.RUNNING)

        [row] = rows(site, "?q=state:late")

        assert row["lag"] == {"waiting": None, "is_more": False, "oldest_at": None, "late_seconds": 10_530.0}

    def test_runs_of_the_last_day_are_counted(self, site) -> None:
        key = sensor_key("landing")
        for hours, run_id in ((30, "old"), (2, "new"), (1, "newer")):
            at = NOW - timedelta(hours=hours)
            run = DagsterRun("etl", run_id, status=DagsterRunStatus.QUEUED)
            state = site.instance.store.automation_state(key) or AutomationState(key)
            one = replace(tick(TickStatus.SUCCESS), tick_at=at, started_at=at, ended_at=at, run_ids=(run_id,))
            site.instance.store.commit_ticks([TickCommit(state, state, (one,), (RunOrder(run),))], None, at)

        row = next(row for row in rows(site) if row["name"] == "landing")

        assert row["runs_24h"] == 2

    def test_groups_with_failing_ones_come_first(self, site) -> None:
        other = LocationSnapshot("a_quiet_one", schedules=(ScheduleSnapshot("daily", ("@daily",)),))
        site.locations.insert(0, other)
        site.add_tick(schedule_key("hourly"), tick(TickStatus.FAILURE))

        groups = site.client().get("/api/automation-groups?by=location").json()["items"]

        assert [(each["name"], each["query"], each["count"]) for each in groups] == [
            (LOCATION, f"location:{LOCATION}", 2),
            ("a_quiet_one", "location:a_quiet_one", 1),
        ]


class TestMany:
    @pytest.fixture
    def big_site(self, site):
        schedules = tuple(
            ScheduleSnapshot(f"s{n:05}", (f"{n % 60} * * * *",), "UTC", "etl", True) for n in range(9_900)
        )
        sensors = tuple(
            SensorSnapshot(f"e{n:03}", ("etl",), 1, True, asset_keys=(AssetKey("orders"),), every_event=True,
                           sensor_type="ASSET")
            for n in range(100)
        )  # fmt: skip
        site.locations[:] = [LocationSnapshot(LOCATION, schedules=schedules, sensors=sensors)]
        return site

    def test_a_page_of_ten_thousand_costs_as_many_queries_as_one_of_a_few(self, big_site) -> None:
        keys = [AutomationKey(LOCATION, AutomationKind.SCHEDULE, f"s{n:05}") for n in range(300)]
        for key in keys:
            big_site.add_tick(key, tick(TickStatus.SKIPPED, skip_reason="nothing"))

        client = big_site.client()
        with traced_statements(big_site.instance.store) as of_many:
            page = client.get("/api/automations?limit=200&sort=name&q=kind:schedule").json()
        with traced_statements(big_site.instance.store) as of_few:
            client.get("/api/automations?limit=2&sort=name&q=kind:schedule")

        assert len(page["items"]) == 200
        assert page["counts"]["on"] + page["counts"]["late"] == 10_000
        assert len(of_many) == len(of_few) <= 8


class TestOne:
    def test_a_schedule_is_told_in_words_with_its_next_times(self, site) -> None:
        found = site.client().get(HOURLY).json()

        assert found["cron"] == [{"text": "5 * * * *", "words": "every hour, at minute 5"}]
        assert len(found["next"]) == 10
        assert found["cursor"] is None

    def test_summer_time_is_marked(self, site) -> None:
        schedule = ScheduleSnapshot("night", ("30 2 * * *",), "Europe/Berlin")
        site.locations[:] = [LocationSnapshot(LOCATION, schedules=(schedule,))]
        site.instance.clock.set(NOW.replace(day=30))

        found = site.client().get(f"/api/automations/schedule/{LOCATION}/night").json()

        assert any("does not exist that day" in mark for each in found["next"] for mark in each["marks"])

    def test_a_sensor_is_told_with_its_cursor(self, site) -> None:
        put(site, sensor_key("landing"), cursor="2024-02-29")

        found = site.client().get(LANDING).json()

        assert found["cursor"] == {"text": "2024-02-29", "meaning": [], "why_fixed": None}
        assert found["interval_seconds"] == 1.5

    def test_what_the_code_does_not_define_is_not_found(self, site) -> None:
        for address in (
            f"{HOURLY}x",
            f"/api/automations/sensor/{LOCATION}/hourly",
            "/api/automations/sensor/x/landing",
        ):
            assert site.client().get(address).status_code == 404

    def test_what_a_paused_schedule_missed_is_counted(self, site) -> None:
        state = started(AutomationState(schedule_key("hourly")), NOW)
        put(site, schedule_key("hourly"), **_of(paused(state, NOW + timedelta(days=2), "moving", NOW)))
        site.instance.clock.set(NOW + timedelta(hours=7))

        found = site.client().get(HOURLY).json()

        assert found["missed"] == {
            "count": 7,
            "is_more": False,
            "latest_at": "2024-03-01T19:05:00+01:00",
            "by_policy": 5,
        }


def _of(state: AutomationState) -> dict[str, object]:
    return {
        "status": state.status,
        "effective_at": state.effective_at,
        "paused_until": state.paused_until,
        "pause_reason": state.pause_reason,
    }


class TestSwitch:
    def test_one_is_turned_on_and_off(self, site) -> None:
        on = switch(site, LANDING, act="on")
        off = switch(site, LANDING, act="off")

        assert (on["outcome"], on["text"], on["was_on"], on["is_on"]) == ("changed", "turned on", False, True)
        assert (off["outcome"], off["was_on"], off["is_on"]) == ("changed", True, False)
        assert site.instance.store.automation_state(sensor_key("landing")).status is AutomationStatus.STOPPED

    def test_what_is_so_already_is_not_changed(self, site) -> None:
        done = switch(site, HOURLY, act="on")

        assert (done["outcome"], done["text"]) == ("unchanged", "it is on already")

    def test_one_is_as_its_code_says_again(self, site) -> None:
        switch(site, HOURLY, act="off")

        done = switch(site, HOURLY, act="code")

        assert (done["is_on"], done["text"]) == (True, "reset to its code, by which it is on")
        assert rows(site, "?q=hourly")[0]["is_by_code"] is True

    def test_one_is_paused_with_a_reason_and_let_go_on(self, site) -> None:
        until = (NOW + timedelta(hours=5)).isoformat()
        switch(site, HOURLY, act="pause", until=until, reason="the warehouse moves")
        [row] = rows(site, "?q=state:paused")

        assert (row["pause_reason"], row["paused_until"]) == ("the warehouse moves", "2024-03-01T17:00:30Z")
        assert row["next_at"] == "2024-03-01T18:05:00+01:00"
        assert switch(site, HOURLY, act="resume")["text"] == "let go on"
        assert rows(site, "?q=state:paused") == []

    @pytest.mark.parametrize("until", [None, "2024-03-01T12:00:00", "2024-03-01T11:00:00Z", "2034-03-01T11:00:00Z"])
    def test_a_pause_needs_an_end_that_is_to_come(self, site, until: str | None) -> None:
        answer = site.client().request("POST", f"{HOURLY}/switch", json={"act": "pause", "until": until})

        assert answer.status_code == 422 or answer.json()["outcome"] == "failed"
        assert site.instance.store.automation_state(schedule_key("hourly")) is None

    @pytest.mark.parametrize(
        ("catch_up", "left_out", "last"),
        [("none", 4, "2024-03-01T15:05:00+00:00"), ("latest", 3, "2024-03-01T14:05:00+00:00"), ("policy", 0, None)],
    )
    def test_what_was_missed_is_left_out_as_asked(self, site, catch_up: str, left_out: int, last: str | None) -> None:
        switch(site, HOURLY, act="off")
        switch(site, HOURLY, act="on")
        switch(site, HOURLY, act="pause", until=(NOW + timedelta(days=1)).isoformat())
        site.instance.clock.set(NOW + timedelta(hours=3, minutes=10))

        switch(site, HOURLY, act="resume", catch_up=catch_up)

        state = site.instance.store.automation_state(schedule_key("hourly"))
        missed = site.instance.store.ticks(schedule_key("hourly"), statuses=[TickStatus.MISSED])
        assert len(missed) == left_out
        assert (state.last_tick_at.isoformat() if state.last_tick_at else None) == last
        assert state.paused_until is None

    def test_several_are_switched_and_each_is_told(self, site) -> None:
        items = [
            {"kind": "schedule", "location": LOCATION, "name": "hourly"},
            {"kind": "sensor", "location": LOCATION, "name": "landing"},
        ]
        answer = site.client().request("POST", "/api/automations/switch", json={"act": "on", "items": items}).json()

        assert [(each["name"], each["outcome"]) for each in answer["items"]] == [
            ("hourly", "unchanged"),
            ("landing", "changed"),
        ]
        assert (answer["changed"], answer["unchanged"], answer["failed"]) == (1, 1, 0)

    def test_a_dry_run_tells_and_changes_nothing(self, site) -> None:
        ask = {"act": "off", "q": "hourly", "dry_run": True}

        answer = site.client().request("POST", "/api/automations/switch", json=ask).json()

        assert [each["text"] for each in answer["items"]] == ["would be turned off"]
        assert site.instance.store.automation_states() == []

    def test_one_that_is_not_there_stops_all_of_it(self, site) -> None:
        items = [{"kind": "sensor", "location": LOCATION, "name": name} for name in ("landing", "gone")]

        answer = site.client().request("POST", "/api/automations/switch", json={"act": "on", "items": items})

        assert answer.status_code == 404
        assert site.instance.store.automation_states() == []


class TestCursor:
    def test_a_cursor_is_set_over_the_one_that_was_seen(self, site) -> None:
        put(site, sensor_key("landing"), cursor="3")

        answer = site.client().request("PUT", f"{LANDING}/cursor", json={"cursor": "1", "expected": "3"})

        assert answer.json()["text"] == "1"
        assert site.instance.store.automation_state(sensor_key("landing")).cursor == "1"

    def test_one_that_moved_meanwhile_is_not_overwritten(self, site) -> None:
        put(site, sensor_key("landing"), cursor="4")

        answer = site.client().request("PUT", f"{LANDING}/cursor", json={"cursor": "1", "expected": "3"})

        assert (answer.status_code, answer.json()["extra"]["cursor"]) == (409, "4")
        assert site.instance.store.automation_state(sensor_key("landing")).cursor == "4"

    def test_a_number_of_an_event_to_come_is_refused(self, site) -> None:
        sensor = SensorSnapshot("reacts", run_statuses=(DagsterRunStatus.FAILURE,), sensor_type="RUN_STATUS")
        site.locations[:] = [LocationSnapshot(LOCATION, sensors=(sensor,))]
        address = f"/api/automations/sensor/{LOCATION}/reacts/cursor"

        answers = [
            site.client().request("PUT", address, json={"cursor": cursor, "expected": None}) for cursor in ("99", "x")
        ]

        assert [each.status_code for each in answers] == [422, 422]
        assert "blind" in answers[0].json()["detail"]

    def test_a_condition_sensor_keeps_its_own(self, site) -> None:
        sensor = SensorSnapshot("conditions", sensor_type="AUTOMATION", looks_after=("orders",), looks_after_count=1)
        site.locations[:] = [LocationSnapshot(LOCATION, sensors=(sensor,))]
        address = f"/api/automations/sensor/{LOCATION}/conditions"

        found = site.client().get(address).json()

        assert found["row"]["type"] == "condition"
        assert found["row"]["target"] == "orders"
        assert found["cursor"]["why_fixed"]
        assert (
            site.client().request("PUT", f"{address}/cursor", json={"cursor": "1", "expected": None}).status_code == 422
        )


def test_catching_up_follows_the_policy(site) -> None:
    policy = AutomationPolicy(catchup=Catchup.NONE)
    schedule = ScheduleSnapshot("hourly", ("5 * * * *",), "UTC", "etl", True, policy=policy)
    site.locations[:] = [LocationSnapshot(LOCATION, schedules=(schedule,))]
    put(site, schedule_key("hourly"), effective_at=NOW, paused_until=NOW + timedelta(days=1))
    site.instance.clock.set(NOW + timedelta(hours=2))

    found = site.client().get(HOURLY).json()

    assert (found["missed"]["count"], found["missed"]["by_policy"]) == (2, 0)
    assert found["policy"]["catchup"] == "none"
