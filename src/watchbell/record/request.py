"""What schedules and sensors answer: run requests, reasons to skip, and both with a cursor."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from watchbell.ground.errors import (
    CheckError,
    DagsterInvalidDefinitionError,
    ParameterCheckError,
)
from watchbell.ground.value import dataclass
from watchbell.ground.wire import wired
from watchbell.record.asset_check_key import AssetCheckKey
from watchbell.record.keys import AssetKey
from watchbell.record.partition import PARTITION_TAG, RANGE_END_TAG, RANGE_START_TAG, PartitionKeyRange

TEXT_BYTES_MAX = 1_000  # run keys, tag keys and names: what an index holds without trouble
TAG_VALUE_BYTES_MAX = 100_000
CURSOR_BYTES_MAX = 1_000_000
RUN_REQUESTS_MAX = 50_000  # of one tick
PARTITION_KEYS_MAX = 100_000  # of one request to add or delete dynamic partitions: they are stored with its tick
UTF8_BYTES_MAX = 4  # of one character
CONTROL_CHARACTERS = r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]"
"""What no key of a partition holds: it would break lists, tags and terminals."""
_REFUSED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_CONTROL = re.compile(CONTROL_CHARACTERS)


def check_text(value: object, what: str, bytes_max: int = TEXT_BYTES_MAX) -> str:
    """``value`` itself, if it is text that can be stored.

    Args:
        value: what was given.
        what: its name, for the message, e.g. ``"run_key"``.
        bytes_max: longest text in UTF-8 bytes.

    Raises:
        ParameterCheckError: no text, too long, or with control characters or lone surrogates.
    """
    if not isinstance(value, str):
        raise ParameterCheckError(
            f"{what} is text, not {value!r} ({type(value).__name__})", parameter=what, value=value
        )
    refused = _REFUSED.search(value)
    if refused:
        raise ParameterCheckError(
            f"{what} holds the character {refused.group()!r} at position {refused.start()}; "
            "control characters and lone surrogates cannot be stored",
            parameter=what,
        )
    if len(value) > bytes_max or len(value.encode()) > bytes_max:
        raise ParameterCheckError(
            f"{what} is {len(value.encode()):,} bytes long; at most {bytes_max:,} are accepted", parameter=what
        )
    return value


def written_tags(tags: Mapping[str, Any] | None, what: str = "tags") -> dict[str, str]:
    """Tags as they are stored: text to text, other values written as JSON.

    Raises:
        ParameterCheckError: no mapping, or text that cannot be stored; names the tag at fault.
        DagsterInvalidDefinitionError: a value is neither text nor JSON.
    """
    if not isinstance(tags, Mapping) or all(isinstance(value, str) for value in tags.values()):
        return check_tags(tags, what)
    return check_tags({key: _tag_text(value, _tag_named(key, what)) for key, value in tags.items()}, what)


def _tag_named(key: object, what: str) -> str:
    return f"tag {key!r}{what.removeprefix('tags')}"


def _tag_text(value: object, what: str) -> str:
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value)
    except (TypeError, ValueError) as error:
        raise DagsterInvalidDefinitionError(f"{what} is {value!r}, which is neither text nor JSON: {error}") from error


def check_tags(tags: Mapping[str, Any] | None, what: str = "tags") -> dict[str, str]:
    """Tags that can be stored: text to text.

    Raises:
        ParameterCheckError: names the tag at fault.
    """
    if tags is None:
        return {}
    if not isinstance(tags, Mapping):
        raise ParameterCheckError(f"{what} is a mapping of text to text, not {tags!r}", parameter=what, value=tags)
    if all(
        _is_storable(key, TEXT_BYTES_MAX) and _is_storable(value, TAG_VALUE_BYTES_MAX) for key, value in tags.items()
    ):
        return dict(tags)
    return {  # one of them is long, or refused in words
        check_text(key, f"a key of {what}"): check_text(value, _tag_named(key, what), TAG_VALUE_BYTES_MAX)
        for key, value in tags.items()
    }


def _is_storable(value: object, bytes_max: int) -> bool:
    """Whether text is certainly accepted by :func:`check_text`; long text may be accepted all the same."""
    return isinstance(value, str) and len(value) * UTF8_BYTES_MAX <= bytes_max and _REFUSED.search(value) is None


def _plain_config(config: Any) -> Mapping[str, Any]:
    if config is None or isinstance(config, Mapping):
        return config or {}
    to_config_dict = getattr(config, "to_config_dict", None)  # a RunConfig, which lies on a floor above
    if to_config_dict is None:
        raise ParameterCheckError(
            f"run_config is a mapping or a RunConfig, not {config!r}", parameter="run_config", value=config
        )
    plain: Mapping[str, Any] = to_config_dict()
    return plain


def _listed(keys: Any, what: str) -> Iterable[Any]:
    if isinstance(keys, str | bytes | AssetKey | AssetCheckKey | Mapping) or not isinstance(keys, Iterable):
        raise ParameterCheckError(f"{what} is a list of keys, not {keys!r}; write [...]", parameter=what, value=keys)
    return keys


def _check_key(key: object) -> AssetCheckKey:
    if isinstance(key, AssetCheckKey):
        return key
    raise ParameterCheckError(
        f"asset_check_keys holds {key!r}, which is no AssetCheckKey; write AssetCheckKey(AssetKey('orders'), 'name')",
        parameter="asset_check_keys",
        value=key,
    )


@wired("run_request")
@dataclass(frozen=True)
class RunRequest:
    """A request for one run.

    Args:
        run_key: text that makes the request unique: a schedule or sensor that asks for the same key
            again gets no second run. None: every request is a new run.
        run_config: config of the run; a mapping, or a ``RunConfig``.
        tags: tags of the run; values that are no text are written as JSON.
        job_name: which job; needed where the schedule or sensor has several or none.
        asset_selection: which assets of the job; None for all.
        stale_assets_only: make only those of them that are out of date.
        partition_key: the partition to run for.
        asset_check_keys: which asset checks of the job; None: those of the assets.

    Raises:
        ParameterCheckError: a key or tag is no storable text (at most 1,000 bytes, no control characters), or another
            argument has the wrong type.
        DagsterInvalidDefinitionError: a tag is neither text nor JSON.

    Example:
        >>> RunRequest(run_key="2024-01-01", tags={"kind": "daily"}).run_key
        '2024-01-01'
    """

    run_key: str | None = None
    run_config: Mapping[str, Any] | Any = field(default_factory=dict)  # Any: a RunConfig, which becomes a mapping
    tags: Mapping[str, Any] = field(default_factory=dict)
    job_name: str | None = None
    asset_selection: Sequence[AssetKey] | None = None
    stale_assets_only: bool = False
    partition_key: str | None = None
    asset_check_keys: Sequence[AssetCheckKey] | None = None

    def __post_init__(self) -> None:
        if self.run_key is not None:
            check_text(self.run_key, "run_key")
        if self.partition_key is not None:
            check_text(self.partition_key, "partition_key")
        if self.job_name is not None and not isinstance(self.job_name, str):
            raise ParameterCheckError(f"job_name is text, not {self.job_name!r}", parameter="job_name")
        if self.stale_assets_only is not True and self.stale_assets_only is not False:
            raise ParameterCheckError(
                f"stale_assets_only is True or False, not {self.stale_assets_only!r}", parameter="stale_assets_only"
            )
        object.__setattr__(self, "tags", written_tags(self.tags))
        object.__setattr__(self, "run_config", _plain_config(self.run_config))
        if self.asset_selection is not None:
            keys = [AssetKey.from_coercible(key) for key in _listed(self.asset_selection, "asset_selection")]
            object.__setattr__(self, "asset_selection", keys)
        if self.asset_check_keys is not None:
            checks = [_check_key(key) for key in _listed(self.asset_check_keys, "asset_check_keys")]
            object.__setattr__(self, "asset_check_keys", checks)

    def has_resolved_partition(self) -> bool:
        """Whether it says all of its partition, or has none."""
        return self.partition_key is None or PARTITION_TAG in self.tags

    @property
    def partition_key_range(self) -> PartitionKeyRange | None:
        """The partitions that its tags say; None: they say no range."""
        start, end = self.tags.get(RANGE_START_TAG), self.tags.get(RANGE_END_TAG)
        return None if start is None or end is None else PartitionKeyRange(start, end)

    def with_resolved_tags_and_config(
        self,
        target_definition: Any,
        dynamic_partitions_requests: Sequence[DynamicPartitionsRequest],
        dynamic_partitions_store: Any,
    ) -> RunRequest:
        """The same request with the run config and tags of its partition.

        Args:
            target_definition: the job.
            dynamic_partitions_requests: what changes before the run begins.
            dynamic_partitions_store: an instance, for dynamic partitions.

        Raises:
            CheckError: it has no partition, or the job has none.
            DagsterUnknownPartitionError: there is no such partition.
        """
        if self.partition_key is None:
            raise CheckError("a RunRequest without a partition_key has no run config and tags to be made for it")
        resolved: RunRequest = target_definition.resolved_for(
            self, dynamic_partitions_requests, dynamic_partitions_store
        )
        return resolved

    def with_replaced_attrs(self, **changes: Any) -> RunRequest:
        """The same request with some fields changed."""
        return replace(self, **changes)

    def with_known(self, **changes: Any) -> RunRequest:
        """:meth:`with_replaced_attrs` for fields that were checked before, which are not checked again."""
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__)
        made.__dict__.update(changes)
        return made


@wired("skip_reason")
@dataclass(frozen=True)
class SkipReason:
    """Why a tick asks for no run.

    Args:
        skip_message: text shown for the tick.

    Example:
        >>> SkipReason("no new files").skip_message
        'no new files'
    """

    skip_message: str | None = None

    def __post_init__(self) -> None:
        if self.skip_message is not None and not isinstance(self.skip_message, str):
            raise ParameterCheckError(
                f"skip_message is text, not {self.skip_message!r}", parameter="skip_message", value=self.skip_message
            )


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
        ParameterCheckError: no sequence of texts, or a key that is too long or has control characters, also those that
            end lines.
    """
    if isinstance(keys, str) or not isinstance(keys, Sequence | set | frozenset):
        raise ParameterCheckError(
            f"partition_keys is a list of texts, not {keys!r}", parameter="partition_keys", value=keys
        )
    found = [check_text(key, "a partition key") for key in keys]
    for key in found:
        if _CONTROL.search(key):
            raise ParameterCheckError(
                f"a partition key holds a control character, which would break lists and tags: {key[:100]!r}",
                parameter="partition_keys",
                value=key,
            )
    return found


