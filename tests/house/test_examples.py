"""The examples in docstrings run, each file's in a fresh namespace of that file."""

import doctest
import importlib
from pathlib import Path

import pytest

from tests.house.sources import sources

WITH_EXAMPLES = [source.module for source in sources() if ">>> " in source.text]


@pytest.mark.parametrize("module", WITH_EXAMPLES)
def test_the_examples_of_a_file_run(module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # an example that writes a file leaves nothing behind

    result = doctest.testmod(
        importlib.import_module(module), optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    )

    assert result.failed == 0, f"run `.venv/bin/python -m doctest` on it: {module}"
