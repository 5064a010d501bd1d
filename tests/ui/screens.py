"""Every screen, its parts and dialogs: their address in each seed, and how they are pictured. The one table of them.

A line is added with the screen; tests of what holds for all screens go through it.
"""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Page

MAIN = ("light", "dark", "phone")
JOB = "/jobs/shop/load_orders"
SCHEDULE, SENSOR = "/automation/schedule/shop/{failing_schedule}", "/automation/sensor/shop/{failing_sensor}"
CONDITIONED = "/assets/staging/stg_customers"


@dataclass(frozen=True)
class Screen:
    """A screen of the UI.

    Args:
        name: of its folder in ``ui/src/screens``, and more where one folder has several views; names its picture.
        address: in the seed ``small``, with facts in braces.
        hostile: in the seed ``hostile``; None: it shows no text of users.
        looks: how it is pictured, names of ``looks.LOOKS``; none: it is not.
        ready: text that is there when its content is; None: the heading is enough.
        steps: role and name of what is clicked then, one after the other; of the role ``key``: what is pressed.
        allow: patterns of faults that belong to it.
        later: files that it gets only then, for what it draws (count).
    """

    name: str
    address: str
    hostile: str | None = None
    looks: tuple[str, ...] = ()
    ready: str | None = None
    steps: tuple[tuple[str, str], ...] = ()
    allow: tuple[str, ...] = ()
    later: int = 0


def settled(page: Page, screen: Screen, *, is_small: bool = True) -> None:
    """Waits until the content of a screen is there, and takes its steps.

    Args:
        page: where.
        screen: which.
        is_small: whether the site is of the seed ``small``, whose texts may be waited for.
    """
    page.get_by_role("heading", level=1).first.wait_for()
    _is_quiet(page)
    if is_small and screen.ready is not None:
        page.get_by_text(screen.ready).first.wait_for()
    for role, name in screen.steps:
        if role == "key":
            page.keyboard.press(name)
        else:
            page.get_by_role(role, name=name).first.click()  # type: ignore[arg-type]
        _is_quiet(page)
    if screen.steps:
        page.get_by_role("dialog").first.wait_for()
        _is_quiet(page)
    page.evaluate("() => document.fonts.ready")


def _is_quiet(page: Page) -> None:
    page.wait_for_function("() => document.querySelector('[aria-busy=true], .graph[data-ready=false]') === null")


