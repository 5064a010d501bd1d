"""The tree: what files and folders may be called, and what every file has."""

import ast

from tests.house.sources import PACKAGE, sources
from watchbell._names import HOMES

# Names that say nothing about what is inside.
EMPTY_STEMS = {"utils", "util", "helpers", "helper", "common", "base", "misc"}


def test_no_file_has_a_name_that_says_nothing() -> None:
    found = [source.path for source in sources() if set(source.path.removesuffix(".py").split("/")) & EMPTY_STEMS]

    assert found == [], "name it after the noun inside"


def test_folder_init_files_are_empty() -> None:
    found = [source.path for source in sources() if source.path.endswith("/__init__.py") and source.text.strip()]

    assert found == [], "importing one file of a folder must not load its neighbours"


def test_every_folder_with_modules_is_a_package() -> None:
    folders = {path.parent for path in PACKAGE.rglob("*.py")}

    missing = [str(folder.relative_to(PACKAGE)) for folder in folders if not (folder / "__init__.py").exists()]
    assert missing == [], "add an empty __init__.py"


def test_nothing_directly_below_watchbell_bears_a_public_name() -> None:
    stems = {path.stem for path in PACKAGE.iterdir() if path.is_dir() or path.suffix == ".py"}

    assert stems & set(HOMES) == set(), "importing the file or folder would replace the public object of that name"


def test_every_file_opens_by_saying_what_it_is_for() -> None:
    found = [source.path for source in sources() if source.text.strip() and ast.get_docstring(source.tree) is None]

    assert found == [], "add a module docstring"
