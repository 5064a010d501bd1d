"""``/api/runs/{run_id}``: one run, its failures, steps, log, output and what it made."""

import logging
from datetime import timedelta

import pytest

from tests.web.conftest import LOCATION, NOW, Site, schedule_key, tick
from tests.web.counting import traced_statements
from watchbell.ground.os_user import os_user_name
from watchbell.record.asset_check import AssetCheckEvaluation
from watchbell.record.error_info import SerializableErrorInfo
from watchbell.record.event import (
    DagsterEvent,
    DagsterEventType,
    EventLogEntry,
    JobFailureData,
    LoadedInputData,
    StepFailureData,
    StepMaterializationData,
    StepRetryData,
)
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization
from watchbell.record.metadata import MetadataValue
from watchbell.record.run import DagsterRunStatus
from watchbell.record.tick import TickStatus
from watchbell.web.runs import log

S = DagsterRunStatus
T = DagsterEventType


def happen(site: Site, kind: DagsterEventType | None, seconds: float = 0.0, **more: object) -> int:
    """Stores an event of run-1, or a line of its log; the number it got."""
    step, message, level = more.get("step"), str(more.get("message", "said")), int(more.get("level", 20))
    event = None if kind is None else DagsterEvent(kind, "etl", step, message, more.get("data"))
    at = (NOW + timedelta(seconds=seconds)).timestamp()
    text = message if event is None else ""
    entry = EventLogEntry("run-1", at, level, text, step, "etl", event)
    return site.instance.handle_new_events([entry])[0]


def answer(site: Site, path: str = "") -> dict:
    found = site.client().get(f"/api/runs/run-1{path}")
    assert found.status_code == 200, found.text
    return found.json()


def raised(message: str, *frames: str, cause: SerializableErrorInfo | None = None) -> SerializableErrorInfo:
    return SerializableErrorInfo(message, frames, message.partition(":")[0], cause)


def test_there_is_no_run_of_that_id(site) -> None:
    for path in ("", "/steps", "/events", "/made", "/output", "/log.txt"):
        found = site.client().get(f"/api/runs/none{path}")

        assert found.status_code == 404
        assert "there is no run 'none'" in found.json()["detail"]


def test_a_failed_run_shows_the_users_exception_and_frames_first(site, tmp_path) -> None:
    file = tmp_path / "orders.py"
    file.write_text("def parse(row):\n    # an order has an amount\n    return float(row['amount'])\n")
    inner = raised(
        "KeyError: 'amount'\n",
        f"  File \"{file}\", line 3, in parse\n    return float(row['amount'])\n                 ~~~^^^^^^^^^^\n",
        '  File "/usr/lib/python3/site-packages/pandas/core.py", line 9, in get\n    return self[key]\n',
    )
    error = SerializableErrorInfo(
        "DagsterExecutionStepExecutionError: x", (), "DagsterExecutionStepExecutionError", inner
    )
    site.add_run("run-1", status=S.STARTED)
    happen(site, T.STEP_FAILURE, step="parse", data=StepFailureData(error), level=40)
    happen(site, T.RUN_FAILURE, data=JobFailureData(None, "STEP_FAILURE"), level=40)

    [failure] = answer(site)["failures"]

    assert failure["step"] == "parse"
    assert (failure["error"]["kind"], failure["error"]["message"]) == ("KeyError", "'amount'")
    users, library = failure["error"]["frames"]
    assert (users["is_users"], library["is_users"]) == (True, False)
    assert (users["file"], users["line"], users["function"]) == (str(file), 3, "parse")
    assert users["source"] == [
        {"number": 2, "text": "# an order has an amount", "is_it": False},
        {"number": 3, "text": "return float(row['amount'])", "is_it": True},
    ]