SCREENS = (
    Screen("home", "/", "/", MAIN, "nightly_marts"),
    Screen("home-automations", "/?lanes=automation&hours=168", "/?lanes=automation&hours=168"),
    Screen("runs", "/runs", "/runs", MAIN, "load_orders"),
    Screen("runs-queue", "/runs?tab=queue", None, ("light",), "import_prices"),
    Screen("runs-failed", "/runs?tab=failed", "/runs?tab=failed"),
    Screen("run", "/runs/{failed_run}", "/runs/{failed_run}", MAIN, "KeyError"),
    Screen("run-output", "/runs/{failed_run}?tab=output", "/runs/{failed_run}?tab=output"),
    Screen("run-made", "/runs/{done_run}?tab=made", "/runs/{asset_run}?tab=made"),
    Screen("run-config", "/runs/{failed_run}?tab=config", "/runs/{failed_run}?tab=config"),
    Screen("run-why", "/runs/{queued_run}?tab=why", "/runs/{failed_run}?tab=why"),
    Screen("run-steps", "/runs/{failed_run}?steps=list", "/runs/{asset_run}?steps=list"),
    Screen("run-running", "/runs/{running_run}"),
    Screen("run-lost", "/runs/{lost_run}"),
    Screen("automation", "/automation", "/automation", ("light", "phone"), "partner_inbox"),
    Screen("automation-groups", "/automation?group=location&open=shop"),
    Screen("schedule", SCHEDULE, "/automation/schedule/hostile/at_night"),
    Screen("schedule-why", f"{SCHEDULE}?tab=why", "/automation/schedule/hostile/at_night?tab=why"),
    Screen("schedule-definition", f"{SCHEDULE}?tab=definition", "/automation/schedule/hostile/at_night?tab=definition"),
    Screen("schedule-test", f"{SCHEDULE}?tab=test"),
    Screen("schedule-simulate", f"{SCHEDULE}?tab=simulate", "/automation/schedule/hostile/at_night?tab=simulate"),
    Screen("sensor", SENSOR, "/automation/sensor/hostile/mouth", ("light",), "KeyError"),
    Screen("sensor-why", f"{SENSOR}?tab=why", "/automation/sensor/hostile/ears?tab=why"),
    Screen("sensor-cursor", f"{SENSOR}?tab=cursor", "/automation/sensor/hostile/ears?tab=cursor"),
    Screen("sensor-test", f"{SENSOR}?tab=test", "/automation/sensor/hostile/ears?tab=test", ("light",)),
    Screen("conditions", "/automation/sensor/shop/{condition_sensor}?tab=why"),
    Screen("backfills", "/backfills", "/backfills", ("light",), "regions"),
    Screen("backfill", "/backfills/{backfill}", "/backfills/{backfill}", ("light",)),
    Screen("backfill-failures", "/backfills/{failed_backfill}?tab=failures", "/backfills/{backfill}?tab=failures"),
    Screen("backfill-parts", "/backfills/{failed_backfill}?tab=parts", "/backfills/{backfill}?tab=parts"),
    Screen("backfill-about", "/backfills/{failed_backfill}?tab=about", "/backfills/{backfill}?tab=about"),
    Screen("jobs", "/jobs", "/jobs", ("light",), "nightly_marts"),
    Screen("job", JOB, "/jobs/hostile/shouting", ("light",)),
    Screen("job-why", f"{JOB}?tab=why", "/jobs/hostile/shouting?tab=why"),
    Screen("job-graph", f"{JOB}?tab=graph", "/jobs/hostile/shouting?tab=graph", later=3),
    Screen("launchpad", f"{JOB}/launch", "/jobs/hostile/shouting/launch", ("light",)),
    Screen("assets", "/assets", "/assets", MAIN),
    Screen("asset", "/assets/{checked_asset}", "/assets/raw/second", ("light", "phone"), later=2),
    Screen("asset-partitions", "/assets/{daily_asset}?tab=partitions", "/assets/raw/first?tab=partitions", ("light",)),
    Screen("asset-grid", "/assets/{grid_asset}?tab=partitions"),
    Screen("asset-keys", "/assets/{dynamic_asset}?tab=partitions", steps=(("button", "Add or delete keys…"),)),
    Screen("asset-events", "/assets/{checked_asset}?tab=events", "/assets/raw/second?tab=events"),
    Screen("asset-checks", "/assets/{checked_asset}?tab=checks", "/assets/raw/second?tab=checks"),
    Screen("asset-lineage", "/assets/{checked_asset}?tab=lineage", "/assets/raw/second?tab=lineage"),
    Screen("asset-why", f"{CONDITIONED}?tab=why", "/assets/raw/second?tab=why", ("light", "dark")),
    Screen("asset-definition", "/assets/{checked_asset}?tab=definition", "/assets/raw/first?tab=definition"),
    Screen("asset-never", "/assets/{never_asset}"),
    Screen("asset-graph", "/asset-graph", "/asset-graph", ("light", "dark"), later=3),
    Screen("asset-graph-list", "/asset-graph?tab=list&open=*", "/asset-graph?tab=list&open=*"),
    Screen("checks", "/checks", "/checks", ("light",), "revenue_matches_payments"),
    Screen("system", "/system", "/system"),  # not pictured: it names the machine
    Screen("system-locations", "/system?tab=locations", "/system?tab=locations", ("light",)),
    Screen("system-pools", "/system?tab=pools", None, ("light",)),
    Screen("system-accounts", "/system?tab=accounts"),
    Screen("system-audit", "/system?tab=audit", "/system?tab=audit"),
    Screen("system-settings", "/system?tab=settings"),
    Screen("system-report", "/system?tab=report", "/system?tab=report"),
    Screen("account", "/account"),
    Screen("login", "/login"),
    Screen("settings", "/settings", None, ("light",)),
    Screen("api-docs", "/docs", None, ("light",), "/api/runs"),
    Screen("not-found", "/jobs/shop/nightly_mart/x", allow=(r"answered 404", r"status of 404"), later=2),
)
DIALOGS = (
    Screen("palette", "/runs", "/runs", ("light",), "load_orders", (("button", "Search"),)),
    Screen("keys", "/runs", ready="load_orders", steps=(("key", "?"),)),
    Screen(
        "backfill-dialog",
        "/jobs/shop/nightly_orders",
        None,
        ("light",),
        steps=(("button", "Backfill"),),
    ),
    Screen(
        "asset-backfill-dialog",
        "/assets/{daily_asset}?tab=partitions&pick=2026-05-03..2026-05-09",
        "/assets/raw/first",
        steps=(("button", "Backfill"),),
    ),
    Screen(
        "materialise-dialog",
        "/assets/{checked_asset}",
        "/assets/raw/second",
        steps=(("button", "Materialise…"),),
    ),
    Screen(
        "pause-dialog",
        "/automation?q=kind:schedule",
        steps=(("checkbox", "select all that are loaded"), ("button", "Pause…")),
    ),
    Screen(
        "cursor-dialog",
        f"{SENSOR}?tab=cursor",
        "/automation/sensor/hostile/ears?tab=cursor",
        steps=(("button", "Edit…"),),
    ),
    Screen("cancel-dialog", "/runs/{running_run}", steps=(("button", "Cancel…"),)),
    Screen(
        "tags-dialog",
        "/runs/{failed_run}",
        "/runs/{failed_run}",
        steps=(("button", "More"), ("menuitem", "Tags…")),
    ),
)
ALL = (*SCREENS, *DIALOGS)
