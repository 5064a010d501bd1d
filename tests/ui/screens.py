"""Every main screen: its address in each seed, and in which looks it is pictured. The one table of them.

A line is added with the screen; tests of what holds for all screens go through it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Screen:
    """A screen of the UI.

    Args:
        name: of its folder in ``ui/src/screens``, and more where one folder has several views; names its picture.
        address: in the seed ``small``, with facts in braces.
        hostile: in the seed ``hostile``; None: it shows no text of users.
        looks: how it is pictured, names of ``looks.LOOKS``.
        ready: text that is there when its content is; None: the heading is enough.
    """

    name: str
    address: str
    hostile: str | None = None
    looks: tuple[str, ...] = ("light",)
    ready: str | None = None


SCREENS = (
    Screen("home", "/", "/", ("light", "dark", "phone")),
    Screen("runs", "/runs", "/runs", ("light", "dark", "phone"), "load_orders"),
    Screen("run", "/runs/{failed_run}", "/runs/{failed_run}", ("light", "dark", "phone"), "KeyError"),
    Screen("automation", "/automation", "/automation", ("light", "phone"), "partner_inbox"),
    Screen("schedule", "/automation/schedule/shop/{failing_schedule}", "/automation/schedule/hostile/at_night"),
    Screen("sensor", "/automation/sensor/shop/{failing_sensor}", "/automation/sensor/hostile/mouth"),
    Screen("backfills", "/backfills", "/backfills"),
    Screen("backfill", "/backfills/{failed_backfill}", "/backfills/{backfill}"),
    Screen("jobs", "/jobs", "/jobs"),
    Screen("job", "/jobs/shop/load_orders", "/jobs/hostile/shouting"),
    Screen("launchpad", "/jobs/shop/load_orders/launch", "/jobs/hostile/shouting/launch"),
    Screen("assets", "/assets", "/assets", ("light", "dark")),
    Screen("asset", "/assets/{checked_asset}", "/assets/raw/second"),
    Screen("asset-partitions", "/assets/{daily_asset}?tab=partitions", "/assets/raw/first?tab=partitions"),
    Screen("system", "/system", "/system"),
    Screen("account", "/account"),
    Screen("settings", "/settings", None, ("light", "dark")),
)
