"""A program of its own. It needs the standard library and the one module `watchbell_pipes`."""

import csv
from collections import defaultdict
from pathlib import Path

from watchbell_pipes import open_watchbell_pipes

HOTTEST_EVER = 57.0

with open_watchbell_pipes() as pipes:
    days, source, target = (pipes.get_extra(name) for name in ("days", "source", "target"))
    stations: dict[str, list[tuple[float, str]]] = defaultdict(list)
    with Path(source).open(newline="") as file:
        for row in csv.DictReader(file):
            stations[row["station"]].append((float(row["celsius"]), row["day"]))
    pipes.log.info(f"read {sum(map(len, stations.values()))} days of {len(stations)} stations")

    found = [
        (station, day, celsius)
        for station, measured in sorted(stations.items())
        for celsius, day in sorted(measured, reverse=True)[:days]
    ]
    with Path(target).open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["station", "day", "celsius"])
        writer.writerows(found)
    print(f"wrote {len(found)} rows to {target}")  # what it prints is kept with the run

    hottest = max(celsius for _, _, celsius in found)
    pipes.report_asset_check("plausible", passed=hottest < HOTTEST_EVER, metadata={"hottest": hottest})
    pipes.report_asset_materialization(
        metadata={"rows": len(found), "file": {"raw_value": target, "type": "path"}}, data_version=f"{days}-{hottest}"
    )
