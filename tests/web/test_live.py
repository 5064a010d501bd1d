"""``/api/live`` on a real server: what changes is told, once, to who follows it; who comes back misses nothing."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.web.conftest import LOCATION, NOW, Site, schedule_key, tick
from watchbell.execute.output_times import FILE_NAME
from watchbell.ground.clock import ManualClock
from watchbell.ground.upward import call_upward
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry, StepMaterializationData
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization
from watchbell.record.run import DagsterRun, DagsterRunStatus
from watchbell.record.saved_view import Snooze
from watchbell.record.snapshot import LocationSnapshot
from watchbell.record.tick import AutomationState, AutomationStatus, TickStatus
from watchbell.web.link import StillLink
from watchbell.web.listen import address_of, listening_socket
from watchbell.web.server import WebServer
from watchbell.web.view import View

HERE = "127.0.0.1"
WAIT_SECONDS = 10.0


class SpokenLink(StillLink):
    """A link that a test speaks through."""

    def __init__(self, locations: list[LocationSnapshot]) -> None:
        super().__init__(locations)
        self._heard: list[Any] = []

    def on_change(self, listener: Any) -> Any:
        """Keeps who listens."""
        self._heard.append(listener)
        return lambda: self._heard.remove(listener)

    def say(self, topic: str) -> None:
        """Tells all who listen."""
        for listener in self._heard:
            listener(topic)


@dataclass
class Served:
    """A server over a site.

    Args:
        site: what is remembered.
        url: where the server is.
        server: the server.
        link: to a service that the test plays.
    """

    site: Site
    url: str
    server: WebServer
    link: SpokenLink


class Stream:
    """A stream of server-sent events, read one by one.

    Args:
        response: the answer that is being read.
    """

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.iter_lines()
        self.last_id = ""

    def next(self) -> tuple[str, Any]:
        """Name and data of the next event."""
        name, data = "", ""
        for line in self._lines:
            word, _, rest = line.partition(": ")
            if word == "event":
                name = rest
            elif word == "data":
                data = rest
            elif word == "id":
                self.last_id = rest
            elif not line and name:
                return name, json.loads(data)
        return "over", None

    def next_change(self) -> dict[str, Any]:
        """The data of the next event that is no beat."""
        while True:
            name, data = self.next()
            if name != "beat":
                return {"event": name, **data} if name != "change" else data


@contextmanager
def followed(
    served: Served, path: str = "/api/live", headers: dict[str, str] | None = None, **params: Any
) -> Iterator[Stream]:
    with (
        httpx.Client(base_url=served.url, timeout=WAIT_SECONDS) as client,
        client.stream("GET", path, params=params, headers=headers) as response,
    ):
        assert response.status_code == 200, response.read()
        stream = Stream(response)
        yield stream


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A real server, over a home of which other processes could tell it."""
    instance = call_upward("open_instance", "home", tmp_path, clock=ManualClock(NOW))
    listening = listening_socket(instance, HERE, 0)
    link = SpokenLink([LocationSnapshot(LOCATION)])
    server = WebServer(View(instance, link), listening)
    thread = threading.Thread(target=server.run)
    with instance:
        thread.start()
        yield Served(Site(instance), address_of(listening, HERE), server, link)
        server.stop()
        thread.join()


def made(run_id: str, *parts: str) -> EventLogEntry:
    data = StepMaterializationData(AssetMaterialization(AssetKey(list(parts))))
    event = DagsterEvent(DagsterEventType.ASSET_MATERIALIZATION, "etl", "step", "made", data)
    return EventLogEntry(run_id, NOW.timestamp(), 20, "", "step", "etl", event)


