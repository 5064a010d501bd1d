"""The external process's side of Pipes, and that it speaks as Dagster's own package does."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from watchbell_pipes import (
    DagsterPipesError,
    DagsterPipesWarning,
    PipesContext,
    PipesContextData,
    PipesMappingParamsLoader,
    encode_param,
    open_dagster_pipes,
)

RECORDED = Path(__file__).parents[1] / "execute" / "pipes" / "recorded" / "messages.jsonl"
DATA: PipesContextData = {
    "asset_keys": ["p/a1"],
    "code_version_by_asset_key": {"p/a1": "cv7"},
    "provenance_by_asset_key": {"p/a1": None},
    "partition_key": None,
    "partition_key_range": None,
    "partition_time_window": None,
    "run_id": "r",
    "job_name": "j",
    "retry_number": 0,
    "extras": {"x": [1, "y"]},
}
TWO: Any = {**DATA, "asset_keys": ["a", "b"], "code_version_by_asset_key": {"a": "1", "b": None}}
NONE: Any = {**DATA, "asset_keys": None, "code_version_by_asset_key": None, "provenance_by_asset_key": None}


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    PipesContext._instance = None


def opened(file: Path, data: Any = DATA, **messages: Any) -> PipesContext:
    mapping = {
        "DAGSTER_PIPES_CONTEXT": encode_param({"data": data}),
        "DAGSTER_PIPES_MESSAGES": encode_param({"path": str(file), **messages}),
    }
    return open_dagster_pipes(params_loader=PipesMappingParamsLoader(mapping))


def sent(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def metadata_of_the_record() -> dict[str, Any]:
    (params,) = [
        each["params"] for each in map(json.loads, RECORDED.read_text().splitlines())
        if each["method"] == "report_asset_materialization"
    ]  # fmt: skip
    return {
        name: each["raw_value"] if each["type"] == "__infer__" else each for name, each in params["metadata"].items()
    }


def test_the_same_script_sends_what_dagsters_package_sends(tmp_path: Path) -> None:
    file = tmp_path / "messages"

    def script() -> None:
        with opened(file) as pipes:
            pipes.log.info("hello %s", "you")
            pipes.log.warning("w")
            pipes.log.debug("d")
            pipes.log.log(25, "between")
            pipes.report_custom_message({"a": 1})
            pipes.log_external_stream("worker", "text", {"e": 1})
            pipes.report_asset_materialization(metadata=metadata_of_the_record(), data_version="v1")
            pipes.report_asset_check("chk", False, severity="WARN", metadata={"n": 1})
            exec(compile("raise ValueError('boo')", "job.py", "exec"))

    with pytest.raises(ValueError, match="boo"):
        script()

    messages = sent(file)
    messages[-1]["params"]["exception"]["stack"] = messages[-1]["params"]["exception"]["stack"][-1:]
    assert messages == sent(RECORDED)


def test_what_was_asked_is_read(tmp_path: Path) -> None:
    with opened(tmp_path / "messages") as pipes:
        assert (pipes.asset_key, pipes.asset_keys, pipes.code_version, pipes.provenance) == (
            "p/a1",
            ["p/a1"],
            "cv7",
            None,
        )
        assert (pipes.run_id, pipes.job_name, pipes.retry_number, pipes.get_extra("x")) == ("r", "j", 0, [1, "y"])
        assert (pipes.is_asset_step, pipes.is_partition_step) == (True, False)


def test_partitions_are_read(tmp_path: Path) -> None:
    span = {"start": "2024-01-01", "end": "2024-01-02"}
    data = {
        **DATA,
        "partition_key": "1",
        "partition_key_range": {"start": "1", "end": "1"},
        "partition_time_window": span,
    }

    with opened(tmp_path / "messages", data) as pipes:
        assert (pipes.is_partition_step, pipes.partition_key) == (True, "1")
        assert (pipes.partition_key_range, pipes.partition_time_window) == ({"start": "1", "end": "1"}, span)


@pytest.mark.parametrize(
    ("data", "act", "message"),
    [
        (TWO, lambda p: p.asset_key, "asset_key has no single value: 2"),
        (TWO, lambda p: p.code_version, "code_version has no single value"),
        (NONE, lambda p: p.asset_keys, "no asset is to be made"),
        (NONE, lambda p: p.report_asset_materialization(), "no asset is to be made"),
        (DATA, lambda p: p.partition_key, "no partition"),
        (DATA, lambda p: p.partition_time_window, "no partition"),
        (DATA, lambda p: p.get_extra("y"), "no extra 'y' was passed along; there are: 'x'"),
        (DATA, lambda p: p.report_custom_message(object()), "JSON can write"),
        (DATA, lambda p: p.report_asset_materialization({1: 2}), "a key of metadata"),
        (DATA, lambda p: p.report_asset_materialization({"d": {"a": 1}}), "'type': 'json'"),
        (DATA, lambda p: p.report_asset_materialization({"d": {"raw_value": 1, "type": "x"}}), "expected one of"),
        (DATA, lambda p: p.report_asset_materialization([]), "metadata is"),
        (DATA, lambda p: p.report_asset_materialization(data_version=5), "data_version is 5"),
        (DATA, lambda p: p.report_asset_materialization(asset_key="q"), "'q' is not to be made here"),
        (TWO, lambda p: p.report_asset_materialization(), "name one by asset_key="),
        (DATA, lambda p: (p.report_asset_materialization(), p.report_asset_materialization()), "reported before"),
        (DATA, lambda p: p.report_asset_check("c", "yes"), "passed is 'yes'"),
        (DATA, lambda p: p.report_asset_check("c", True, severity="BAD"), "expected 'WARN' or 'ERROR'"),
        (DATA, lambda p: (p.close(), p.log.info("late")), "Pipes are closed"),
    ],
)
def test_what_makes_no_sense_is_refused(
    data: Any, act: Callable[[PipesContext], object], message: str, tmp_path: Path
) -> None:
    pipes = opened(tmp_path / "messages", data)

    with pytest.raises(DagsterPipesError) as refused:
        act(pipes)

    assert message in str(refused.value)


def test_an_open_context_is_given_again_and_a_closed_one_not(tmp_path: Path) -> None:
    first = opened(tmp_path / "messages")
    again = open_dagster_pipes()
    first.close()
    first.close()

    assert (again is first, PipesContext.get() is first) == (True, True)
    assert opened(tmp_path / "others") is not first


def test_a_process_started_by_hand_goes_on_with_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAGSTER_PIPES_CONTEXT", raising=False)

    with pytest.warns(DagsterPipesWarning, match="not started through Pipes"):
        opened_by_hand = open_dagster_pipes()

    with opened_by_hand as pipes:
        pipes.log.info("nobody reads this")
        pipes.report_asset_materialization(metadata={"rows": 1})


def test_nothing_was_opened() -> None:
    assert PipesContext.is_initialized() is False
    with pytest.raises(DagsterPipesError, match="call open_dagster_pipes"):
        PipesContext.get()


def test_half_of_the_parameters_are_refused() -> None:
    mapping = {"DAGSTER_PIPES_CONTEXT": encode_param({"data": DATA})}

    with pytest.raises(DagsterPipesError, match="DAGSTER_PIPES_MESSAGES is not there"):
        open_dagster_pipes(params_loader=PipesMappingParamsLoader(mapping))


def test_a_cause_is_told_too(tmp_path: Path) -> None:
    file = tmp_path / "messages"

    def script() -> None:
        with opened(file):
            try:
                {}["inner"]
            except KeyError as error:
                raise ValueError("outer") from error

    with pytest.raises(ValueError, match="outer"):
        script()

    told = sent(file)[-1]["params"]["exception"]
    assert (told["name"], told["cause"]["name"], told["context"]) == ("ValueError", "KeyError", None)


def test_only_the_standard_library_is_loaded() -> None:
    code = (
        "import sys; before = set(sys.modules); import watchbell_pipes; "
        "print(*sorted({name.split('.')[0] for name in set(sys.modules) - before}))"
    )

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert set(loaded) - set(sys.stdlib_module_names) == {"watchbell_pipes"}


@pytest.mark.parametrize("key", ["stdio", "buffered_stdio"])
def test_messages_may_go_to_a_stream(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    mapping = {
        "DAGSTER_PIPES_CONTEXT": encode_param({"data": DATA}),
        "DAGSTER_PIPES_MESSAGES": encode_param({key: "stderr"}),
    }

    with open_dagster_pipes(params_loader=PipesMappingParamsLoader(mapping)) as pipes:
        pipes.report_custom_message(1)

    methods = [json.loads(line)["method"] for line in capsys.readouterr().err.splitlines()]
    assert methods == ["opened", "report_custom_message", "closed"]
