"""The page: what is on it, and that nothing a user wrote becomes part of it as markup."""

from html.parser import HTMLParser

import pytest

from tests.web.conftest import NOW, SCRIPT, Site
from watchbell.record.keys import AssetKey
from watchbell.record.run import DagsterRunStatus
from watchbell.record.snapshot import LocationSnapshot, SensorSnapshot
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState

KNOWN_TAGS = {
    *("html", "head", "meta", "title", "link", "body", "h1", "h2", "a", "p", "pre", "code", "dl", "dt", "dd"),
    *("br", "span", "table", "thead", "tbody", "tr", "th", "td"),
}


class Reader(HTMLParser):
    """What a browser would see: tags, attributes, text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[str, list[str]] = {}
        self.text = ""

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value or "")

    def handle_data(self, data) -> None:
        self.text += data


def read(site: Site, address: str) -> Reader:
    answer = site.client().get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    reader = Reader()
    reader.feed(answer.text)
    return reader


@pytest.mark.parametrize("address", ["/", "/runs/run-1", "/schedules/hourly", "/sensors/landing"])
def test_whatever_users_write_stays_text(full_site, address) -> None:
    seen = read(full_site, address)

    assert set(seen.tags) <= KNOWN_TAGS
    assert SCRIPT in seen.text
    assert not any(name.startswith("on") for name in seen.attributes)


def test_descriptions_and_reasons_do_not_leave_their_attribute(full_site) -> None:
    seen = read(full_site, "/")

    assert seen.attributes["title"] == [f'"{SCRIPT}', f'"{SCRIPT}', f'"{SCRIPT}']


def test_a_run_id_with_a_quote_does_not_leave_its_link(site) -> None:
    site.add_run('"><script>x</script>')

    seen = read(site, "/")

    assert "script" not in seen.tags


def test_a_partition_of_a_run_is_text(site) -> None:
    key = '"><script>x</script>/é&amp;'
    site.add_run("run-9", tags={"dagster/partition": key})

    seen = read(site, "/runs/run-9")

    assert "script" not in seen.tags
    assert f"dagster/partition={key}" in seen.text


def test_links_stay_on_this_server(full_site) -> None:
    for address in ("/", "/runs/run-1"):
        links = read(full_site, address).attributes["href"]

        assert all(link.startswith("/") and not link.startswith("//") for link in links)


def test_an_empty_instance_says_so(site) -> None:
    site.locations.clear()

    text = read(site, "/").text

    assert "no schedules here" in text
    assert "no sensors here" in text
    assert "nothing has run yet" in text


def test_a_schedule_shows_its_cron_zone_and_next_time(site) -> None:
    text = read(site, "/").text

    assert "hourly" in text
    assert "5 * * * *" in text
    assert "Europe/Berlin" in text
    assert "2024-03-01 12:05:00" in text


def test_the_list_of_sensors_says_what_wakes_each(site) -> None:
    keys = tuple(AssetKey(name) for name in ("orders", "users", "items", "prices", "shops"))
    sensors = (
        SensorSnapshot("landing", minimum_interval_seconds=1.5),
        SensorSnapshot("alert", run_statuses=(DagsterRunStatus.STARTED,)),
        SensorSnapshot("made", asset_keys=keys),
    )
    site.locations[:] = [LocationSnapshot("places", sensors=sensors)]

    text = read(site, "/").text

    assert "every 1.5 s" in text
    assert "runs that come to STARTED" in text
    assert "materializations of orders, users, items and 2 more" in text


def test_a_quarantined_sensor_is_shown_as_such_with_its_reason(site) -> None:
    key = AutomationKey("places", AutomationKind.SENSOR, "landing")
    state = AutomationState(key, quarantine_reason="three times it took 2 GB")
    site.instance.store.put_state(AutomationState(key), state, NOW)

    seen = read(site, "/")

    assert "quarantined" in seen.text
    assert "three times it took 2 GB" in seen.attributes["title"]


def test_code_that_cannot_be_loaded_is_shown_with_its_error(full_site) -> None:
    text = read(full_site, "/").text

    assert f"bad {SCRIPT}" in text
    assert f"worse {SCRIPT}" in text


def test_a_failed_run_shows_what_the_user_code_raised(site) -> None:
    run = site.add_run("run-1", tags={"team": "weather"})
    site.fail(run, "ValueError: row 7 is broken\n", ['  File "defs.py", line 3, in load\n'])

    text = read(site, "/runs/run-1").text

    assert "failure" in text
    assert "ValueError: row 7 is broken" in text
    assert 'File "defs.py", line 3, in load' in text
    assert "team=weather" in text


def test_the_page_of_a_run_that_goes_on_comes_again_by_itself(site) -> None:
    site.add_run("run-1")

    assert "refresh" in read(site, "/runs/run-1").attributes["http-equiv"]


def test_the_page_of_a_finished_run_stays(site) -> None:
    site.fail(site.add_run("run-1"), "broken")

    assert "http-equiv" not in read(site, "/runs/run-1").attributes


def test_only_the_newest_runs_are_listed(site) -> None:
    for number in range(60):
        site.add_run(f"run{number:05}", status=DagsterRunStatus.NOT_STARTED)

    text = read(site, "/").text

    assert "run00059" in text
    assert "run00010" in text
    assert "run00009" not in text


def test_the_style_is_a_style(site) -> None:
    answer = site.client().get("/style.css")

    assert answer.headers["content-type"].startswith("text/css")
