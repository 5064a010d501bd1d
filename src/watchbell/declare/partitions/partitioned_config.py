"""Run config that depends on the partition: ``PartitionedConfig``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn

from watchbell.declare.config.run_config_value import RunConfig, plain_run_config
from watchbell.declare.names import check_instance
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.run_tags import check_run_tags
from watchbell.ground.errors import (
    CheckError,
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    ParameterCheckError,
)
from watchbell.record.partition import PARTITION_SET_TAG, Partition
from watchbell.record.request import written_tags

RESERVED_PREFIX = "dagster/"
ConfigOfKey = Callable[[str], RunConfig | Mapping[str, Any]]
TagsOfKey = Callable[[str], Mapping[str, str]]


class PartitionedConfig:
    """Run config and tags that depend on the partition of a run; the ``config`` of a job.

    Usually made by a decorator: :func:`daily_partitioned_config`, :func:`static_partitioned_config`,
    :func:`partitioned_config` and their sisters. Such a one can be called, as its function.

    Args:
        partitions_def: the partitions.
        run_config_for_partition_fn: makes run config, given a :class:`Partition`.
        decorated_fn: the function that a decorator was put on.
        tags_for_partition_fn: makes tags of the run, given a :class:`Partition`.
        run_config_for_partition_key_fn: makes run config, given the key.
        tags_for_partition_key_fn: makes tags of the run, given the key.

    Raises:
        ParameterCheckError: ``partitions_def`` is none.
        CheckError: not exactly one function for the config is given, or two for the tags.

    Example:
        >>> letters = StaticPartitionsDefinition(["a", "b"])
        >>> by_letter = PartitionedConfig(
        ...     letters,
        ...     run_config_for_partition_key_fn=lambda key: {"ops": {"load": {"config": {"letter": key}}}},
        ... )
        >>> by_letter.get_run_config_for_partition_key("a")
        {'ops': {'load': {'config': {'letter': 'a'}}}}
    """

    def __init__(
        self,
        partitions_def: PartitionsDefinition,
        run_config_for_partition_fn: Callable[[Partition[Any]], Any] | None = None,
        decorated_fn: Callable[..., Any] | None = None,
        tags_for_partition_fn: Callable[[Partition[Any]], Mapping[str, str]] | None = None,
        run_config_for_partition_key_fn: ConfigOfKey | None = None,
        tags_for_partition_key_fn: TagsOfKey | None = None,
    ) -> None:
        check_instance(partitions_def, PartitionsDefinition, "partitions_def of a PartitionedConfig")  # type: ignore[type-abstract]
        if (run_config_for_partition_fn is None) == (run_config_for_partition_key_fn is None):
            raise CheckError(
                "a PartitionedConfig has one function that makes the config: run_config_for_partition_key_fn, or "
                "run_config_for_partition_fn for code that takes a Partition"
            )
        if tags_for_partition_fn is not None and tags_for_partition_key_fn is not None:
            raise CheckError("a PartitionedConfig has tags_for_partition_fn and tags_for_partition_key_fn; give one")
        self.partitions_def = partitions_def
        self.run_config_for_partition_fn = run_config_for_partition_fn
        self.run_config_for_partition_key_fn = run_config_for_partition_key_fn
        self.tags_for_partition_fn = tags_for_partition_fn
        self.tags_for_partition_key_fn = tags_for_partition_key_fn
        self._decorated_fn = decorated_fn

    def __repr__(self) -> str:
        return f"PartitionedConfig({self.partitions_def!r})"

    def get_partition_keys(self, current_time: datetime | None = None) -> Sequence[str]:
        """All keys, in order.

        Args:
            current_time: the moment that decides which windows are over, aware; None: now.
        """
        return self.partitions_def.get_partition_keys(current_time)

    def get_run_config_for_partition_key(self, partition_key: str) -> Mapping[str, Any]:
        """The run config for a partition, as plain values; whether there is such a partition is not asked.

        Raises:
            ParameterCheckError: the function returned something else.
        """
        made: Any
        if self.run_config_for_partition_key_fn is not None:
            made = self.run_config_for_partition_key_fn(partition_key)
        elif self.run_config_for_partition_fn is not None:
            made = self.run_config_for_partition_fn(Partition(partition_key))
        else:
            made = {}
        return plain_run_config(made, f"the run config that was made for the partition {partition_key!r}") or {}

    def get_tags_for_partition_key(self, partition_key: str, job_name: str | None = None) -> dict[str, str]:
        """The tags of a run for a partition: those that name it, and those the functions make.

        Args:
            partition_key: which partition.
            job_name: of which job.

        Raises:
            DagsterInvalidDefinitionError: a tag that was made is not valid, or begins with ``dagster/``.
        """
        what = f"the tags that were made for the partition {partition_key!r}"
        made: Mapping[str, str] | None = None
        if self.tags_for_partition_key_fn is not None:
            made = self.tags_for_partition_key_fn(partition_key)
        elif self.tags_for_partition_fn is not None:
            made = self.tags_for_partition_fn(Partition(partition_key))
        tags = {} if made is None else _own_tags(made, what)
        tags.update(self.partitions_def.get_tags_for_partition_key(partition_key))
        if job_name is not None:
            tags[PARTITION_SET_TAG] = f"{job_name}_partition_set"
        return tags

    @staticmethod
    def from_flexible_config(config: Any, partitions_def: PartitionsDefinition) -> PartitionedConfig:
        """The config of a job with partitions, whatever it was given as.

        Args:
            config: a PartitionedConfig of these partitions, a mapping, a RunConfig, or None.
            partitions_def: the partitions.

        Raises:
            CheckError: it is a PartitionedConfig of other partitions.
            ParameterCheckError: it is nothing of all that.
        """
        if isinstance(config, PartitionedConfig):
            if config.partitions_def != partitions_def:
                raise CheckError(
                    f"config is a PartitionedConfig of {config.partitions_def!r}, and partitions_def is "
                    f"{partitions_def!r}; leave one out, or make them the same"
                )
            return config
        plain = plain_run_config(config, "config of a job with partitions") or {}
        return PartitionedConfig(partitions_def, run_config_for_partition_key_fn=lambda _: plain)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the decorated function returns, for tests.

        Raises:
            DagsterInvalidInvocationError: it was not made by a decorator.
        """
        if self._decorated_fn is None:
            _refuse_call()
        return self._decorated_fn(*args, **kwargs)


def _refuse_call() -> NoReturn:
    raise DagsterInvalidInvocationError(
        "only a PartitionedConfig that a decorator made, such as @daily_partitioned_config, can be called; use "
        "get_run_config_for_partition_key(key)"
    )


def _own_tags(made: object, what: str) -> dict[str, str]:
    if not isinstance(made, Mapping):
        raise ParameterCheckError(f"{what} are a mapping of text to text, not {made!r}", parameter="tags", value=made)
    tags = written_tags(made, what)
    check_run_tags(tags, what)
    for key in tags:
        if key.startswith(RESERVED_PREFIX) and not key.startswith(_ALLOWED):
            raise DagsterInvalidDefinitionError(
                f"{what} have {key!r}; tags that begin with {RESERVED_PREFIX!r} belong to watchbell, except those that "
                f"ask it for something ({', '.join(_ALLOWED)})",
                tag=key,
            )
    return tags


_ALLOWED = (
    "dagster/priority",
    "dagster/max_retries",
    "dagster/retry_strategy",
    "dagster/retry_on_asset_or_op_failure",
    "dagster/max_runtime",
    "dagster/image",
    "dagster/concurrency_key",
)
