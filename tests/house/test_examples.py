"""The examples in docstrings run, with all public names at hand as after ``from watchbell import *``.

An example that is not to run (it starts a service, it only makes sense inside a user's function) is written as an
indented block without ``>>>``.
"""

import doctest
import importlib
from pathlib import Path

import pytest

import watchbell
from tests.house.sources import paths
from watchbell._names import HOMES

WITH_EXAMPLES = [module for path, module in paths() if ">>> " in path.read_text()]
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_the_examples_of_a_file_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module(name)
    public = {each: getattr(watchbell, each) for each in HOMES}
    monkeypatch.chdir(tmp_path)  # an example that writes a file leaves nothing behind

    result = doctest.testmod(module, globs={**public, **module.__dict__}, optionflags=OPTIONS)

    assert result.failed == 0, "see the captured output; an example that is not to run has no `>>>`"
