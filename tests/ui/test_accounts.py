"""Logging in, one's account, users, tokens, the audit log."""

from collections.abc import Iterator

import pytest

from tests.ui.axe import check_accessible
from tests.ui.looks import in_all_looks
from tests.ui.seeds.making import made
from tests.ui.sites import Site
from watchbell.ground.secrets import digest_of, hash_password, new_token
from watchbell.record.account import Role, Token, User
from watchbell.record.audit import AuditEntry, Outcome

PASSWORD = "correct horse battery"
REFUSED = (r"answered 40[13]", r"status of 40[13]")
"""What the browser writes to its console when an answer says that a login, or a role, is needed."""


@pytest.fixture(scope="module")
def closed(tmp_path_factory) -> Iterator[Site]:
    """A site where everybody has to log in: ada is admin, vic a viewer."""
    folder = tmp_path_factory.mktemp("closed") / "site"
    with Site(made("empty"), folder, settings={"web_login": "always"}) as own:
        now = own.instance.clock.now()
        for name, role in (("ada", Role.ADMIN), ("vic", Role.VIEWER)):
            own.instance.store.add_user(User(name, role, now), hash_password(PASSWORD))
        own.start_service()
        own.start_web()
        yield own


def log_in(page, name: str, password: str = PASSWORD) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_label("Password").press("Enter")


def test_who_is_not_logged_in_is_led_to_the_login_and_back(closed, browse) -> None:
    page = browse(closed, "/system?tab=pools", allow=REFUSED)
    page.get_by_role("heading", name="Log in").wait_for()

    log_in(page, "ada", "wrong password")
    page.get_by_text("name or password is wrong").wait_for()
    log_in(page, "ada")

    page.get_by_role("heading", name="Pools").wait_for()
    assert page.url == closed.at("/system?tab=pools")


def test_the_login_leads_to_no_other_site(closed, browse) -> None:
    page = browse(closed, "/login?back=https://evil.example/x", allow=REFUSED)

    log_in(page, "ada")

    page.wait_for_url(closed.at("/"))


def test_logging_out_leaves_nothing_behind(closed, browse) -> None:
    page = browse(closed, "/login?back=/account", allow=REFUSED)
    log_in(page, "vic")
    page.get_by_role("button", name="Log out", exact=True).click()
    page.get_by_role("heading", name="Log in").wait_for()

    page.goto(closed.at("/account"))

    page.get_by_role("heading", name="Log in").wait_for()
    assert page.context.cookies() == []


def test_what_needs_another_role_says_so(closed, browse) -> None:
    page = browse(closed, "/login?back=/system%3Ftab%3Daudit", allow=REFUSED)

    log_in(page, "vic")

    page.get_by_text("You need the role admin to see this").wait_for()


def test_the_login_is_accessible_in_every_look(closed, browse) -> None:
    page = browse(closed, "/login", allow=REFUSED)
    page.get_by_role("heading", name="Log in").wait_for()

    for look in in_all_looks(page):
        check_accessible(page, look)


def test_a_user_is_added_changed_and_kept_out(site, browse) -> None:
    own = site("empty")
    page = browse(own, "/system?tab=accounts")
    page.get_by_role("button", name="Add a user").click()
    page.get_by_label("Name").fill("bob")
    page.get_by_label("First password").fill(PASSWORD)
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("rowheader", name="bob").wait_for()

    page.get_by_role("button", name="Change bob").click()
    page.get_by_label("Reason").fill("left us")
    page.get_by_role("button", name="Keep out").click()

    page.get_by_text("disabled").wait_for()
    assert own.instance.store.users()[0].disabled_at is not None
    page.goto(own.at("/system?tab=audit"))
    page.get_by_role("button", name="change user bob: details").click()
    page.get_by_role("dialog").get_by_text("left us", exact=True).wait_for()
    assert PASSWORD not in page.content()


def test_a_token_is_shown_once(site, browse) -> None:
    own = site("empty")
    page = browse(own, "/account")
    page.get_by_role("button", name="Make a token").click()
    page.get_by_label("What it is for").fill("ci")
    page.get_by_role("button", name="Make it").click()
    secret = page.locator(".account-secret code").inner_text()
    page.get_by_role("button", name="I have it").click()

    page.get_by_role("rowheader", name="ci").wait_for()
    assert own.instance.store.token_by_digest(digest_of(secret)) is not None
    assert secret not in page.content()

    page.get_by_role("button", name="Revoke ci").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    page.get_by_text("revoked").wait_for()
    assert own.instance.store.tokens()[0].revoked_at is not None


def test_these_screens_are_accessible_in_every_look(site, browse) -> None:
    own = site("empty")
    store, now = own.instance.store, own.instance.clock.now()
    store.add_user(User("bob", Role.VIEWER, now), hash_password(PASSWORD))
    store.add_token(Token(0, "ci", Role.VIEWER, now, "ada"), digest_of(new_token()))
    for outcome in Outcome:
        store.add_audit(AuditEntry(now, "bob", "session", "viewer", "launchRun", "run", "r1", "why not", outcome))
    page = browse(own)

    for path in ("/account", "/system?tab=accounts", "/system?tab=audit"):
        page.goto(path)
        page.get_by_role("table").first.wait_for()
        for look in in_all_looks(page):
            check_accessible(page, look)
