"""The audit log: whatever changes something is in it, with who and why, and no secret ever is."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from tests.web.browser import PASSWORD, REMOTE, House
from tests.web.conftest import NOW
from watchbell.ground.clock import ManualClock
from watchbell.ground.errors import StoreFullError
from watchbell.ground.masking import MASK
from watchbell.ground.upward import call_upward
from watchbell.record.account import Role
from watchbell.record.audit import AuditEntry, Outcome

VIEW = {"screen": "runs", "name": "red", "query": "q=status:failed"}


@pytest.fixture
def house() -> Iterator[House]:
    with call_upward("open_instance", "ephemeral", clock=ManualClock(NOW)) as instance:
        yield House(instance, REMOTE)


def last(house: House) -> AuditEntry:
    return house.audit()[-1]


def test_a_change_is_written_down_with_who_what_and_why(house: House) -> None:
    admin = house.logged_in("ada", Role.ADMIN)

    answer = admin.post("/api/users", {"name": "bob", "role": "operator", "password": PASSWORD, "reason": "new here"})

    entry = last(house)
    assert answer.status_code == 201
    assert (entry.who, entry.how, entry.role) == ("ada", "session", "admin")
    assert (entry.operation, entry.kind, entry.target) == ("addUser", "user", "bob")
    assert (entry.reason, entry.outcome) == ("new here", Outcome.DONE)
    assert entry.request_id == answer.headers["x-request-id"]
    assert entry.details["body"] == {"name": "bob", "role": "operator", "password": MASK, "reason": "new here"}


def test_a_reason_without_a_body_comes_in_a_header(house: House) -> None:
    program = house.program(Role.ADMIN)
    program.put("/api/views", VIEW)

    program.delete("/api/views/1", headers={"x-watchbell-reason": "no%20longer%20n%C3%B6tig"})

    assert (last(house).operation, last(house).target, last(house).reason) == ("deleteView", "1", "no longer nötig")


def test_looking_is_not_written_down(house: House) -> None:
    program = house.program(Role.ADMIN)

    for address in ("/api/runs", "/api/users", "/api/audit", "/api/session"):
        assert program.get(address).status_code == 200

    assert house.audit() == []


def test_what_somebody_may_not_do_is_written_down_as_refused(house: House) -> None:
    house.program(Role.VIEWER).post("/api/users", {"name": "eve", "role": "admin", "password": PASSWORD})

    entry = last(house)
    assert (entry.who, entry.operation, entry.outcome) == ("token:ci", "addUser", Outcome.REFUSED)
    assert entry.details["why"] == "addUser needs the role admin; token:ci is viewer"
    assert PASSWORD not in repr(entry)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"name": "-"}, "the request does not fit the operation"),
        ({"name": "bob", "password": "short"}, "the password has 5 characters"),
        ({"name": "b b", "password": PASSWORD}, "cannot be a user's name"),
    ],
)
def test_what_is_no_good_is_written_down_as_refused(house: House, body: dict[str, str], why: str) -> None:
    assert house.program(Role.ADMIN).post("/api/users", body).status_code == 422

    assert last(house).outcome is Outcome.REFUSED
    assert why in last(house).details["why"]
    assert PASSWORD not in repr(last(house))


def test_whom_nobody_knows_cannot_fill_the_log(house: House) -> None:
    for _ in range(3):
        house.browser().post("/api/users", {"name": "x" * 1_000})

    assert house.audit() == []


def test_a_mistake_of_ours_is_written_down_as_failed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any) -> Any:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(house.instance.store, "put_view", broken)

    assert house.program(Role.ADMIN).put("/api/views", VIEW).status_code == 500

    assert (last(house).outcome, last(house).details["why"]) == (Outcome.FAILED, "RuntimeError")


def test_what_cannot_be_written_down_is_not_done(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    program = house.program(Role.ADMIN)

    def full(entry: AuditEntry, keep_since: datetime | None) -> AuditEntry:
        raise StoreFullError("the disk is full", location="x")

    monkeypatch.setattr(house.instance.store, "add_audit", full)

    assert program.put("/api/views", VIEW).status_code == 503
    assert house.instance.store.views("token:token:ci") == []


def test_what_was_done_is_answered_although_its_end_could_not_be_written(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = house.program(Role.ADMIN)

    def full(*args: Any) -> None:
        raise StoreFullError("the disk is full", location="x")

    monkeypatch.setattr(house.instance.store, "end_audit", full)

    assert program.put("/api/views", VIEW).status_code == 200
    assert last(house).outcome is Outcome.BEGUN


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("/api/session/password", {"old_password": "typed by hand", "new_password": "typed by hand too"}),
        ("/api/users", {"name": "bob", "password": "typed by hand"}),
        ("/api/users/bob", {"password": "typed by hand"}),
        ("/api/views", {**VIEW, "config": {"api_key": "typed by hand", "url": "https://ada:typed-by-hand@x"}}),
        ("/api/views?token=typed+by+hand", VIEW),
        ("/api/views", {"nested": [{"deep": {"clientSecret": "typed by hand"}}]}),
    ],
)
def test_no_secret_is_ever_in_it(house: House, address: str, body: dict[str, Any]) -> None:
    browser = house.logged_in("ada", Role.ADMIN)

    browser.ask("POST" if address == "/api/users" else "PUT", address, json=body)

    assert len(house.audit()) == 2  # the login, and this
    assert "typed" not in repr(house.audit())


def test_a_body_that_is_no_json_or_endless_does_not_break_the_log(house: House) -> None:
    program = house.program(Role.ADMIN)

    assert program.ask("PUT", "/api/views", content="{").status_code == 422
    assert program.ask("PUT", "/api/views", content="[" * 100_000).status_code == 400
    assert program.put("/api/views", {"screen": "x" * 300_000}).status_code == 422

    assert [each.outcome for each in house.audit()] == [Outcome.REFUSED] * 3
    assert last(house).details["body_bytes"] > 300_000


# --- the log as it is read


def test_the_log_is_read_page_by_page_and_sifted(house: House) -> None:
    admin = house.program(Role.ADMIN)
    for number in range(5):
        admin.put("/api/views", {**VIEW, "name": f"view {number}"})
    house.program(Role.VIEWER).post("/api/users", {"name": "eve"})

    first = admin.get("/api/audit?limit=2").json()
    second = admin.get(f"/api/audit?limit=2&cursor={first['next_cursor']}").json()
    refused = admin.get("/api/audit?outcome=refused").json()
    about = admin.get("/api/audit", params={"kind": "view", "target": "runs/view 3"}).json()

    assert [row["operation"] for row in first["items"]] == ["addUser", "saveView"]
    assert [row["target"] for row in second["items"]] == ["runs/view 3", "runs/view 2"]
    assert [row["operation"] for row in refused["items"]] == ["addUser"]
    assert [row["target"] for row in about["items"]] == ["runs/view 3"]
    assert about["next_cursor"] is None


def test_everybody_sees_what_was_done_to_a_thing_and_only_admins_the_details(house: House) -> None:
    operator = house.program(Role.OPERATOR)
    operator.put("/api/views", VIEW)

    history = operator.get("/api/history", params={"kind": "view", "target": "runs/red"}).json()

    [row] = history["items"]
    assert row.keys() == {"id", "at", "who", "operation", "reason", "outcome"}
    assert operator.get("/api/audit").status_code == 403


@pytest.mark.parametrize("cursor", ["x", "-1", "1.5", "9" * 400, "%00"])
def test_a_cursor_of_somebody_elses_is_refused(house: House, cursor: str) -> None:
    assert house.program(Role.ADMIN).get(f"/api/audit?cursor={cursor}").status_code == 422
