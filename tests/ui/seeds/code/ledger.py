"""A code location that cannot be loaded, as after a bad merge."""

from ledger_rates import rates_of_today  # the file was never added

import dagster as dg


@dg.asset
def ledger() -> dict[str, float]:
    """What we owe."""
    return rates_of_today()
