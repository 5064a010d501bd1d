"""A home in which every text that users can write wants to break out of the page."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

from tests.ui.moments import NOW
from tests.ui.seeds.life import Life
from watchbell.automate.backfills.planning import BackfillWishes, plan_backfill
from watchbell.declare.assets.asset_job import IMPLICIT_ASSET_JOB_NAME
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization

MODULES = ("hostile", "hostile_broken")


def fill(home: Path) -> dict[str, str]:
    """Ticks, runs, and a backfill, with all of it."""
    life = Life(home, "hostile", NOW - timedelta(hours=5))
    texts = sys.modules["texts"]
    first, second = AssetKey(["raw", "first"]), AssetKey(["raw", "second"])
    elsewhere = AssetKey([texts.SVG, texts.RIGHT_TO_LEFT, texts.IMAGE])
    life.switch_on(NOW - timedelta(hours=5))
    [failed] = life.schedule("at_night", NOW - timedelta(hours=4))
    life.carry_out(failed)
    for number in range(3):
        life.sensor("ears", NOW - timedelta(hours=3, minutes=-10 * number))
        life.sensor("mouth", NOW - timedelta(hours=2, minutes=-10 * number))
    life.clock.set(NOW - timedelta(hours=1))
    wishes = BackfillWishes(
        title=texts.LABEL, description=texts.LABEL, created_by=texts.SCRIPT, tags={"why": texts.LABEL}
    )
    plan = plan_backfill(life.repository, life.instance, location_name=life.location, assets=[first], wishes=wishes)
    backfill = life.instance.launch_backfill(plan).backfill_id
    life.carry_out(*life.step_backfills())
    life.step_backfills()
    life.instance.report_runless_asset_event(
        AssetMaterialization(elsewhere, description=texts.ALL, metadata={texts.SCRIPT: texts.ALL})
    )
    failed_asset = life.launch(IMPLICIT_ASSET_JOB_NAME, asset_selection=frozenset({second}), tags={"note": texts.LABEL})
    life.carry_out(failed_asset)
    life.write_output(failed, {"run.out": texts.ALL + texts.LONG, "run.err": texts.ALL})
    life.clock.set(NOW)
    life.release()
    return {
        "location": "hostile",
        "failed_run": failed,
        "asset_run": failed_asset,
        "backfill": backfill,
        "mark": texts.MARK,
    }
