"""Seattle's weather, day by day: a pipeline that a clock and a folder start.

A schedule takes in the next days of 2012-2015 each minute; a sensor starts a run for every CSV file dropped
into ``landing/``; a failed run leaves a note in ``alerts/``. The same years in partitions are in ``four_years.py``,
for a backfill. See README.md beside this file.
"""

import base64
import io
import json
import os
from importlib.resources import files
from pathlib import Path

import matplotlib as mpl
import pandas as pd
from four_years import Source, weather_of_day, weather_of_month

from watchbell import (
    AssetExecutionContext,
    Config,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    Definitions,
    Failure,
    MaterializeResult,
    MetadataValue,
    Output,
    RunConfig,
    RunFailureSensorContext,
    RunRequest,
    ScheduleEvaluationContext,
    SensorEvaluationContext,
    SensorResult,
    asset,
    define_asset_job,
    run_failure_sensor,
    schedule,
    sensor,
)

mpl.use("Agg")  # draw to files, never to a screen
from matplotlib import pyplot as plt  # after the choice of the back end

FOLDER = Path(os.environ.get("QUICKSTART_FOLDER", Path(__file__).parent))
LANDING, TAKEN_IN, ALERTS = FOLDER / "landing", FOLDER / "data", FOLDER / "alerts"
SOURCE = files("vega_datasets") / "_data" / "seattle-weather.csv"
COLUMNS = ["date", "precipitation", "temp_max", "temp_min", "wind", "weather"]

for folder in (LANDING, TAKEN_IN, ALERTS):
    folder.mkdir(parents=True, exist_ok=True)


class TakeIn(Config):
    """How far a run reads into the source."""

    until_row: int = 90


class LandedFile(Config):
    """Which file a run takes in."""

    path: str


@asset(group_name="weather", kinds={"csv"}, owners=["team:weather"])
def raw_days(config: TakeIn) -> Output[pd.DataFrame]:
    """The source's first days, as far as the schedule has come."""
    days = pd.read_csv(io.BytesIO(SOURCE.read_bytes())).head(config.until_row)
    return Output(days, metadata={"rows": len(days), "until": str(days["date"].iloc[-1])})


@asset(group_name="weather", kinds={"csv"})
def landed_days(config: LandedFile) -> MaterializeResult:
    """Days that somebody dropped into the landing folder. A file with one broken row is refused whole."""
    path = Path(config.path)
    days = pd.read_csv(path)
    mistakes = mistakes_in(days)
    if mistakes:
        raise Failure(
            description=f"{path.name}: {len(mistakes)} mistakes, nothing was taken in. " + "; ".join(mistakes[:5]),
            metadata={"file": MetadataValue.path(path), "mistakes": MetadataValue.json(mistakes)},
        )
    days.to_csv(TAKEN_IN / path.name, index=False)
    return MaterializeResult(metadata={"rows": len(days), "file": MetadataValue.path(path)})


def mistakes_in(days: pd.DataFrame) -> list[str]:
    """What is wrong with which line of a landed file."""
    if list(days.columns) != COLUMNS:
        return [f"line 1: the columns are {', '.join(days.columns)}, expected {', '.join(COLUMNS)}"]
    complaints: list[tuple[int, str]] = []
    dates = pd.to_datetime(days["date"], format="mixed", errors="coerce")
    complaints += [(row + 2, f"{days['date'][row]!r} is no date") for row in days.index[dates.isna()]]
    for column in ("precipitation", "temp_max", "temp_min", "wind"):
        numbers = pd.to_numeric(days[column], errors="coerce")
        complaints += [
            (row + 2, f"{column} is {days[column][row]!r}, expected a number") for row in days.index[numbers.isna()]
        ]
    return [f"line {line}: {what}" for line, what in sorted(complaints)]


@asset(group_name="weather", deps=[landed_days])
def cleaned_days(context: AssetExecutionContext, raw_days: pd.DataFrame) -> pd.DataFrame:
    """Source and landed days together: one row a day, with a real date."""
    parts = [raw_days, *(pd.read_csv(path) for path in sorted(TAKEN_IN.glob("*.csv")))]
    days = pd.concat(parts, ignore_index=True)
    days["date"] = pd.to_datetime(days["date"], format="mixed")  # the source writes 2012/01/31
    days = days.drop_duplicates("date", keep="last").sort_values("date", ignore_index=True)
    context.add_output_metadata({"rows": len(days), "parts": len(parts)})
    return days


