"""Who may do what: every operation of the API, asked by everybody."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from scripts.make_openapi import description
from tests.web.browser import REMOTE, House
from tests.web.conftest import NOW
from watchbell.ground.clock import ManualClock
from watchbell.ground.masking import masked
from watchbell.ground.upward import call_upward
from watchbell.record.account import Role
from watchbell.web.access import OPERATIONS, check_operation
from watchbell.web.caller import Caller
from watchbell.web.problem import Problem

DESCRIPTION = json.loads(description())


def operations() -> dict[str, tuple[str, str]]:
    """Method and path of every operation, by its id, as the description has them."""
    return {
        about["operationId"]: (method.upper(), path)
        for path, methods in DESCRIPTION["paths"].items()
        for method, about in methods.items()
    }


KNOWN = operations()
QUESTIONS = {"checkConfig", "planBackfill"}
"""Asked by POST because they are long; they change nothing."""
ENDLESS = {"followChanges", "streamRunEvents"}
"""Streams, which answer as long as somebody listens: refusals of theirs end at once."""


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """One for all: what a role may do is not changed by what another did."""
    with call_upward("open_instance", "ephemeral", clock=ManualClock(NOW)) as instance:
        yield House(instance, REMOTE)


def filled(path: str) -> str:
    """A path with something in the place of its parts."""
    return re.sub(r"\{[^}]*\}", "1", path)


def test_every_operation_has_a_place_in_the_table_and_none_is_there_in_vain() -> None:
    assert KNOWN.keys() == OPERATIONS.keys()


def test_whatever_changes_something_names_its_kind_for_the_audit_log() -> None:
    changing = {name for name, (method, _) in KNOWN.items() if method != "GET"}

    assert {name for name in changing if OPERATIONS[name].kind is None} == {"logIn", *QUESTIONS}
    assert {name for name in KNOWN if name not in changing and OPERATIONS[name].kind is not None} == set()


def test_what_is_typed_hidden_is_not_written_down() -> None:
    hidden = {
        field
        for told in DESCRIPTION["components"]["schemas"].values()
        for field, about in told.get("properties", {}).items()
        if "'format': 'password'" in str(about)
    }

    assert hidden == {"password", "old_password", "new_password"}
    assert "hush" not in str([masked({field: "hush"}) for field in hidden])


def test_only_these_are_done_for_anybody() -> None:
    assert {name for name, each in OPERATIONS.items() if each.role is None} == {"getHealth", "getSession", "logIn"}


def test_what_changes_more_than_ones_own_needs_more_than_a_look() -> None:
    own = {"logOut", "changeOwnPassword", "endSession", "endOtherSessions", "createToken", "revokeToken", "saveView",
           "deleteView", "snooze", "endSnooze"}  # fmt: skip

    assert {name for name, each in OPERATIONS.items() if each.kind is not None and each.role is Role.VIEWER} == own


@pytest.mark.parametrize("name", sorted(OPERATIONS))
@pytest.mark.parametrize("role", Role)
def test_a_role_may_do_what_the_table_says_and_no_more(house: House, name: str, role: Role) -> None:
    method, path = KNOWN[name]
    needed = OPERATIONS[name].role
    if name in ENDLESS and (needed is None or role.covers(needed)):
        return
    program = house.program(role)

    answer = program.ask(method, filled(path), content="{}" if method != "GET" else None)

    is_refused_by_table = answer.status_code == 403 and answer.json()["detail"].startswith(f"{name} needs the role")
    assert is_refused_by_table == (needed is not None and not role.covers(needed))
    if is_refused_by_table:
        assert answer.json()["extra"] == {"needed_role": needed}


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_whom_nobody_knows_is_told_to_log_in(house: House, name: str) -> None:
    method, path = KNOWN[name]

    answer = house.browser().ask(method, filled(path), content="{}" if method != "GET" else None)

    assert (answer.status_code == 401 and answer.json()["type"] == "urn:watchbell:login-needed") == (
        OPERATIONS[name].role is not None
    )


def test_what_has_no_place_in_the_table_is_done_for_nobody() -> None:
    admin = Caller("ada", Role.ADMIN, "local")

    with pytest.raises(Problem) as raised:
        check_operation("burnItDown", admin)

    assert raised.value.status == 403


def test_each_role_may_what_those_before_it_may() -> None:
    assert [[one.covers(other) for other in Role] for one in Role] == [
        [True, False, False],
        [True, True, False],
        [True, True, True],
    ]


def test_a_page_without_a_login_has_no_data_in_it(house: House, tmp_path: Any) -> None:
    (tmp_path / "index.html").write_text("<html><!--first--></html>")
    other = House(house.instance, REMOTE, tmp_path)

    answer = other.browser().get("/")

    assert answer.status_code == 200
    assert '<script type="application/json" id="first">{}</script>' in answer.text
