"""Question: what does a link of a chain cost with everything on: types, hooks, checks, an IO manager of one's own?"""

from __future__ import annotations

import sys
import tempfile
from typing import Any

from bench.work.report import emit, stopwatch
from dagster import (
    AssetCheckResult,
    AssetCheckSpec,
    AssetIn,
    AssetsDefinition,
    DagsterInstance,
    HookContext,
    In,
    InputContext,
    IOManager,
    JobDefinition,
    MaterializeResult,
    OpDefinition,
    Out,
    Output,
    OutputContext,
    asset,
    io_manager,
    job,
    materialize,
    op,
    success_hook,
)


class Shelf(IOManager):
    """Keeps values in memory and says something of each."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, ...], Any] = {}

    def handle_output(self, context: OutputContext, obj: Any) -> None:
        self._values[tuple(context.get_identifier())] = obj
        context.add_output_metadata({"value": obj})

    def load_input(self, context: InputContext) -> Any:
        assert context.upstream_output is not None
        return self._values[tuple(context.upstream_output.get_identifier())]


@io_manager
def shelf() -> Shelf:
    """The IO manager as a definition."""
    return Shelf()


@success_hook
def noticed(context: HookContext) -> None:
    """Looks at the step that ended."""
    assert context.step_key


def op_chain(count: int) -> JobDefinition:
    """A job of so many ops in a row, with types, metadata, an IO manager and a hook."""

    @op(name="op_0", out=Out(int))
    def first() -> Output[int]:
        return Output(0, metadata={"rows": 0})

    def following(before: int) -> Output[int]:
        return Output(before + 1, metadata={"rows": before})

    parts: list[OpDefinition] = [
        first,
        *(op(name=f"op_{n}", ins={"before": In(int)}, out=Out(int))(following) for n in range(1, count)),
    ]

    def compose() -> None:
        value = parts[0]()
        for part in parts[1:]:
            value = part(value)

    return job(name="chain", hooks={noticed}, resource_defs={"io_manager": shelf})(compose)


def asset_chain(count: int) -> list[AssetsDefinition]:
    """So many assets in a row, each with metadata, a check and an IO manager."""

    def made(number: int) -> AssetsDefinition:
        key = f"asset_{number}"
        ins = {"before": AssetIn(f"asset_{number - 1}")} if number else {}
        checks = [AssetCheckSpec("positive", asset=key)]

        def first():  # type: ignore[no-untyped-def] # Dagster takes no annotation beside checks
            return MaterializeResult(
                value=0, metadata={"rows": 0}, check_results=[AssetCheckResult(passed=True, metadata={"seen": 1})]
            )

        def following(before: int):  # type: ignore[no-untyped-def]
            return MaterializeResult(
                value=before + 1,
                metadata={"rows": before},
                check_results=[AssetCheckResult(passed=True, metadata={"seen": before})],
            )

        return asset(name=key, ins=ins, check_specs=checks)(following if number else first)

    return [made(number) for number in range(count)]


def measure(kind: str, count: int, place: str, instance: DagsterInstance) -> None:
    """Runs a chain once warm."""
    if kind == "ops":
        op_chain(2).execute_in_process(instance=instance)
        chain = op_chain(count)
        with stopwatch() as spent:
            result = chain.execute_in_process(instance=instance)
    else:
        materialize(asset_chain(2), instance=instance, resources={"io_manager": shelf})
        assets = asset_chain(count)
        with stopwatch() as spent:
            result = materialize(assets, instance=instance, resources={"io_manager": shelf})
    assert result.success
    emit(f"{kind[:-1]}-laden-{place}", spent.cpu_seconds * 1000 / count, "ms cpu/step")


def main() -> None:
    """Arguments: ``ops`` or ``assets``, then the length."""
    kind, count = sys.argv[1], int(sys.argv[2])
    with DagsterInstance.ephemeral() as instance:
        measure(kind, count, "memory", instance)
    with tempfile.TemporaryDirectory() as folder, DagsterInstance.local_temp(folder) as instance:
        measure(kind, count, "sqlite", instance)


if __name__ == "__main__":
    main()
