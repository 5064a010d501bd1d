"""Every scenario says on watchbell what Dagster was recorded to say, or what is documented instead."""

import shutil
import sys
from pathlib import Path

import pytest

from tests.house.sources import ROOT
from tests.parity import run
from tests.parity.run import EXPECTED, PENDING, expected_lines, expected_of, load, pending
from tests.parity.scenario import Scenario, perform

ALL = load()
LISTED = pending()


@pytest.mark.parametrize("one", ALL.values(), ids=ALL.keys())
def test_a_scenario_says_what_is_recorded(one: Scenario) -> None:
    expected = expected_lines(one)

    actual = perform(one, trace=True)
    if one.key in LISTED:
        assert expected != actual, f"{one.key} passes now: delete its line in {PENDING.name}"
    else:
        assert expected == actual


@pytest.mark.parametrize("one", [each for each in ALL.values() if each.differs], ids=lambda one: one.key)
def test_a_difference_on_purpose_is_one_and_is_documented(one: Scenario) -> None:
    recorded = expected_of(one.topic)[one.name]

    assert recorded["dagster"] != recorded["watchbell"], "no longer different: drop `differs`"
    assert f"| {one.differs} |" in (ROOT / "docs" / "differences.md").read_text()


def test_nothing_is_recorded_or_pending_that_is_not_a_scenario() -> None:
    recorded = {f"{path.stem}.{name}" for path in EXPECTED.glob("*.json") for name in expected_of(path.stem)}

    assert recorded == set(ALL)
    assert set(ALL) >= LISTED


def test_there_are_enough_scenarios_to_mean_something() -> None:
    assert len(ALL) >= 300


def test_what_watchbell_says_is_never_recorded_as_what_dagster_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = tmp_path / "expected"
    shutil.copytree(EXPECTED, recorded)
    monkeypatch.setattr(run, "EXPECTED", recorded)
    one = next(each for each in ALL.values() if each.differs)
    same = next(each for each in ALL.values() if each.topic == one.topic and not each.differs)
    before = run.expected_of(one.topic)

    run.record([one, same], {one.key: ["something else"], same.key: ["something else"]}, run.side())

    expected = {**before, one.name: {**before[one.name], "watchbell": ["something else"]}}
    assert expected == run.expected_of(one.topic)


def test_watchbell_is_no_reference_for_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "EXPECTED", tmp_path)

    with pytest.raises(SystemExit, match="needs a Python with Dagster itself; `dagster` of .* is watchbell"):
        run.main(["--topic", "hooks", "--record", "--reference", sys.executable])
    assert list(tmp_path.iterdir()) == []
