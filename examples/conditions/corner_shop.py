"""A corner shop whose figures make themselves: each asset says when it is to be made; see README.md."""

import os
from datetime import datetime, timedelta
from pathlib import Path

from watchbell import (
    AssetCheckResult,
    AssetExecutionContext,
    AssetSelection,
    AutoMaterializePolicy,
    AutomationCondition,
    AutomationConditionSensorDefinition,
    AutomationContext,
    AutomationResult,
    DailyPartitionsDefinition,
    DefaultSensorStatus,
    Definitions,
    RunRequest,
    SensorEvaluationContext,
    asset,
    asset_check,
    sensor,
)

FOLDER = Path(os.environ.get("SHOP_FOLDER", Path(__file__).parent)) / "out"
DAYS = DailyPartitionsDefinition("2026-01-01", timezone="Europe/Berlin")
LOAVES_BAKED = 60
ON = DefaultSensorStatus.RUNNING


class AtMostEvery(AutomationCondition):
    """A condition of one's own: true if it was true last so long ago, or never.

    It stands last in an ``&``, so that it is asked only when all else is true, and what it says yes to is asked for.
    """

    def __init__(self, seconds: float) -> None:
        self.pause = timedelta(seconds=seconds)

    @property
    def name(self) -> str:
        """How explanations call it."""
        return f"at_most_every({self.pause.total_seconds():g} s)"

    def evaluate(self, context: AutomationContext) -> AutomationResult:
        """Says yes to all that it is asked about, or to nothing; its cursor holds when it said yes last."""
        last, now = context.cursor, context.evaluation_time
        is_time = last is None or now - datetime.fromisoformat(last) >= self.pause
        if not is_time or context.candidate_subset.is_empty:
            return AutomationResult(context, context.get_empty_subset(), cursor=last)
        return AutomationResult(context, context.candidate_subset, cursor=now.isoformat())


# -- the shop


@asset(group_name="shop")
def sales() -> int:
    """Loaves sold so far. Has no condition: the sensor ``till`` asks for it every ten seconds."""
    path = FOLDER / "sold.txt"
    sold = int(path.read_text()) + 7 if path.exists() else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    path.write_text(str(sold))
    return sold


@asset(group_name="shop", automation_condition=AutomationCondition.eager())
def stock(sales: int) -> int:
    """Loaves left. Runs whenever ``sales`` was made: eager."""
    return LOAVES_BAKED - sales


@asset_check(asset=stock, blocking=True)
def nothing_sold_twice(stock: int) -> AssetCheckResult:
    """Runs with ``stock``. Nobody sells what is not there; if it fails, what follows stays as it was."""
    return AssetCheckResult(passed=stock >= 0, metadata={"loaves": stock})


@asset(
    group_name="shop",
    automation_condition=AutomationCondition.eager() & AutomationCondition.all_deps_blocking_checks_passed(),
)
def shop_window(stock: int) -> str:
    """The sign in the window. Runs after ``stock``, in the same run, but not from a stock whose check failed."""
    return f"{stock} loaves left"


@asset(group_name="shop", deps=[stock], automation_condition=AutomationCondition.eager() & AtMostEvery(30))
def call_to_baker() -> str:
    """A call for more. Runs after ``stock``, but not more often than every thirty seconds: a condition of one's own."""
    return "more loaves, please"


# -- the office


@asset(group_name="office", automation_condition=AutomationCondition.on_cron("* * * * *"))
def wages() -> int:
    """What is paid. Runs each minute, on its own: nothing has to be waited for."""
    return 90


@asset(group_name="office", automation_condition=AutomationCondition.on_cron("* * * * *"))
def accounts(stock: int, wages: int) -> str:
    """Runs once a minute, as soon as both ``stock`` and ``wages`` were made since the minute began."""
    return f"{LOAVES_BAKED - stock} sold, {wages} paid"


@asset(group_name="office", partitions_def=DAYS, automation_condition=AutomationCondition.on_missing())
def day_book(context: AssetExecutionContext) -> str:
    """A page for each day. Runs once a day, when a day is over and its page is not there. Older pages: a backfill."""
    return f"page of {context.partition_key}"


@asset(group_name="office", auto_materialize_policy=AutoMaterializePolicy.eager())
def tax_return(accounts: str) -> str:
    """Runs when ``accounts`` was made: a policy as older code has it, which becomes a condition."""
    return f"declared: {accounts}"


# -- who evaluates them, and what sets it going


@sensor(target=[sales], minimum_interval_seconds=10, default_status=ON)
def till(context: SensorEvaluationContext) -> RunRequest:
    """Asks for ``sales`` every ten seconds. All else follows by itself."""
    return RunRequest()


shop = AutomationConditionSensorDefinition(
    "shop", target=AssetSelection.groups("shop"), default_status=ON, run_tags={"dagster/priority": "10"}
)
office = AutomationConditionSensorDefinition(
    "office",
    target=AssetSelection.groups("office"),
    default_status=ON,
    minimum_interval_seconds=5,
    run_tags={"team": "office"},
)

FOLLOWING = [stock, shop_window, call_to_baker, wages, accounts, day_book, tax_return]

defs = Definitions(
    assets=[sales, *FOLLOWING],
    asset_checks=[nothing_sold_twice],
    sensors=[till, shop, office],
)
