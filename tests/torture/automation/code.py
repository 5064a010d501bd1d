"""What the tortured service works on: the definitions of the subjects that ``TORTURE_SUBJECTS`` names."""

from __future__ import annotations

import os

from tests.torture.automation import asset_code, async_code, run_code, schedule_code
from watchbell import Definitions

SUBJECTS = {"assets": asset_code, "runs": run_code, "async": async_code, "schedules": schedule_code}

defs = Definitions.merge(*(SUBJECTS[name].defs for name in os.environ["TORTURE_SUBJECTS"].split(",")))
