"""The Python in the documents runs: the blocks of a page one after the other, as one module, in an empty folder."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.house.sources import ROOT

BLOCK = re.compile(r"^```python\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
SKETCHES = {"architecture.md"}  # shows signatures of the rooms' interfaces
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PAGES = [path for path in DOCUMENTS if path.name not in SKETCHES and BLOCK.search(path.read_text())]


def code_of(text: str) -> str:
    """The blocks of a page, each at its own lines, so that a traceback names the place in the document."""
    lines = [""] * (text.count("\n") + 1)
    for block in BLOCK.finditer(text):
        first = text.count("\n", 0, block.start(1))
        for at, line in enumerate(block.group(1).splitlines()):
            lines[first + at] = line
    return "\n".join(lines)


@pytest.fixture
def page_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A module for a page's code, with an empty folder as the working directory and nobody's settings."""
    monkeypatch.chdir(tmp_path)
    for name in ("WATCHBELL_HOME", "DAGSTER_HOME"):
        monkeypatch.delenv(name, raising=False)
    module = ModuleType("page_of_docs")
    monkeypatch.setitem(sys.modules, module.__name__, module)  # annotations are looked up there
    return module


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_the_code_of_a_document_runs(path: Path, page_module: ModuleType) -> None:
    code = compile(code_of(path.read_text()), str(path), "exec", dont_inherit=True)

    exec(code, vars(page_module))  # the document is ours


def test_a_block_that_fails_names_its_line_in_the_document(page_module: ModuleType) -> None:
    text = "# Page\n\n```python\nx = 1\n```\n\n```python\nx / 0\n```\n"

    with pytest.raises(ZeroDivisionError) as caught:
        exec(compile(code_of(text), "page.md", "exec"), vars(page_module))

    assert caught.traceback[-1].lineno + 1 == 8
