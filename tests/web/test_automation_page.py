"""A page of one schedule or sensor: what it says, and that nothing in it breaks out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.web.conftest import LOCATION, NOW, SCRIPT, Site, schedule_key, sensor_key, tick
from tests.web.test_page import KNOWN_TAGS, read
from watchbell.record.automation_policy import AutomationPolicy, Catchup, Overlap
from watchbell.record.error_info import SerializableErrorInfo
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization
from watchbell.record.metadata import TextMetadataValue
from watchbell.record.run import DagsterRunStatus
from watchbell.record.snapshot import LocationSnapshot, ScheduleSnapshot, SensorSnapshot
from watchbell.record.tick import AutomationState, TickLogLine, TickStatus


def test_a_schedule_shows_its_next_times_in_its_zone(site: Site) -> None:
    seen = read(site, "/schedules/hourly").text

    assert "5 * * * * in Europe/Berlin" in seen
    assert "2024-03-01 13:05:00" in seen
    assert "UTC+01:00" in seen
    assert "it has not ticked yet" in seen


def test_summer_time_and_jitter_are_told(site: Site) -> None:
    site.instance.clock.set(NOW.replace(month=3, day=30))
    policy = AutomationPolicy(jitter_seconds=300.0)
    each = ScheduleSnapshot("night", ("30 2 * * *",), "Europe/Berlin", "etl", running_by_default=True, policy=policy)
    site.locations[:] = [LocationSnapshot(LOCATION, schedules=(each,))]

    seen = read(site, "/schedules/night").text

    assert "moved: 02:30 does not exist that day" in seen
    assert "later (jitter)" in seen


def test_policies_are_told_where_they_differ_from_what_others_have(site: Site) -> None:
    policy = AutomationPolicy(Catchup.ALL, 14_400.0, Overlap.BUFFER_ONE, timeout_seconds=5.0)
    strict = ScheduleSnapshot("strict", ("0 * * * *",), "UTC", "etl", policy=policy)
    site.locations[:] = [
        LocationSnapshot(LOCATION, schedules=(strict, ScheduleSnapshot("plain", ("0 * * * *",), "UTC", "etl")))
    ]

    seen = read(site, "/schedules/strict").text

    assert "overlap buffer_one, catchup all, catchup_window 4 h 0 min, timeout 5 s" in seen
    assert "policy" not in read(site, "/schedules/plain").text


def test_ticks_show_their_reason_runs_and_lines(site: Site) -> None:
    line = TickLogLine(NOW.timestamp(), 30, "careful")
    site.add_tick(schedule_key("hourly"), tick(TickStatus.SKIPPED, 1, skip_reason="nothing new", log=(line,)))
    site.add_tick(schedule_key("hourly"), tick(TickStatus.SUCCESS, 2, run_ids=("run-12345678",)))
    error = SerializableErrorInfo("ValueError: no\n", ('  File "defs.py", line 1\n',), "ValueError")
    site.add_tick(schedule_key("hourly"), tick(TickStatus.FAILURE, 3, error=error))

    seen = read(site, "/schedules/hourly")

    assert "nothing new" in seen.text
    assert "12:00:30.000000 WARNING  careful" in seen.text
    assert "ValueError: no" in seen.text
    assert "/runs/run-12345678" in seen.attributes["href"]
    assert "/api/ticks/3" in seen.attributes["href"]


def test_older_ticks_are_a_page_further(site: Site) -> None:
    for minute in range(53):
        site.add_tick(schedule_key("hourly"), tick(TickStatus.SKIPPED, minute, skip_reason=f"reason {minute}."))

    first = read(site, "/schedules/hourly")
    [older] = [each for each in first.attributes["href"] if "before" in each]
    second = read(site, older)

    assert "reason 3." in first.text
    assert "reason 2." not in first.text
    assert "reason 2." in second.text
    assert "http-equiv" in first.attributes
    assert "http-equiv" not in second.attributes


def test_a_long_log_is_cut_and_counted(site: Site) -> None:
    lines = tuple(TickLogLine(NOW.timestamp(), 20, f"line {number}.") for number in range(205))
    site.add_tick(schedule_key("hourly"), tick(TickStatus.SKIPPED, 1, log=lines))

    seen = read(site, "/schedules/hourly").text

    assert "line 199." in seen
    assert "line 200." not in seen
    assert "and 5 more lines" in seen


def test_a_sensor_shows_its_cursor_cut(site: Site) -> None:
    site.add_tick(sensor_key("landing"), tick(TickStatus.SKIPPED, 1, cursor="x" * 300))

    seen = read(site, "/sensors/landing").text

    assert "x" * 200 + "… (300 characters)" in seen
    assert "1.5 s at least" in seen


def test_owners_tags_and_facts_are_shown_and_break_nothing(site: Site) -> None:
    labels = {"owners": ("team:<data>",), "tags": {"tier": "<gold>"}, "metadata": {"<rows>": TextMetadataValue("<3>")}}
    each = SensorSnapshot("labelled", **labels)
    site.locations[:] = [LocationSnapshot(LOCATION, sensors=(each, SensorSnapshot("bare")))]

    labelled, bare = read(site, "/sensors/labelled"), read(site, "/sensors/bare")

    assert "ownersteam:<data>tagstier <gold>metadata<rows> <3>" in labelled.text
    assert set(labelled.tags) <= KNOWN_TAGS
    assert [word for word in ("owners", "metadata") if word in bare.text] == []


def test_a_sensor_of_assets_shows_what_was_made_meanwhile(site: Site) -> None:
    each = SensorSnapshot("made", asset_keys=(AssetKey("orders"), AssetKey("users")), sensor_type="ASSET")
    site.locations[:] = [LocationSnapshot(LOCATION, sensors=(each,))]
    before = read(site, "/sensors/made").text
    site.instance.report_runless_asset_event(AssetMaterialization("orders"))

    after = read(site, "/sensors/made").text

    assert "waiting" not in before
    assert "waitingorders (made" in after


def test_a_sensor_of_every_materialization_shows_how_many_wait(site: Site) -> None:
    each = SensorSnapshot(
        "each", asset_keys=(AssetKey("orders"),), sensor_type="ASSET", every_event=True, running_by_default=True
    )
    site.locations[:] = [LocationSnapshot(LOCATION, sensors=(each,))]
    state = AutomationState(sensor_key("each"))
    assert site.instance.store.put_state(state, replace(state, cursor="0"), NOW) is not None
    before = read(site, "/sensors/each").text
    for _ in range(2):
        site.instance.report_runless_asset_event(AssetMaterialization("orders"))

    after = read(site, "/sensors/each").text
    [row] = site.client().get("/api/sensors").json()["sensors"]

    assert "waiting" not in before
    assert "waiting2, oldest" in after
    assert (row["lag"]["waiting"], row["lag"]["is_more"]) == (2, False)


def test_a_sensor_of_runs_shows_what_waits_for_it(site: Site) -> None:
    each = SensorSnapshot("alert", run_statuses=(DagsterRunStatus.FAILURE,), running_by_default=True)
    site.locations[:] = [LocationSnapshot(LOCATION, sensors=(each,))]
    state = AutomationState(sensor_key("alert"))
    assert site.instance.store.put_state(state, replace(state, cursor="0"), NOW) is not None
    site.fail(site.add_run("run-1", location_name=LOCATION), "no")

    seen = read(site, "/sensors/alert").text

    assert "runs that come to FAILURE" in seen
    assert "waiting1, oldest" in seen


def test_names_need_not_be_unique_among_locations(site: Site) -> None:
    other = LocationSnapshot("others & co", schedules=(ScheduleSnapshot("hourly", ("0 0 * * *",), "UTC", "x"),))
    site.locations.append(other)
    overview = read(site, "/").attributes["href"]

    pages = [read(site, address).text for address in overview if address.startswith("/schedules/")]

    assert [LOCATION in page for page in pages] == [True, False]
    assert ["0 0 * * * in UTC" in page for page in pages] == [False, True]


@pytest.mark.parametrize("address", ["/schedules/landing", "/sensors/hourly", "/schedules/hourly?location=nowhere"])
def test_what_is_not_there_is_not_found(site: Site, address: str) -> None:
    answer = site.client().get(address)

    assert answer.status_code == 404


def test_a_hostile_name_stays_in_its_address(site: Site) -> None:
    name = f'"/..{SCRIPT}&x'
    each = SensorSnapshot(name, (), description=SCRIPT)
    site.locations[:] = [LocationSnapshot(LOCATION + SCRIPT, sensors=(each,))]
    overview = read(site, "/")

    links = [address for address in overview.attributes["href"] if address.startswith("/sensors/")]

    assert set(overview.tags) <= KNOWN_TAGS
    assert SCRIPT in overview.text
    assert [SCRIPT in link or '"' in link for link in links] == [False]


def test_hostile_ticks_stay_text(site: Site) -> None:
    line = TickLogLine(NOW.timestamp(), 20, f"</pre>{SCRIPT}")
    error = SerializableErrorInfo(f"</pre>{SCRIPT}", (f"</pre>{SCRIPT}",))
    fields = {"error": error, "log": (line,), "dropped_run_keys": (SCRIPT,), "skip_reason": SCRIPT, "cursor": SCRIPT}
    site.add_tick(sensor_key("landing"), tick(TickStatus.FAILURE, 1, run_ids=(f'"{SCRIPT}',), **fields))

    seen = read(site, "/sensors/landing")

    assert set(seen.tags) <= KNOWN_TAGS
    assert seen.text.count(SCRIPT) == 6


def test_a_condition_sensor_shows_whom_it_looks_after_and_what_they_asked_for(site: Site) -> None:
    site.instance.report_runless_asset_event(AssetMaterialization("orders"))
    names = ("orders", "orders:plausible", "totals")
    each = SensorSnapshot("whens", sensor_type="AUTOMATION", looks_after=names, looks_after_count=5)
    site.locations[:] = [LocationSnapshot(LOCATION, sensors=(each,))]
    asked = TickLogLine(NOW.timestamp(), 20, "asks for totals")
    site.add_tick(sensor_key("whens"), tick(TickStatus.SUCCESS, 1, run_ids=("run-12345678",), log=(asked,)))
    site.add_tick(sensor_key("whens"), tick(TickStatus.SKIPPED, 2, skip_reason="no condition asks for a run"))
    state = site.instance.store.automation_state(sensor_key("whens"))
    assert state is not None
    cursor = f'{{"tick":7,"event":12,"at":"{NOW.isoformat()}"}}'
    assert site.instance.store.put_state(state, replace(state, cursor=cursor), NOW) is not None

    seen = read(site, "/sensors/whens").text

    assert "orders (made" in seen
    assert "orders:plausible" in seen
    assert "totals (never made)" in seen
    assert "and 2 more" in seen
    assert "number 7, 0 ms ago, of all that happened up to event 12" in seen
    assert '"tick"' not in seen
    assert seen.count("asks for totals") == 2
    assert seen.count("no condition asks for a run") == 1
