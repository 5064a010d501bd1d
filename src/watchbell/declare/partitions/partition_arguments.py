"""The arguments about partitions that assets, checks and jobs take, checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from watchbell.declare.names import check_instance
from watchbell.declare.partitions.backfill_policy import BackfillPolicy
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.mapping import PartitionMapping
from watchbell.ground.errors import ParameterCheckError


def checked_partitions_def(value: object, what: str) -> PartitionsDefinition | None:
    """``partitions_def=``, checked.

    Args:
        value: what was given.
        what: whose, for the message.

    Raises:
        ParameterCheckError: it is no PartitionsDefinition.
    """
    if value is None:
        return None
    hint = "write DailyPartitionsDefinition(start_date=…), StaticPartitionsDefinition([…]) or one of their sisters"
    return check_instance(value, PartitionsDefinition, f"partitions_def of {what}", hint)  # type: ignore[type-abstract]


def checked_mapping(value: object, what: str) -> PartitionMapping | None:
    """``partition_mapping=``, checked.

    Args:
        value: what was given.
        what: whose, for the message.

    Raises:
        ParameterCheckError: it is no PartitionMapping.
    """
    if value is None:
        return None
    hint = "write TimeWindowPartitionMapping(), AllPartitionMapping() or one of their sisters"
    return check_instance(value, PartitionMapping, f"partition_mapping of {what}", hint)  # type: ignore[type-abstract]


def checked_backfill_policy(value: object, what: str) -> BackfillPolicy | None:
    """``backfill_policy=``, checked.

    Args:
        value: what was given.
        what: whose, for the message.

    Raises:
        ParameterCheckError: it is no BackfillPolicy.
    """
    if value is None:
        return None
    hint = "write BackfillPolicy.single_run() or BackfillPolicy.multi_run(10)"
    return check_instance(value, BackfillPolicy, f"backfill_policy of {what}", hint)


def only_partitions_def(definitions: Iterable[PartitionsDefinition | None]) -> PartitionsDefinition | None:
    """The definition that all agree on that have one; None if nobody has.

    Raises:
        ValueError: two differ.
    """
    found: PartitionsDefinition | None = None
    for each in definitions:
        if each is None or each is found:
            continue
        if found is not None and each != found:
            raise ValueError(f"{found!r} and {each!r}")
        found = found if found is not None else each
    return found


def mappings_by_name(
    given: Mapping[str, object] | None, names: Iterable[str], what: str
) -> dict[str, PartitionMapping | None]:
    """``partition_mappings=`` by input name, checked.

    Raises:
        ParameterCheckError: a member is no PartitionMapping, or of no input.
    """
    known = set(names)
    found = {}
    for name, each in (given or {}).items():
        if name not in known:
            raise ParameterCheckError(
                f"partition_mappings of {what} speaks of the input {name!r}, which it does not have",
                parameter="partition_mappings",
                value=given,
            )
        found[name] = checked_mapping(each, f"{what}, input {name!r}")
    return found
