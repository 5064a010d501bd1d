"""The public namespace: one list, complete, documented, lazy.

To publish a name, write it in its home file with a docstring, add one line to ``src/watchbell/_names.py`` and run
``make stubs``.
"""

import importlib
import inspect
import subprocess
import sys
import tomllib

import pytest

import watchbell
from scripts.make_stubs import STUB, stub_text
from tests.house.sources import PACKAGE, ROOT
from watchbell._names import HOMES

OWN_MODULES_MAX = 8  # loaded by `import watchbell`
THIRD_PARTY_HINT = "a public name's home was imported eagerly, or a module at the top imports a library"


def test_the_version_is_the_projects() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert watchbell.__version__ == project["version"]


def test_the_list_is_sorted() -> None:
    assert list(HOMES) == sorted(HOMES), "sort _names.py as Python sorts strings (capitals first)"


def test_the_list_is_all_there_is() -> None:
    expected = ["__version__", *HOMES]

    assert watchbell.__all__ == expected
    assert sorted(name for name in dir(watchbell) if not name.startswith("_")) == sorted(
        {*HOMES} | {path.stem for path in PACKAGE.iterdir() if path.stem in watchbell.__dict__} - {"__init__", "_names"}
    )


def test_a_public_name_resolves_to_what_its_home_defines() -> None:
    found = {}
    for name, home_name in HOMES.items():
        home, value = importlib.import_module(f"watchbell.{home_name}"), getattr(watchbell, name)
        if value is not getattr(home, name, None):
            found[name] = f"{home_name} has no {name}: correct its line in _names.py"
        elif (inspect.isclass(value) or inspect.isfunction(value)) and value.__module__ != home.__name__:
            found[name] = f"it is only imported in {home_name}; name the module that defines it"

    assert found == {}


def test_a_public_name_has_a_docstring() -> None:
    found = {}
    for name, home_name in HOMES.items():
        value = getattr(watchbell, name)
        # A class inherits its parent's text, and a dataclass writes its own signature: neither says what this is for.
        text = value.__dict__.get("__doc__") if inspect.isclass(value) else inspect.getdoc(value)
        if not text:
            found[name] = f"it has no docstring in {home_name}"
        elif text.startswith(f"{name}("):
            found[name] = f"it has only the docstring that dataclass made in {home_name}"

    assert found == {}


def test_the_stub_is_what_the_list_says() -> None:
    assert STUB.read_text() == stub_text(HOMES), "run `make stubs`"


def test_an_unknown_name_is_refused_with_the_nearest_one() -> None:
    known = next(iter(HOMES))

    with pytest.raises(AttributeError, match=f"did you mean '{known}'"):
        getattr(watchbell, known + "x")


def test_importing_watchbell_stays_light() -> None:
    script = (
        "import sys; before = set(sys.modules); import watchbell; "
        "print(*sorted(set(sys.modules) - before), sep='\\n'); assert watchbell.__all__"
    )
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()

    own = [name for name in loaded if name.split(".")[0] == "watchbell"]
    third_party = [name for name in loaded if name.split(".")[0] not in {*sys.stdlib_module_names, "watchbell"}]
    assert third_party == [], THIRD_PARTY_HINT
    assert len(own) <= OWN_MODULES_MAX, THIRD_PARTY_HINT
