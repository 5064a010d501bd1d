"""Module paths below ``dagster`` that documents and existing code import from, and the names found there.

The names are watchbell's public ones; a path is importable whether or not watchbell has all of its names.
"""

PATHS: dict[str, tuple[str, ...]] = {
    "dagster._core.definitions.auto_materialize_policy": ("AutoMaterializePolicy",),
    "dagster._core.definitions.declarative_automation.automation_condition": ("AutomationCondition",),
    "dagster._core.definitions.decorators.schedule_decorator": ("schedule",),
    "dagster._core.definitions.decorators.sensor_decorator": ("asset_sensor", "multi_asset_sensor", "sensor"),
    "dagster._core.definitions.partitions.partitioned_schedule": ("build_schedule_from_partitioned_job",),
    "dagster._core.definitions.run_status_sensor_definition": ("run_failure_sensor", "run_status_sensor"),
    "dagster._core.definitions.schedule_definition": ("ScheduleEvaluationContext",),
}
