"""Orders, the classic way: ops in a graph read, check, convert and load them; see README.md beside this file."""

import csv
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path

from watchbell import (
    Backoff,
    Config,
    ConfigurableResource,
    DefaultScheduleStatus,
    Definitions,
    HookContext,
    In,
    MetadataValue,
    Nothing,
    OpExecutionContext,
    Out,
    Output,
    RetryPolicy,
    RunConfig,
    RunRequest,
    ScheduleEvaluationContext,
    failure_hook,
    graph,
    job,
    op,
    schedule,
)

HERE = Path(__file__).parent
FOLDER = Path(os.environ.get("ETL_FOLDER", HERE / "out"))
EUROS = {"EUR": 1.0, "USD": 0.92, "GBP": 1.17}

Row = dict[str, str]


class Warehouse(ConfigurableResource):
    """A SQLite database; each use is one transaction."""

    path: str

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A connection whose changes are kept only if the block ends well."""
        Path(self.path).parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self.path, timeout=30)) as connection, connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS orders ("
                "order_id INTEGER PRIMARY KEY, ordered_on TEXT, country TEXT, product TEXT, "
                "quantity INTEGER, euros REAL)"
            )
            yield connection


class Source(Config):
    """Which file is read."""

    path: str = str(HERE / "data" / "orders.csv")


# ------------------------------------------------------------------ reading and checking


@op
def read_orders(config: Source) -> list[Row]:
    """All rows of the file, as text."""
    with Path(config.path).open(newline="") as file:
        return list(csv.DictReader(file))


def mistake_in(row: Row) -> str | None:
    """What is wrong with a row; None if nothing is."""
    try:
        date.fromisoformat(row["ordered_on"])
        quantity = int(row["quantity"])
    except ValueError as error:
        return str(error)
    if quantity < 1:
        return f"quantity {quantity} is not positive"
    if row["currency"] not in EUROS:
        return f"no rate for currency {row['currency']!r}"
    return None


@op(out={"good": Out(), "rejected": Out(is_required=False)})
def check_orders(context: OpExecutionContext, rows: list[Row]) -> Iterator[Output[list[Row]]]:
    """Rows that can be loaded, and those that cannot, each with the reason."""
    mistakes = {row["order_id"]: mistake_in(row) for row in rows}
    rejected = [{**row, "reason": str(mistakes[row["order_id"]])} for row in rows if mistakes[row["order_id"]]]
    yield Output([row for row in rows if not mistakes[row["order_id"]]], "good")
    if rejected:
        context.log.warning(f"{len(rejected)} of {len(rows)} orders cannot be loaded")
        yield Output(
            rejected, "rejected", metadata={"orders": MetadataValue.json([row["order_id"] for row in rejected])}
        )


@op
def write_rejected(rejected: list[Row]) -> None:
    """Puts the rejected rows where people look for them. Skipped when there are none."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "rejected.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rejected[0]))
        writer.writeheader()
        writer.writerows(rejected)


# ------------------------------------------------------------------ converting and loading


@op
def to_euros(rows: list[Row]) -> list[Row]:
    """Each row with its worth in euros."""
    return [
        {**row, "euros": f"{int(row['quantity']) * float(row['unit_price']) * EUROS[row['currency']]:.2f}"}
        for row in rows
    ]


@op
def newest_first(rows: list[Row]) -> list[Row]:
    """The rows, newest day first."""
    return sorted(rows, key=lambda row: (row["ordered_on"], row["order_id"]), reverse=True)


@graph
def convert(rows: list[Row]) -> list[Row]:
    """From checked rows to rows as the warehouse has them."""
    return newest_first(to_euros(rows))


@op(out=Out(Nothing), retry_policy=RetryPolicy(max_retries=3, delay=0.2, backoff=Backoff.EXPONENTIAL))
def load_orders(context: OpExecutionContext, warehouse: Warehouse, rows: list[Row]) -> None:
    """Loads the rows. Loading an order again replaces it, so the job can be repeated."""
    keys = ("order_id", "ordered_on", "country", "product", "quantity", "euros")
    with warehouse.transaction() as connection:
        connection.executemany(
            "INSERT OR REPLACE INTO orders VALUES (?, ?, ?, ?, ?, ?)", [tuple(row[key] for key in keys) for row in rows]
        )
    context.log.info(f"loaded {len(rows)} orders into {warehouse.path}")


# ------------------------------------------------------------------ reporting


def _totals(warehouse: Warehouse, column: str) -> list[str]:
    with warehouse.transaction() as connection:
        rows = connection.execute(
            f"SELECT {column}, round(sum(euros), 2) FROM orders GROUP BY 1 ORDER BY 2 DESC"  # noqa: S608  # our own name
        ).fetchall()
    return [f"## By {column}", "", *(f"- {name}: {euros:,.2f} EUR" for name, euros in rows), ""]


@op(ins={"loaded": In(Nothing)})
def totals_by_country(warehouse: Warehouse) -> list[str]:
    """Lines on the sales of each country."""
    return _totals(warehouse, "country")


@op(ins={"loaded": In(Nothing)})
def totals_by_product(warehouse: Warehouse) -> list[str]:
    """Lines on the sales of each product."""
    return _totals(warehouse, "product")


@op
def write_report(sections: list[list[str]]) -> Output[str]:
    """One page with all sections."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    text = "\n".join(["# Sales", "", *(line for section in sections for line in section)])
    (FOLDER / "report.md").write_text(text)
    return Output(text, metadata={"report": MetadataValue.md(text)})


@failure_hook
def leave_a_note(context: HookContext) -> None:
    """A failed step leaves a note for whoever is on call."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"failed_{context.step_key}.txt").write_text(f"{context.run_id}: {context.op_exception}\n")


@job(hooks={leave_a_note}, resource_defs={"warehouse": Warehouse(path=str(FOLDER / "warehouse.db"))})
def orders_job() -> None:
    """Reads, checks, converts and loads orders, and reports on all that were ever loaded."""
    good, rejected = check_orders(read_orders())
    write_rejected(rejected)
    loaded = load_orders(convert(good))
    write_report([totals_by_country(loaded), totals_by_product(loaded)])


@schedule(job=orders_job, cron_schedule="*/15 * * * *", default_status=DefaultScheduleStatus.STOPPED)
def every_quarter_hour(context: ScheduleEvaluationContext) -> RunRequest:
    """A run for each quarter of an hour; the same quarter never runs twice."""
    return RunRequest(
        run_key=context.scheduled_execution_time.isoformat(),
        run_config=RunConfig(ops={"read_orders": Source()}),
    )


defs = Definitions(jobs=[orders_job], schedules=[every_quarter_hour])