@asset(group_name="weather", kinds={"matplotlib"})
def monthly_summary(context: AssetExecutionContext, cleaned_days: pd.DataFrame) -> pd.DataFrame:
    """Rain and temperature by month, with a picture."""
    by_month = cleaned_days.groupby(cleaned_days["date"].dt.to_period("M"))
    months = by_month.agg(rain_mm=("precipitation", "sum"), warmest=("temp_max", "max"), coldest=("temp_min", "min"))
    months.index = months.index.astype(str)
    picture = plot(months)
    (TAKEN_IN / "monthly_summary.png").write_bytes(picture)
    context.add_output_metadata(
        {
            "months": len(months),
            "rain_mm": round(float(months["rain_mm"].sum()), 1),
            "picture": MetadataValue.md(
                f"![rain by month](data:image/png;base64,{base64.b64encode(picture).decode()})"
            ),
            "file": MetadataValue.path(TAKEN_IN / "monthly_summary.png"),
        }
    )
    return months


def plot(months: pd.DataFrame) -> bytes:
    """A PNG of rain by month with the range of temperatures."""
    figure, rain = plt.subplots(figsize=(9, 3.5), layout="constrained")
    rain.bar(months.index, months["rain_mm"], color="#4878a8")
    rain.set_ylabel("rain, mm")
    rain.tick_params(axis="x", rotation=90, labelsize=7)
    degrees = rain.twinx()
    degrees.fill_between(months.index, months["coldest"], months["warmest"], color="#e0a040", alpha=0.35)
    degrees.set_ylabel("coldest to warmest, °C")
    rain.set_title("Seattle, month by month")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=100)
    plt.close(figure)
    return buffer.getvalue()


weather_job = define_asset_job("weather_job", selection=[raw_days, cleaned_days, monthly_summary])
landing_job = define_asset_job("landing_job", selection=[landed_days])


@schedule(job=weather_job, cron_schedule="* * * * *", default_status=DefaultScheduleStatus.RUNNING)
def next_days(context: ScheduleEvaluationContext) -> RunRequest:
    """Thirty more days each minute."""
    latest = context.instance.get_latest_materialization_event(raw_days.key)
    done = latest.asset_materialization.metadata["rows"].value if latest and latest.asset_materialization else 60
    until_row = min(int(done) + 30, 1461)
    return RunRequest(
        run_config=RunConfig(ops={"raw_days": TakeIn(until_row=until_row)}), tags={"until_row": str(until_row)}
    )


@sensor(job=landing_job, minimum_interval_seconds=1, default_status=DefaultSensorStatus.RUNNING)
def landed_files(context: SensorEvaluationContext) -> SensorResult:
    """A run for each new or changed CSV file in the landing folder."""
    seen: dict[str, int] = json.loads(context.cursor or "{}")
    found = {path.name: path.stat().st_mtime_ns for path in sorted(LANDING.glob("*.csv"))}
    new = [name for name, changed in found.items() if seen.get(name) != changed]
    if not new:
        return SensorResult(skip_reason="no new files")
    requests = [
        RunRequest(
            run_key=f"{name}:{found[name]}",
            run_config=RunConfig(ops={"landed_days": LandedFile(path=str(LANDING / name))}),
            tags={"file": name},
        )
        for name in new
    ]
    return SensorResult(run_requests=requests, cursor=json.dumps(found))


@run_failure_sensor(minimum_interval_seconds=1, default_status=DefaultSensorStatus.RUNNING)
def alert(context: RunFailureSensorContext) -> None:
    """Leaves a note for every failed run."""
    run = context.dagster_run
    error = context.failure_event.engine_event_data.error
    note = f"{run.job_name} failed (run {run.run_id})\n\n{error.message if error else 'unknown error'}\n"
    (ALERTS / f"{run.run_id}.txt").write_text(note)
    context.log.warning(f"wrote an alert for run {run.run_id}")


defs = Definitions(
    assets=[raw_days, landed_days, cleaned_days, monthly_summary, weather_of_day, weather_of_month],
    jobs=[weather_job, landing_job],
    schedules=[next_days],
    sensors=[landed_files, alert],
    resources={"source": Source(path=str(SOURCE))},
)
