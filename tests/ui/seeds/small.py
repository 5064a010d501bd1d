"""A shop's data platform after some days, with every kind of state and of trouble; its code is ``code/shop.py``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.ui.moments import NOW
from tests.ui.seeds.life import GONE, Life
from watchbell.automate.backfills.planning import BackfillWishes, plan_backfill
from watchbell.automate.due import Missed
from watchbell.automate.retry_rules import reexecution_of
from watchbell.ground.ids import new_run_id
from watchbell.record.error_info import SerializableErrorInfo
from watchbell.record.evaluation import Answer, Outcome
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization, AssetObservation
from watchbell.record.partition import PartitionKeyRange
from watchbell.record.pool import PoolClaim
from watchbell.record.query import EventQuery
from watchbell.record.run import DagsterRun, DagsterRunStatus

MODULES = ("shop", "ledger")
BEGINS_AT = datetime(2026, 5, 6, 20, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
MISSED = "the service did not work then"


def may(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of that month, UTC."""
    return datetime(2026, 5, day, hour, minute, tzinfo=UTC)


def fill(home: Path) -> dict[str, str]:
    """Leads the life; the facts that tests look for."""
    life = Life(home, "shop", BEGINS_AT)
    facts = {"location": "shop", "broken_location": "ledger"}
    life.store.set_pool_limit("price_api", 1)
    _before(life)
    life.switch_on(BEGINS_AT)
    plan: list[tuple[datetime, Callable[[], None]]] = []
    _schedules(life, plan)
    _sensors(life, plan, facts)
    _people(life, plan, facts)
    for at, act in sorted(plan, key=lambda each: each[0]):
        life.clock.set(max(at, life.clock.now()))
        act()
    _now(life, facts)
    life.clock.set(NOW)
    life.release()
    return facts | {
        "failing_schedule": "reports_on_workdays",
        "missed_schedule": "books_every_hour",
        "stopped_schedule": "clean_up_on_sundays",
        "failing_sensor": "partner_inbox",
        "skipping_sensor": "price_feed",
        "quarantined_sensor": "slow_archive",
        "condition_sensor": "shop_conditions",
        "failed_asset": "marts/margin",
        "stale_asset": "marts/board_pack",
        "never_asset": "ml/experiment",
        "daily_asset": "raw/orders",
        "grid_asset": "staging/orders_by_region",
        "dynamic_asset": "raw/campaigns",
        "checked_asset": "marts/revenue",
    }


def _before(life: Life) -> None:
    """Weeks of daily partitions, made before there was a log of runs; with three that are missing."""
    first = datetime(2026, 3, 1, tzinfo=UTC)
    days = [f"{first + timedelta(days=number):%Y-%m-%d}" for number in range(61)]
    for number, day in enumerate(days):
        if day in {"2026-03-29", "2026-04-11", "2026-04-12"}:
            continue
        life.clock.set(first + timedelta(days=number + 1, hours=1))
        for asset in ("raw/orders", "staging/clean_orders"):
            made = AssetMaterialization(AssetKey(asset.split("/")), partition=day, metadata={"rows": 1_000 + number})
            life.instance.report_runless_asset_event(made)
    _hours(life)
    _campaigns(life)


def _campaigns(life: Life) -> None:
    """Three of them, of which two were reckoned up."""
    life.instance.add_dynamic_partitions("campaigns", ["easter", "spring, the second", "mothers day"])
    for key in ("easter", "spring, the second"):
        life.instance.report_runless_asset_event(AssetMaterialization(AssetKey(["raw", "campaigns"]), partition=key))


def _hours(life: Life) -> None:
    """Stock of each hour of two days, but for the night when nobody counted."""
    first = datetime(2026, 5, 9, 22, tzinfo=UTC)
    for number in range(58):
        hour = first + timedelta(hours=number)
        if may(11, 0) <= hour <= may(11, 4):
            continue
        key = f"{hour.astimezone(BERLIN):%Y-%m-%d-%H:00}"
        life.clock.set(hour + timedelta(hours=1, minutes=2))
        life.instance.report_runless_asset_event(AssetMaterialization(AssetKey(["raw", "stock"]), partition=key))
    life.clock.set(BEGINS_AT)


