"""The errands there are, by name: which function answers each. Its module is loaded in the errand's own process."""

from __future__ import annotations

ERRANDS: dict[str, str] = {
    "check_config": "watchbell.host.errands.launchpad:check_config",
    "config_schema": "watchbell.host.errands.launchpad:config_schema",
    "explain_asset": "watchbell.services.explain.errands:explain_asset",
    "explain_schedule": "watchbell.services.explain.errands:explain_schedule",
    "explain_sensor": "watchbell.services.explain.errands:explain_sensor",
    "launch_assets": "watchbell.host.errands.launch:launch_assets",
    "launch_backfill": "watchbell.host.errands.backfills:launch",
    "launch_checks": "watchbell.host.errands.launch:launch_checks",
    "launch_job": "watchbell.host.errands.launchpad:launch_job",
    "plan_backfill": "watchbell.host.errands.backfills:plan",
    "preview_schedule": "watchbell.host.errands.automations:preview_schedule",
    "preview_sensor": "watchbell.host.errands.automations:preview_sensor",
    "launch_requests": "watchbell.host.errands.requests:launch_requests",
    "trial_facts": "watchbell.host.errands.trial:trial_facts",
    "simulate": "watchbell.host.errands.simulation:simulate",
}
"""A function is given an :class:`~watchbell.host.errands.desk.ErrandDesk` and the params, and returns what is
answered, as values that JSON can write."""
