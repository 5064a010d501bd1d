"""``watchbell explain asset "job nightly"``: conditions of jobs, evaluated as the daemon does."""

from __future__ import annotations

import re

from tests.cli.conditions import SENSOR, Conditions
from tests.cli.conftest import Terminal
from watchbell import AssetKey, AssetMaterialization

CODE = """
from watchbell import *

@asset
def raw(): ...

@asset(deps=[raw])
def orders(): ...

updated = AutomationCondition.any_job_root_assets_match(AutomationCondition.newly_updated())
waiting = updated.since_last_handled() & ~AutomationCondition.in_progress()
nightly = define_asset_job("nightly", automation_condition=waiting)
defs = Definitions([raw, orders], jobs=[nightly])
"""


def sentence(terminal: Terminal, *words: str) -> str:
    said = terminal.run("explain", "asset", *words)
    assert said.code == 0, said
    first = said.out.partition("\n")[0].partition(" Since then its condition is not evaluated")[0]
    return re.sub(r"run [0-9a-f]{8}", "run R", re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)? UTC", "T", first))


def test_a_job_is_explained_by_what_its_condition_asks(terminal: Terminal) -> None:
    terminal.write(CODE)
    terminal.run_on_code("sensor", "start", SENSOR)
    conditions = Conditions(terminal)
    try:
        conditions.tick()
        before = sentence(terminal, "job nightly")
        conditions.instance.report_runless_asset_event(AssetMaterialization(AssetKey("raw")))
        tick = conditions.tick()
        assert tick is not None
        after = sentence(terminal, "job nightly")
        run = terminal.run("explain", "run", tick.run_ids[0]).out
    finally:
        conditions.instance.close()

    assert before == (
        "job 'nightly' was not asked for at T: blocked by any_job_root_assets_match(newly_updated).since(handled): it "
        "was the first evaluation of this condition, and what was so before that is no news."
    )
    assert after == (
        "job 'nightly' was asked for at T: raw was made at T, since the evaluation before; run R (QUEUED) makes it."
    )
    assert "automation conditions of job nightly (sensor" in run


def test_a_job_without_a_condition_is_none(terminal: Terminal) -> None:
    terminal.write(CODE)

    said = terminal.run_on_code("explain", "asset", "job nightli")

    assert said.code != 0
    assert "job nightly" in said.err + said.out
