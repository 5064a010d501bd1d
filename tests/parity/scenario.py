"""What a parity scenario is: a function on the public ``dagster`` names that says plain facts about what it sees.

The same function runs on watchbell's alias and on Dagster itself, so nothing here imports either. A fact is a label and
a value of builtin types; what changes from run to run (identifiers, folders, addresses) is replaced by a word.
"""

import os
import re
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from enum import Enum
from pathlib import Path

UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}\b")
SHORT = 4
HOME_VARIABLES = ("DAGSTER_HOME", "WATCHBELL_HOME")


# Errors of Dagster that have no public name: only that there was one counts.
OWN_WORDS = {"ParameterCheckError": "CheckError"}


class Say:
    """Collects the lines of one scenario."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lines: list[str] = []

    def __call__(self, label: str, *values: object) -> None:
        """One line: the label and the rendered values; a long list gets a line for each of its values."""
        if len(values) == 1 and isinstance(values[0], list) and len(values[0]) > SHORT:
            for value in values[0]:
                self(label, value)
            return
        shown = " ".join(render(value) for value in values)
        self.lines.append(self.normal(f"{label}: {shown}"))

    def refusal(self, label: str, call: Callable[[], object], *words: str) -> None:
        """Which error a call raises, and which of these words its message (or that of a cause) has.

        Name only words that Dagster's message has too: saying more than that is no difference.
        """
        try:
            given = call()
        except BaseException as error:
            text = "\n".join(chain(error)).lower()
            found = [word for word in words if word.lower() in text]
            self(label, OWN_WORDS.get(type(error).__name__, type(error).__name__), *([found] if words else []))
        else:
            self(f"{label} is accepted", given)

    def refused(self, label: str, call: Callable[[], object], *words: str) -> None:
        """As ``refusal``, without the class: for mistakes that Dagster answers with errors of no public name."""
        try:
            self(f"{label} is accepted", call())
        except Exception as error:
            text = "\n".join(chain(error)).lower()
            self(f"{label} is refused", [word for word in words if word.lower() in text])

    def normal(self, line: str) -> str:
        """The line without what differs between two runs of the same code."""
        line = line.replace(str(self.folder), "<folder>")
        return ADDRESS.sub("<address>", UUID.sub("<id>", line))


def chain(error: BaseException | None) -> Iterator[str]:
    """The messages of an error and its causes."""
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        yield str(error)
        error = error.__cause__ or error.__context__


def render(value: object) -> str:
    """A value as text that does not depend on who made it: lists and tuples alike, sets and mappings sorted."""
    if isinstance(value, Enum):
        return value.name
    if value is None or isinstance(value, bool | int | float | str | bytes):
        return repr(value)
    if isinstance(value, type):
        return value.__name__
    if isinstance(value, date | Path):
        return str(value)
    if isinstance(value, BaseException):
        return f"{type(value).__name__}({str(value)!r})"
    if isinstance(value, Mapping):
        return "{" + ", ".join(sorted(f"{render(key)}: {render(each)}" for key, each in value.items())) + "}"
    if isinstance(value, set | frozenset):
        return "{" + ", ".join(sorted(render(each) for each in value)) + "}"
    if type(value).__name__ == "AssetKey":
        return str(value.to_user_string())  # type: ignore[attr-defined]
    if type(value).__name__ == "AssetCheckKey":
        return f"{render(value.asset_key)}:{value.name}"  # type: ignore[attr-defined]
    if isinstance(value, Iterable) and not hasattr(value, "_fields"):
        return "[" + ", ".join(render(each) for each in value) + "]"
    return f"<{type(value).__name__}>"


@dataclass(frozen=True)
class Scenario:
    """One scenario: ``topic.name``, its function, and the documented case where watchbell differs."""

    topic: str
    name: str
    function: Callable[[Say], None]
    differs: str | None = None

    @property
    def key(self) -> str:
        return f"{self.topic}.{self.name}"


SCENARIOS: dict[str, Scenario] = {}


def scenario(*, differs: str | None = None) -> Callable[[Callable[[Say], None]], Callable[[Say], None]]:
    """Register a function as a scenario of its file's topic.

    Args:
        differs: where watchbell does something else on purpose: the words of that case in docs/differences.md (the
            first cell of its row). Both outcomes are recorded then.
    """

    def register(function: Callable[[Say], None]) -> Callable[[Say], None]:
        one = Scenario(function.__module__.rpartition(".")[2], function.__name__, function, differs)
        assert one.key not in SCENARIOS, f"two scenarios are called {one.key}"
        SCENARIOS[one.key] = one
        return function

    return register


def perform(one: Scenario, *, trace: bool = False) -> list[str]:
    """The lines a scenario says on whatever ``dagster`` is importable here, in an empty folder and home of its own."""
    with tempfile.TemporaryDirectory(prefix="parity-") as name, warnings.catch_warnings(), home(Path(name)):
        warnings.simplefilter("ignore")
        say = Say(Path(name))
        try:
            one.function(say)
        except Exception as error:
            if trace:
                traceback.print_exc()
            say("raised", type(error))
        return say.lines


@contextmanager
def home(folder: Path) -> Iterator[None]:
    """The environment as a scenario finds it: a home below ``folder``, and changes undone at the end."""
    before = dict(os.environ)
    (folder / "home").mkdir()
    for variable in HOME_VARIABLES:
        os.environ[variable] = str(folder / "home")
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
