"""The few calls that go up the floors, all in one table and all by name.

A definition can be executed (``job.execute_in_process()``) and an instance can be opened
(``DagsterInstance.get()``), yet neither may import what does it. Whatever is not in this table does not
go up.
"""

from __future__ import annotations

import importlib
from typing import Any

UPWARD = {
    "open_instance": "watchbell.assemble:open_instance",
    "build_service": "watchbell.assemble_service:build_service",
    "listening_socket": "watchbell.web.listen:listening_socket",
    "page_at": "watchbell.web.listen:address_of",
    "web_server": "watchbell.web.server:make_server",
    "migrate_store": "watchbell.store.migrate:migrate_home",
    "asset_value_loader": "watchbell.execute.asset_value_loader:AssetValueLoader",
    "execute_in_process": "watchbell.execute.in_process:execute_job_in_process",
    # A function that is called with None as its context, in a test, is given an empty one.
    "op_context": "watchbell.testing.direct_contexts:build_op_context",
    "asset_context": "watchbell.testing.direct_contexts:build_asset_context",
    "resource_context": "watchbell.testing.init_contexts:build_init_resource_context",
    "sensor_context": "watchbell.testing.contexts:build_sensor_context",
    "schedule_context": "watchbell.testing.contexts:build_schedule_context",
    # Not upward, but loaded only where a test asks for it.
    "forked_debugger": "watchbell.execute.forked_pdb:ForkedPdb",
    "new_mock": "unittest.mock:MagicMock",
    # A graph makes a job of itself; a job is made of a graph and therefore imports it.
    "job_of_graph": "watchbell.declare.job:job_of_graph",
    # A graph is made of definitions, which speak of selections.
    "asset_graph": "watchbell.declare.assets.asset_graph:AssetGraph",
    # A policy is compiled to a condition, and a condition can be shown as a policy.
    "auto_materialize_policy": "watchbell.declare.conditions.policy:AutoMaterializePolicy",
    # Not upward, but they know every kind of partitions, which code without partitions need not load.
    "partition_mapping": "watchbell.declare.partitions.inference:infer_partition_mapping",
    "partitioned_schedule": "watchbell.declare.automation.partitioned_schedule:schedule_of_partitions",
    "partitions_snapshot": "watchbell.declare.partitions.partitions_snapshot:partitions_snapshot",
    "partitions_text": "watchbell.declare.partitions.partitions_wire:partitions_text",
    "mapping_text": "watchbell.declare.partitions.partitions_wire:mapping_text",
    "freshness_text": "watchbell.declare.assets.freshness_wire:freshness_text",
    "dynamic_names": "watchbell.declare.partitions.partitions_snapshot:dynamic_names",
    # Not upward, but only locations with conditions load it.
    "condition_text": "watchbell.declare.conditions.condition_wire:condition_text",
    # Not upward, but loaded by who asks for stale assets only.
    "only_stale": "watchbell.host.stale_only:only_stale",
    "check_job_condition": "watchbell.declare.conditions.job_conditions:check_job_condition",
    # Not upward, but they load asyncio, which code without async functions need not.
    "serve_async_evaluations": "watchbell.host.async_evaluator:serve_async_evaluations",
    # Not upward, but loaded only where conditions are evaluated.
    "condition_cursor": "watchbell.automate.conditions.tester_cursor:AssetDaemonCursor",
    "evaluate_condition_sensor": "watchbell.automate.conditions.sensor_tick:evaluate_condition_sensor",
    "serve_conditions": "watchbell.host.condition_evaluator:serve_conditions",
    "awaited": "watchbell.declare.automation.own_loop:awaited",
    "finish_in_own_loop": "watchbell.declare.automation.own_loop:finish_in_own_loop",
}


def find_upward(name: str) -> Any:
    """The function that stands for ``name`` in the table; its module is loaded."""
    module, _, attribute = UPWARD[name].partition(":")
    return getattr(importlib.import_module(module), attribute)


def call_upward(name: str, /, *args: Any, **kwargs: Any) -> Any:
    """Calls the function that stands for ``name`` in the table, on a floor above the caller's."""
    return find_upward(name)(*args, **kwargs)