def _requested_keys(keys: object) -> list[str]:
    found = check_partition_keys(keys)
    if len(found) > PARTITION_KEYS_MAX:
        raise ParameterCheckError(
            f"{len(found):,} partition keys in one request; at most {PARTITION_KEYS_MAX:,} are accepted: ask for the "
            "first of them with a cursor, and for the rest at the next tick",
            parameter="partition_keys",
        )
    return found


@wired("dynamic.add")
@dataclass(frozen=True)
class AddDynamicPartitionsRequest:
    """A sensor's wish to add keys to dynamic partitions; fulfilled with the tick.

    Args:
        partitions_def_name: the name of the partitions definition.
        partition_keys: the keys; those there already stay as they are.

    Raises:
        ParameterCheckError: a name or key that cannot be stored, or more than 100,000 keys.

    Example:
        >>> AddDynamicPartitionsRequest("customers", ["acme"]).partition_keys
        ['acme']
    """

    partitions_def_name: str
    partition_keys: Sequence[str]

    def __post_init__(self) -> None:
        check_partitions_name(self.partitions_def_name)
        object.__setattr__(self, "partition_keys", _requested_keys(self.partition_keys))


@wired("dynamic.delete")
@dataclass(frozen=True)
class DeleteDynamicPartitionsRequest:
    """A sensor's wish to delete keys of dynamic partitions; fulfilled with the tick.

    Args:
        partitions_def_name: the name of the partitions definition.
        partition_keys: the keys; those not there are left out.

    Raises:
        ParameterCheckError: a name or key that cannot be stored, or more than 100,000 keys.

    Example:
        >>> DeleteDynamicPartitionsRequest("customers", ["acme"]).partitions_def_name
        'customers'
    """

    partitions_def_name: str
    partition_keys: Sequence[str]

    def __post_init__(self) -> None:
        check_partitions_name(self.partitions_def_name)
        object.__setattr__(self, "partition_keys", _requested_keys(self.partition_keys))


