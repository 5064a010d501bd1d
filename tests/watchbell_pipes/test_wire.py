"""Parameters and keys on the wire."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dagster_pipes
import watchbell_pipes
from watchbell_pipes import DagsterPipesError, PipesCliArgsParamsLoader, decode_param, encode_param, to_asset_key_path


def test_a_parameter_is_read_as_dagster_writes_it() -> None:
    assert decode_param("eJyrVkpUslIwrAUACeUCKQ==") == {"a": 1}
    assert encode_param({"a": 1}) == "eJyrVkpUslIwrAUACeUCKQ=="


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_a_parameter_comes_back(value: object) -> None:
    assert decode_param(encode_param(value)) == value


def test_what_is_no_parameter_is_refused() -> None:
    with pytest.raises(DagsterPipesError, match="is no Pipes parameter"):
        decode_param("hello")


@given(st.lists(st.text(alphabet="ab/"), min_size=1))
def test_a_key_comes_back_from_text(path: list[str]) -> None:
    assert to_asset_key_path("/".join(part.replace("/", "\\/") for part in path)) == path


def test_arguments_are_found_among_others(monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = [
        "--dagster-pipes-context",
        encode_param({"data": 1}),
        "--dagster-pipes-messages",
        encode_param({"path": "m"}),
    ]
    monkeypatch.setattr("sys.argv", ["job.py", "--own", "1", *arguments])

    loader = PipesCliArgsParamsLoader()

    assert loader.is_dagster_pipes_process()
    assert (loader.load_context_params(), loader.load_messages_params()) == ({"data": 1}, {"path": "m"})


def test_the_name_dagster_pipes_gives_the_same_objects() -> None:
    assert dagster_pipes.__all__ == watchbell_pipes.__all__
    assert [
        name for name in watchbell_pipes.__all__ if getattr(dagster_pipes, name) is not getattr(watchbell_pipes, name)
    ] == []
