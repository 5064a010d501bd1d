"""What goes over the wire between an orchestrator and an external process: parameters, context, messages.

Version 0.1 of the Dagster Pipes protocol, so that either side may be another's. Parameters (where the context lies,
where messages go) are JSON, compressed and in base 64, in environment variables or command line arguments. Messages
are JSON objects with a method and its parameters, one a line.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from traceback import TracebackException
from typing import Any, Literal, TypedDict, get_args

PIPES_PROTOCOL_VERSION = "0.1"
PIPES_PROTOCOL_VERSION_FIELD = "__dagster_pipes_version"
PIPES_METADATA_TYPE_INFER = "__infer__"

DAGSTER_PIPES_CONTEXT_ENV_VAR = "DAGSTER_PIPES_CONTEXT"
DAGSTER_PIPES_MESSAGES_ENV_VAR = "DAGSTER_PIPES_MESSAGES"
DAGSTER_PIPES_CONTEXT_CLI_ARGUMENT = "--dagster-pipes-context"
DAGSTER_PIPES_MESSAGES_CLI_ARGUMENT = "--dagster-pipes-messages"

PipesExtras = Mapping[str, Any]
PipesParams = Mapping[str, Any]
PipesMetadataRawValue = int | float | str | Mapping[str, Any] | Sequence[Any] | bool | None
PipesMetadataType = Literal[
    "__infer__", "text", "url", "path", "notebook", "json", "md", "float", "int", "bool", "dagster_run", "asset",
    "null", "table", "table_schema", "table_column_lineage", "timestamp",
]  # fmt: skip
PipesAssetCheckSeverity = Literal["WARN", "ERROR"]

METADATA_TYPES = frozenset(get_args(PipesMetadataType))
_METADATA_KEYS = {"raw_value", "type"}


class DagsterPipesError(Exception):
    """Pipes were used in a way that cannot work; the message says which and why."""


class DagsterPipesWarning(Warning):
    """Something about Pipes that is probably not meant."""


class PipesMetadataValue(TypedDict):
    """A metadata value together with the kind it is to become."""

    type: PipesMetadataType
    raw_value: PipesMetadataRawValue


class PipesTimeWindow(TypedDict):
    """A partition's span of time, as ISO 8601 text."""

    start: str
    end: str


class PipesPartitionKeyRange(TypedDict):
    """The first and the last partition of a range."""

    start: str
    end: str


class PipesDataProvenance(TypedDict):
    """What an asset's latest data was made of."""

    code_version: str
    input_data_versions: Mapping[str, str]
    is_user_provided: bool


class PipesContextData(TypedDict):
    """What the orchestrator tells the external process."""

    asset_keys: Sequence[str] | None
    code_version_by_asset_key: Mapping[str, str | None] | None
    provenance_by_asset_key: Mapping[str, PipesDataProvenance | None] | None
    partition_key: str | None
    partition_key_range: PipesPartitionKeyRange | None
    partition_time_window: PipesTimeWindow | None
    run_id: str
    job_name: str | None
    retry_number: int
    extras: Mapping[str, Any]


class PipesException(TypedDict):
    """An exception of the external process, told to the orchestrator."""

    message: str
    stack: Sequence[str]
    name: str | None
    cause: PipesException | None
    context: PipesException | None


class PipesOpenedData(TypedDict):
    """What the external process says of itself when it opens Pipes."""

    extras: PipesExtras


PipesMessage = dict[str, Any]
"""One message: the protocol's version, ``method`` and ``params``."""


def make_message(method: str, params: Mapping[str, Any] | None = None) -> PipesMessage:
    """A message of this protocol's version."""
    return {PIPES_PROTOCOL_VERSION_FIELD: PIPES_PROTOCOL_VERSION, "method": method, "params": params}


def encode_param(value: Any) -> str:
    """``value`` (what JSON can write) as text that fits into an environment variable or argument."""
    return base64.b64encode(zlib.compress(json.dumps(value).encode())).decode()


