"""What a notification may speak of."""

RUNS, RUN_STATUS, EVENTS, STATES, TICKS, ASSETS = "runs", "run_status", "events", "states", "ticks", "assets"
SLOTS, BACKFILLS = "slots", "backfills"
ACCOUNTS, AUDIT, VIEWS = "accounts", "audit", "views"
FACTS = "facts"
"""Something is known of an asset, a check or dynamic partitions that no other topic speaks of: an observation, the
outcome of a check, a partition key more or less, an asset that was wiped."""
RUN_ORDER = "run_order"
"""Tags of a queued run changed, and with them perhaps its place in the queue."""
