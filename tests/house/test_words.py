"""Words that do not belong in committed files, and waiting that does not belong in tests."""

import ast
import re
from pathlib import Path

from tests.house.sources import ROOT, committed_files

# Put together here so that this file does not contain them.
UNFINISHED = re.compile(r"\b(?:" + "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3]) + r")\b")
# The project installs from wherever the user's tools are set up to look.
REGISTRIES = re.compile("|".join(["pypi" + r"\.org", "python" + r"hosted\.org", "npm" + r"js\.(?:org|com)"]))
# Nothing depends on where a checkout lies.
PLACES = re.compile("|".join(["/work/" + name for name in ("main", "shared", "oracle", "helpers")]))

USER_CODE = "# user code"


def texts() -> list[tuple[Path, str]]:
    """Committed text files with their content; files that are not UTF-8 text are left out."""
    found = []
    for path in committed_files():
        try:
            found.append((path.relative_to(ROOT), path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    return found


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path}:{number}: {line.strip()[:90]}"
        for path, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_nothing_committed_is_marked_unfinished() -> None:
    assert lines_with(UNFINISHED) == [], "finish it, or leave it out with a clear error"


def test_nothing_committed_names_a_package_registry() -> None:
    assert lines_with(REGISTRIES) == []


def test_nothing_committed_names_a_folder_of_the_machine_it_was_written_on() -> None:
    assert lines_with(PLACES) == []


def test_tests_do_not_sleep() -> None:
    """Definitions under test may: a sensor that hangs is a case to test. Such a line says so in a comment."""
    found = []
    for path, text in texts():
        if path.parts[0] != "tests" or path.suffix != ".py" or "sleep(" not in text:
            continue
        lines = text.splitlines()
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.Call) or ast.unparse(node.func) not in {"time.sleep", "sleep"}:
                continue
            if USER_CODE not in lines[node.lineno - 1]:
                found.append(f"{path}:{node.lineno}")

    assert found == [], f"wait on an event, or move a clock; for code under test end the line with {USER_CODE!r}"