def test_lines_of_a_file_that_changed_since_are_not_shown(site, tmp_path) -> None:
    file = tmp_path / "orders.py"
    file.write_text("secret = 1\nsomething_else()\n")
    site.add_run("run-1", status=S.STARTED)
    error = raised("ValueError: x", f'  File "{file}", line 2, in f\n    parse(row)\n')
    happen(site, T.STEP_FAILURE, step="parse", data=StepFailureData(error), level=40)

    [failure] = answer(site)["failures"]

    assert failure["error"]["frames"][0]["source"] == [{"number": 2, "text": "parse(row)", "is_it": True}]


def test_a_run_that_failed_without_a_step_says_why(site) -> None:
    site.fail(site.add_run("run-1"), "its process was killed (SIGKILL)")

    [failure] = answer(site)["failures"]

    assert failure["step"] is None
    assert "SIGKILL" in failure["error"]["message"]


def test_why_it_ran_is_told_from_the_tick_on(site) -> None:
    tags = {"dagster/schedule_name": "hourly", "dagster/run_key": "k"}
    site.add_run("run-1", tags=tags, location_name=LOCATION)
    site.add_tick(schedule_key("hourly"), tick(TickStatus.SUCCESS, run_ids=("run-1",)))

    found = answer(site)

    assert found["trigger"] == {"kind": "schedule", "name": "hourly", "location": LOCATION, "id": None, "who": None}
    assert found["tick"] == {
        "tick_id": 1,
        "kind": "schedule",
        "name": "hourly",
        "location": LOCATION,
        "at": "2024-03-01T12:00:30Z",
        "run_key": "k",
    }


def test_the_attempts_and_the_runs_beside_it_are_told(site) -> None:
    again = {"dagster/root_run_id": "run-0", "dagster/parent_run_id": "run-0"}
    site.fail(site.add_run("run-0"), "broken")
    site.add_run("other", "other")
    site.add_run("run-1", tags=again, parent_run_id="run-0", root_run_id="run-0")
    site.add_run("run-2")

    found = answer(site)

    assert [(each["run_id"], each["status"]) for each in found["chain"]] == [("run-0", "FAILURE"), ("run-1", "QUEUED")]
    assert (found["before"], found["after"]) == ("run-0", "run-2")
    assert (found["trigger"]["kind"], found["trigger"]["id"]) == ("again", "run-0")


def test_what_is_another_than_in_the_run_before_is_told(site) -> None:
    site.add_run("run-0", tags={"team": "a", "same": "1"}, run_config={"ops": {"load": {"config": {"rows": 3}}}})
    site.add_run(
        "run-1", tags={"same": "1", "new": "2"}, run_config={"ops": {"load": {"config": {"rows": 4, "x": []}}}}
    )

    found = answer(site)["difference"]

    assert found["config"] == [
        {"path": "ops.load.config.rows", "before": "3", "after": "4"},
        {"path": "ops.load.config.x", "before": None, "after": "[]"},
    ]
    assert found["tags"] == [
        {"path": "new", "before": None, "after": "2"},
        {"path": "team", "before": "a", "after": None},
    ]


def test_runs_of_chosen_assets_are_compared_only_with_runs_of_the_same(site) -> None:
    orders, prices = frozenset({AssetKey("orders")}), frozenset({AssetKey("prices")})
    site.add_run("run-0", "__ASSET_JOB", asset_selection=prices, tags={"who": "ada"})
    site.add_run("run-1", "__ASSET_JOB", asset_selection=orders, tags={"who": "bob"})
    unlike = answer(site)["difference"]
    site.add_run("run-2", "__ASSET_JOB", asset_selection=orders, tags={"who": "eve"})

    alike = site.client().get("/api/runs/run-2").json()["difference"]

    assert unlike is None
    assert [each["path"] for each in alike["tags"]] == ["who"]


def test_secrets_in_the_config_are_masked(site) -> None:
    site.add_run("run-1", run_config={"resources": {"db": {"config": {"password": "hush", "host": "db"}}}})

    found = site.client().get("/api/runs/run-1")

    assert "hush" not in found.text
    assert found.json()["config"]["resources"]["db"]["config"]["host"] == "db"


