"""Logging in and out, sessions, tokens: who is believed, for how long, and what guessing costs."""

import socket
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.web.browser import PASSWORD, REMOTE, SECURE, Browser, House
from tests.web.conftest import NOW
from watchbell.ground.clock import ManualClock
from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.ground.secrets import digest_of, is_token, new_token
from watchbell.ground.upward import call_upward
from watchbell.home import page_address
from watchbell.record.account import Role
from watchbell.record.audit import Outcome
from watchbell.record.settings import Settings
from watchbell.web.exposure import exposure_of

ADMIN, OPERATOR, VIEWER = Role.ADMIN, Role.OPERATOR, Role.VIEWER


@pytest.fixture
def house() -> Iterator[House]:
    """A server that others can reach."""
    with call_upward("open_instance", "ephemeral", clock=ManualClock(NOW)) as instance:
        yield House(instance, REMOTE)


# --- where it may listen


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_at_this_machine_alone_nobody_has_to_log_in(host: str) -> None:
    assert exposure_of(Settings(), host, has_accounts=False).is_local


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "192.168.0.7", "8.8.8.8", "example.org", "", "127.0.0.1.evil.example", "localhost.evil"]
)
def test_where_others_reach_it_somebody_has_to_be_able_to_log_in(host: str) -> None:
    with pytest.raises(DagsterInvariantViolationError) as caught:
        exposure_of(Settings(), host, has_accounts=False)

    assert repr(host) in str(caught.value)
    assert "watchbell user add NAME --role admin" in str(caught.value)
    assert not exposure_of(Settings(), host, has_accounts=True).is_local


def test_a_setting_asks_everybody_to_log_in_also_at_this_machine() -> None:
    settings = Settings(web_login="always")

    with pytest.raises(DagsterInvariantViolationError, match="the setting web_login is 'always'"):
        exposure_of(settings, "127.0.0.1", has_accounts=False)

    assert not exposure_of(settings, "127.0.0.1", has_accounts=True).is_local


def test_names_come_from_the_address_and_the_settings() -> None:
    settings = Settings(base_url="https://Watch.example/x", web_hosts=("Other.example", "fe80::1"))

    exposure = exposure_of(settings, "10.0.0.7", has_accounts=True)

    own = {"localhost", "127.0.0.1", "[::1]"}
    assert exposure.names == own | {"watch.example", "other.example", "[fe80::1]", "10.0.0.7"}
    assert exposure.is_secure


@pytest.mark.parametrize("host", ["0.0.0.0", "::", ""])
def test_who_listens_everywhere_answers_to_addresses_and_the_name_of_the_machine(host: str) -> None:
    exposure = exposure_of(Settings(), host, has_accounts=True)

    assert exposure.names == {"localhost", "127.0.0.1", "[::1]", socket.gethostname().lower()}
    assert all(exposure.answers(each) for each in ("192.0.2.7", "[2001:db8::7]"))
    foreign = ("0.0.0.0", "[::]", "2001:db8::7", "[192.0.2.7]", "192.0.2.7.evil.example", "192.0.2", "evil.example", "")
    assert not any(exposure.answers(each) for each in foreign)


def test_who_listens_at_one_address_answers_to_no_other() -> None:
    exposure = exposure_of(Settings(), "10.0.0.7", has_accounts=True)

    assert exposure.answers("10.0.0.7")
    assert not exposure.answers("10.0.0.8")


def test_the_page_of_who_listens_everywhere_has_the_name_of_the_machine() -> None:
    assert page_address("0.0.0.0", 3000) == f"http://{socket.gethostname()}:3000"
    assert page_address("::1", 3000) == "http://[::1]:3000"


# --- who sits at this machine


@pytest.mark.parametrize(
    ("options", "headers"),
    [
        ({"address": "10.0.0.9"}, {}),
        ({}, {"x-forwarded-for": "10.0.0.9"}),
        ({}, {"forwarded": "for=10.0.0.9"}),
        ({}, {"via": "1.1 proxy"}),
        ({}, {"x-real-ip": "127.0.0.1"}),
        ({}, {"x-forwarded-host": "localhost"}),
    ],
)
def test_who_does_not_come_from_this_machine_straight_has_to_log_in(
    house: House, options: dict[str, str], headers: dict[str, str | None]
) -> None:
    local = House(house.instance)

    assert local.browser().get("/api/runs").status_code == 200
    assert local.browser(**options).get("/api/runs", headers=headers).status_code == 401


