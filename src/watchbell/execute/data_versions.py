"""What contexts say of data versions: where an asset came from, and which version a step makes."""

from __future__ import annotations

from watchbell.execute.step_scope import StepScope
from watchbell.ground.errors import DagsterInvariantViolationError, ParameterCheckError
from watchbell.ground.suggest import did_you_mean
from watchbell.record.data_version import DataVersion
from watchbell.record.keys import AssetKey, CoercibleToAssetKey
from watchbell.record.provenance import DataProvenance, extract_data_provenance_from_entry


class DataVersionMembers:
    """The members of a step's context that speak of data versions."""

    _scope: StepScope

    def get_asset_provenance(self, asset_key: CoercibleToAssetKey) -> DataProvenance | None:
        """From which code and data an asset was made when it was made last; None if it never was, or nobody says."""
        made = self._scope.open_instance().get_latest_materialization_event(asset_key)
        return None if made is None else extract_data_provenance_from_entry(made)

    def set_data_version(self, asset_key: CoercibleToAssetKey, data_version: DataVersion) -> None:
        """Says the version of an asset that this step is making, instead of one that is computed.

        Args:
            asset_key: the asset.
            data_version: its version.

        Raises:
            ParameterCheckError: ``data_version`` is no DataVersion.
            DagsterInvariantViolationError: the step does not make that asset, or made it already.
        """
        if not isinstance(data_version, DataVersion):
            raise ParameterCheckError(
                f"set_data_version takes a DataVersion, not {data_version!r}; write DataVersion(...)",
                parameter="data_version",
                value=data_version,
            )
        key, scope = AssetKey.from_coercible(asset_key), self._scope
        name = key.to_user_string()
        output = next((each for each, made in scope.asset_keys_by_output.items() if made == key), None)
        if output is None:
            near = did_you_mean(name, (each.to_user_string() for each in scope.asset_keys_by_output.values()))
            raise DagsterInvariantViolationError(f'step "{scope.step_key}" does not make the asset {name!r}{near}')
        if output in scope.yielded:
            raise DagsterInvariantViolationError(f"the asset {name!r} was given already; say its version before that")
        scope.data_versions = {**(scope.data_versions or {}), key: data_version}