def test_steps_tell_what_they_spent_their_time_with(site) -> None:
    site.add_run("run-1", status=S.STARTED)
    load = {"step": "load"}
    happen(site, T.STEP_WORKER_STARTING, 0, **load)
    happen(site, T.RESOURCE_INIT_STARTED, 1, **load)
    happen(site, T.STEP_START, 3, **load)
    happen(site, T.LOADED_INPUT, 3, **load, data=LoadedInputData("rows", "io", upstream_step_key="fetch"))
    happen(site, T.STEP_UP_FOR_RETRY, 5, **load, data=StepRetryData(None, 2.0, 1))
    happen(site, T.STEP_RESTARTED, 7, **load)
    happen(site, T.STEP_FAILURE, 8, **load, data=StepFailureData(None), level=40)
    happen(site, T.STEP_START, 8, step="parse")

    load_step, parse = answer(site, "/steps")["items"]

    def second(text: str | None) -> int | None:
        return None if text is None else int(text[17:19]) - 30

    spans = [
        (each["kind"], second(each["begin_at"]), second(each["end_at"]), each["is_failed"])
        for each in load_step["spans"]
    ]
    assert spans == [
        ("wait", 0, 1, False),
        ("setup", 1, 3, False),
        ("work", 3, 5, True),
        ("pause", 5, 7, False),
        ("work", 7, 8, True),
    ]
    assert (load_step["state"], load_step["attempts"], load_step["needs"]) == ("failed", 2, ["fetch"])
    assert (parse["state"], [each["end_at"] for each in parse["spans"]]) == ("running", [None])


def test_what_a_run_left_unfinished_is_stopped_and_no_more_running(site) -> None:
    run = site.add_run("run-1", status=S.STARTED)
    happen(site, T.STEP_START, 0, step="load")
    site.fail(run, "its process is gone")

    [step] = answer(site, "/steps")["items"]

    assert step["state"] == "stopped"
    assert step["spans"][0]["end_at"] is not None


def test_a_run_that_somebody_stopped_says_who_when_and_why_and_has_no_failure(site) -> None:
    site.add_run("run-1", status=S.STARTED)
    happen(site, T.STEP_START, 0, step="long")
    site.client().request("POST", "/api/runs/run-1/cancel", json={"reason": "the wrong day"})
    stop = raised("DagsterExecutionInterruptedError: the process received SIGTERM\n")
    happen(site, T.STEP_FAILURE, 3, step="long", data=StepFailureData(stop), level=40)
    happen(site, T.RUN_CANCELED, 4, message="run of etl was stopped by SIGTERM", level=40)

    run = answer(site)
    [step] = answer(site, "/steps")["items"]

    assert (run["status"], run["failures"], run["failure_count"]) == ("CANCELED", [], 0)
    assert run["cancel"]["text"] == f"{os_user_name()} asked for the run to stop: the wrong day"
    assert run["cancel"]["at"] == NOW.isoformat().replace("+00:00", "Z")
    assert (step["state"], [each["is_failed"] for each in step["spans"]]) == ("stopped", [False])


def test_what_broke_by_itself_in_a_run_that_somebody_stopped_is_a_failure_still(site) -> None:
    site.add_run("run-1", status=S.STARTED)
    happen(site, T.STEP_FAILURE, step="parse", data=StepFailureData(raised("KeyError: 'amount'\n")), level=40)
    site.client().request("POST", "/api/runs/run-1/cancel", json={})
    happen(site, T.RUN_CANCELED, 4, message="run of etl was stopped by SIGTERM", level=40)

    run = answer(site)

    assert [each["step"] for each in run["failures"]] == ["parse"]


