"""What a role may not do: disabled with the reason where it stands, and refused by the API."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import yaml
from playwright.sync_api import Page, expect

from tests.ui.axe import check_accessible
from tests.ui.looks import in_all_looks
from tests.ui.sites import Site
from watchbell.ground.secrets import hash_password
from watchbell.record.account import Role, User

PASSWORD = "correct horse battery"
REFUSED = (r"answered 40[13]", r"status of 40[13]")
NAMES = {"vic": Role.VIEWER, "oscar": Role.OPERATOR, "ada": Role.ADMIN}
ASK = """([method, path]) => fetch(path, {method, body: "{}", headers: {"content-type": "application/json",
  "x-watchbell": "1"}}).then((it) => it.status)"""
OPERATORS = [
    ("POST", "/api/runs/{failed_run}/reexecute"),
    ("POST", "/api/runs/{running_run}/cancel"),
    ("POST", "/api/locations/shop/reload"),
    ("PUT", "/api/automations/sensor/shop/{failing_sensor}/cursor"),
]


@pytest.fixture(scope="module")
def closed(tmp_path_factory, small) -> Site:
    """The shop, where everybody has to log in: vic is viewer, oscar operator, ada admin."""
    with Site(small.seed, tmp_path_factory.mktemp("closed") / "site") as own:
        now = own.instance.clock.now()
        for name, role in NAMES.items():
            own.instance.store.add_user(User(name, role, now), hash_password(PASSWORD))
        own.start()  # the test's own questions need no login yet
        own.stop_web()
        (own.home / "watchbell.yaml").write_text(yaml.safe_dump({"web_login": "always"}), encoding="utf-8")
        own.start_web()
        yield own


@pytest.fixture
def browse_as(closed, browse) -> Callable[[str, str], Page]:
    """Opens a page as somebody: ``browse_as("vic", "/runs")``; logged in through the form."""

    def opened(name: str, path: str) -> Page:
        page = browse(closed, "/login?back=/account", allow=REFUSED)
        page.get_by_label("Name").fill(name)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_label("Password").press("Enter")
        page.wait_for_url(closed.at("/account"))
        page.goto(path.format(**closed.facts))
        page.get_by_role("heading", level=1).first.wait_for()
        return page

    return opened


def expect_refused(button, role: str, name: str) -> None:
    """It can be reached and read, says why, and does nothing."""
    expect(button).to_have_attribute("aria-disabled", "true")
    button.focus()
    expect(button.page.get_by_text(f"This needs the role {role}; {name} is ").first).to_be_visible()


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/runs/{failed_run}", "Run again from failure"),
        ("/runs/{running_run}", "Cancel…"),
        ("/jobs/shop/nightly_orders", "Backfill"),
        ("/jobs/shop/load_orders/launch", "Launch"),
        ("/assets/{checked_asset}", "Materialise…"),
        ("/backfills/{failed_backfill}", "Retry failed"),
        ("/system?tab=locations", "Load anew"),
    ],
)
def test_a_viewer_sees_what_it_takes(browse_as, path, name) -> None:
    page = browse_as("vic", path)

    expect_refused(page.get_by_role("button", name=name).first, "operator", "vic")


def test_a_viewer_turns_nothing_on(browse_as, closed) -> None:
    page = browse_as("vic", "/automation")
    switch = page.get_by_role("switch", name=f"schedule {closed.facts['stopped_schedule']}")

    expect(switch).to_have_attribute("aria-disabled", "true")
    switch.click(force=True)

    expect(switch).to_have_attribute("aria-checked", "false")


@pytest.mark.parametrize(("method", "path"), OPERATORS)
def test_the_api_refuses_a_viewer(browse_as, closed, method, path) -> None:
    page = browse_as("vic", "/runs")

    assert page.evaluate(ASK, [method, path.format(**closed.facts)]) == 403


def test_an_operator_acts_but_does_not_manage(browse_as) -> None:
    page = browse_as("oscar", "/runs/{failed_run}")
    expect(page.get_by_role("button", name="Run again from failure")).not_to_have_attribute("aria-disabled", "true")

    page.goto("/system?tab=pools")

    expect_refused(page.get_by_role("button", name="Give a pool slots"), "admin", "oscar")
    assert page.evaluate(ASK, ["PUT", "/api/pools/price_api"]) == 403


def test_an_admin_may_all_of_it(browse_as) -> None:
    page = browse_as("ada", "/system?tab=pools")

    expect(page.get_by_role("button", name="Give a pool slots")).not_to_have_attribute("aria-disabled", "true")


@pytest.mark.parametrize("path", ["/runs/{failed_run}", "/automation", "/system?tab=audit"])
def test_a_page_of_things_one_may_not_do_is_accessible(browse_as, path) -> None:
    page = browse_as("vic", path)
    page.wait_for_function("() => document.querySelector('[aria-busy=true]') === null")

    for look in in_all_looks(page):
        check_accessible(page, look)
