"""A shop's data: 27 assets in four groups, ten jobs and fourteen automations; some of them do not do well."""

import pace
from pace import takes

import dagster as dg

ON, OFF = dg.DefaultScheduleStatus.RUNNING, dg.DefaultScheduleStatus.STOPPED
WATCHING = dg.DefaultSensorStatus.RUNNING
BERLIN = "Europe/Berlin"
DAYS = dg.DailyPartitionsDefinition("2026-03-01", timezone=BERLIN)
HOURS = dg.HourlyPartitionsDefinition("2026-05-10-00:00", timezone=BERLIN)
REGIONS = dg.StaticPartitionsDefinition(["north", "south", "east", "west", "online"])
DAYS_BY_REGION = dg.MultiPartitionsDefinition({"day": DAYS, "region": REGIONS})
RAW, STAGING, MARTS, ML = "raw", "staging", "marts", "ml"
BAD_DAYS = frozenset({"2026-05-06", "2026-05-12"})


class Source(dg.Config):
    """Where rows come from."""

    bucket: str = "incoming"
    rows: int = 1_200
    strict: bool = True


class Warehouse(dg.ConfigurableResource[str]):
    """The warehouse."""

    host: str = "warehouse.internal"
    password: str = dg.EnvVar("SHOP_PASSWORD")


def parse_row(row: dict[str, str]) -> float:
    """An order's amount; raises for a row without one."""
    return float(row["amount"])


def total_of(rows: list[dict[str, str]]) -> float:
    """What these orders come to."""
    total = 0.0
    for row in rows:
        total += parse_row(row)
    return total


# ------------------------------------------------------------------- raw


def key(group: str, name: str) -> dg.AssetKey:
    """`group/name`."""
    return dg.AssetKey([group, name])


@dg.asset(key_prefix=RAW, group_name=RAW, partitions_def=DAYS, kinds={"csv"}, owners=["team:intake"])
def orders(context: dg.AssetExecutionContext, config: Source) -> dg.MaterializeResult[int]:
    """Orders of a day, as the tills send them at night."""
    takes(41.3)
    context.log.info(f"reading {config.rows} rows from {config.bucket}/{context.partition_key}.csv")
    if context.partition_key in BAD_DAYS and config.strict:
        total_of([{"id": "1", "amount": "12.50"}, {"id": "2"}])
    return dg.MaterializeResult(
        value=config.rows,
        metadata={"rows": config.rows, "preview": dg.MetadataValue.md("| id | amount |\n|---|---|\n| 1 | 12.50 |")},
    )


def _raw(name: str, seconds: float, description: str, *, kind: str = "postgres") -> dg.AssetsDefinition:
    @dg.asset(
        name=name, key_prefix=RAW, group_name=RAW, kinds={kind}, description=description, owners=["ada@shop.example"]
    )
    def made(context: dg.AssetExecutionContext) -> dg.MaterializeResult[int]:
        takes(seconds)
        rows = int(seconds * 100)
        context.log.info(f"{rows} rows of {name}")
        return dg.MaterializeResult(value=rows, metadata={"rows": rows, "seconds": seconds})

    return made


customers = _raw("customers", 12.4, "Who buys. Comes whole each night.")
products = _raw("products", 3.2, "What is sold.")
payments = _raw("payments", 25.1, "What was paid, from the bank.", kind="api")
returns = _raw("returns", 4.0, "What came back.")
clicks = dg.AssetSpec(
    key(RAW, "clicks"), group_name=RAW, kinds={"kafka"}, description="Made by others; only looked at."
)


@dg.asset(key_prefix=RAW, group_name=RAW, partitions_def=HOURS, kinds={"api"})
def stock(context: dg.AssetExecutionContext) -> int:
    """What is on the shelves, hour by hour."""
    takes(6.5)
    return len(context.partition_key)


@dg.asset(
    key_prefix=RAW, group_name=RAW, partitions_def=dg.DynamicPartitionsDefinition(name="campaigns"), kinds={"api"}
)
def campaigns(context: dg.AssetExecutionContext) -> int:
    """What a campaign cost. Marketing adds campaigns as they come."""
    takes(2.0)
    return len(context.partition_key)


# --------------------------------------------------------------- staging


