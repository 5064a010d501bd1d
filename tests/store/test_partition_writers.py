"""Real processes that write about partitions of one asset at once, whose sets share chunks."""

import subprocess
import sys
from pathlib import Path

from watchbell.record.keys import AssetKey
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.store.notify import NullNotifier
from watchbell.store.sqlite import DATABASE_FILE, SqliteDatabase
from watchbell.store.store import SqlStore

ORDERS = AssetKey("orders")
ROOT = Path(__file__).resolve().parents[2]
EACH = 40
WRITER = """
import sys
from pathlib import Path
from tests.contract.test_store_partitions import fail, make, plan
from watchbell.store.notify import NullNotifier
from watchbell.store.sqlite import SqliteDatabase
from watchbell.store.store import SqlStore

store = SqlStore(SqliteDatabase(Path(sys.argv[1])), NullNotifier())
first, count = int(sys.argv[2]), int(sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()
for place in range(count):
    number = 2 * place + first
    run_id = f"run {number}"
    plan(store, run_id, "numbers", **{f"made {number}": 2 * number, f"failed {number}": 2 * number + 1})
    make(store, run_id, "numbers", f"made {number}", 2 * number)
    fail(store, run_id)
    store.add_dynamic_partitions("files", [f"{place}", f"{first} {place}"])
store.close()
"""


def test_two_processes_that_write_about_the_same_chunk_lose_nothing(tmp_path: Path) -> None:
    location = tmp_path / DATABASE_FILE
    SqlStore(SqliteDatabase(location), NullNotifier()).close()
    command = [sys.executable, "-c", WRITER, str(location)]
    writers = [
        subprocess.Popen(
            [*command, str(first), str(EACH)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        for first in (0, 1)
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.communicate("go\n", timeout=60)

    assert [writer.returncode for writer in writers] == [0, 0]
    store = SqlStore(SqliteDatabase(location), NullNotifier())
    held = store.stored_partitions([ORDERS])[ORDERS]
    assert list(held.materialized) == [2 * number for number in range(2 * EACH)]
    assert list(held.failed["numbers"]) == [2 * number + 1 for number in range(2 * EACH)]
    assert OrdinalSet.union(list(held.planned.values())).first() is None
    files = store.dynamic_partitions("files")
    assert {each.key for each in files} == {
        *(f"{place}" for place in range(EACH)),
        *(f"{first} {place}" for first in (0, 1) for place in range(EACH)),
    }
    assert len({each.number for each in files}) == len({each.place for each in files}) == len(files) == 3 * EACH
    store.close()
