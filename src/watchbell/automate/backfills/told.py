"""A plan as plain values, for scripts and pages; and a text that tells two plans apart."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from watchbell.automate.backfills.plan import BackfillPlan

FINGERPRINT_LENGTH = 32


def plan_facts(plan: BackfillPlan) -> dict[str, Any]:
    """A plan as JSON.

    Returns:
        ``asked`` (in words), ``runs`` and ``partitions`` (counts), ``steps`` (each: ``step``, ``makes``, ``assets``,
        ``job``, ``from``, ``to``, ``partitions``, ``runs``, ``one_after_the_other``), ``remarks`` (each: ``about``,
        ``text``, ``is_doubt``), ``estimate_seconds`` and ``runs_at_once`` (null: nothing is known).
    """
    estimate = plan.estimate
    return {
        "asked": plan.backfill.asked,
        "runs": plan.runs_count,
        "partitions": plan.partitions_count,
        "steps": [
            {
                "step": step.number,
                "makes": step.label,
                "assets": [key.to_user_string() for key in step.asset_keys],
                "job": step.job_name,
                "from": step.first,
                "to": step.last,
                "partitions": step.partitions_count,
                "runs": step.runs_count,
                "one_after_the_other": step.in_order,
            }
            for step in plan.steps
        ],
        "remarks": [
            {"about": remark.about, "text": remark.text, "is_doubt": remark.is_doubt} for remark in plan.remarks
        ],
        "estimate_seconds": None if estimate is None else estimate.seconds,
        "runs_at_once": None if estimate is None else estimate.at_once,
    }


def fingerprint_of(plan: BackfillPlan) -> str:
    """A text that is another one for a plan that does something else; how long it may take does not matter."""
    facts = {name: value for name, value in plan_facts(plan).items() if not name.startswith(("estimate", "runs_at"))}
    said = [
        facts,
        [[target.job_name, target.location_name, dict(target.tags)] for target in plan.backfill.targets],
        plan.backfill.newest_first,
        plan.backfill.max_concurrent_runs,
        dict(plan.backfill.tags),
    ]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:FINGERPRINT_LENGTH]
