"""How a parameter of an asset's function finds its asset: ``AssetIn``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from watchbell.declare.config.data_type import Nothing
from watchbell.declare.graphs.output import NO_VALUE
from watchbell.declare.labels import check_metadata
from watchbell.declare.partitions.mapping import PartitionMapping
from watchbell.declare.partitions.partition_arguments import checked_mapping
from watchbell.ground.errors import DagsterInvalidDefinitionError
from watchbell.ground.value import dataclass
from watchbell.record.keys import AssetKey, CoercibleToAssetKey, CoercibleToAssetKeyPrefix


@dataclass(frozen=True, init=False)
class AssetIn:
    """How a parameter of an asset's function finds its asset.

    Args:
        key: the asset.
        metadata: labelled facts, for the IO manager.
        key_prefix: parts in front of the parameter's name, instead of ``key``.
        input_manager_key: the resource that loads it instead of the asset's own IO manager.
        partition_mapping: which of its partitions each partition is made from; None: as their partitions suggest.
        dagster_type: what the value may be; ``Nothing``: only wait for it, no parameter.

    Raises:
        DagsterInvalidDefinitionError: both ``key`` and ``key_prefix``.
        ParameterCheckError: ``partition_mapping`` is none.

    Example:
        >>> @asset(ins={"orders": AssetIn(key_prefix="raw")})
        ... def cleaned(orders):
        ...     return orders.dropna()
    """

    key: AssetKey | None
    metadata: Mapping[str, Any]
    key_prefix: tuple[str, ...]
    input_manager_key: str | None
    partition_mapping: PartitionMapping | None
    dagster_type: Any

    def __init__(
        self,
        key: CoercibleToAssetKey | None = None,
        metadata: Mapping[str, Any] | None = None,
        key_prefix: CoercibleToAssetKeyPrefix | None = None,
        input_manager_key: str | None = None,
        partition_mapping: PartitionMapping | None = None,
        dagster_type: Any = NO_VALUE,
    ) -> None:
        if key is not None and key_prefix is not None:
            raise DagsterInvalidDefinitionError(
                f"an AssetIn has both key={key!r} and key_prefix={key_prefix!r}; give one of them"
            )
        prefix = (key_prefix,) if isinstance(key_prefix, str) else tuple(key_prefix or ())
        facts = {
            "key": None if key is None else AssetKey.from_coercible(key),
            "metadata": check_metadata(metadata, "an AssetIn"),
            "key_prefix": prefix,
            "input_manager_key": input_manager_key,
            "partition_mapping": checked_mapping(partition_mapping, "an AssetIn"),
            "dagster_type": dagster_type,
        }
        for name, value in facts.items():
            object.__setattr__(self, name, value)

    def key_for(self, name: str) -> AssetKey:
        """The asset for a parameter of this name."""
        return self.key if self.key is not None else AssetKey([*self.key_prefix, name])

    @property
    def is_nothing(self) -> bool:
        """Whether it only waits for the asset."""
        return self.dagster_type is Nothing or getattr(self.dagster_type, "is_nothing", False)
