"""A small shop of assets over an ephemeral store, with a link that runs errands here."""

from datetime import timedelta

import watchbell as dg
from tests.web.conftest import NOW, Client
from tests.web.errand_link import ErrandLink
from watchbell.declare.collect import RepositoryDefinition
from watchbell.ground.clock import ManualClock
from watchbell.ground.upward import call_upward
from watchbell.instance import DagsterInstance
from watchbell.record.asset_check import AssetCheckEvaluation, AssetCheckSeverity
from watchbell.record.event import AssetMaterializationPlannedData, DagsterEvent, DagsterEventType, EventLogEntry
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization
from watchbell.record.run import DagsterRun, DagsterRunStatus
from watchbell.web.view import View

DAYS = dg.StaticPartitionsDefinition([f"2026-05-{day:02}" for day in range(1, 11)])
CALENDAR = dg.DailyPartitionsDefinition("2024-02-01", timezone="Europe/Berlin")
GRID = dg.MultiPartitionsDefinition({"day": CALENDAR, "region": dg.StaticPartitionsDefinition(["north", "south"])})
CITIES = dg.DynamicPartitionsDefinition(name="cities")


class Rows(dg.Config):
    """How many."""

    rows: int = 10


@dg.asset(key_prefix="raw", group_name="raw", kinds={"csv"}, owners=["team:intake"], partitions_def=DAYS)
def orders(config: Rows) -> None:
    """Orders of a day.

    **More** is said here.
    """


@dg.asset(
    key_prefix="raw",
    group_name="raw",
    freshness_policy=dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=6)),
)
def customers() -> None:
    """Who buys."""


@dg.asset(group_name="marts", deps=[AssetKey(["raw", "customers"])], code_version="2", tags={"tier": "gold"})
def revenue() -> None:
    """What was earned."""


@dg.asset(group_name="marts", deps=[revenue])
def report() -> None:
    """For the board."""


@dg.asset(group_name="marts", deps=[AssetKey(["raw", "orders"])], partitions_def=DAYS)
def sums() -> None:
    """Sums of a day."""


@dg.asset(group_name="marts", partitions_def=CALENDAR, backfill_policy=dg.BackfillPolicy.single_run())
def daily() -> None:
    """By the calendar."""


@dg.asset(group_name="marts", partitions_def=GRID)
def regional() -> None:
    """In two dimensions."""


@dg.asset(group_name="marts", partitions_def=CITIES)
def towns() -> None:
    """As they come."""


@dg.asset_check(asset=revenue, blocking=True)
def is_positive() -> dg.AssetCheckResult:
    """Nobody earns less than nothing."""
    return dg.AssetCheckResult(passed=True)


@dg.asset_check(asset=revenue)
def is_plausible() -> dg.AssetCheckResult:
    """Compared with last year."""
    return dg.AssetCheckResult(passed=True)


nightly = dg.define_asset_job("nightly", [AssetKey("revenue")])
at_three = dg.ScheduleDefinition(
    name="at_three", job=nightly, cron_schedule="0 3 * * *", default_status=dg.DefaultScheduleStatus.RUNNING
)
clicks = dg.AssetSpec(AssetKey(["raw", "clicks"]), group_name="raw", description="Made by others.")


def code() -> RepositoryDefinition:
    """The code location."""
    return dg.Definitions(
        assets=[orders, customers, revenue, report, sums, daily, regional, towns, clicks],
        asset_checks=[is_positive, is_plausible],
        jobs=[nightly],
        schedules=[at_three],
    ).get_repository_def()


class AssetSite:
    """The shop, and ways to let things happen in it."""

    def __init__(self) -> None:
        self.instance: DagsterInstance = call_upward("open_instance", "ephemeral", clock=ManualClock(NOW))
        self.link = ErrandLink(self.instance, {"shop": code()})
        self.view = View(self.instance, self.link)

    def client(self) -> Client:
        """A client of the application."""
        return Client(self.view)

    def made(self, key: str, partition: str | None = None, **more: object) -> None:
        """Somebody reports that an asset was made."""
        fact = AssetMaterialization(AssetKey.from_user_string(key), partition=partition, **more)
        self.instance.report_runless_asset_event(fact)

    def checked(self, name: str, passed: bool, severity: AssetCheckSeverity = AssetCheckSeverity.ERROR) -> None:
        """Somebody reports what a check of the revenue found."""
        found = AssetCheckEvaluation(AssetKey("revenue"), name, passed, severity=severity, description="seen")
        self.instance.report_runless_asset_event(found)

    def failed(self, key: str, partition: str | None = None) -> str:
        """A run that was to make an asset fails; its id."""
        run = self._begun(key, partition)
        self.instance.report_run_failed(run, "it broke")
        return run.run_id

    def making(self, key: str, partition: str | None = None) -> str:
        """A run that is to make an asset goes on; its id."""
        return self._begun(key, partition).run_id

    def _begun(self, key: str, partition: str | None) -> DagsterRun:
        asset = AssetKey.from_user_string(key)
        tags = {} if partition is None else {"dagster/partition": partition}
        run = self.instance.create_run_for_job(
            code().get_implicit_global_asset_job_def().get_subset(asset_selection=[asset]),
            status=DagsterRunStatus.STARTED,
            tags=tags,
            asset_selection={asset},
            location_name="shop",
        )
        if partition is not None:
            number = DAYS.get_partition_keys().index(partition)
            data = AssetMaterializationPlannedData(asset, partition, DAYS.numbering, number)
            self._event(run.run_id, DagsterEventType.ASSET_MATERIALIZATION_PLANNED, data)
        return run

    def _event(self, run_id: str, kind: DagsterEventType, data: object) -> None:
        event = DagsterEvent(kind, "__ASSET_JOB", event_specific_data=data)
        at = self.instance.clock.now().timestamp()
        self.instance.handle_new_event(EventLogEntry(run_id, at, 20, "", None, "__ASSET_JOB", event))
