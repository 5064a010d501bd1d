"""Names of tags: those that runs and events bear here, and those that code written for Dagster asks for."""

from watchbell import DATA_VERSION_TAG, MAX_RUNTIME_SECONDS_TAG
from watchbell.record.pool import POOL_TAG
from watchbell.record.provenance import CODE_VERSION_TAG, DATA_VERSION_IS_USER_PROVIDED_TAG
from watchbell.record.run import AUTO_RETRY_TAG, PARENT_RUN_ID_TAG, RESUME_RETRY_TAG, ROOT_RUN_ID_TAG

__all__ = [
    "CODE_VERSION_TAG", "DATA_VERSION_IS_USER_PROVIDED_TAG", "DATA_VERSION_TAG", "MAX_RUNTIME_SECONDS_TAG",
    "PARENT_RUN_ID_TAG", "RESUME_RETRY_TAG", "ROOT_RUN_ID_TAG",
]  # fmt: skip

SYSTEM_TAG_PREFIX = "dagster/"
HIDDEN_TAG_PREFIX = ".dagster/"
USER_TAG = "user"
KIND_PREFIX = "dagster/kind/"
COMPUTE_KIND_TAG = "dagster/compute_kind"
LEGACY_COMPUTE_KIND_TAG = "kind"

# Where a run comes from.
CODE_LOCATION_TAG = "dagster/code_location"
REPOSITORY_LABEL_TAG = ".dagster/repository"
SCHEDULE_NAME_TAG = "dagster/schedule_name"
SENSOR_NAME_TAG = "dagster/sensor_name"
TICK_ID_TAG = "dagster/tick"
RUN_KEY_TAG = "dagster/run_key"
SCHEDULED_EXECUTION_TIME_TAG = ".dagster/scheduled_execution_time"
BACKFILL_ID_TAG = "dagster/backfill"
AUTO_MATERIALIZE_TAG = "dagster/auto_materialize"
AUTO_OBSERVE_TAG = "dagster/auto_observe"
AUTOMATION_CONDITION_TAG = "dagster/from_automation_condition"
ASSET_EVALUATION_ID_TAG = "dagster/asset_evaluation_id"
REPORTING_USER_TAG = "dagster/reporting_user"

# How it is executed.
PRIORITY_TAG = "dagster/priority"
GLOBAL_CONCURRENCY_TAG = POOL_TAG
DOCKER_IMAGE_TAG = "dagster/image"
MAX_RETRIES_TAG = "dagster/max_retries"
RETRY_NUMBER_TAG = "dagster/retry_number"
RETRY_STRATEGY_TAG = "dagster/retry_strategy"
RETRY_ON_ASSET_OR_OP_FAILURE_TAG = "dagster/retry_on_asset_or_op_failure"
WILL_RETRY_TAG = "dagster/will_retry"
AUTO_RETRY_RUN_ID_TAG = AUTO_RETRY_TAG
RUN_FAILURE_REASON_TAG = "dagster/failure_reason"
RUN_ISOLATION_TAG = "dagster/isolation"
OP_SELECTION_TAG = "dagster/solid_selection"
STEP_SELECTION_TAG = "dagster/step_selection"

# Of which partition.
PARTITION_NAME_TAG = "dagster/partition"
PARTITION_SET_TAG = "dagster/partition_set"
MULTIDIMENSIONAL_PARTITION_PREFIX = "dagster/partition/"
ASSET_PARTITION_RANGE_START_TAG = "dagster/asset_partition_range_start"
ASSET_PARTITION_RANGE_END_TAG = "dagster/asset_partition_range_end"