def test_another_name_asks_for_a_login_also_at_this_machine(house: House) -> None:
    exposure = exposure_of(Settings(web_hosts=("watch.example",)), "127.0.0.1", has_accounts=False)

    assert House(house.instance, exposure).browser(host="watch.example").get("/api/runs").status_code == 401


# --- logging in


def test_without_a_login_nothing_is_told(house: House) -> None:
    house.add_user("ada", ADMIN)
    browser = house.browser()

    refused = browser.get("/api/runs")

    assert refused.status_code == 401
    assert refused.json()["type"] == "urn:watchbell:login-needed"
    assert refused.headers["www-authenticate"].startswith("Bearer")
    assert browser.get("/api/session").json() == {
        "is_known": False, "name": None, "role": None, "how": None, "user": None, "has_login": True,
    }  # fmt: skip


def test_with_a_login_a_page_is_answered(house: House) -> None:
    browser = house.logged_in("ada", OPERATOR)

    assert browser.get("/api/runs").status_code == 200
    who = browser.get("/api/session").json()
    assert (who["name"], who["role"], who["how"]) == ("ada", "operator", "session")


@pytest.mark.parametrize(
    ("name", "password"),
    [("ada", "wrong password"), ("nobody", PASSWORD), ("ada", ""), ("gone", PASSWORD), ("ada", PASSWORD + "x")],
)
def test_what_does_not_fit_is_told_alike(house: House, name: str, password: str) -> None:
    house.add_user("ada")
    house.add_user("gone")
    house.instance.store.change_user("gone", NOW, is_disabled=True)

    answer = house.browser().log_in(name, password)

    assert answer.status_code == 401
    assert answer.json()["detail"] == "name or password is wrong"
    assert "set-cookie" not in answer.headers
    assert house.instance.store.sessions() == []


def test_a_name_is_typed_in_any_case(house: House) -> None:
    house.add_user("ada")

    assert house.browser().log_in(" Ada ").status_code == 200


def test_no_script_reads_the_cookie_and_no_other_site_sends_it(house: House) -> None:
    house.add_user("ada")

    set_cookie = house.browser().log_in("ada").headers["set-cookie"]

    parts = {each.strip().lower() for each in set_cookie.split(";")}
    assert {"httponly", "samesite=strict", "path=/"} <= parts
    assert "domain" not in set_cookie.lower()
    assert "secure" not in parts


def test_behind_https_the_cookie_is_bound_to_it(house: House) -> None:
    house.add_user("ada")
    browser = House(house.instance, SECURE).browser()

    set_cookie = browser.log_in("ada").headers["set-cookie"]

    assert set_cookie.startswith("__Host-watchbell=")
    assert "; Secure" in set_cookie
    assert browser.get("/api/runs").status_code == 200


def test_the_store_has_a_digest_of_the_cookie_only(house: House) -> None:
    browser = house.logged_in("ada", VIEWER)

    cookie = browser.cookies["watchbell"]

    assert len(cookie) >= 43
    assert house.instance.store.session_by_digest(cookie) is None
    assert house.instance.store.session_by_digest(digest_of(cookie)) is not None


def test_each_login_is_a_new_session_and_ends_the_one_before(house: House) -> None:
    """A cookie that somebody else put into the browser is worth nothing after the login."""
    browser = house.logged_in("ada", VIEWER)
    first = browser.cookies["watchbell"]

    browser.log_in("ada")

    assert browser.cookies["watchbell"] != first
    assert (
        Browser(house.app, "watch.example", "10.0.0.9", cookies={"watchbell": first}).get("/api/runs").status_code
        == 401
    )
    assert len(house.instance.store.sessions()) == 1


def test_a_cookie_that_was_planted_is_not_taken_over(house: House) -> None:
    house.add_user("ada")
    browser = house.browser(cookies={"watchbell": "planted"})

    browser.log_in("ada")

    assert browser.cookies["watchbell"] != "planted"
    assert house.browser(cookies={"watchbell": "planted"}).get("/api/runs").status_code == 401


@pytest.mark.parametrize("cookie", ["", "x", "a" * 5_000, "\x7f;;==", 'watchbell="', "watchbell=1; watchbell=2"])
def test_a_cookie_that_is_none_is_nobody(house: House, cookie: str) -> None:
    assert house.browser().get("/api/runs", headers={"cookie": f"watchbell={cookie}"}).status_code == 401


# --- logging out, and ends of sessions


