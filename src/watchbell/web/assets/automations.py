"""What makes assets by itself: schedules of the jobs that contain them, and their conditions; and when next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from watchbell.automate.catalog.assets import Catalog, CatalogAsset
from watchbell.automate.due import is_on, jitter_offset, next_tick_at
from watchbell.ground.cron import Cron
from watchbell.record.keys import AssetKey
from watchbell.record.snapshot import LocationSnapshot, SensorSnapshot
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState
from watchbell.web.shapes.assets import AutomationRef
from watchbell.web.view import View

CONDITION_SENSOR = "AUTOMATION"


class AssetAutomations:
    """What makes assets by itself; read once for a page.

    Args:
        view: what is shown.
        catalog: all assets.
    """

    def __init__(self, view: View, catalog: Catalog) -> None:
        self._catalog, self._now = catalog, view.now()
        self._states = {state.key: state for state in view.store.automation_states()}
        self._by_asset: dict[AssetKey, list[AutomationRef]] = {}
        self._sensors = {each.name: _condition_sensors(each) for each in catalog.locations}
        self._crons: dict[tuple[str, str], datetime] = {}
        for location in catalog.locations:
            self._add_schedules(location)

    def of(self, key: AssetKey) -> list[AutomationRef]:
        """What makes an asset by itself, the next first."""
        found = list(self._by_asset.get(key, ()))
        asset = self._catalog.find(key)
        if asset is not None and asset.told.condition is not None:
            found.append(self._condition(asset))
        last = datetime.max.replace(tzinfo=UTC)
        return sorted(found, key=lambda each: (not each.is_on, each.next_at or last, each.name))

    def _add_schedules(self, location: LocationSnapshot) -> None:
        makes: Mapping[str, tuple[AssetKey, ...]] = {job.name: job.asset_keys for job in location.jobs}
        for each in location.schedules:
            keys = makes.get(each.job_name or "", ())
            if not keys:
                continue
            automation = AutomationKey(location.name, AutomationKind.SCHEDULE, each.name)
            on = is_on(self._states.get(automation) or AutomationState(automation), each.running_by_default)
            cron = Cron.of(list(each.cron), each.timezone)
            next_at = next_tick_at(cron, self._now, jitter_offset(automation, each.policy)) if on else None
            text = f"{' and '.join(each.cron)} ({each.timezone})"
            ref = AutomationRef(
                kind="schedule", name=each.name, location=location.name, is_on=on, next_at=next_at, text=text
            )
            for key in keys:
                self._by_asset.setdefault(key, []).append(ref)

    def _condition(self, asset: CatalogAsset) -> AutomationRef:
        sensor = self._sensor_of(asset)
        on = False
        if sensor is not None:
            automation = AutomationKey(asset.location_name, AutomationKind.SENSOR, sensor.name)
            on = is_on(self._states.get(automation) or AutomationState(automation), sensor.running_by_default)
        times = [self._next(cron) for cron in asset.condition_crons] if on else []
        return AutomationRef(
            kind="condition",
            name="" if sensor is None else sensor.name,
            location=asset.location_name,
            is_on=on,
            next_at=min(times, default=None),
            text=asset.condition_name or "a condition of its own",
        )

    def _next(self, cron: tuple[str, str]) -> datetime:
        found = self._crons.get(cron)
        if found is None:
            found = self._crons[cron] = Cron.of(*cron).next_after(self._now).astimezone(UTC)
        return found

    def _sensor_of(self, asset: CatalogAsset) -> SensorSnapshot | None:
        """The sensor that evaluates an asset's condition; a snapshot names the first hundred of each only."""
        sensors = self._sensors.get(asset.location_name, [])
        named = next((each for each in sensors if asset.name in each.looks_after), None)
        if named is not None:
            return named
        return next((each for each in sensors if each.looks_after_count > len(each.looks_after)), None)


def _condition_sensors(location: LocationSnapshot) -> list[SensorSnapshot]:
    return [each for each in location.sensors if each.looks_after_count]
