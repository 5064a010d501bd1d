"""The key of an asset check."""

from __future__ import annotations

import json

from watchbell.ground.errors import ParameterCheckError
from watchbell.ground.value import dataclass
from watchbell.ground.wire import wired
from watchbell.record.keys import AssetKey, CoercibleToAssetKey, CoercibleToAssetKeyPrefix


@wired("asset_check_key")
@dataclass(frozen=True)
class AssetCheckKey:
    """Which check: the asset it looks at, and its name.

    Args:
        asset_key: the asset; text and lists of text are read as keys.
        name: the check's name, one of its kind for the asset.

    Raises:
        ParameterCheckError: the key is none, or the name no text.

    Example:
        >>> AssetCheckKey("orders", "no_nulls").to_user_string()
        'orders:no_nulls'
    """

    asset_key: AssetKey
    name: str

    def __init__(self, asset_key: CoercibleToAssetKey, name: str) -> None:
        if not isinstance(name, str) or not name:
            raise ParameterCheckError(f"the name of a check is text, not {name!r}", parameter="name", value=name)
        object.__setattr__(self, "asset_key", AssetKey.from_coercible(asset_key))
        object.__setattr__(self, "name", name)

    def __lt__(self, other: AssetCheckKey) -> bool:
        return (self.asset_key, self.name) < (other.asset_key, other.name)

    @staticmethod
    def from_user_string(text: str) -> AssetCheckKey:
        """The inverse of :meth:`to_user_string`.

        Raises:
            ParameterCheckError: there is no colon in the text.
        """
        asset, colon, name = text.partition(":")
        if not colon:
            raise ParameterCheckError(
                f"{text!r} names no check; write the asset's key, a colon and the check's name: 'orders:no_nulls'",
                parameter="text",
                value=text,
            )
        return AssetCheckKey(AssetKey.from_user_string(asset), name)

    @staticmethod
    def from_db_string(text: str) -> AssetCheckKey | None:
        """The inverse of :meth:`to_db_string`; None for text that is none of it."""
        try:
            parts = json.loads(text)
            key = AssetKey.from_db_string(parts["asset_key"])
            return None if key is None else AssetCheckKey(key, parts["check_name"])
        except (ValueError, TypeError, KeyError):
            return None

    def to_user_string(self) -> str:
        """The asset's key, a colon, the name."""
        return f"{self.asset_key.to_user_string()}:{self.name}"

    def to_db_string(self) -> str:
        """The key as JSON."""
        return json.dumps({"asset_key": self.asset_key.to_string(), "check_name": self.name})

    def with_asset_key_prefix(self, prefix: CoercibleToAssetKeyPrefix) -> AssetCheckKey:
        """The check of the same name on the asset whose key has parts put in front."""
        return AssetCheckKey(self.asset_key.with_prefix(prefix), self.name)

    def replace_asset_key(self, asset_key: AssetKey) -> AssetCheckKey:
        """The check of the same name on another asset."""
        return AssetCheckKey(asset_key, self.name)
