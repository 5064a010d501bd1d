"""How a fan-out is tested: as many copies of a step as there are files."""

from pathlib import Path

import pytest
import word_counts
from word_counts import Texts, count_words

from watchbell import DagsterEventType, ExecuteInProcessResult, RunConfig


@pytest.fixture(autouse=True)
def _files_in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_counts, "FOLDER", tmp_path)


def _run(folder: Path, raise_on_error: bool = True) -> ExecuteInProcessResult:
    config = RunConfig(ops={"find_texts": Texts(folder=str(folder))})
    return count_words.execute_in_process(run_config=config, raise_on_error=raise_on_error)


def test_each_file_has_its_own_steps(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.txt").write_text(f"bells {name} bells")

    result = _run(tmp_path)

    done = {event.step_key for event in result.all_events if event.event_type is DagsterEventType.STEP_SUCCESS}
    assert {f"counted_words.{op}[{key}]" for op in ("words_of", "count") for key in ("one", "two")} < done
    assert result.output_for_node("add_up", "total") == {"bells": 4}


def test_an_empty_folder_gives_an_empty_table(tmp_path: Path) -> None:
    result = _run(tmp_path)

    assert result.success
    assert result.output_for_node("add_up", "total") == {}


def test_one_bad_file_fails_by_name_and_the_others_are_still_counted(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text("bells")
    (tmp_path / "bad.txt").write_text("\x00")

    result = _run(tmp_path, raise_on_error=False)

    failed = [event.step_key for event in result.get_step_failure_events()]
    assert failed == ["counted_words.words_of[bad]"]
    assert result.output_for_node("counted_words") == {"good": {"bells": 1}}