def decode_param(value: str) -> Any:
    """The value that :func:`encode_param` was given.

    Raises:
        DagsterPipesError: the text is not one of its answers.
    """
    try:
        return json.loads(zlib.decompress(base64.b64decode(value)))
    except (ValueError, zlib.error) as error:
        raise DagsterPipesError(f"{value[:40]!r}… is no Pipes parameter: {error}") from error


encode_env_var = encode_param
decode_env_var = decode_param


def to_asset_key_path(asset_key: str) -> list[str]:
    """The parts of an asset key that was written with slashes; a slash inside a part is written ``\\/``."""
    parts, part, escaped = [], "", False
    for character in asset_key:
        if escaped:
            part += character if character == "/" else "\\" + character
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == "/":
            parts.append(part)
            part = ""
        else:
            part += character
    return [*parts, part + ("\\" if escaped else "")]


def exception_data(error: TracebackException) -> PipesException:
    """An exception as the orchestrator is told of it, its causes too."""
    shown = error.__context__ if error.__context__ is not None and not error.__suppress_context__ else None
    name = getattr(error, "exc_type_str", None) or getattr(error.exc_type, "__name__", None)  # 3.13 has no exc_type
    return {
        "message": "".join(error.format_exception_only()),
        "stack": error.stack.format(),
        "name": None if name is None else name.rpartition(".")[2],
        "cause": None if error.__cause__ is None else exception_data(error.__cause__),
        "context": None if shown is None else exception_data(shown),
    }


# ------------------------------------------------------------------------ checks of what the external process reports


def check_json(value: Any, name: str, method: str) -> Any:
    """``value`` if JSON can write it.

    Raises:
        DagsterPipesError: it cannot.
    """
    try:
        json.dumps(value)
    except (TypeError, ValueError) as error:
        raise DagsterPipesError(f"{method}: {name} is not something JSON can write: {error}") from error
    return value


def check_type(value: Any, kind: type | tuple[type, ...], name: str, method: str) -> Any:
    """``value`` if it is of this type.

    Raises:
        DagsterPipesError: it is of another.
    """
    if not isinstance(value, kind):
        kinds = kind if isinstance(kind, tuple) else (kind,)
        wanted = " or ".join("None" if each is type(None) else each.__name__ for each in kinds)
        raise DagsterPipesError(f"{method}: {name} is {value!r} ({type(value).__name__}); expected {wanted}")
    return value


def normalize_metadata(
    metadata: Mapping[str, PipesMetadataRawValue | PipesMetadataValue] | None, method: str
) -> dict[str, PipesMetadataValue] | None:
    """Metadata with every value in the form ``{"raw_value": ..., "type": ...}``.

    Raises:
        DagsterPipesError: a key is no text, a value is nothing JSON can write, or its type is unknown.
    """
    check_type(metadata, (Mapping, type(None)), "metadata", method)
    if metadata is None:
        return None
    found: dict[str, PipesMetadataValue] = {}
    for key, value in metadata.items():
        check_type(key, str, f"a key of metadata ({key!r})", method)
        check_json(value, f"metadata {key!r}", method)
        if not isinstance(value, Mapping):
            found[key] = {"raw_value": value, "type": "__infer__"}
            continue
        if value.keys() != _METADATA_KEYS:
            raise DagsterPipesError(
                f"{method}: metadata {key!r} is a dictionary without the two keys raw_value and type; for JSON write "
                f"{{'raw_value': ..., 'type': 'json'}}"
            )
        if value["type"] not in METADATA_TYPES:
            known = ", ".join(sorted(METADATA_TYPES))
            raise DagsterPipesError(
                f"{method}: metadata {key!r} has the type {value['type']!r}; expected one of {known}"
            )
        found[key] = {"raw_value": value["raw_value"], "type": value["type"]}
    return found
