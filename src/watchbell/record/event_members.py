"""What an event is, asked by name: the questions that Dagster's events answer."""

from __future__ import annotations

from enum import Enum

RUN_KINDS = frozenset(
    f"RUN_{end}" for end in ("ENQUEUED", "DEQUEUED", "STARTING", "START", "SUCCESS", "FAILURE", "CANCELING", "CANCELED")
)
AROUND_STEPS = frozenset({"ENGINE_EVENT", "LOGS_CAPTURED"})


class EventMembers:
    """The questions of one event, which has a kind, the job of its run, and the step it happened in, if any."""

    event_type: Enum
    job_name: str
    step_key: str | None

    @property
    def is_step_event(self) -> bool:
        """Whether a step says it; what is said of its hooks, resources or process does not count."""
        kind = self.event_type.name
        return self.step_key is not None and not (
            kind in AROUND_STEPS or kind.startswith(("HOOK_", "RESOURCE_", "STEP_WORKER_"))
        )

    @property
    def is_hook_event(self) -> bool:
        """Whether it says what became of a hook."""
        return self.event_type.name.startswith("HOOK_")

    @property
    def is_job_event(self) -> bool:
        """Whether it says what became of the run."""
        return self.event_type.name in RUN_KINDS

    @property
    def is_failure(self) -> bool:
        """Whether it says that a step or run failed."""
        return self.event_type.name in ("STEP_FAILURE", "RUN_FAILURE")

    @property
    def is_job_success(self) -> bool:
        """Whether it says that the run ended well."""
        return self.event_type.name == "RUN_SUCCESS"

    @property
    def is_job_failure(self) -> bool:
        """Whether it says that the run failed."""
        return self.event_type.name == "RUN_FAILURE"

    @property
    def is_run_failure(self) -> bool:
        """Whether it says that the run failed."""
        return self.is_job_failure

    @property
    def is_step_start(self) -> bool:
        """Whether it says that a step began."""
        return self.event_type.name == "STEP_START"

    @property
    def is_step_success(self) -> bool:
        """Whether it says that a step ended well."""
        return self.event_type.name == "STEP_SUCCESS"

    @property
    def is_step_failure(self) -> bool:
        """Whether it says that a step failed."""
        return self.event_type.name == "STEP_FAILURE"

    @property
    def is_step_skipped(self) -> bool:
        """Whether it says that a step had nothing to do."""
        return self.event_type.name == "STEP_SKIPPED"

    @property
    def is_step_up_for_retry(self) -> bool:
        """Whether it says that a step failed and will be tried again."""
        return self.event_type.name == "STEP_UP_FOR_RETRY"

    @property
    def is_step_restarted(self) -> bool:
        """Whether it says that a step is tried again."""
        return self.event_type.name == "STEP_RESTARTED"

    @property
    def is_successful_output(self) -> bool:
        """Whether it says that a step gave an output."""
        return self.event_type.name == "STEP_OUTPUT"

    @property
    def is_handled_output(self) -> bool:
        """Whether it says that an IO manager stored an output."""
        return self.event_type.name == "HANDLED_OUTPUT"

    @property
    def is_loaded_input(self) -> bool:
        """Whether it says that an IO manager loaded an input."""
        return self.event_type.name == "LOADED_INPUT"

    @property
    def is_step_materialization(self) -> bool:
        """Whether it says that an asset was made."""
        return self.event_type.name == "ASSET_MATERIALIZATION"

    @property
    def is_asset_materialization_planned(self) -> bool:
        """Whether it says that a run is to make an asset."""
        return self.event_type.name == "ASSET_MATERIALIZATION_PLANNED"

    @property
    def is_asset_observation(self) -> bool:
        """Whether it says that an asset was looked at."""
        return self.event_type.name == "ASSET_OBSERVATION"

    @property
    def is_expectation_result(self) -> bool:
        """Whether it says whether an expectation was met."""
        return self.event_type.name == "STEP_EXPECTATION_RESULT"

    @property
    def is_engine_event(self) -> bool:
        """Whether it says how the run is executed."""
        return self.event_type.name == "ENGINE_EVENT"

    @property
    def is_resource_init_failure(self) -> bool:
        """Whether it says that a resource could not be set up."""
        return self.event_type.name == "RESOURCE_INIT_FAILURE"

    @property
    def node_name(self) -> str:
        """Name of the op or asset function whose step says it; raises an AssertionError for an event of no step."""
        assert self.step_key is not None, f"a {self.event_type.name} event belongs to no step"
        return self.step_key.partition("[")[0].rpartition(".")[2]

    @property
    def logging_tags(self) -> dict[str, str]:
        """What log lines about it are labelled with; empty for an event of no step."""
        if self.step_key is None:
            return {}
        return {"job_name": self.job_name, "op_name": self.node_name, "step_key": self.step_key}