def test_after_logging_out_the_cookie_is_worth_nothing(house: House) -> None:
    browser = house.logged_in("ada", VIEWER)
    cookie = browser.cookies["watchbell"]

    answer = browser.delete("/api/session")

    assert answer.status_code == 200
    assert "watchbell" not in browser.cookies
    assert house.browser(cookies={"watchbell": cookie}).get("/api/runs").status_code == 401


def test_a_session_that_is_not_used_ends_after_a_week(house: House) -> None:
    browser = house.logged_in("ada", VIEWER)

    house.clock.advance(timedelta(days=6, hours=23).total_seconds())
    assert browser.get("/api/runs").status_code == 200

    house.clock.advance(timedelta(days=6, hours=23).total_seconds())
    assert browser.get("/api/runs").status_code == 200

    house.clock.advance(timedelta(days=7).total_seconds())
    assert browser.get("/api/runs").status_code == 401


def test_no_session_outlives_a_month(house: House) -> None:
    browser = house.logged_in("ada", VIEWER)

    for _ in range(29):
        house.clock.advance(timedelta(days=1).total_seconds())
        assert browser.get("/api/runs").status_code == 200

    house.clock.advance(timedelta(days=1).total_seconds())
    assert browser.get("/api/runs").status_code == 401


def test_a_session_is_written_to_every_few_minutes_at_most(house: House) -> None:
    browser = house.logged_in("ada", VIEWER)

    house.clock.advance(299)
    browser.get("/api/runs")
    assert house.instance.store.sessions()[0].seen_at == NOW

    house.clock.advance(1)
    browser.get("/api/runs")
    assert house.instance.store.sessions()[0].seen_at == NOW + timedelta(minutes=5)


def test_disabling_and_a_lesser_role_hold_from_the_next_request_on(house: House) -> None:
    admin, bob = house.logged_in("ada", ADMIN), house.logged_in("bob", OPERATOR)

    assert admin.put("/api/users/bob", {"role": "viewer"}).status_code == 200
    assert bob.get("/api/session").json()["role"] == "viewer"

    assert admin.put("/api/users/bob", {"is_disabled": True}).status_code == 200
    assert bob.get("/api/runs").status_code == 401


def test_ones_sessions_are_seen_and_ended(house: House) -> None:
    here = house.logged_in("ada", VIEWER)
    there = house.browser(headers={"user-agent": "Firefox"})
    there.log_in("ada")

    rows = here.get("/api/sessions").json()["items"]
    assert [(row["client"], row["is_this"]) for row in rows] == [("10.0.0.9 Firefox", False), (rows[1]["client"], True)]

    assert here.delete(f"/api/sessions/{rows[0]['id']}").status_code == 200
    assert there.get("/api/runs").status_code == 401
    assert here.get("/api/runs").status_code == 200


def test_all_sessions_but_this_one_are_ended_at_once(house: House) -> None:
    here = house.logged_in("ada", VIEWER)
    house.browser().log_in("ada")

    assert here.delete("/api/sessions").json() == {"count": 1}
    assert here.get("/api/runs").status_code == 200


def test_the_sessions_of_others_are_an_admins_matter(house: House) -> None:
    admin, bob = house.logged_in("ada", ADMIN), house.logged_in("bob", OPERATOR)
    [adas] = house.instance.store.sessions("ada")
    [bobs] = house.instance.store.sessions("bob")

    assert bob.get("/api/sessions?user=ada").status_code == 403
    assert bob.get("/api/sessions?user=*").status_code == 403
    assert bob.delete(f"/api/sessions/{adas.session_id}").status_code == 403
    assert len(admin.get("/api/sessions?user=*").json()["items"]) == 2
    assert admin.delete(f"/api/sessions/{bobs.session_id}").status_code == 200
    assert bob.get("/api/runs").status_code == 401


def test_a_new_password_of_ones_own_ends_the_other_sessions(house: House) -> None:
    here = house.logged_in("ada", VIEWER)
    there = house.browser()
    there.log_in("ada")
    before = here.cookies["watchbell"]

    wrong = here.put("/api/session/password", {"old_password": "wrong one here", "new_password": "another good one"})
    short = here.put("/api/session/password", {"old_password": PASSWORD, "new_password": "short"})
    done = here.put("/api/session/password", {"old_password": PASSWORD, "new_password": "another good one"})

    assert (wrong.status_code, short.status_code, done.status_code) == (403, 422, 200)
    assert here.cookies["watchbell"] != before
    assert here.get("/api/runs").status_code == 200
    assert there.get("/api/runs").status_code == 401
    assert house.browser().log_in("ada").status_code == 401
    assert house.browser().log_in("ada", "another good one").status_code == 200


