"""Dynamic outputs: any number of values by mapping key; what takes them runs once for each, or takes all as a list."""

from __future__ import annotations

import typing
from collections.abc import Iterable, Mapping
from typing import Any, Generic, TypeVar

from watchbell.declare.graphs.output import DEFAULT_OUTPUT, NO_VALUE, Out
from watchbell.declare.names import NAME, check_instance
from watchbell.ground.errors import DagsterInvalidDefinitionError, DagsterInvariantViolationError
from watchbell.record.metadata import MetadataValue, RawMetadataMapping, normalize_metadata
from watchbell.record.request import TEXT_BYTES_MAX

T = TypeVar("T")


class DynamicOut(Out):
    """An output of an op that gives any number of values, each under a mapping key of its own.

    Inside a job the op's result has ``.map(fn)``, which runs what ``fn`` calls once for each value, and ``.collect()``,
    which hands all values on as a list.

    Args:
        dagster_type: type of each value: a Python type, a DagsterType or ``Nothing``; left out: any.
        description: free text.
        is_required: True: no value at all is an empty list; False: what depends on the output is then skipped.
        io_manager_key: the resource that stores the values.
        metadata: labelled facts, shown to the IO manager as ``definition_metadata``.
        code_version: version of the code that makes it.

    Example:
        >>> @op(out=DynamicOut(int))
        ... def pages():
        ...     for number in range(3):
        ...         yield DynamicOutput(number, mapping_key=f"page_{number}")
        >>> @op
        ... def words(page):
        ...     return page * 100
        >>> @op
        ... def total(counts):
        ...     return sum(counts)
        >>> @job
        ... def count_all():
        ...     total(pages().map(words).collect())
        >>> count_all.execute_in_process().output_for_node("total")
        300
    """

    @property
    def is_dynamic(self) -> bool:
        """Whether the op gives any number of values by mapping key."""
        return True

    def completed(self, annotation: Any) -> Out:
        """The output with its type taken from an annotation such as ``list[DynamicOutput[int]]``."""
        return super().completed(dynamic_annotation(annotation))


class DynamicOutput(Generic[T]):
    """One value of a dynamic output.

    Args:
        value: the value.
        mapping_key: which one it is among the output's values: letters, digits and underscores.
        output_name: which output; ``"result"`` is the name of an only one.
        metadata: labelled facts about this value.
        tags: labels, text to text.

    Raises:
        DagsterInvalidDefinitionError: the mapping key has other characters.
        ParameterCheckError: the mapping key is no text.

    Example:
        >>> DynamicOutput(7, mapping_key="week_7").mapping_key
        'week_7'
    """

    __slots__ = ("mapping_key", "metadata", "output_name", "tags", "value")

    def __init__(
        self,
        value: T,
        mapping_key: str,
        output_name: str | None = DEFAULT_OUTPUT,
        metadata: RawMetadataMapping | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        check_instance(mapping_key, str, "mapping_key of a DynamicOutput")
        self.value = value
        self.mapping_key = check_mapping_key(mapping_key)
        self.output_name = check_instance(
            DEFAULT_OUTPUT if output_name is None else output_name, str, "output_name of a DynamicOutput"
        )
        self.metadata: Mapping[str, MetadataValue] = normalize_metadata(metadata)
        self.tags: Mapping[str, str] = dict(tags or {})

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DynamicOutput):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"DynamicOutput({self.value!r}, {self.mapping_key!r}, {self.output_name!r})"


def check_mapping_key(key: str) -> str:
    """``key`` itself, if it can be a mapping key; it becomes part of step keys and of file names.

    Raises:
        DagsterInvalidDefinitionError: it is empty or has other characters than letters, digits and underscores.
    """
    if not NAME.match(key) or len(key) > TEXT_BYTES_MAX:
        raise DagsterInvalidDefinitionError(
            f"{key[:80]!r} is not a valid mapping key: expected letters, digits and underscores, at most "
            f"{TEXT_BYTES_MAX:,} (regex ^[A-Za-z0-9_]+$); replace the others, such as by '_'",
            mapping_key=key,
        )
    return key


def is_dynamic_annotation(annotation: Any) -> bool:
    """Whether an annotation says that several DynamicOutputs are returned, as ``list[DynamicOutput[int]]`` does."""
    if typing.get_origin(annotation) is not list:
        return False
    (inner,) = typing.get_args(annotation) or (None,)
    return inner is DynamicOutput or typing.get_origin(inner) is DynamicOutput


def dynamic_annotation(annotation: Any) -> Any:
    """The annotation of each value of a dynamic output; NO_VALUE where it says nothing of it."""
    inner = annotation
    if typing.get_origin(inner) in (list, Iterable):
        inner = (typing.get_args(inner) or (NO_VALUE,))[0]
    if typing.get_origin(inner) is DynamicOutput:
        return typing.get_args(inner)[0]
    return NO_VALUE


def check_dynamic_list(returned: Any, op_name: str, output_name: str) -> list[DynamicOutput[Any]]:
    """What an op returned for a dynamic output, if it is a list of DynamicOutputs.

    Raises:
        DagsterInvariantViolationError: it is something else.
    """
    where = f'op "{op_name}" returned for its dynamic output {output_name!r}'
    if not isinstance(returned, list):
        raise DagsterInvariantViolationError(
            f"{where} a {type(returned).__name__}; expected a list of DynamicOutput (or yield each of them)"
        )
    for at, each in enumerate(returned):
        if not isinstance(each, DynamicOutput):
            raise DagsterInvariantViolationError(
                f"{where} a list with a {type(each).__name__} at place {at}; wrap it: "
                "DynamicOutput(value, mapping_key=...)"
            )
    return returned