class TestChanges:
    def test_a_new_run_is_told_to_who_follows_runs(self, served) -> None:
        with followed(served, topic=["runs", "ticks"]) as stream:
            stream.next()
            served.site.add_run("run-1")

            assert stream.next_change() == {"topic": "runs", "ids": ["run-1"]}

    def test_a_line_of_a_log_is_told_to_who_follows_the_run_and_to_nobody_else(self, served) -> None:
        run, other = served.site.add_run("run-1"), served.site.add_run("run-2")
        with followed(served, topic=["run:run-1", "runs"]) as stream:
            stream.next()
            for each in (other, run):
                line = EventLogEntry(each.run_id, NOW.timestamp(), 20, "hello")
                served.site.instance.handle_new_event(line)

            assert stream.next_change() == {"topic": "run:run-1", "ids": ["run-1"]}

    def test_a_run_that_prints_is_told_to_who_follows_that_although_the_store_knows_nothing_of_it(self, served) -> None:
        folder = served.site.instance.home / "logs" / "run-1"
        folder.mkdir(parents=True)
        with followed(served, topic=["printed:run-1", "printed:run-2"]) as stream:
            stream.next()
            (folder / FILE_NAME).write_text("1.0 4 0 load\tload\n")
            served.site.add_run("run-2")

            assert stream.next_change() == {"topic": "printed:run-1", "ids": ["run-1"]}

    def test_an_asset_that_was_made_is_told_by_its_key(self, served) -> None:
        run = served.site.add_run("run-1")
        with followed(served, topic=["asset:raw/orders", "assets"]) as stream:
            stream.next()
            served.site.instance.handle_new_event(made(run.run_id, "raw", "orders"))

            told = [stream.next_change(), stream.next_change()]

        assert told == [
            {"topic": "asset:raw/orders", "ids": ["raw/orders"]},
            {"topic": "assets", "ids": ["raw/orders"]},
        ]

    def test_a_tick_is_told_with_its_number_and_its_schedule(self, served) -> None:
        key = f"schedule:{LOCATION}:hourly"
        with followed(served, topic=["ticks", "automations", f"automation:{key}"]) as stream:
            stream.next()
            served.site.add_tick(schedule_key("hourly"), tick(TickStatus.SKIPPED))

            told = {each["topic"]: each["ids"] for each in [stream.next_change() for _ in range(3)]}

        assert told == {"ticks": ["1"], "automations": [key], f"automation:{key}": [key]}

    def test_a_switch_that_a_person_turned_is_told(self, served) -> None:
        with followed(served, topic=["automations"]) as stream:
            stream.next()
            state = AutomationState(schedule_key("hourly"))
            served.site.instance.store.put_state(state, AutomationState(state.key, AutomationStatus.STOPPED), NOW)

            assert stream.next_change() == {"topic": "automations", "ids": None}

    def test_a_snooze_is_told_although_the_store_does_not_count_it(self, served) -> None:
        with followed(served, topic=["views"]) as stream:
            stream.next()
            served.site.instance.store.put_snooze(Snooze("", "job:etl", NOW + timedelta(hours=1), "ada", NOW))

            assert stream.next_change() == {"topic": "views", "ids": None}

    def test_what_the_service_says_is_told_at_once(self, served) -> None:
        with followed(served, topic=["service", "locations"]) as stream:
            stream.next()
            served.link.say("locations")

            assert stream.next_change() == {"topic": "locations", "ids": None}

    def test_more_changes_than_are_worth_telling_are_told_as_anything(self, served) -> None:
        with followed(served, topic=["runs"]) as stream:
            stream.next()
            served.site.instance.store.add_runs([queued(f"run-{number}") for number in range(101)], NOW)

            assert stream.next_change() == {"topic": "runs", "ids": None}


def queued(run_id: str) -> DagsterRun:
    return DagsterRun("etl", run_id, status=DagsterRunStatus.QUEUED)


class TestResuming:
    def test_who_comes_back_is_told_what_happened_meanwhile(self, served) -> None:
        with followed(served, topic=["runs"]) as stream:
            stream.next()
        served.site.add_run("run-1")

        with followed(served, headers={"Last-Event-ID": stream.last_id}, topic=["runs"]) as again:
            told = again.next()

        assert told == ("change", {"topic": "runs", "ids": ["run-1"]})

    def test_who_comes_back_when_nothing_happened_is_told_nothing(self, served) -> None:
        served.site.add_run("run-0")
        with followed(served, topic=["runs", "queue", "views", "locations"]) as stream:
            stream.next()

        with followed(served, after=stream.last_id, topic=["runs", "queue", "views", "locations"]) as again:
            assert again.next() == ("beat", {})

    def test_a_position_of_the_server_before_is_good_for_the_next_one(self, served) -> None:
        with followed(served, topic=["runs"]) as stream:
            stream.next()
        served.site.add_run("run-1")
        other = StoreReader(served)

        with followed(other.served, after=stream.last_id, topic=["runs", "locations"]) as again:
            told = [again.next(), again.next()]
        other.stop()

        # What only the server before had counted may have changed, too.
        assert told == [
            ("change", {"topic": "locations", "ids": None}),
            ("change", {"topic": "runs", "ids": ["run-1"]}),
        ]

    def test_who_was_away_for_too_long_asks_anew(self, served, monkeypatch) -> None:
        monkeypatch.setattr("watchbell.store.changes.CHANGES_MAX", 3)
        with followed(served, topic=["runs"]) as stream:
            stream.next()
        for number in range(5):
            served.site.add_run(f"run-{number}")

        with followed(served, after=stream.last_id, topic=["runs"]) as again:
            told = again.next()
        with followed(served, after=again.last_id, topic=["runs"]) as last:
            following = last.next()

        assert told == ("reset", {})
        assert following == ("beat", {})

    def test_a_text_that_is_no_position_is_refused(self, served) -> None:
        answer = httpx.get(f"{served.url}/api/live", params={"topic": "runs", "after": "1.2.3"})

        assert answer.status_code == 422
        assert "no position" in answer.json()["detail"]


