"""What a sensor's answer asks to change about dynamic partitions, and which keys those may have."""

from __future__ import annotations

from collections.abc import Sequence

from watchbell.ground.errors import ParameterCheckError
from watchbell.ground.value import dataclass
from watchbell.ground.wire import wired
from watchbell.record.request import check_text


def check_partitions_name(name: object) -> str:
    """The name of dynamic partitions, if it can be stored.

    Raises:
        ParameterCheckError: no text, empty, too long, or with control characters.
    """
    if name == "":
        raise ParameterCheckError("dynamic partitions have a name; the one given is empty", parameter="name")
    return check_text(name, "partitions_def_name")


def check_partition_keys(keys: object) -> list[str]:
    """Keys of partitions, if they can be stored.

    Raises:
        ParameterCheckError: no sequence of texts, or a key that is too long or has control characters.
    """
    if isinstance(keys, str) or not isinstance(keys, Sequence | set | frozenset):
        raise ParameterCheckError(
            f"partition_keys is a list of texts, not {keys!r}", parameter="partition_keys", value=keys
        )
    return [check_text(key, "a partition key") for key in keys]


@wired("dynamic.add")
@dataclass(frozen=True)
class AddDynamicPartitionsRequest:
    """A sensor's wish to add keys to dynamic partitions; fulfilled with the tick.

    Args:
        partitions_def_name: the name of the partitions definition.
        partition_keys: the keys; those there already stay as they are.

    Raises:
        ParameterCheckError: a name or key that cannot be stored.

    Example:
        >>> AddDynamicPartitionsRequest("customers", ["acme"]).partition_keys
        ['acme']
    """

    partitions_def_name: str
    partition_keys: Sequence[str]

    def __post_init__(self) -> None:
        check_partitions_name(self.partitions_def_name)
        object.__setattr__(self, "partition_keys", check_partition_keys(self.partition_keys))


@wired("dynamic.delete")
@dataclass(frozen=True)
class DeleteDynamicPartitionsRequest:
    """A sensor's wish to delete keys of dynamic partitions; fulfilled with the tick.

    Args:
        partitions_def_name: the name of the partitions definition.
        partition_keys: the keys; those not there are left out.

    Raises:
        ParameterCheckError: a name or key that cannot be stored.

    Example:
        >>> DeleteDynamicPartitionsRequest("customers", ["acme"]).partitions_def_name
        'customers'
    """

    partitions_def_name: str
    partition_keys: Sequence[str]

    def __post_init__(self) -> None:
        check_partitions_name(self.partitions_def_name)
        object.__setattr__(self, "partition_keys", check_partition_keys(self.partition_keys))


DynamicPartitionsRequest = AddDynamicPartitionsRequest | DeleteDynamicPartitionsRequest
