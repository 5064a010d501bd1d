"""``/api/runs/{run_id}/log``: events and what was printed, in the order of time."""

import random
from datetime import timedelta
from pathlib import Path

import pytest

from tests.web.conftest import NOW, Site
from tests.web.counting import traced_statements
from watchbell.execute.output_times import FILE_NAME
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry
from watchbell.record.run import DagsterRunStatus
from watchbell.web.runs import printed_lines

S = DagsterRunStatus
T = DagsterEventType


class Printing:
    """What a run prints, and when.

    Args:
        site: where.
    """

    def __init__(self, site: Site) -> None:
        self.site, self.client = site, site.client()
        self.folder = site.instance.home / "logs" / "run-1"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.sizes: dict[str, list[int]] = {}

    def add(self, text: str, seconds: float | None, stem: str = "load", stream: int = 0) -> None:
        """Text is printed; noted at a time, or not."""
        path: Path = self.folder / f"{stem}{('.out', '.err')[stream]}"
        with path.open("ab") as file:
            file.write(text.encode())
        if seconds is None:
            return
        sizes = self.sizes.setdefault(stem, [0, 0])
        sizes[stream] = path.stat().st_size
        step = "" if stem == "run" else stem
        with (self.folder / FILE_NAME).open("a") as times:
            times.write(f"{(NOW + timedelta(seconds=seconds)).timestamp():.6f} {sizes[0]} {sizes[1]} {stem}\t{step}\n")


def happen(site: Site, message: str, seconds: float, step: str = "load", kind: T | None = None) -> int:
    """An event of run-1, or a line that user code logged; its number."""
    event = None if kind is None else DagsterEvent(kind, "etl", step, message)
    at = (NOW + timedelta(seconds=seconds)).timestamp()
    entry = EventLogEntry("run-1", at, 20, "" if event else message, step, "etl", event)
    return site.instance.handle_new_events([entry])[0]


@pytest.fixture
def printing(site: Site) -> Printing:
    """A run that goes on, and may print."""
    site.add_run("run-1", status=S.STARTED)
    return Printing(site)


def page(printing: Printing, query: str = "") -> dict:
    found = printing.client.get(f"/api/runs/run-1/log{query}")
    assert found.status_code == 200, found.text
    return found.json()


def messages(found: dict) -> list[str]:
    return [each["message"] for each in found["items"]]


def test_what_was_printed_between_two_events_stands_between_them(printing) -> None:
    happen(printing.site, "first", 1)
    printing.add("one\ntwo\n", 2)
    printing.add("to stderr\n", 2, stream=1)
    happen(printing.site, "second", 2)
    printing.add("three\n", 3, stem="other")

    found = page(printing)

    assert messages(found) == ["first", "one", "two", "to stderr", "second", "three"]
    assert [each["source"] for each in found["items"][1:4]] == ["stdout", "stdout", "stderr"]
    assert (found["items"][5]["step"], found["has_printed"], found["has_newer"]) == ("other", True, False)


def test_a_run_of_whose_output_there_are_no_times_has_events_only(printing) -> None:
    happen(printing.site, "first", 1)
    printing.add("one\n", None)

    found = page(printing)

    assert (messages(found), found["has_printed"]) == (["first"], False)


