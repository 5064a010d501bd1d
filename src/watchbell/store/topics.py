"""What a notification may speak of."""

RUNS, RUN_STATUS, EVENTS, STATES, TICKS, ASSETS = "runs", "run_status", "events", "states", "ticks", "assets"
SLOTS, BACKFILLS = "slots", "backfills"
