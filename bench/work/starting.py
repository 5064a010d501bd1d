"""Question: how long does the service take to come up, and what does that cost?"""

from __future__ import annotations

import http.client
import os
import time
from pathlib import Path

from bench.work.process_tree import cpu_seconds_below
from bench.work.report import emit
from bench.work.serving import Service, served, temporary_home

SECONDS_MAX = 40


def answers(port: int) -> bool:
    """Whether the web server gives its first page."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


def watch(service: Service, sign: Path) -> tuple[float, float]:
    """Seconds from the start to the first evaluation and to the first answer.

    Raises:
        RuntimeError: the service ended, or one of the two did not come in time.
    """
    assert service.port is not None
    first_tick = first_answer = None
    while first_tick is None or first_answer is None:
        service.check()
        since = time.time() - service.started_at
        if since > SECONDS_MAX:
            raise RuntimeError(f"first tick after {first_tick} s, first answer after {first_answer} s of {SECONDS_MAX}")
        if first_tick is None and sign.exists():
            first_tick = since
        if first_answer is None and answers(service.port):
            first_answer = time.time() - service.started_at
        time.sleep(0.01)
    return first_tick, first_answer


def start(home: Path, prefix: str) -> None:
    """Starts the service once and prints what it took."""
    sign = home.parent / "evaluated"
    sign.unlink(missing_ok=True)
    environment = {"BENCH_COUNT": "1", "BENCH_INTERVAL": "5", "BENCH_SIGN": str(sign)}
    before = cpu_seconds_below(os.getpid())
    with served("sensors", home, environment, web=True) as service:
        first_tick, first_answer = watch(service, sign)
        emit(f"{prefix}cpu", cpu_seconds_below(os.getpid()) - before, "s cpu")
        emit(f"{prefix}first-tick", first_tick, "s")
        emit(f"{prefix}first-answer", first_answer, "s")


def main() -> None:
    """Once on a fresh home folder, then on one that was used before."""
    with temporary_home() as home:
        start(home, "fresh-")
        time.sleep(6)  # the sensor's interval, so that it is due again at once
        start(home, "")


if __name__ == "__main__":
    main()