@pytest.mark.parametrize("seed", range(3))
def test_a_log_is_whole_whichever_way_and_in_whatever_parts_it_is_read(printing, monkeypatch, seed: int) -> None:
    chance = random.Random(seed)
    monkeypatch.setattr(printed_lines, "BLOCK_BYTES", 7)
    for number in range(40):
        seconds = number * 0.1
        if chance.random() < 0.4:
            happen(printing.site, f"event {number}", seconds - chance.random() * 0.15)
        else:
            text = "".join(chance.choice(["a\n", "long line\n", "\n", "half "]) for _ in range(chance.randrange(4)))
            printing.add(text, seconds, chance.choice(["load", "run"]), chance.randrange(2))
    whole = [each["id"] for each in page(printing, "?limit=2000")["items"]]

    forward, place = [], "0.0.0"
    for _ in range(200):
        part = page(printing, f"?limit=7&after={place}")
        forward += [each["id"] for each in part["items"]]
        place = part["newer"]
        if not part["has_newer"]:
            break
    part = page(printing, "?limit=7&end=true")
    back = [each["id"] for each in part["items"]]
    while part["has_older"]:
        part = page(printing, f"?limit=7&before={part['older']}")
        back = [each["id"] for each in part["items"]] + back
    middle = whole[len(whole) // 2]
    around = page(printing, f"?limit=10&around={middle}")
    names = [each["id"] for each in around["items"]]

    assert whole == forward
    assert sorted(whole) == sorted(back) == sorted(set(whole))
    assert [each for each in back if each.startswith("o")] == [each for each in whole if each.startswith("o")]
    assert middle in names
    assert len(names) == len(set(names))


def test_what_comes_later_is_found_after_the_place_that_was_told(printing) -> None:
    happen(printing.site, "first", 1)
    printing.add("one\n", 1.5)
    before = page(printing, "?end=true")

    printing.add("two\nthr", 2)
    happen(printing.site, "second", 3)
    printing.add("ee\n", 4)

    assert messages(page(printing, f"?after={before['newer']}")) == ["two", "second", "three"]


def test_what_nobody_noted_is_there_once_the_run_is_over(printing) -> None:
    printing.add("one\n", 1)
    printing.add("said at the end", None)
    printing.add("killed\n", None, stem="other", stream=1)
    going = page(printing)
    run = printing.site.instance.get_run_by_id("run-1")

    printing.site.instance.report_run_failed(run, "over")
    over = page(printing)
    [last] = [each for each in over["items"] if each["message"] == "said at the end"]
    again = page(printing, f"?around={last['id']}&limit=2")

    assert messages(going) == ["one"]
    assert [each for each in messages(over) if "over" not in each] == ["one", "said at the end", "killed"]
    assert (over["items"][-1]["step"], over["items"][-1]["source"]) == ("other", "stderr")
    assert "said at the end" in messages(again)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("source=stdout", ["first rows", "one", "another ROW"]),
        ("source=stderr", ["oh no"]),
        ("source=events", ["begins", "read rows"]),
        ("step=load", ["begins", "first rows", "oh no", "read rows"]),
        ("text=row", ["first rows", "read rows", "another ROW"]),
        ("text=row&source=stdout", ["first rows", "another ROW"]),
        ("level=info&source=events", ["begins", "read rows"]),
        ("level=warning", []),
        ("kind=logs", ["begins", "read rows"]),
    ],
)
def test_the_log_is_filtered(printing, query: str, expected: list[str]) -> None:
    happen(printing.site, "begins", 1)
    printing.add("first rows\n", 2)
    printing.add("oh no\n", 3, stream=1)
    happen(printing.site, "read rows", 4)
    printing.add("one\nanother ROW\n", 5, stem="run")

    assert messages(page(printing, f"?{query}")) == expected


def test_a_search_that_finds_little_goes_on_from_where_it_stopped(printing, monkeypatch) -> None:
    monkeypatch.setattr(printed_lines, "BLOCK_BYTES", 64)
    monkeypatch.setattr(printed_lines, "READ_BYTES_MAX", 200)
    printing.add("needle\n" + "hay\n" * 200, 1)
    happen(printing.site, "needle too", 2)

    part = page(printing, "?text=needle&end=true")
    found, looked = messages(part), 0
    while part["has_older"]:
        part = page(printing, f"?text=needle&before={part['older']}")
        found = messages(part) + found
        looked += part["looked_to_at"] is not None

    assert found == ["needle", "needle too"]
    assert looked > 1


def test_long_lines_are_cut_written_over_ones_shown_as_they_end_and_secrets_masked(printing) -> None:
    printing.add("x" * 50_000 + "\n1%\r50%\r100%\npostgres://ada:hush@db/x\n", 1)

    long, bar, address = messages(page(printing))

    assert (len(long), long[:2], bar) == (20_001, "…x", "100%")
    assert "hush" not in address
    assert messages(page(printing, "?text=hush")) == []


def test_an_entry_that_is_none_and_a_place_that_is_none_are_refused(printing) -> None:
    client = printing.client
    answers = [client.get(f"/api/runs/run-1/log?{each}") for each in ("around=x", "after=1", "end=true&after=1.0.0")]

    assert [each.status_code for each in answers] == [422, 422, 422]
    assert messages(page(printing, "?around=o99.1")) == []


def test_the_file_of_the_log_has_what_was_printed_in_it(printing) -> None:
    happen(printing.site, "first", 0)
    printing.add("one\n", 1)

    found = printing.client.get("/api/runs/run-1/log.txt").text.splitlines()

    assert found == [
        "2024-03-01T12:00:30.000+00:00 INFO load: first",
        "2024-03-01T12:00:31.000+00:00 stdout load: one",
    ]


def test_a_part_costs_as_many_questions_however_much_was_printed(printing) -> None:
    happen(printing.site, "first", 1)
    client = printing.client
    with traced_statements(printing.site.instance.store) as few:
        client.get("/api/runs/run-1/log?end=true")
    for number in range(200):
        printing.add("a line\n", 2 + number)
    with traced_statements(printing.site.instance.store) as many:
        client.get("/api/runs/run-1/log?end=true")

    assert few.count == many.count <= 4


def test_a_page_reads_no_more_of_a_great_file_than_it_shows(printing, monkeypatch) -> None:
    read: list[int] = []
    plain = printed_lines._File.read

    def counted(self, place: int, count: int) -> bytes:
        read.append(count)
        return plain(self, place, count)

    monkeypatch.setattr(printed_lines._File, "read", counted)
    printing.add("a line of some length that is printed over and over\n" * 100_000, 1)

    found = page(printing, "?end=true&limit=500")

    assert len(found["items"]) == 500
    assert sum(read) <= 2 * printed_lines.BLOCK_BYTES
