"""Question: what does one op, or one asset, in a long chain cost, in memory and on SQLite?"""

from __future__ import annotations

import sys
import tempfile

from bench.work.report import emit, stopwatch
from dagster import (
    AssetIn,
    AssetsDefinition,
    DagsterInstance,
    JobDefinition,
    OpDefinition,
    asset,
    job,
    materialize,
    materialize_to_memory,
    op,
)


def first() -> int:
    """The head of the chain."""
    return 0


def following(before: int) -> int:
    """Every other link."""
    return before + 1


def op_chain(count: int) -> JobDefinition:
    """A job of so many ops in a row."""
    parts: list[OpDefinition] = [op(name=f"op_{number}")(following if number else first) for number in range(count)]

    def compose() -> None:
        value = parts[0]()
        for part in parts[1:]:
            value = part(value)

    return job(name="chain")(compose)


def asset_chain(count: int) -> list[AssetsDefinition]:
    """So many assets in a row."""
    head = asset(name="asset_0")(first)
    return [
        head,
        *(asset(name=f"asset_{n}", ins={"before": AssetIn(f"asset_{n - 1}")})(following) for n in range(1, count)),
    ]


def measure_ops(count: int) -> None:
    """Both places for a chain of ops."""
    chain = op_chain(count)
    op_chain(2).execute_in_process()  # first uses load what they need
    with stopwatch() as spent:
        result = chain.execute_in_process()
    assert result.success
    emit(f"op-memory-{count}", spent.cpu_seconds * 1000 / count, "ms cpu/step")
    with tempfile.TemporaryDirectory() as folder, DagsterInstance.local_temp(folder) as instance:
        op_chain(2).execute_in_process(instance=instance)
        with stopwatch() as spent:
            result = chain.execute_in_process(instance=instance)
        assert result.success
    emit(f"op-sqlite-{count}", spent.cpu_seconds * 1000 / count, "ms cpu/step")
    emit(f"op-sqlite-{count}-wall", spent.wall_seconds * 1000 / count, "ms wall/step")


def measure_assets(count: int) -> None:
    """Both places for a chain of assets."""
    chain, short = asset_chain(count), asset_chain(2)
    materialize_to_memory(short)
    with stopwatch() as spent:
        result = materialize_to_memory(chain)
    assert result.success
    emit(f"asset-memory-{count}", spent.cpu_seconds * 1000 / count, "ms cpu/step")
    with tempfile.TemporaryDirectory() as folder, DagsterInstance.local_temp(folder) as instance:
        materialize(short, instance=instance)
        with stopwatch() as spent:
            result = materialize(chain, instance=instance)
        assert result.success
    emit(f"asset-sqlite-{count}", spent.cpu_seconds * 1000 / count, "ms cpu/step")
    emit(f"asset-sqlite-{count}-wall", spent.wall_seconds * 1000 / count, "ms wall/step")


def main() -> None:
    """Arguments: ``ops`` or ``assets``, then the lengths."""
    kind, *counts = sys.argv[1:]
    for count in counts:
        (measure_ops if kind == "ops" else measure_assets)(int(count))


if __name__ == "__main__":
    main()