def test_a_run_cancelled_in_the_queue_says_who_did_it(site) -> None:
    site.add_run("run-1")

    site.client().request(
        "POST", "/api/runs/bulk", json={"action": "cancel", "run_ids": ["run-1"], "reason": "not needed"}
    )

    assert answer(site)["cancel"]["text"] == (
        f"The run was canceled before it began. {os_user_name()} asked for the run to stop: not needed"
    )


def fill(site: Site, number: int) -> list[int]:
    site.add_run("run-1", status=S.STARTED)
    return [happen(site, None, each / 10, step="load", message=f"line {each}") for each in range(number)]


def messages(page: dict) -> list[str]:
    return [each["message"] for each in page["items"]]


def test_a_log_is_read_both_ways_without_a_gap(site) -> None:
    fill(site, 25)

    end = answer(site, "/events?end=true&limit=10")
    middle = answer(site, f"/events?before={end['items'][0]['id']}&limit=10")
    begin = answer(site, f"/events?before={middle['items'][0]['id']}&limit=10")

    assert messages(begin) + messages(middle) + messages(end) == [f"line {each}" for each in range(25)]
    assert [(each["has_older"], each["has_newer"]) for each in (begin, middle, end)] == [
        (False, True),
        (True, True),
        (True, False),
    ]


def test_a_log_is_read_from_the_beginning_and_around_an_entry(site) -> None:
    numbers = fill(site, 25)

    first = answer(site, "/events?limit=10")
    following = answer(site, f"/events?after={first['items'][-1]['id']}&limit=10")
    around = answer(site, f"/events?around={numbers[12]}&limit=10")

    assert messages(first) + messages(following) == [f"line {each}" for each in range(20)]
    assert messages(around) == [f"line {each}" for each in range(7, 17)]
    assert (around["has_older"], around["has_newer"]) == (True, True)


def test_the_tail_of_a_log_is_followed(site) -> None:
    numbers = fill(site, 3)

    nothing = answer(site, f"/events?after={numbers[-1]}")
    happen(site, None, 9, message="new")
    something = answer(site, f"/events?after={nothing['last_id']}")

    assert (messages(nothing), nothing["last_id"]) == ([], numbers[-1])
    assert messages(something) == ["new"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["starts", "plain", "careful", "bad"]),
        ("noise=true", ["starts", "engine", "plain", "careful", "bad"]),
        ("level=warning", ["careful", "bad"]),
        ("level=error", ["bad"]),
        ("step=parse", ["careful"]),
        ("step=parse&step=load", ["starts", "plain", "careful", "bad"]),
        ("kind=logs", ["plain", "careful"]),
        ("kind=steps", ["starts", "bad"]),
        ("kind=failures", ["bad"]),
        ("text=CARE", ["careful"]),
        ("text=nothing", []),
    ],
)
def test_a_log_is_filtered(site, query: str, expected: list[str]) -> None:
    site.add_run("run-1", status=S.STARTED)
    happen(site, T.STEP_START, 0, step="load", message="starts")
    happen(site, T.ENGINE_EVENT, 1, step="load", message="engine")
    happen(site, None, 2, step="load", message="plain")
    happen(site, None, 3, step="parse", message="careful", level=logging.WARNING)
    happen(site, T.STEP_FAILURE, 4, step="load", message="bad", level=logging.ERROR, data=StepFailureData(None))

    assert messages(answer(site, f"/events?{query}")) == expected


def test_an_entry_that_the_filter_hides_is_there_when_its_address_is_opened(site) -> None:
    site.add_run("run-1", status=S.STARTED)
    number = happen(site, T.ENGINE_EVENT, 1, message="engine")

    assert messages(answer(site, f"/events?around={number}")) == ["engine"]


def test_two_places_at_once_are_refused(site) -> None:
    site.add_run("run-1")

    assert site.client().get("/api/runs/run-1/events?end=true&after=3").status_code == 422


