"""Question: how long do people wait for the API while 200 mixed questions a second are asked of a large store?

The clients are one process that sends each question at its time, whether or not those before are answered (an open
loop), over a few kept connections per worker; what is measured runs from the time a question was due to the last byte
of its answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from bench.work.large_store import make_home
from bench.work.report import command_line, emit, fresh_home
from bench.work.serving import DEFINITIONS, free_port

CONNECTIONS = 48
WARM_SECONDS = 3.0
RATE = 200.0


class Connection:
    """A kept connection that asks one question at a time."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, address: str) -> tuple[int, int]:
        """Status and length of the answer."""
        if self._writer is None or self._reader is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port, limit=2**22)
        self._writer.write(f"GET {address} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n".encode())
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode().lower()
        found = re.search(r"content-length: (\d+)", head)
        length = int(found[1]) if found else 0
        if found:
            await self._reader.readexactly(length)
        else:
            while size := int(await self._reader.readline(), 16):
                length += size
                await self._reader.readexactly(size + 2)
            await self._reader.readline()
        return int(head.split()[1]), length


def questions(port: int, pick: random.Random) -> Iterator[tuple[str, str]]:
    """Kinds and addresses of what is asked, in the mix of people who look for what went wrong."""

    def get(address: str) -> dict[str, object]:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{address}", timeout=30) as answer:
            found: dict[str, object] = json.load(answer)
        return found

    runs, cursors, cursor = [], [], ""
    for _ in range(10):
        page = get(f"/api/runs?limit=200{cursor}")
        runs += [each["run_id"] for each in page["items"]]  # type: ignore[attr-defined]
        cursors.append(page["next_cursor"])
        cursor = f"&cursor={page['next_cursor']}"
    kinds: dict[str, tuple[int, Callable[[], str]]] = {
        "runs": (20, lambda: "/api/runs?limit=50&with_total=true"),
        "runs-page": (10, lambda: f"/api/runs?limit=50&cursor={pick.choice(cursors)}"),
        "runs-of-job": (10, lambda: f"/api/runs?limit=50&q=job:job_{pick.randrange(20)}"),
        "runs-failed": (8, lambda: "/api/runs?limit=50&q=status:failed&with_total=true"),
        "runs-of-tag": (5, lambda: f"/api/runs?limit=50&q=tag:team=team_{pick.randrange(7)}"),
        "run": (17, lambda: f"/api/runs/{pick.choice(runs)}"),
        "log": (8, lambda: f"/api/runs/{pick.choice(runs)}/log?limit=200"),
        "events": (4, lambda: f"/api/runs/{pick.choice(runs)}/events?limit=200"),
        "steps": (5, lambda: f"/api/runs/{pick.choice(runs)}/steps"),
        "automations": (5, lambda: "/api/automations?limit=50"),
        "assets": (3, lambda: "/api/assets?limit=50"),
        "home": (3, lambda: "/api/home"),
        "service": (10, lambda: "/api/service"),
    }
    names, weights = list(kinds), [kinds[each][0] for each in kinds]
    while True:
        name = pick.choices(names, weights)[0]
        yield name, kinds[name][1]()


async def load(port: int, seconds: float, rate: float) -> dict[str, list[float]]:
    """Milliseconds of each answer, by kind of question."""
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(Connection(port))
    took: dict[str, list[float]] = defaultdict(list)
    bad: dict[tuple[str, int], int] = defaultdict(int)
    asked = questions(port, random.Random(7))
    next(asked)

    async def one(kind: str, address: str, due: float, counts: bool) -> None:
        connection = await free.get()
        status, _ = await connection.ask(address)
        free.put_nowait(connection)
        if status != 200:
            bad[kind, status] += 1
        if counts:
            took[kind].append((time.perf_counter() - due) * 1000)

    began, tasks = time.perf_counter(), []
    for number in range(int(rate * (seconds + WARM_SECONDS))):
        due = began + number / rate
        if (wait := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        tasks.append(asyncio.create_task(one(*next(asked), due, due - began > WARM_SECONDS)))
    await asyncio.gather(*tasks)
    if bad:
        raise RuntimeError(f"answers that were none: {dict(bad)}")
    return took


@contextlib.contextmanager
def web_server(home: Path) -> Iterator[tuple[int, psutil.Process]]:
    """A service with its web server over a home; its port and the process that serves."""
    port = free_port()
    variables = {**os.environ, **fresh_home(home, "")}
    command = [str(each) for each in command_line("dev", "-f", DEFINITIONS / "api_load.py", "-p", str(port))]
    process = subprocess.Popen(command, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.time() + 60
        while True:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api/runs?limit=1", timeout=5).close()
                break
            if time.time() > deadline or process.poll() is not None:
                raise RuntimeError("the web server did not start")
            time.sleep(0.2)
        below = psutil.Process(process.pid).children(recursive=True)
        yield port, next((each for each in below if "web" in each.cmdline()), psutil.Process(process.pid))
    finally:
        process.terminate()
        process.wait(30)


def quantile(values: list[float], part: float) -> float:
    """The value that so large a part of them does not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def main() -> None:
    """Arguments: runs, events, seconds."""
    runs, events, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    with tempfile.TemporaryDirectory() as folder:
        home = Path(os.environ.get("BENCH_LARGE_HOME", folder)) / "home"
        if not home.exists():
            home.mkdir(mode=0o700, parents=True)
            make_home(home, runs, events)
        with web_server(home) as (port, server):
            before = server.cpu_times()
            took = asyncio.run(load(port, seconds, RATE))
            after = server.cpu_times()
            memory = server.memory_info().rss
    whole = [each for kind in took.values() for each in kind]
    emit("answers", len(whole), "answers")
    for part in (0.5, 0.95, 0.99):
        emit(f"p{part * 100:.0f}", quantile(whole, part), "ms")
    for kind, values in sorted(took.items()):
        emit(f"p99-{kind}", quantile(values, 0.99), "ms")
    spent = after.user + after.system - before.user - before.system
    emit("server-cpu", spent * 1000 / (RATE * (seconds + WARM_SECONDS)), "ms cpu/answer")
    emit("server-memory", memory / 2**20, "MB")


if __name__ == "__main__":
    main()
