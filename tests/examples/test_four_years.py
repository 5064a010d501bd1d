"""The partitioned assets of the quickstart: a month is made from its days, and from all of them."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from watchbell import DagsterInstance, Failure, InMemoryIOManager, PartitionKeyRange, build_asset_context, materialize

FILE = Path(__file__).parents[2] / "examples" / "quickstart" / "four_years.py"
LINES = "date,precipitation,temp_max,temp_min,wind,weather\n"


@pytest.fixture
def four_years() -> ModuleType:
    spec = importlib.util.spec_from_file_location("four_years", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_month_is_made_from_all_its_days(four_years: ModuleType, tmp_path: Path) -> None:
    days = four_years.DAYS.get_partition_keys_in_range(PartitionKeyRange("2012-02-01", "2012-02-29"))
    source = tmp_path / "days.csv"
    source.write_text(LINES + "".join(f"{day.replace('-', '/')},0.5,9,2,3,rain\n" for day in days))
    resources = {"source": four_years.Source(path=str(source)), "io_manager": InMemoryIOManager()}
    made = [four_years.weather_of_day, four_years.weather_of_month]

    with DagsterInstance.ephemeral() as instance:
        for day in days:
            materialize(made[:1], partition_key=day, resources=resources, instance=instance)
        month = materialize(
            made, selection=made[1:], partition_key="2012-02-01", resources=resources, instance=instance
        )

    assert month.output_for_node("weather_of_month") == 14.5


def test_a_month_that_lacks_a_day_fails_and_says_so(four_years: ModuleType) -> None:
    days: dict[str, dict[str, str]] = {f"2012-02-{number:02}": {} for number in range(1, 29)}

    with pytest.raises(Failure, match="2012-02-01: 28 days of 29"):
        four_years.weather_of_month(build_asset_context(partition_key="2012-02-01"), days)
