"""Code as somebody has it who has just begun."""

import dagster as dg

defs = dg.Definitions()
