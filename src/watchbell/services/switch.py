"""Changes people make to an automation, written against whatever a service writes at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from watchbell.ground.errors import StoreLockedError
from watchbell.record.ports import Store
from watchbell.record.tick import AutomationKey, AutomationState

TRIES_MAX = 20


def change_state(
    store: Store, key: AutomationKey, change: Callable[[AutomationState], AutomationState], now: datetime
) -> AutomationState:
    """Applies ``change`` to the stored state of ``key``, again if somebody else wrote in between.

    Args:
        store: where it is.
        key: which automation; one that was never stored starts from its declared state.
        change: from the state as it is to the state as it shall be.
        now: when.

    Returns:
        The state that is stored now.

    Raises:
        StoreLockedError: others kept writing it, twenty times over.
    """
    for _ in range(TRIES_MAX):
        before = store.automation_state(key) or AutomationState(key)
        after = change(before)
        if after == before:
            return before
        stored = store.put_state(before, after, now)
        if stored is not None:
            return stored
    raise StoreLockedError(
        f"{key} is being changed by others all the time; try again in a moment", location=store.location
    )
