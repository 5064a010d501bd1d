"""What a selection asks of the assets and checks of a location, and a choice of checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Protocol

from watchbell.ground.errors import DagsterInvalidSubsetError
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.keys import AssetKey

Keys = frozenset[AssetKey]
CheckKeys = frozenset[AssetCheckKey]


class Labelled(Protocol):
    """What a selection asks of what is said of one asset."""

    @property
    def tags(self) -> Mapping[str, str]:
        """Its labels."""

    @property
    def kinds(self) -> AbstractSet[str]:
        """What it is made with or stored in."""

    @property
    def owners(self) -> Sequence[str]:
        """Who answers for it."""


class AssetView(Protocol):
    """What a selection asks of the assets."""

    @property
    def materializable_keys(self) -> Keys:
        """Assets that something here makes."""

    @property
    def external_keys(self) -> Keys:
        """Assets that are only declared or depended on."""

    @property
    def all_keys(self) -> Keys:
        """Both of these."""

    @property
    def keys_by_group(self) -> Mapping[str, Sequence[AssetKey]]:
        """All assets of each group."""

    def made_together(self, key: AssetKey) -> Keys:
        """The assets that are always made together with an asset, itself included."""

    @property
    def check_keys(self) -> CheckKeys:
        """All checks."""

    def spec(self, key: AssetKey) -> Labelled:
        """What is said of an asset."""

    def upstream_of(self, key: AssetKey) -> Sequence[AssetKey]:
        """Assets it is made from."""

    def downstream_of(self, key: AssetKey) -> Sequence[AssetKey]:
        """Assets that are made from it."""


class ChecksOfSelection(Protocol):
    """A selection, asked for its checks only."""

    def checks_in(self, view: AssetView, allow_missing: bool = False) -> CheckKeys:
        """The checks it means.

        Raises:
            DagsterInvalidSubsetError: a check is named that is not there.
        """


@dataclass(frozen=True)
class Checks:
    """Some checks: of these keys, or of these assets; with neither all.

    Args:
        check_keys: the checks by key.
        child: their assets.
    """

    check_keys: tuple[AssetCheckKey, ...] | None
    child: ChecksOfSelection | None = None

    def keys_in(self, view: AssetView, allow_missing: bool) -> CheckKeys:
        """The checks among those there are; raises as :meth:`ChecksOfSelection.checks_in`."""
        if self.child is not None:
            return self.child.checks_in(view, allow_missing)
        if self.check_keys is None:
            return view.check_keys
        missing = [key for key in self.check_keys if key not in view.check_keys]
        if missing and not allow_missing:
            name = missing[0].to_user_string()
            near = did_you_mean(name, (key.to_user_string() for key in view.check_keys))
            raise DagsterInvalidSubsetError(f"no check {name!r} is defined here{near}", check=missing[0])
        return frozenset(self.check_keys) & view.check_keys
