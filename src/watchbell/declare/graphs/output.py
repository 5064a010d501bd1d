"""Inputs and outputs: what an op takes and gives, and the value that carries an output."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any, Generic, TypeVar

from watchbell.declare.config.annotation_type import type_of_annotation
from watchbell.declare.config.data_type import ANY, DagsterType, Nothing
from watchbell.declare.labels import check_metadata
from watchbell.declare.names import check_instance
from watchbell.ground.errors import DagsterInvalidDefinitionError, ParameterCheckError
from watchbell.ground.value import dataclass
from watchbell.record.data_version import DataVersion
from watchbell.record.keys import AssetKey, CoercibleToAssetKey
from watchbell.record.metadata import MetadataValue, RawMetadataMapping, normalize_metadata
from watchbell.record.request import check_tags

__all__ = ["DEFAULT_IO_MANAGER_KEY", "DEFAULT_OUTPUT", "NO_VALUE", "In", "NoValue", "Nothing", "Out", "Output"]

DEFAULT_OUTPUT = "result"
DEFAULT_IO_MANAGER_KEY = "io_manager"
T = TypeVar("T")
D = TypeVar("D", bound="In | Out")
AssetPartitionsOfInput = set[str] | Callable[[Any], set[str]]


class NoValue:
    """The class of :data:`NO_VALUE`, which stands for "nothing was given" where None is a value."""

    def __repr__(self) -> str:
        return "<no value>"

    def __reduce__(self) -> str:
        return "NO_VALUE"  # pickled by name: it stays one object


NO_VALUE: Any = NoValue()


@dataclass(frozen=True, init=False)
class In:
    """An input of an op.

    Args:
        dagster_type: a Python type, a DagsterType or ``Nothing``; left out: the parameter's annotation.
        description: free text.
        default_value: value if nothing is connected and nothing configured.
        metadata: labelled facts.
        asset_key: the asset whose stored value the input is.
        asset_partitions: keys of its partitions, or a function that is given the input's context and answers them;
            kept with the input, without effect on what is loaded.
        input_manager_key: the resource that loads the input instead of the upstream's IO manager.

    Example:
        >>> @op(ins={"rows": In(int, default_value=3)})
        ... def half(rows):
        ...     return rows / 2
    """

    dagster_type: DagsterType
    description: str | None
    default_value: Any
    metadata: Mapping[str, Any]
    asset_key: AssetKey | None
    asset_partitions: AssetPartitionsOfInput | None
    input_manager_key: str | None
    is_typed: bool = field(compare=False)

    def __init__(
        self,
        dagster_type: Any = NO_VALUE,
        description: str | None = None,
        default_value: Any = NO_VALUE,
        metadata: RawMetadataMapping | None = None,
        asset_key: CoercibleToAssetKey | None = None,
        asset_partitions: AssetPartitionsOfInput | None = None,
        input_manager_key: str | None = None,
    ) -> None:
        if asset_partitions is not None and not isinstance(asset_partitions, set) and not callable(asset_partitions):
            raise ParameterCheckError(
                f"asset_partitions of In is a set of partition keys, or a function that answers one, not "
                f"{asset_partitions!r}",
                parameter="asset_partitions",
                value=asset_partitions,
            )
        put = object.__setattr__
        put(self, "dagster_type", ANY if dagster_type is NO_VALUE else _type(dagster_type, "In"))
        put(self, "description", description)
        put(self, "default_value", default_value)
        put(self, "metadata", check_metadata(metadata, "In"))
        put(self, "asset_key", None if asset_key is None else AssetKey.from_coercible(asset_key))
        put(self, "asset_partitions", asset_partitions)
        put(self, "input_manager_key", input_manager_key)
        put(self, "is_typed", dagster_type is not NO_VALUE)

    @property
    def has_default_value(self) -> bool:
        """Whether the input may be left unconnected."""
        return self.default_value is not NO_VALUE

    @property
    def is_nothing(self) -> bool:
        """Whether it only says that something is done."""
        return self.dagster_type.is_nothing

    def completed(self, annotation: Any, default_value: Any) -> In:
        """The input with its type and default taken from the parameter where it has none of its own."""
        typed = self.is_typed or annotation is NO_VALUE
        defaulted = self.has_default_value or default_value is NO_VALUE
        if typed and defaulted:
            return self
        changes: dict[str, Any] = {}
        if not typed:
            changes |= {"dagster_type": _type(annotation, "In"), "is_typed": True}
        if not defaulted:
            changes["default_value"] = default_value
        return _changed(self, changes)


@dataclass(frozen=True, init=False)
class Out:
    """An output of an op.

    Args:
        dagster_type: a Python type, a DagsterType or ``Nothing``; left out: the function's annotation.
        description: free text.
        is_required: False: the op may leave the output out, and what depends on it is skipped.
        io_manager_key: the resource that stores the value.
        metadata: labelled facts, shown to the IO manager as ``definition_metadata``.
        code_version: version of the code that makes it.

    Example:
        >>> @op(out={"rows": Out(int), "report": Out(str, is_required=False)})
        ... def load():
        ...     yield Output(3, "rows")
    """

    dagster_type: DagsterType
    description: str | None
    is_required: bool
    io_manager_key: str
    metadata: Mapping[str, Any]
    code_version: str | None
    is_typed: bool = field(compare=False)

    def __init__(
        self,
        dagster_type: Any = NO_VALUE,
        description: str | None = None,
        is_required: bool = True,
        io_manager_key: str | None = None,
        metadata: RawMetadataMapping | None = None,
        code_version: str | None = None,
    ) -> None:
        put = object.__setattr__
        put(self, "dagster_type", ANY if dagster_type is NO_VALUE else _type(dagster_type, "Out"))
        put(self, "description", description)
        put(self, "is_required", check_instance(is_required, bool, "is_required of an Out"))
        key = DEFAULT_IO_MANAGER_KEY if io_manager_key is None else io_manager_key
        put(self, "io_manager_key", check_instance(key, str, "io_manager_key of an Out"))
        put(self, "metadata", check_metadata(metadata, "Out"))
        put(self, "code_version", code_version)
        put(self, "is_typed", dagster_type is not NO_VALUE)

    @property
    def is_dynamic(self) -> bool:
        """Whether the op gives any number of values by mapping key."""
        return False

    @property
    def is_nothing(self) -> bool:
        """Whether it only says that something is done."""
        return self.dagster_type.is_nothing

    def completed(self, annotation: Any) -> Out:
        """The output with its type taken from the annotation where it has none of its own."""
        if self.is_typed or annotation is NO_VALUE:
            return self
        return _changed(self, {"dagster_type": type_of_annotation(annotation), "is_typed": True})


class Output(Generic[T]):
    """The value of an output, with what is to be said about it.

    Args:
        value: the value.
        output_name: which output; ``"result"`` is the name of an only one.
        metadata: labelled facts about this value.
        data_version: the version of the value; a tag of the asset's materialization.
        tags: labels, text to text; they go to the asset's materialization.

    Raises:
        DagsterInvalidMetadata: a metadata value of no known kind.
        ParameterCheckError: a tag is no storable text, or the data version no DataVersion.

    Example:
        >>> Output(3, metadata={"rows": 3}).metadata["rows"].value
        3
    """

    __slots__ = ("data_version", "metadata", "output_name", "tags", "value")

    def __init__(
        self,
        value: T,
        output_name: str | None = DEFAULT_OUTPUT,
        metadata: RawMetadataMapping | None = None,
        data_version: DataVersion | None = None,
        *,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        self.value = value
        self.output_name = check_instance(
            DEFAULT_OUTPUT if output_name is None else output_name, str, "output_name of an Output"
        )
        self.metadata: Mapping[str, MetadataValue] = normalize_metadata(metadata)
        if data_version is not None:
            check_instance(data_version, DataVersion, "data_version of an Output", "write DataVersion(...)")
        self.data_version = data_version
        self.tags = check_tags(tags)

    def with_metadata(self, metadata: RawMetadataMapping | None) -> Output[T]:
        """The same output with this metadata instead of its own."""
        return Output(self.value, self.output_name, metadata, self.data_version, tags=self.tags)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Output):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Output({self.value!r}, {self.output_name!r}, metadata={dict(self.metadata)!r})"


def _changed(whole: D, changes: Mapping[str, Any]) -> D:
    """A copy of an In or Out, of its own class, with some facts changed."""
    made = object.__new__(type(whole))
    for name in whole.__dataclass_fields__:
        object.__setattr__(made, name, changes[name] if name in changes else getattr(whole, name))
    return made


def _type(given: Any, what: str) -> DagsterType:
    if given is None:
        raise DagsterInvalidDefinitionError(
            f"dagster_type of {what} is None; leave it out for any type, or pass Nothing for no value"
        )
    return type_of_annotation(given)