def _schedules(life: Life, plan: list[tuple[datetime, Callable[[], None]]]) -> None:
    broken = sys.modules["pace"].broken

    def nightly(day: int) -> None:
        life.carry_out(*life.schedule("orders_at_night", may(day, 0)))

    def marts(day: int) -> None:
        broken.update({"margin"} if day == 12 else ())
        life.carry_out(*life.schedule("marts_in_the_morning", may(day, 1, 30)))
        broken.clear()

    def reports(day: int) -> None:
        life.carry_out(*life.schedule("reports_on_workdays", may(day, 5)))

    def newsletter(day: int) -> None:
        life.carry_out(*life.schedule("newsletter", may(day, 13)))

    def books(at: datetime) -> None:
        missed = [Missed(at - timedelta(hours=hours), MISSED) for hours in (4, 3, 2, 1)] if at == may(12, 7, 15) else []
        life.carry_out(*life.schedule("books_every_hour", at, missed))

    for day in range(7, 13):
        plan += [
            (may(day, 0), lambda day=day: nightly(day)),
            (may(day, 1, 30), lambda day=day: marts(day)),
        ]
        if day in {7, 8, 11, 12}:
            plan.append((may(day, 5), lambda day=day: reports(day)))
        if day < 12:
            plan.append((may(day, 13), lambda day=day: newsletter(day)))
    hours = [may(11, hour, 15) for hour in range(16, 24)] + [may(12, hour, 15) for hour in (0, 1, 2, 7, 8)]
    plan += [(at, lambda at=at: books(at)) for at in hours]


def _sensors(life: Life, plan: list[tuple[datetime, Callable[[], None]]], facts: dict[str, str]) -> None:
    def files(at: datetime) -> None:
        for run_id in life.sensor("order_files", at):
            life.carry_out(run_id)
            run = life.run(run_id)
            if run.status is DagsterRunStatus.FAILURE:
                facts.setdefault("first_failed_run", run_id)  # of the chain of attempts
                facts["failed_run"] = run_id
            else:
                facts["done_run"] = run_id

    def failures(at: datetime) -> None:
        ended = life.store.events(EventQuery(types=frozenset({DagsterEventType.RUN_FAILURE})))
        seen = int(life.state("tell_on_failure").cursor or 0)
        news = [each.storage_id for each in ended if each.storage_id is not None and each.storage_id > seen]
        if news:
            life.sensor("tell_on_failure", at, news)

    def killed(at: datetime) -> None:
        text = "the evaluation did not end within 60 seconds (evaluation_timeout_seconds) and its process was killed"
        life.sensor("slow_archive", at, answer=Answer(1, Outcome.TIMED_OUT, error=SerializableErrorInfo(text)))

    every = {
        "order_files": (may(12, 6, 40), 20, 8, files),
        "price_feed": (may(12, 5, 10), 15, 16, lambda at: life.sensor("price_feed", at)),
        "partner_inbox": (may(12, 7, 32), 10, 10, lambda at: life.sensor("partner_inbox", at)),
        "slow_archive": (may(12, 3, 11), 10, 3, killed),
        "tell_on_failure": (may(11, 20, 3), 240, 4, failures),
        "revenue_is_new": (may(11, 8, 5), 480, 4, lambda at: life.carry_out(*life.sensor("revenue_is_new", at))),
        "shop_conditions": (may(10, 2, 20), 720, 5, lambda at: life.carry_out(*life.conditions("shop_conditions", at))),
    }
    for begins_at, minutes, count, act in every.values():
        times = [begins_at + timedelta(minutes=minutes * number) for number in range(count)]
        plan += [(at, lambda at=at, act=act: act(at)) for at in times]


