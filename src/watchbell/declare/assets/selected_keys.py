"""The keys of what selections are made of: definitions of assets and checks, keys and text."""

from __future__ import annotations

from collections.abc import Iterable

from watchbell.declare.assets.asset_spec import asset_key_of
from watchbell.ground.errors import ParameterCheckError
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.keys import AssetKey


def check_keys_of(value: object) -> Iterable[AssetCheckKey]:
    """The keys of the checks that are meant: of a definition of checks, or one itself.

    Raises:
        ParameterCheckError: it is neither.
    """
    if isinstance(value, AssetCheckKey):
        return (value,)
    keys = getattr(value, "check_keys", None)  # a definition of checks; not yet imported here
    if keys:
        return tuple(sorted(keys))
    raise ParameterCheckError(
        f"AssetSelection.checks takes checks (from @asset_check) and AssetCheckKeys, not {value!r}",
        parameter="assets_defs_or_keys",
        value=value,
    )


def keys_of(value: object) -> Iterable[AssetKey]:
    """The keys of the assets that are meant: of a definition, text (split at ``/``), a key or a list of text.

    Raises:
        ParameterCheckError: it names no asset.
    """
    if isinstance(value, str):
        return (AssetKey.from_user_string(value),)
    keys = getattr(value, "keys", None)  # an asset that has several; not yet imported here
    if keys is not None and not callable(keys):
        return tuple(keys)
    return (asset_key_of(value, "AssetSelection.assets"),)