# --- changes through a cookie


def test_a_change_through_a_cookie_needs_the_origin_of_our_page(house: House) -> None:
    browser = house.logged_in("ada", ADMIN)
    view = {"screen": "runs", "name": "red", "query": ""}

    assert browser.put("/api/views", view, headers={"origin": None}).status_code == 403
    assert browser.put("/api/views", view, headers={"origin": "http://evil.example"}).status_code == 403
    assert browser.put("/api/views", view).status_code == 200


def test_a_login_from_a_foreign_page_is_refused(house: House) -> None:
    """Else a page could have somebody work in an attacker's account."""
    house.add_user("ada")

    answer = house.browser(headers={"origin": "http://evil.example"}).log_in("ada")

    assert answer.status_code == 403
    assert house.instance.store.sessions() == []


# --- guessing


def test_guessing_is_slowed_more_and_more(house: House) -> None:
    house.add_user("ada")
    browser = house.browser()
    for _ in range(5):
        assert browser.log_in("ada", "wrong password").status_code == 401

    slowed = browser.log_in("ada")
    assert slowed.status_code == 429
    assert slowed.headers["retry-after"] == str(slowed.json()["extra"]["retry_after_seconds"]) == "1"

    house.clock.advance(1)
    assert browser.log_in("ada", "wrong password").status_code == 401
    assert browser.log_in("ada").json()["extra"]["retry_after_seconds"] == 2
    house.clock.advance(2)
    assert browser.log_in("ada").status_code == 200


def test_who_guesses_does_not_lock_the_owner_out_elsewhere(house: House) -> None:
    house.add_user("ada")
    for _ in range(6):
        house.browser().log_in("ada", "wrong password")

    assert house.browser(address="10.0.0.50").log_in("ada").status_code == 200


def test_who_tries_many_names_from_one_address_is_slowed(house: House) -> None:
    browser = house.browser()
    for number in range(30):
        assert browser.log_in(f"user{number}", "wrong password").status_code == 401

    assert browser.log_in("another", "wrong password").status_code == 429


def test_many_addresses_that_try_one_name_are_slowed_for_little_time(house: House) -> None:
    house.add_user("ada")
    for number in range(20):
        assert house.browser(address=f"10.1.0.{number}").log_in("ada", "wrong password").status_code == 401

    assert house.browser(address="10.2.0.1").log_in("ada").status_code == 429
    house.clock.advance(60)
    assert house.browser(address="10.2.0.1").log_in("ada").status_code == 200


def test_a_login_that_fits_forgets_the_mistakes_before(house: House) -> None:
    house.add_user("ada")
    browser = house.browser()
    for _ in range(3):
        for _ in range(4):
            assert browser.log_in("ada", "wrong password").status_code == 401
        assert browser.log_in("ada").status_code == 200


def test_a_proxy_that_nobody_named_cannot_say_where_a_guess_comes_from(house: House) -> None:
    house.add_user("ada")
    for number in range(5):
        house.browser(headers={"x-forwarded-for": f"10.3.0.{number}"}).log_in("ada", "wrong password")

    assert house.browser(headers={"x-forwarded-for": "10.3.0.99"}).log_in("ada").status_code == 429


def test_logins_stand_in_the_audit_log_without_what_was_typed(house: House) -> None:
    house.add_user("ada")
    browser = house.browser()

    browser.log_in("ada")
    browser.log_in("ada", "wrong password")
    browser.log_in("MySecretPassword1", "ada")

    entries = house.audit()
    assert [(each.operation, each.who, each.target, each.outcome) for each in entries] == [
        ("login", "ada", "ada", Outcome.DONE),
        ("login", "ada", "ada", Outcome.REFUSED),
        ("login", "unknown", "", Outcome.REFUSED),
    ]
    assert "password1" not in repr(entries).lower()
    assert PASSWORD not in repr(entries)


# --- tokens


def test_a_program_shows_a_token(house: House) -> None:
    program = house.program(OPERATOR)

    who = program.get("/api/session").json()

    assert (who["name"], who["role"], who["how"]) == ("token:ci", "operator", "token")
    assert program.put("/api/views", {"screen": "runs", "name": "x", "query": ""}).status_code == 200


