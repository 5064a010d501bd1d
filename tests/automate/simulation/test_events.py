"""What happens from outside: events as values, and files of them."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from watchbell import AssetKey, SimulatedEvent
from watchbell.automate.simulation.events import EventFileError, SimulatedEventKind, events_of, read_event_file
from watchbell.ground.errors import ParameterCheckError

SIX = datetime(2026, 10, 31, 6, tzinfo=UTC)


def csv_file(folder: Path, text: str) -> Path:
    path = folder / "landing.csv"
    path.write_text(text)
    return path


def test_a_file_of_events_is_read_in_the_order_of_their_times(tmp_path: Path) -> None:
    path = csv_file(
        tmp_path,
        "time,asset,partition,kind,check,name\n"
        "2026-10-31T07:00+01:00,raw/landing,2026-10-30,,,\n"
        "\n"
        "2026-10-31 05:00,raw/landing,,observation,,\n"
        "2026-10-31T06:30Z,orders,,check failed,not_null,\n"
        "2026-10-31T06:40Z,,acme,partition_added,,customers\n",
    )

    events = read_event_file(path)

    assert events == [
        SimulatedEvent("2026-10-31T05:00Z", AssetKey(["raw", "landing"]), kind="observation"),
        SimulatedEvent(SIX, AssetKey(["raw", "landing"]), "2026-10-30"),
        SimulatedEvent("2026-10-31T06:30Z", "orders", kind=SimulatedEventKind.CHECK_FAILED, check="not_null"),
        SimulatedEvent("2026-10-31T06:40Z", None, "acme", "partition_added", name="customers"),
    ]


def test_lines_of_json_say_the_same(tmp_path: Path) -> None:
    path = tmp_path / "landing.jsonl"
    row = {"time": "2026-10-31T06:00", "asset": "raw/landing", "partition": "2026-10-30"}
    path.write_text(json.dumps(row) + "\n\n")

    assert read_event_file(path) == [SimulatedEvent(SIX, "raw/landing", "2026-10-30")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("time,asset\nyesterday,orders\n", "line 2, column 'time': 'yesterday' is no time; write for example"),
        ("time,asset\n2026-10-31,\n", "line 2, column 'asset': an event of kind 'materialization' needs 'asset'"),
        ("time,asset,kind\n2026-10-31,a,made\n", "line 2, column 'kind': there is no kind 'made'"),
        ("time,aset\n2026-10-31,a\n", "line 1: there is no column 'aset'; did you mean 'asset'?"),
        ("asset\norders\n", "line 1: the column 'time' is missing"),
        ("time,asset\n2026-10-31,a,b\n", "line 2: it has 3 cells for 2 columns (time, asset)"),
        ('time,asset\n2026-10-31,"a\n', "line 2: unexpected end of data"),
        ("time,asset,kind\n2026-10-31,a,check_passed\n", "line 2, column 'check': an event of kind 'check_passed'"),
    ],
)
def test_a_mistake_is_named_with_its_file_line_and_column(tmp_path: Path, text: str, message: str) -> None:
    path = csv_file(tmp_path, text)

    with pytest.raises(EventFileError) as caught:
        read_event_file(path)

    assert f"{path}, {message}" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"time": "2026-10-31"', "line 1: it is no JSON"),
        ('{"time": "2026-10-31", "asset": "a"}\n[1]', "line 2: it is an object such as"),
        ('{"time": 7, "asset": "a"}', "line 1, column 'time': time is a datetime or text, not 7"),
        (
            '{"time": "2026-10-31", "asset": "a", "partition": 7}',
            "line 1, column 'partition': partition is text, not 7",
        ),
    ],
)
def test_so_is_one_in_json(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "landing.json"
    path.write_text(text)

    with pytest.raises(EventFileError) as caught:
        read_event_file(path)

    assert message in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(EventFileError, match="nowhere.csv cannot be read: No such file"):
        events_of(tmp_path / "nowhere.csv")


def test_events_may_be_mappings() -> None:
    assert events_of([{"time": "2026-10-31T06:00", "asset": "a"}]) == [SimulatedEvent(SIX, "a")]


def test_what_is_no_event_is_said_with_its_place() -> None:
    with pytest.raises(ParameterCheckError, match=r"events\[1\] is a SimulatedEvent or a mapping"):
        events_of([SimulatedEvent(SIX, "a"), 7])
