"""Short lives of the tortures of the real service; those marked slow are longer, ``make torture`` is the long one."""

from pathlib import Path

import pytest

from tests.torture import automation_torture, backfill_torture, condition_torture
from tests.torture.conditions.script import SHORT
from tests.torture.torture import torture


# Every wait in these is bounded; together they may take this long on a busy machine.
@pytest.mark.timeout(240)
@pytest.mark.parametrize("kills", [3, pytest.param(8, marks=pytest.mark.slow)])
def test_kills_lose_and_double_nothing(tmp_path: Path, kills: int) -> None:
    report = torture(seed=8, kills=kills, folder=tmp_path)

    assert report.violations == []
    assert report.kills == kills
    assert min(report.numbers.values()) >= 1


@pytest.mark.timeout(240)
def test_a_backfill_with_five_kills_makes_every_partition_as_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHBELL_HOME", str(tmp_path / "home"))
    report = backfill_torture.torture(seed=5, kills=5, months=3, folder=tmp_path)

    assert report.violations == []
    assert report.parts == 91 + 3


@pytest.mark.timeout(360)
@pytest.mark.parametrize("kills", [5, pytest.param(8, marks=pytest.mark.slow)])
def test_kills_lose_and_double_nothing_of_any_kind_of_sensor_or_policy(tmp_path: Path, kills: int) -> None:
    report = automation_torture.torture(seed=8, kills=kills, folder=tmp_path)

    assert report.violations == []
    assert report.kills == kills
    assert report.effects["jittered"] >= 5 * kills
    assert report.fed.keys() == {"materializations", "ends of runs"}


@pytest.mark.slow
@pytest.mark.timeout(360)
def test_conditions_ask_for_the_same_though_ticks_are_held_and_refused(tmp_path: Path) -> None:
    """One kill of a service that has to wait with its tick, one of a service whose tick is refused."""
    report = condition_torture.torture(seed=1321, kills=2, folder=tmp_path, steps=SHORT[:1])

    assert report.violations == []
    assert report.ends == {"held": 1, "cursor refused": 1}
    assert [sum(asked.values()) for asked in report.asked] == [14]


@pytest.mark.slow
@pytest.mark.timeout(360)
def test_conditions_ask_for_the_same_whoever_is_killed(tmp_path: Path) -> None:
    """One kill at any time, one of a service that has to wait with its tick, two ticks that are refused."""
    report = condition_torture.torture(seed=1321, kills=4, folder=tmp_path, steps=SHORT)

    assert report.violations == []
    assert report.ends == {"ticks": 1, "cursor refused": 1, "runs refused, lived on": 1, "held": 1}
    assert [sum(asked.values()) for asked in report.asked] == [14, 93, 38]