@dg.asset(key_prefix=STAGING, group_name=STAGING, partitions_def=DAYS, deps=[key(RAW, "orders")], kinds={"sql"})
def clean_orders(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """Orders without doubles."""
    takes(18.0)
    return dg.MaterializeResult(metadata={"rows": 1_180, "dropped": 20})


@dg.asset(
    key_prefix=STAGING,
    group_name=STAGING,
    partitions_def=DAYS_BY_REGION,
    deps=[key(STAGING, "clean_orders")],
    kinds={"sql"},
)
def orders_by_region(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """Orders of a day and a region."""
    takes(2.1)
    return dg.MaterializeResult(metadata={"rows": 240})


def _sql(group: str, name: str, seconds: float, deps: list[dg.AssetKey], **more: object) -> dg.AssetsDefinition:
    @dg.asset(name=name, key_prefix=group, group_name=group, deps=deps, kinds={"sql"}, **more)  # type: ignore[arg-type]
    def made(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        context.log.debug(f"insert into {group}.{name} select * from {', '.join(each.path[-1] for each in deps)}")
        takes(seconds)
        if name in pace.broken:
            raise LookupError(f"column 'cost' does not exist in {deps[-1].path[-1]}")
        return dg.MaterializeResult(metadata={"rows": int(seconds * 37), "query seconds": seconds})

    return made


eager = dg.AutomationCondition.eager()
stg_customers = _sql(STAGING, "stg_customers", 5.0, [key(RAW, "customers")], automation_condition=eager)
stg_products = _sql(STAGING, "stg_products", 2.0, [key(RAW, "products")], automation_condition=eager)
stg_payments = _sql(STAGING, "stg_payments", 9.0, [key(RAW, "payments")], automation_condition=eager)
stg_returns = _sql(STAGING, "stg_returns", 2.5, [key(RAW, "returns")], automation_condition=eager)

# ----------------------------------------------------------------- marts

at_six = dg.AutomationCondition.on_cron("0 6 * * *", BERLIN)
revenue = _sql(
    MARTS,
    "revenue",
    31.0,
    [key(STAGING, "clean_orders"), key(STAGING, "stg_payments")],
    automation_condition=at_six,
    description="What was earned. The board looks at it at nine.",
    owners=["team:finance", "grace@shop.example"],
)
customer_value = _sql(MARTS, "customer_value", 22.0, [key(MARTS, "revenue"), key(STAGING, "stg_customers")])
margin = _sql(MARTS, "margin", 11.0, [key(MARTS, "revenue"), key(STAGING, "stg_products")])
refunds = _sql(MARTS, "refunds", 4.0, [key(STAGING, "stg_returns"), key(STAGING, "stg_payments")])
region_report = _sql(MARTS, "region_report", 7.0, [key(STAGING, "orders_by_region")])
stock_days = _sql(MARTS, "stock_days", 7.5, [key(RAW, "stock"), key(STAGING, "clean_orders")])
board_pack = _sql(
    MARTS,
    "board_pack",
    3.0,
    [key(MARTS, "revenue"), key(MARTS, "margin"), key(MARTS, "refunds"), key(MARTS, "region_report")],
)

# -------------------------------------------------------------------- ml

features = _sql(ML, "features", 64.0, [key(MARTS, "customer_value"), key(RAW, "clicks")])
churn_model = _sql(ML, "churn_model", 310.0, [key(ML, "features")])
forecast = _sql(ML, "forecast", 95.0, [key(MARTS, "revenue"), key(MARTS, "stock_days")])
experiment = _sql(ML, "experiment", 40.0, [key(ML, "features")], description="Was never made.")
scores = _sql(ML, "scores", 12.0, [key(ML, "churn_model")])
reorder_list = _sql(ML, "reorder_list", 5.0, [key(ML, "forecast")])

# ---------------------------------------------------------------- checks


@dg.asset_check(asset=revenue, blocking=True, description="Nobody earns less than nothing.")
def revenue_is_positive() -> dg.AssetCheckResult:
    """Passes."""
    return dg.AssetCheckResult(passed=True, metadata={"lowest": 0.5})


@dg.asset_check(asset=revenue, description="Compared with the bank.")
def revenue_matches_payments() -> dg.AssetCheckResult:
    """Fails: a payment is missing."""
    return dg.AssetCheckResult(
        passed=False,
        severity=dg.AssetCheckSeverity.ERROR,
        description="82.10 EUR are missing",
        metadata={"missing": 82.1},
    )


@dg.asset_check(asset=margin, description="Looks at outliers.")
def margin_has_no_outliers() -> dg.AssetCheckResult:
    """Warns."""
    return dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.WARN, metadata={"outliers": 3})


@dg.asset_check(asset=stg_customers)
def customers_are_unique() -> dg.AssetCheckResult:
    """Passes."""
    return dg.AssetCheckResult(passed=True)


@dg.asset_check(asset=forecast, description="Was never executed.")
def forecast_is_plausible() -> dg.AssetCheckResult:
    """Never ran."""
    return dg.AssetCheckResult(passed=True)


# ------------------------------------------------------------------ jobs


class Feed(dg.Config):
    """What is loaded."""

    path: str = "incoming/orders.csv"
    limit: int = 500


@dg.op
def fetch(context: dg.OpExecutionContext, config: Feed) -> list[dict[str, str]]:
    """Reads the file."""
    takes(8.2)
    context.log.info(f"fetching {config.path}")
    context.log.debug("connection opened")
    rows = [{"id": "1", "amount": "12.50"}, {"id": "2"}]
    return rows if "broken" in config.path else rows[:1]


@dg.op
def parse(context: dg.OpExecutionContext, rows: list[dict[str, str]]) -> float:
    """Adds up."""
    takes(1.4)
    context.log.warning(f"{len(rows)} rows only")
    return total_of(rows)


@dg.op(retry_policy=dg.RetryPolicy(max_retries=2))
def store(context: dg.OpExecutionContext, total: float) -> None:
    """Writes the sum."""
    takes(3.0)
    if context.retry_number == 0:
        raise ConnectionError("warehouse.internal:5432 closed the connection")


@dg.op(ins={"done": dg.In(dg.Nothing)})
def notify_team(context: dg.OpExecutionContext) -> None:
    """Tells people."""
    takes(0.2)


@dg.job(executor_def=dg.in_process_executor, tags={"team": "intake"}, description="Loads the orders of the day.")
def load_orders() -> None:
    """Loads."""
    notify_team(store(parse(fetch())))


def _small_job(name: str, seconds: float, team: str, pool: str | None = None, fails: str = "") -> dg.JobDefinition:
    @dg.op(name=f"{name}_step", pool=pool)
    def step(context: dg.OpExecutionContext) -> None:
        takes(seconds)
        context.log.info(f"{name} is done")
        if fails:
            raise TimeoutError(fails)

    @dg.job(name=name, executor_def=dg.in_process_executor, tags={"team": team})
    def made() -> None:
        step()

    return made


import_prices = _small_job("import_prices", 75.0, "intake", pool="price_api")
export_reports = _small_job("export_reports", 33.0, "finance")
clean_up = _small_job("clean_up", 5.0, "platform")
send_newsletter = _small_job("send_newsletter", 140.0, "marketing")
reconcile_books = _small_job("reconcile_books", 610.0, "finance")
poll_partners = _small_job("poll_partners", 2.0, "intake", fails="partners.example did not answer within 30 s")

nightly_orders = dg.define_asset_job(
    "nightly_orders", [key(RAW, "orders"), key(STAGING, "clean_orders")], executor_def=dg.in_process_executor
)
nightly_marts = dg.define_asset_job(
    "nightly_marts",
    dg.AssetSelection.groups(MARTS)
    | dg.AssetSelection.keys(key(RAW, "customers"), key(RAW, "products"), key(RAW, "payments"))
    | dg.AssetSelection.keys(*(key(STAGING, each) for each in ("stg_customers", "stg_products", "stg_payments"))),
    executor_def=dg.in_process_executor,
)
train_model = dg.define_asset_job(
    "train_model",
    dg.AssetSelection.keys(*(key(ML, each) for each in ("features", "churn_model", "scores"))),
    executor_def=dg.in_process_executor,
)

# ------------------------------------------------------------- schedules

nightly_orders_schedule = dg.build_schedule_from_partitioned_job(
    nightly_orders, name="orders_at_night", hour_of_day=2, default_status=ON
)
marts_schedule = dg.ScheduleDefinition(
    name="marts_in_the_morning",
    job=nightly_marts,
    cron_schedule="30 3 * * *",
    execution_timezone=BERLIN,
    default_status=ON,
)


@dg.schedule(job=export_reports, cron_schedule="0 7 * * 1-5", execution_timezone=BERLIN, default_status=ON)
def reports_on_workdays(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Asks for the report; its figures are not there since Monday."""
    figures = {"2026-05-08": 3}
    day = f"{context.scheduled_execution_time:%Y-%m-%d}"
    return dg.RunRequest(run_key=day, tags={"figures": str(figures[day])})


@dg.schedule(job=send_newsletter, cron_schedule="0 9 * * *", execution_timezone="America/New_York", default_status=ON)
def newsletter(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """On Thursdays only."""
    if context.scheduled_execution_time.weekday() == 3:
        return dg.RunRequest()
    return dg.SkipReason("the newsletter goes out on Thursdays")


@dg.schedule(job=reconcile_books, cron_schedule="15 * * * *", execution_timezone="UTC", default_status=ON)
def books_every_hour() -> dg.RunRequest:
    """Was missed while the service was down."""
    return dg.RunRequest()


@dg.schedule(job=clean_up, cron_schedule="0 4 * * 0", execution_timezone="UTC", default_status=OFF)
def clean_up_on_sundays() -> dg.RunRequest:
    """Is off."""
    return dg.RunRequest()


# --------------------------------------------------------------- sensors


@dg.sensor(job=load_orders, minimum_interval_seconds=600, default_status=WATCHING)
def order_files(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """A run for each new file."""
    seen = int(context.cursor or 0)
    name = f"orders-{seen + 1:04}.csv"
    context.log.info(f"found {name}")
    config = {"ops": {"fetch": {"config": {"path": f"incoming/{'broken-' if seen % 4 == 2 else ''}{name}"}}}}
    return dg.SensorResult(
        run_requests=[dg.RunRequest(run_key=name, run_config=config), dg.RunRequest(run_key="orders-0001.csv")],
        cursor=str(seen + 1),
    )


@dg.sensor(job=import_prices, minimum_interval_seconds=900, default_status=WATCHING)
def price_feed(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Skips: nothing is new."""
    return dg.SkipReason("no prices are newer than 2026-05-11 17:40")


@dg.sensor(job=poll_partners, minimum_interval_seconds=600, default_status=WATCHING)
def partner_inbox(context: dg.SensorEvaluationContext) -> dg.RunRequest:
    """Fails: a message came without a sender."""
    message = {"subject": "prices"}
    context.log.warning(f"a message about {message['subject']}")
    return dg.RunRequest(run_key=message["sender"])


@dg.sensor(job=poll_partners, minimum_interval_seconds=600, default_status=WATCHING)
def slow_archive() -> dg.SkipReason:
    """Ended its process again and again."""
    return dg.SkipReason("nothing")


@dg.run_failure_sensor(default_status=WATCHING, minimum_interval_seconds=600)
def tell_on_failure(context: dg.RunFailureSensorContext) -> None:
    """Tells of failed runs."""
    context.log.info(f"{context.dagster_run.job_name} failed")


@dg.asset_sensor(
    asset_key=key(MARTS, "revenue"), job=export_reports, minimum_interval_seconds=600, default_status=WATCHING
)
def revenue_is_new(context: dg.SensorEvaluationContext, event: dg.EventLogEntry) -> dg.RunRequest:
    """Asks for the reports when the revenue was made."""
    return dg.RunRequest(run_key=context.cursor)


conditions = dg.AutomationConditionSensorDefinition(
    "shop_conditions", target=dg.AssetSelection.all(), default_status=WATCHING, minimum_interval_seconds=600
)

defs = dg.Definitions(
    assets=[
        orders, customers, products, payments, returns, clicks, stock, campaigns, clean_orders, orders_by_region,
        stg_customers, stg_products, stg_payments, stg_returns, revenue, customer_value, margin, refunds, region_report,
        stock_days, board_pack, features, churn_model, forecast, experiment, scores, reorder_list,
    ],
    asset_checks=[
        revenue_is_positive, revenue_matches_payments, margin_has_no_outliers, customers_are_unique,
        forecast_is_plausible,
    ],
    jobs=[
        load_orders, import_prices, export_reports, clean_up, send_newsletter, reconcile_books, poll_partners,
        nightly_orders, nightly_marts, train_model,
    ],
    schedules=[
        nightly_orders_schedule, marts_schedule, reports_on_workdays, newsletter, books_every_hour, clean_up_on_sundays,
    ],
    sensors=[order_files, price_feed, partner_inbox, slow_archive, tell_on_failure, revenue_is_new, conditions],
    resources={"warehouse": Warehouse()},
    executor=dg.in_process_executor,
)  # fmt: skip
