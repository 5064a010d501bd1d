"""Asset keys: the names of what pipelines make."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from watchbell.ground.errors import DagsterInvalidAssetKey, ParameterCheckError
from watchbell.ground.wire import wired

PART_LENGTH_MAX = 1_000  # characters in one part of a key
_REFUSED = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


@wired("asset_key")
@dataclass(frozen=True, init=False, repr=False, order=True)
class AssetKey:
    """The name of an asset: one or more parts.

    Args:
        path: the parts, or one part as text. Each is non-empty text of at most 1,000 characters
            without control characters.

    Raises:
        ParameterCheckError: ``path`` is neither text nor a sequence of text.
        DagsterInvalidAssetKey: a part is empty, too long or holds control characters.

    Example:
        >>> AssetKey(["raw", "users"]).to_user_string()
        'raw/users'
    """

    path: list[str]

    def __init__(self, path: str | Sequence[str]) -> None:
        parts = [path] if isinstance(path, str) else list(_texts(path))
        if not parts:
            raise DagsterInvalidAssetKey("an asset key needs at least one part, for example AssetKey('orders')")
        for part in parts:
            if not part or len(part) > PART_LENGTH_MAX or _REFUSED.search(part):
                raise DagsterInvalidAssetKey(
                    f"{part[:80]!r} is no part of an asset key: expected 1 to {PART_LENGTH_MAX:,} characters, "
                    "no control characters"
                )
        object.__setattr__(self, "path", parts)
        object.__setattr__(self, "_hash", hash(tuple(parts)))

    def __hash__(self) -> int:
        return self._hash  # type: ignore[attr-defined, no-any-return]

    def __str__(self) -> str:
        return f"AssetKey({self.path})"

    __repr__ = __str__

    @property
    def parts(self) -> Sequence[str]:
        """The parts of the key, outermost first."""
        return self.path

    def to_string(self) -> str:
        """The key as a JSON list: the form in which it is stored."""
        return _as_json(self.path)

    def to_user_string(self) -> str:
        """The parts joined by ``/``."""
        return "/".join(self.path)

    def to_escaped_user_string(self) -> str:
        """Like :meth:`to_user_string`, with a backslash before each ``/`` inside a part."""
        return "/".join(part.replace("/", "\\/") for part in self.path)

    def to_python_identifier(self, suffix: str | None = None) -> str:
        """The key as a Python name: parts joined by ``__``."""
        base = re.sub(r"\W", "_", "__".join(self.path))
        return base if suffix is None else f"{base}__{suffix}"

    def with_prefix(self, prefix: str | Sequence[str]) -> AssetKey:
        """This key with parts put in front."""
        front = [prefix] if isinstance(prefix, str) else list(prefix)
        return AssetKey([*front, *self.path])

    def has_prefix(self, prefix: Sequence[str]) -> bool:
        """Whether the key begins with these parts."""
        return self.path[: len(prefix)] == list(prefix)

    @staticmethod
    def from_user_string(text: str) -> AssetKey:
        """The key that reads ``text``, split at ``/``."""
        return AssetKey(text.split("/"))

    @staticmethod
    def from_escaped_user_string(text: str) -> AssetKey:
        """The inverse of :meth:`to_escaped_user_string`."""
        return AssetKey([part.replace("\\/", "/") for part in re.split(r"(?<!\\)/", text)])

    @staticmethod
    def from_db_string(text: str | None) -> AssetKey | None:
        """The inverse of :meth:`to_string`; None for None."""
        return None if text is None else AssetKey(json.loads(text))

    @staticmethod
    def from_coercible(value: CoercibleToAssetKey) -> AssetKey:
        """A key from a key, text or a sequence of text.

        Raises:
            ParameterCheckError: it is none of these.
        """
        if isinstance(value, AssetKey):
            return value
        if isinstance(value, str):
            return AssetKey(value)
        if isinstance(value, Sequence):
            return AssetKey(list(value))
        raise ParameterCheckError(
            f"{value!r} cannot be read as an asset key; expected an AssetKey, text, or a list of text",
            parameter="asset_key",
            value=value,
        )


_as_json = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode

CoercibleToAssetKey = AssetKey | str | Sequence[str]
CoercibleToAssetKeyPrefix = str | Sequence[str]


def _texts(path: Iterable[object]) -> Iterable[str]:
    if not isinstance(path, Sequence):
        raise ParameterCheckError(
            f"an asset key is made of text or a list of text, not {path!r}", parameter="path", value=path
        )
    for part in path:
        if not isinstance(part, str):
            raise ParameterCheckError(
                f"each part of an asset key is text; {part!r} in {path!r} is not", parameter="path", value=path
            )
        yield part