def test_the_whole_log_is_a_file_of_text(site) -> None:
    fill(site, 3)

    found = site.client().get("/api/runs/run-1/log.txt")

    assert found.headers["content-disposition"] == 'attachment; filename="run-run-1.txt"'
    assert found.headers["content-type"].startswith("text/plain")
    assert found.text.splitlines()[0] == "2024-03-01T12:00:30.000+00:00 INFO load: line 0"


def test_what_was_made_is_told_with_metadata_and_checks(site) -> None:
    site.add_run("run-1", status=S.STARTED)
    key = AssetKey(["raw", "orders"])
    made = AssetMaterialization(key, partition="2024", metadata={"rows": 3, "url": "postgres://ada:hush@db/x"})
    happen(site, T.ASSET_MATERIALIZATION, step="load", data=StepMaterializationData(made))
    check = AssetCheckEvaluation(key, "not_empty", False, description="it is")
    happen(site, T.ASSET_CHECK_EVALUATION, step="load", data=check)

    found = answer(site, "/made")

    [asset], [verdict] = found["assets"], found["checks"]
    assert (asset["asset"], asset["partition"], asset["step"]) == ("raw/orders", "2024", "load")
    assert asset["metadata"][0] == {"label": "rows", "kind": "int", "value": 3, "is_cut": False}
    assert "hush" not in asset["metadata"][1]["value"]
    assert (verdict["check"], verdict["is_passed"], verdict["description"]) == ("not_empty", False, "it is")


def test_facts_of_a_run_that_made_much_are_short(site) -> None:
    site.add_run("run-1", status=S.STARTED)
    note = MetadataValue.md("x" * 5_000)
    for part in range(60):
        made = AssetMaterialization(AssetKey("orders"), partition=str(part), metadata={"note": note})
        happen(site, T.ASSET_MATERIALIZATION, step="load", data=StepMaterializationData(made))

    found = answer(site, "/made")["assets"]

    assert len(found) == 60
    assert {(len(each["metadata"][0]["value"]), each["metadata"][0]["is_cut"]) for each in found} == {(1_000, True)}


def print_out(site: Site, name: str, text: bytes) -> None:
    folder = site.instance.home / "logs" / "run-1"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(text)


def test_what_a_process_printed_is_read_from_the_end_and_on(site) -> None:
    site.add_run("run-1", status=S.STARTED)
    print_out(site, "run.out", "grün\n".encode() * 2)
    print_out(site, "load.err", b"oh\n")

    first = answer(site, "/output")
    print_out(site, "run.out", "grün\n".encode() * 3)
    more = answer(site, f"/output?begin={first['end']}")
    of_step = answer(site, "/output?stream=stderr&part=load")

    assert (first["text"], first["size"], first["parts"]) == ("grün\ngrün\n", 12, ["run", "load"])
    assert (more["text"], more["end"]) == ("grün\n", 18)
    assert of_step["text"] == "oh\n"
    assert site.client().get("/api/runs/run-1/output.txt").text == "grün\n" * 3


def test_a_sign_of_which_only_the_beginning_was_printed_waits_for_its_rest(site) -> None:
    site.add_run("run-1", status=S.STARTED)
    print_out(site, "run.out", b"gr" + "ü".encode()[:1])

    found = answer(site, "/output")

    assert (found["text"], found["end"]) == ("gr", 2)


@pytest.mark.parametrize("part", ["../../secret", "/etc/passwd", "..", "nothing"])
def test_no_other_file_is_read_as_output(site, part: str) -> None:
    site.add_run("run-1", status=S.STARTED)
    (site.instance.home / "secret.out").write_text("hush")
    print_out(site, "run.out", b"x")

    assert answer(site, f"/output?part={part}")["text"] == ""


