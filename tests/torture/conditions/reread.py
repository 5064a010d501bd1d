"""Begins all tortured condition sensors from what is stored, and prints what they ask for: nothing, if all is well.

Apart from the clock's assets, of course. Nothing is changed.
"""

from __future__ import annotations

import os
import sys
import time
from types import ModuleType

from tests.torture.conditions import one, two
from tests.torture.conditions.asked import APART
from watchbell.automate.conditions.others import plans_of_others
from watchbell.automate.conditions.sensor_sessions import SessionPlace, condition_sensor
from watchbell.instance import DagsterInstance
from watchbell.record.evaluation import OtherAssets
from watchbell.record.tick import AutomationKind

MODULES = (one, two)


def told(module: ModuleType) -> OtherAssets:
    """What a location tells others."""
    snapshot = module.defs.get_repository_def().snapshot(module.__name__)
    return OtherAssets(module.__name__, tuple(each for each in snapshot.assets if each.executable or each.checks))


def main() -> None:
    """The command."""
    instance = DagsterInstance.from_home(os.environ["WATCHBELL_HOME"])
    for state in instance.store.automation_states():
        if state.key.kind is not AutomationKind.SENSOR:
            continue
        (module,) = [each for each in MODULES if each.__name__ == state.key.location_name]
        others = plans_of_others(told(each) for each in MODULES if each is not module)
        repository = module.defs.get_repository_def()
        sensor = condition_sensor(repository, state.key.name)
        assert sensor is not None
        place = SessionPlace(repository, module.__name__, instance, time.monotonic, others)
        session = place.open(sensor, state.cursor)
        tick = session.tick(instance.clock.now())
        for request in tick.run_requests:
            keys = sorted(key.to_user_string() for key in request.asset_selection or ())
            if not all(key.startswith(APART) for key in keys):
                sys.stdout.write(f"{state.key}: {keys} {request.tags}\n")


if __name__ == "__main__":
    main()
