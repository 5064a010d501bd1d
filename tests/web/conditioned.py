"""A site whose code has conditions, evaluated as the daemon does when a test says so."""

from datetime import timedelta
from typing import Any

from tests.web.conftest import NOW, Client
from tests.web.errand_link import ErrandLink
from watchbell import (
    AssetCheckResult,
    AssetKey,
    AssetMaterialization,
    AutomationCondition,
    DagsterInstance,
    DailyPartitionsDefinition,
    Definitions,
    RunRequest,
    SkipReason,
    asset,
    asset_check,
    define_asset_job,
    schedule,
    sensor,
)
from watchbell.automate.commit import CommitRules, Evaluated, tick_commit
from watchbell.declare.collect import RepositoryDefinition
from watchbell.ground.clock import ManualClock
from watchbell.ground.ids import new_run_id
from watchbell.ground.upward import call_upward
from watchbell.host.condition_evaluator import ConditionEvaluator
from watchbell.record.evaluation import Evaluation
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState, AutomationStatus
from watchbell.services.lease import LEASE_NAME
from watchbell.web.link import ServiceLink
from watchbell.web.view import View

SHOP = "shop"
SENSOR = AutomationKey(SHOP, AutomationKind.SENSOR, "default_automation_condition_sensor")
days = DailyPartitionsDefinition("2024-02-25", end_date="2024-03-05")


def code() -> RepositoryDefinition:
    """Assets with conditions, a schedule and a sensor."""

    @asset
    def raw() -> None: ...

    @asset_check(asset=raw, automation_condition=AutomationCondition.eager())
    def not_null() -> AssetCheckResult:
        return AssetCheckResult(passed=True)

    @asset(deps=[raw], automation_condition=AutomationCondition.eager())
    def orders() -> None: ...

    @asset(partitions_def=days)
    def events() -> None: ...

    @asset(
        partitions_def=days,
        deps=[events],
        automation_condition=AutomationCondition.missing() & ~AutomationCondition.any_deps_missing(),
    )
    def visits() -> None: ...

    @asset
    def lonely() -> None: ...

    etl = define_asset_job("etl", selection=[lonely])

    @schedule(job=etl, cron_schedule="5 * * * *", execution_timezone="Europe/Berlin")
    def hourly() -> RunRequest:
        return RunRequest()

    @sensor(job=etl)
    def landing() -> SkipReason:
        return SkipReason("no files")

    return Definitions(
        assets=[raw, orders, events, visits, lonely],
        asset_checks=[not_null],
        jobs=[etl],
        schedules=[hourly],
        sensors=[landing],
    ).get_repository_def()


class Shop:
    """The code above over an empty database, its condition sensor turned on; a service works."""

    def __init__(self) -> None:
        self.clock = ManualClock(NOW)
        self.instance: DagsterInstance = call_upward("open_instance", "ephemeral", clock=self.clock)
        self.repository = code()
        self.link = ErrandLink(self.instance, {SHOP: self.repository})
        self._evaluator = ConditionEvaluator(
            self.repository, SHOP, lambda: self.instance, lambda mark: None, self.clock
        )
        on = AutomationState(SENSOR, status=AutomationStatus.RUNNING, effective_at=NOW)
        assert self.instance.store.put_state(AutomationState(SENSOR), on, NOW) is not None
        assert self.instance.store.acquire_lease(LEASE_NAME, "here", NOW, 1_000_000) is not None

    def client(self, link: ServiceLink | None = None) -> Client:
        """A client of the application."""
        return Client(View(self.instance, link or self.link))

    def told(self, address: str, **params: object) -> dict[str, Any]:
        """What the API answers."""
        answer = self.client().get(address, params=params)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def made(self, name: str, partition: str | None = None) -> None:
        """An asset was made, outside of any run."""
        self.instance.report_runless_asset_event(AssetMaterialization(AssetKey(name), partition=partition))

    def tick(self, minutes: float = 1.0) -> None:
        """Has the conditions evaluated, and stores what comes of it.

        Args:
            minutes: so long after what happened before.
        """
        self.clock.advance(minutes * 60)
        store, at = self.instance.store, self.clock.now()
        state = store.automation_state(SENSOR)
        assert state is not None
        evaluation = Evaluation(1, AutomationKind.SENSOR, SENSOR.name, None, state.cursor)
        answer = self._evaluator.evaluate(evaluation)
        assert answer.error is None, answer.error.to_string()
        if answer.cursor is None:
            return
        done = Evaluated(evaluation, answer, at, at + timedelta(milliseconds=3))
        commit = tick_commit(state, done, CommitRules(quarantine_after=3, new_id=new_run_id))
        [stored] = store.commit_ticks([commit], None, at)
        assert not stored.conflict