DynamicPartitionsRequest = AddDynamicPartitionsRequest | DeleteDynamicPartitionsRequest


def _items(given: Any, what: str) -> Iterable[Any]:
    if given is None or (isinstance(given, Sequence) and not isinstance(given, str | bytes)):
        return given or ()
    raise ParameterCheckError(f"{what} of a SensorResult is a list, not {given!r}", parameter=what, value=given)


class SensorResult:
    """All that a sensor's evaluation answers.

    Args:
        run_requests: runs to request.
        skip_reason: why there are none; text or a SkipReason.
        cursor: the sensor's new cursor; None leaves it as it is.
        dynamic_partitions_requests: keys to add to dynamic partitions, or to delete, with the tick; done in order,
            before its runs are stored.
        asset_events: asset events to store with the tick.

    Raises:
        CheckError: run requests and a skip reason together.
        ParameterCheckError: an argument has the wrong type, or the cursor cannot be stored.

    Example:
        >>> SensorResult([RunRequest("a")], cursor="1").cursor
        '1'
    """

    def __init__(
        self,
        run_requests: Sequence[RunRequest] | None = None,
        skip_reason: str | SkipReason | None = None,
        cursor: str | None = None,
        dynamic_partitions_requests: Sequence[DynamicPartitionsRequest] | None = None,
        asset_events: Sequence[Any] | None = None,
    ) -> None:
        for request in _items(run_requests, "run_requests"):
            if not isinstance(request, RunRequest):
                raise ParameterCheckError(
                    f"run_requests holds {request!r}, which is no RunRequest", parameter="run_requests", value=request
                )
        for wish in _items(dynamic_partitions_requests, "dynamic_partitions_requests"):
            if not isinstance(wish, AddDynamicPartitionsRequest | DeleteDynamicPartitionsRequest):
                raise ParameterCheckError(
                    f"dynamic_partitions_requests holds {wish!r}; give AddDynamicPartitionsRequest and "
                    "DeleteDynamicPartitionsRequest, as a DynamicPartitionsDefinition's build_add_request makes them",
                    parameter="dynamic_partitions_requests",
                    value=wish,
                )
        if skip_reason is not None and not isinstance(skip_reason, str | SkipReason):
            raise ParameterCheckError(
                f"skip_reason is text or a SkipReason, not {skip_reason!r}", parameter="skip_reason", value=skip_reason
            )
        if run_requests and skip_reason:
            raise CheckError("a SensorResult has either run_requests or a skip_reason; leave one out")
        if cursor is not None:
            check_text(cursor, "cursor", CURSOR_BYTES_MAX)
        self.run_requests = list(run_requests or ())
        self.skip_reason = SkipReason(skip_reason) if isinstance(skip_reason, str) else skip_reason
        self.cursor = cursor
        self.dynamic_partitions_requests = list(dynamic_partitions_requests or ())
        self.asset_events = list(_items(asset_events, "asset_events"))

    def __eq__(self, other: object) -> bool:
        return vars(self) == vars(other) if isinstance(other, SensorResult) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # it holds lists

    def __repr__(self) -> str:
        return f"SensorResult(run_requests={self.run_requests}, skip_reason={self.skip_reason}, cursor={self.cursor!r})"