@pytest.mark.parametrize(
    "shown",
    ["Bearer", "Bearer ", "Basic YTpi", "Bearer wb_abc", "wb_abc", f"Bearer {new_token()}", "Bearer \x00"],
    ids=["no token", "a space", "basic", "short", "no scheme", "never given out", "no text"],
)
def test_what_is_no_token_of_ours_is_refused_also_at_this_machine(house: House, shown: str) -> None:
    local = House(house.instance)

    assert local.browser().get("/api/runs", headers={"authorization": shown}).status_code == 401


def test_a_token_ends_by_time_by_hand_and_with_its_user(house: House) -> None:
    house.add_user("ada", ADMIN)
    secrets = [
        house.token(expires_at=NOW + timedelta(days=1)),
        house.token(),
        house.token(user_name="ada"),
        house.token(),
    ]

    def answers() -> list[int]:
        shown = [{"authorization": f"Bearer {each}"} for each in secrets]
        return [house.browser().get("/api/runs", headers=each).status_code for each in shown]  # type: ignore[arg-type]

    assert answers() == [200, 200, 200, 200]

    house.clock.advance(timedelta(days=1).total_seconds())
    house.instance.store.revoke_token(2, NOW)
    house.instance.store.change_user("ada", NOW, is_disabled=True)

    assert answers() == [401, 401, 401, 200]


def test_a_token_allows_no_more_than_its_user(house: House) -> None:
    house.add_user("bob", VIEWER)
    secret = house.token(ADMIN, user_name="bob")

    who = house.browser(headers={"authorization": f"Bearer {secret}"}).get("/api/session").json()

    assert who["role"] == "viewer"


def test_when_a_token_was_used_is_known_to_some_minutes(house: House) -> None:
    program = house.program(VIEWER)

    for _ in range(4):
        program.get("/api/runs")
        house.clock.advance(100)

    [token] = house.instance.store.tokens()
    assert token.last_used_at == NOW + timedelta(seconds=300)


def test_a_page_of_elsewhere_cannot_use_a_token_it_stole_from_nobody(house: House) -> None:
    program = house.program(ADMIN)

    assert program.get("/api/runs", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert program.post("/api/users", headers={"origin": "http://evil.example"}).status_code == 403


def test_days_of_a_token_are_a_number(house: House) -> None:
    refused = house.logged_in("ada", OPERATOR).post("/api/tokens", {"name": "mine", "expires_in_days": True})

    assert refused.status_code == 422


def test_a_token_is_made_and_shown_once(house: House) -> None:
    browser = house.logged_in("ada", OPERATOR)

    made = browser.post("/api/tokens", {"name": "mine", "role": "operator", "expires_in_days": 7})

    assert made.status_code == 201
    secret = made.json()["secret"]
    assert is_token(secret)
    assert house.browser(headers={"authorization": f"Bearer {secret}"}).get("/api/session").json()["user"] == "ada"
    listed = browser.get("/api/tokens")
    assert secret not in listed.text
    assert [row["name"] for row in listed.json()["items"]] == ["mine"]
    assert secret not in repr(house.audit())


def test_nobody_makes_a_token_that_may_more_than_they(house: House) -> None:
    bob, admin = house.logged_in("bob", OPERATOR), house.logged_in("ada", ADMIN)
    program = house.program(ADMIN)

    assert bob.post("/api/tokens", {"name": "x", "role": "admin"}).json()["extra"] == {"needed_role": "admin"}
    assert bob.post("/api/tokens", {"name": "x", "is_own": False}).status_code == 403
    assert admin.post("/api/tokens", {"name": "x", "role": "admin", "is_own": False}).status_code == 201
    assert program.post("/api/tokens", {"name": "x"}).status_code == 403


def test_tokens_of_others_are_an_admins_matter(house: House) -> None:
    bob, admin = house.logged_in("bob", OPERATOR), house.logged_in("ada", ADMIN)
    house.token(VIEWER, user_name="ada")
    house.token(VIEWER)
    bob.post("/api/tokens", {"name": "bobs"})

    assert [row["name"] for row in bob.get("/api/tokens").json()["items"]] == ["bobs"]
    assert len(admin.get("/api/tokens").json()["items"]) == 3
    assert [bob.delete(f"/api/tokens/{number}").status_code for number in (1, 2, 3, 99)] == [403, 403, 200, 403]
    assert admin.delete("/api/tokens/1").json()["revoked_at"] is not None
    assert admin.delete("/api/tokens/99").status_code == 404