class StoreReader:
    """Another server over the same home.

    Args:
        served: the first one.
    """

    def __init__(self, served: Served) -> None:
        listening = listening_socket(served.site.instance, HERE, 0)
        link = SpokenLink([])
        server = WebServer(View(served.site.instance, link), listening)
        self._thread = threading.Thread(target=server.run)
        self._thread.start()
        self.served = Served(served.site, address_of(listening, HERE), server, link)

    def stop(self) -> None:
        """Ends it."""
        self.served.server.stop()
        self._thread.join()


class TestLimits:
    @pytest.mark.parametrize(
        ("topic", "hint"),
        [("rums", "did you mean 'runs'"), ("run", "run:<id>"), ("runs:x", "written runs"), ("run:", "run:<id>")],
    )
    def test_a_topic_that_is_none_is_refused_with_the_way_it_is_written(self, served, topic, hint) -> None:
        answer = httpx.get(f"{served.url}/api/live", params={"topic": topic})

        assert answer.status_code == 422
        assert hint in answer.json()["detail"]

    def test_a_foreign_page_may_not_listen(self, served) -> None:
        headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
        answer = httpx.get(f"{served.url}/api/live", params={"topic": "runs"}, headers=headers)

        assert answer.status_code == 403

    def test_streams_beyond_the_limit_are_turned_away_until_one_ends(self, served, monkeypatch) -> None:
        monkeypatch.setattr("watchbell.web.live.hub.STREAMS_MAX", 1)
        small = StoreReader(served)
        with followed(small.served, topic=["runs"]) as stream:
            stream.next()
            answer = httpx.get(f"{small.served.url}/api/live", params={"topic": "runs"})

        small.stop()
        assert answer.status_code == 503
        assert answer.json()["type"] == "urn:watchbell:too-many-streams"

    def test_the_server_ends_its_streams_and_itself(self, served) -> None:
        other = StoreReader(served)
        with followed(other.served, topic=["runs"]) as stream:
            stream.next()
            other.stop()

            assert stream.next() == ("over", None)


class TestARunsLog:
    def test_the_log_comes_as_it_is_written_and_ends_with_the_run(self, served) -> None:
        run = served.site.add_run("run-1")
        with followed(served, f"/api/runs/{run.run_id}/events/stream") as stream:
            first = stream.next()
            served.site.fail(run, "broken")
            events = [stream.next() for _ in range(2)]

        assert first[1]["kind"] == "RUN_ENQUEUED"
        assert [name for name, _ in events] == ["entry", "end"]
        assert events[0][1]["error"]["message"] == "broken"
        assert events[1][1] == {"status": "FAILURE"}

    def test_it_goes_on_after_the_entry_that_was_read_last(self, served) -> None:
        run = served.site.add_run("run-1")
        served.site.fail(run, "broken")
        path = f"/api/runs/{run.run_id}/events/stream"
        with followed(served, path) as stream:
            stream.next()

        with followed(served, path, headers={"Last-Event-ID": stream.last_id}) as again:
            assert again.next()[1]["kind"] == "RUN_FAILURE"

    def test_a_run_that_is_not_there_has_no_log(self, served) -> None:
        assert httpx.get(f"{served.url}/api/runs/none/events/stream").status_code == 404
