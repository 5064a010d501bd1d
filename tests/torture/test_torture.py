"""A short torture of the real service; ``make torture`` is the long one."""

from pathlib import Path

import pytest

from tests.torture.torture import torture


@pytest.mark.timeout(240)  # every wait in it is bounded; together they may take this long on a busy machine
def test_eight_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    report = torture(seed=8, kills=8, folder=tmp_path)

    assert report.violations == []
    assert report.kills == 8
    assert min(report.numbers.values()) >= 1