def test_a_run_costs_a_fixed_number_of_questions(site) -> None:
    client = site.client()
    fill(site, 2)
    with traced_statements(site.instance.store) as few:
        client.get("/api/runs/run-1")
    for number in range(30):
        happen(site, T.STEP_FAILURE, number, step=f"s{number}", data=StepFailureData(None), level=40)
        site.add_run(
            f"again-{number}", tags={"dagster/root_run_id": "run-1"}, parent_run_id="run-1", root_run_id="run-1"
        )

    with traced_statements(site.instance.store) as many:
        client.get("/api/runs/run-1")

    assert many.count <= few.count + 1  # the run before is read, now that there is one
    assert many.count <= 16


def test_a_filter_that_lets_little_through_is_answered_in_parts_without_a_gap(site, monkeypatch) -> None:
    monkeypatch.setattr(log, "WINDOW", 10)
    numbers = fill(site, 35)

    end = answer(site, "/events?end=true&text=LINE 3")
    pages = [end]
    while pages[-1]["has_older"]:
        pages.append(answer(site, f"/events?before={pages[-1]['first_id']}&text=LINE 3"))

    found = [message for page in reversed(pages) for message in messages(page)]
    assert found == ["line 3", *(f"line {each}" for each in range(30, 35))]
    assert [page["first_id"] for page in pages[:2]] == [numbers[25], numbers[15]]
    assert (end["looked_to_at"], pages[-1]["looked_to_at"]) == ("2024-03-01T12:00:32.500000Z", None)


def test_a_filter_is_followed_forward_where_it_found_nothing(site, monkeypatch) -> None:
    monkeypatch.setattr(log, "WINDOW", 10)
    numbers = fill(site, 15)

    first = answer(site, "/events?text=line 14")
    second = answer(site, f"/events?after={first['last_id']}&text=line 14")

    assert (messages(first), first["has_newer"], first["last_id"]) == ([], True, numbers[9])
    assert (messages(second), second["has_newer"], second["last_id"]) == (["line 14"], False, numbers[14])


def test_what_the_database_cannot_tell_exactly_is_looked_at_so_many_at_once(site, monkeypatch) -> None:
    monkeypatch.setattr(log, "LOOKED_AT_MAX", 10)
    monkeypatch.setattr(log, "READ_AT_ONCE", 10)
    site.add_run("run-1", status=S.STARTED)
    numbers = [happen(site, T.STEP_START, each, step="load", message="begins") for each in range(15)]

    page = answer(site, "/events?end=true&limit=4&text=event_type")  # a word of what is stored, not of the message

    assert (messages(page), page["has_older"], page["first_id"]) == ([], True, numbers[0])
    assert page["looked_to_at"] is not None


@pytest.mark.parametrize("text", ['say "no"', "100%", "a_b", "GRÖSSE", "wow!", "back\\slash", "two\nlines"])
def test_any_text_is_found_as_it_was_written(site, text: str) -> None:
    site.add_run("run-1", status=S.STARTED)
    happen(site, None, 1, message=f"they {text} again")
    happen(site, None, 2, message="they sayno, 1000, axb, grosse, wow, back/slash, two lines again")

    page = site.client().get("/api/runs/run-1/events", params={"text": text}).json()

    assert messages(page) == [f"they {text} again"]


@pytest.mark.parametrize("query", ["", "text=nothing", "level=error", "step=none", "kind=assets", "text=event"])
def test_a_part_of_a_log_costs_few_questions_whatever_it_holds(site, query: str) -> None:
    client = site.client()
    fill(site, 3)
    client.get("/api/runs/run-1/events")
    with traced_statements(site.instance.store) as few:
        client.get(f"/api/runs/run-1/events?end=true&{query}")
    entries = [EventLogEntry("run-1", NOW.timestamp(), 20, f"event {each}", "load", "etl") for each in range(6_000)]
    site.instance.handle_new_events(entries)

    with traced_statements(site.instance.store) as many:
        client.get(f"/api/runs/run-1/events?end=true&{query}")

    assert many.count == few.count
    assert many.count <= 6
