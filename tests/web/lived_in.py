"""A home where something of every kind has happened, as often as one likes; and addresses of what is in it."""

import json
import re
from datetime import timedelta

import watchbell as dg
from scripts.make_openapi import description
from tests.web.asset_site import (
    AssetSite,
    at_three,
    clicks,
    customers,
    daily,
    is_positive,
    nightly,
    orders,
    regional,
    report,
    revenue,
    sums,
    towns,
)
from tests.web.conftest import NOW, tick
from tests.web.errand_link import ErrandLink
from watchbell.record.backfill import Backfill, BackfillPart, BackfillTarget
from watchbell.record.event import EventLogEntry
from watchbell.record.keys import AssetKey
from watchbell.record.run import DagsterRun, DagsterRunStatus
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState, TickCommit, TickStatus
from watchbell.web.view import View

S = DagsterRunStatus
ASSETS = [orders, customers, revenue, report, sums, daily, regional, towns, clicks]
DESCRIPTION = json.loads(description())


@dg.sensor(job=nightly, default_status=dg.DefaultSensorStatus.RUNNING)
def landing(context: dg.SensorEvaluationContext) -> dg.RunRequest:
    """Something landed."""
    return dg.RunRequest(run_key=context.cursor)


KNOWN = {
    "run_id": "over-0", "run": "over-0", "location": "shop", "kind": "schedule", "name": "at_three", "key": "revenue",
    "asset": "revenue", "partition": "2026-05-01", "backfill_id": "b0", "tick_id": 1, "entity": "revenue",
    "tag": "team", "first_row": "north", "last_row": "south", "first_column": "2024-02-01", "last_column": "2024-02-02",
    "text": "*", "path": "/runz", "q": "over", "target": "over-0", "id": 1, "first": 1, "second": 1, "pool": "api",
    "hours": 24,
}  # fmt: skip
"""What is there, by the name of a parameter."""
OF_OPERATION = {
    "explainCursor": {"name": "landing"},
    "explainSensor": {"name": "landing"},
    "setCursor": {"name": "landing"},
    "getJob": {"name": "nightly"},
    "getLaunchFacts": {"name": "nightly", "partition": None},
    "launchJob": {"name": "nightly"},
    "checkConfig": {"name": "nightly"},
    "explainJob": {"name": "nightly"},
    "listMarks": {"start": "2024-01-01T00:00:00Z", "end": "2024-12-01T00:00:00Z", "lane": None},
    "listCheckHistory": {"name": "is_positive"},
    "explainCheck": {"name": "is_positive"},
    "listDynamicKeys": {"name": "cities"},
    "listHistory": {"kind": "run"},
    "listAssetEvents": {"kind": "any", "partition": None},
    "explainAsset": {"partition": None},
    "getRunOutput": {"text": None},
    "listRunEvents": {"text": "", "kind": None},
    "listRunLog": {"text": "", "kind": None, "source": None, "after": None, "before": None, "around": None},
    "getPartitionsGrid": {"key": "regional"},
    "chooseRectangle": {"key": "regional"},
    **{
        name: {"key": "raw/orders"}
        for name in ("getPartition", "listPartitions", "choosePartitions", "getPartitionsOverview", "explainPartition")
    },
}
"""The same, where one operation means something else by it."""


def known(operation: str) -> dict[str, object]:
    """What is there, by the name of a parameter of an operation."""
    return {name: value for name, value in {**KNOWN, **OF_OPERATION.get(operation, {})}.items() if value is not None}


def address_of(operation: str) -> str:
    """The address of a GET operation, about what is there, of long lists all of it."""
    [(path, told)] = [
        (path, methods["get"])
        for path, methods in DESCRIPTION["paths"].items()
        if methods.get("get", {}).get("operationId") == operation
    ]
    values = known(operation)
    asked = []
    for each in told.get("parameters", []):
        if each["name"] == "limit":
            asked.append(f"limit={min(1_000, each['schema']['maximum'])}")
        elif each["in"] == "query" and each["name"] in values and (each["required"] or each["name"] == "asset"):
            asked.append(f"{each['name']}={values[each['name']]}")
    filled = re.sub(r"\{(\w+)\}", lambda found: str(values[found[1]]).replace("/", "%2F"), path)
    return filled + (f"?{'&'.join(asked)}" if asked else "")


def lived_in(count: int) -> AssetSite:
    """A shop in which everything happened so often."""
    site = AssetSite()
    defs = dg.Definitions(
        assets=ASSETS, asset_checks=[is_positive], jobs=[nightly], schedules=[at_three], sensors=[landing]
    )
    site.link = ErrandLink(site.instance, {"shop": defs.get_repository_def()})
    site.view = View(site.instance, site.link)
    for number in range(count):
        _happen(site, number)
    return site


def _happen(site: AssetSite, number: int) -> None:
    day = f"2026-05-{number % 10 + 1:02}"
    site.made("revenue", metadata={"rows": number})
    site.made("raw/orders", day)
    site.checked("is_positive", passed=bool(number % 2))
    site.failed("raw/orders", day)
    store = site.instance.store
    for run_id, status in (("over", S.SUCCESS), ("waits", S.QUEUED), ("goes", S.STARTED), ("broke", S.FAILURE)):
        run = DagsterRun(
            "nightly", f"{run_id}-{number}", status=status, tags={"team": f"t{number}"}, location_name="shop"
        )
        site.instance.add_run(run)
        for line in range(number):
            site.instance.handle_new_event(EventLogEntry(run.run_id, NOW.timestamp(), 20, f"{line}", None, "nightly"))
    for kind, name in ((AutomationKind.SCHEDULE, "at_three"), (AutomationKind.SENSOR, "landing")):
        key = AutomationKey("shop", kind, name)
        before = store.automation_state(key) or AutomationState(key)
        ended = tick(TickStatus.FAILURE if number % 2 else TickStatus.SKIPPED, number)
        [done] = store.commit_ticks([TickCommit(before, AutomationState(key, last_tick_at=NOW), (ended,))], None, NOW)
        assert not done.conflict
    target = BackfillTarget("__ASSET_JOB", "shop", (AssetKey(["raw", "orders"]),))
    parts = [BackfillPart(each, 0, day) for each in range(number + 1)]
    store.add_backfill(Backfill(f"b{number}", (target,), NOW), parts)
    _keep(site, number)


def _keep(site: AssetSite, number: int) -> None:
    """What people leave by the API, with entries of the audit log."""
    until_at = (NOW + timedelta(days=1)).isoformat()
    for method, path, body in (
        ("PUT", "/api/views", {"screen": "runs", "name": f"v{number}", "query": "q=status:failed"}),
        ("PUT", "/api/snoozes", {"key": f"job:{number}", "until_at": until_at}),
        ("POST", "/api/tokens", {"name": f"t{number}"}),
        ("POST", "/api/dynamic-partitions/add", {"name": "cities", "keys": [f"city {number}"]}),
        ("PATCH", f"/api/runs/over-{number}", {"add_tags": {"seen": "yes"}, "reason": "to see"}),
        ("PUT", f"/api/pools/p{number}", {"slots": 2}),
    ):
        answer = site.client().request(method, path, json=body)
        assert answer.status_code in {200, 201}, answer.text