def _people(life: Life, plan: list[tuple[datetime, Callable[[], None]]], facts: dict[str, str]) -> None:
    def again() -> None:
        failed = life.run(facts["first_failed_run"])
        for name, more in (("failed_again_run", {}), ("retried_run", {"run_config": None})):
            retry = reexecution_of(failed, new_run_id(), from_failure=not more)
            if more:
                retry = DagsterRun(**{**vars(retry), "run_config": {}})
            life.store.add_runs([retry], life.clock.now())
            life.carry_out(retry.run_id)
            facts[name] = retry.run_id
            life.clock.advance(240)
            failed = life.run(retry.run_id)

    def canceled() -> None:
        run_id = facts["canceled_run"] = life.launch("send_newsletter", tags={"team": "marketing"})
        life.break_off(run_id, life.newest("send_newsletter"), 3)
        life.clock.advance(95)
        life.store.request_cancel(run_id, life.clock.now())
        life.clock.advance(4)
        event = DagsterEvent(DagsterEventType.RUN_CANCELED, "send_newsletter", None, "The run was canceled.")
        life.store.append([EventLogEntry(run_id, life.clock.now().timestamp(), 40, "", None, "send_newsletter", event)])

    def prices() -> None:
        life.carry_out(life.launch("import_prices", tags={"team": "intake"}))

    def model() -> None:
        life.carry_out(life.launch("train_model"))
        for asset in ("raw/returns", "staging/stg_returns", "ml/forecast", "ml/reorder_list"):
            life.carry_out(life.launch_assets(asset))
        life.instance.report_runless_asset_event(AssetObservation(AssetKey(["raw", "clicks"]), metadata={"lag": 31}))

    def old_days() -> None:
        plan = _orders_plan(life, "2026-05-01", "2026-05-04", "after the move", None)
        facts["done_backfill"] = _launch_backfill(life, plan)

    def bad_days() -> None:
        plan = _orders_plan(life, "2026-05-05", "2026-05-08", "May 5 to 8 once more", None)
        facts["failed_backfill"] = _launch_backfill(life, plan)

    plan += [
        (may(7, 7), old_days),
        (may(9, 8), prices),
        (may(10, 12), model),
        (may(11, 6, 30), bad_days),
        (may(11, 13, 40), canceled),
        (may(12, 8, 20), again),
    ]


def _orders_plan(life: Life, first: str, last: str, title: str, most: int | None) -> object:
    return plan_backfill(
        life.repository,
        life.instance,
        location_name=life.location,
        assets=[AssetKey(["raw", "orders"]), AssetKey(["staging", "clean_orders"])],
        partition_key_range=PartitionKeyRange(first, last),
        wishes=BackfillWishes(title=title, created_by="ada", max_concurrent_runs=most, tags={"why": "backfill"}),
    )


def _launch_backfill(life: Life, plan: object) -> str:
    """Stores it and carries out all of its runs."""
    stored = life.instance.launch_backfill(plan)
    for _ in range(50):
        runs = life.step_backfills()
        if not runs:
            break
        life.carry_out(*runs)
    return stored.backfill_id


def _now(life: Life, facts: dict[str, str]) -> None:
    """What goes on at the tests' moment."""
    life.clock.set(NOW - timedelta(minutes=9))
    plan = plan_backfill(
        life.repository,
        life.instance,
        location_name=life.location,
        assets=[AssetKey(["staging", "orders_by_region"])],
        partition_keys=[
            f"2026-05-{day:02}|{region}"
            for day in (9, 10, 11)
            for region in ("east", "north", "online", "south", "west")
        ],
        wishes=BackfillWishes(title="regions", created_by="grace", max_concurrent_runs=2),
    )
    facts["backfill"] = life.instance.launch_backfill(plan).backfill_id
    for _ in range(3):
        life.carry_out(*life.step_backfills())
        life.clock.advance(20)
    life.step_backfills()
    prices = life.newest("import_prices")
    life.clock.set(NOW - timedelta(minutes=6))
    facts["lost_run"] = life.launch("reconcile_books", tags={"team": "finance"})
    life.break_off(facts["lost_run"], life.newest("reconcile_books"), 4, GONE)
    life.clock.set(NOW - timedelta(seconds=64))
    facts["running_run"] = life.launch("import_prices", tags={"team": "intake"})
    life.break_off(facts["running_run"], prices, 4)
    assert life.store.claim_slot(PoolClaim("price_api", facts["running_run"], "import_prices_step"), None)
    life.clock.set(NOW - timedelta(seconds=40))
    facts["waiting_run"] = life.launch("import_prices", tags={"team": "intake", "dagster/priority": "3"})
    life.break_off(facts["waiting_run"], prices, 1)
    assert not life.store.claim_slot(PoolClaim("price_api", facts["waiting_run"], "import_prices_step", 3), None)
    for job_name, seconds in (("export_reports", 33), ("clean_up", 21), ("train_model", 8)):
        life.clock.set(NOW - timedelta(seconds=seconds))
        facts["queued_run"] = life.launch(job_name)
    elsewhere = DagsterRun("post_ledger", new_run_id(), status=DagsterRunStatus.QUEUED, location_name="ledger")
    life.store.add_runs([elsewhere], life.clock.now())
    facts["unloadable_run"] = elsewhere.run_id
