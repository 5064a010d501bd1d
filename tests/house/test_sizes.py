"""Sizes: a file fits in a sitting, a function on a screen, a signature on a line or two."""

import ast

from tests.house.sources import Function, Source, functions, sources
from watchbell._names import HOMES

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 60  # without its docstring
FUNCTION_LINES_EVER = 80  # the same, for those of LONG_FUNCTIONS
PARAMETERS_MAX = 8  # self and cls not counted

# "file:function" -> why it is plainer in one piece.
LONG_FUNCTIONS: dict[str, str] = {}

# "file:function" -> where the signature is given. Public functions and the constructors of public classes need no line
# here: their signatures are the specification's. They turn their arguments into one frozen spec at once.
WIDE_SIGNATURES: dict[str, str] = {
    "declare/graphs/graph.py:GraphDefinition.to_job": "a method of a public class",
    "declare/job.py:JobDefinition.execute_in_process": "a method of a public class",
    "instance.py:DagsterInstance.create_run_for_job": "a method of a public class",
}


def lines_of(function: Function) -> int:
    """The lines from ``def`` to the end, docstring not counted."""
    assert function.end_lineno is not None
    total = function.end_lineno - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is not None:
        assert first.end_lineno is not None
        total -= first.end_lineno - first.lineno + 1
    return total


def parameters_of(function: Function) -> int:
    given = function.args
    names = [each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    if names and names[0] in {"self", "cls"}:
        names = names[1:]
    return len(names) + (given.vararg is not None) + (given.kwarg is not None)


def has_public_signature(source: Source, name: str) -> bool:
    public, _, method = name.partition(".")
    return HOMES.get(public) == source.module.removeprefix("watchbell.") and method in {"", "__init__", "__new__"}


def test_no_file_is_longer_than_a_sitting() -> None:
    found = {source.path: len(source.text.splitlines()) for source in sources()}

    assert {path: lines for path, lines in found.items() if lines > FILE_LINES_MAX} == {}, "split by thought"


def test_no_function_is_longer_than_a_screen() -> None:
    found = {}
    for source in sources():
        for name, function in functions(source):
            key = f"{source.path}:{name}"
            limit = FUNCTION_LINES_EVER if key in LONG_FUNCTIONS else FUNCTION_LINES_MAX
            if lines_of(function) > limit:
                found[key] = lines_of(function)

    assert found == {}, f"over {FUNCTION_LINES_MAX} lines without docstring; move steps into functions of their own"


def test_no_signature_is_longer_than_a_line_or_two() -> None:
    found = {}
    for source in sources():
        for name, function in functions(source):
            key = f"{source.path}:{name}"
            given = key in WIDE_SIGNATURES or has_public_signature(source, name)
            if parameters_of(function) > PARAMETERS_MAX and not given:
                found[key] = parameters_of(function)

    assert found == {}, f"more than {PARAMETERS_MAX} parameters; gather them in a frozen dataclass"


def test_every_listed_exception_is_still_needed() -> None:
    known = {f"{source.path}:{name}": function for source in sources() for name, function in functions(source)}

    stale = [key for key in LONG_FUNCTIONS if key not in known or lines_of(known[key]) <= FUNCTION_LINES_MAX]
    stale += [key for key in WIDE_SIGNATURES if key not in known or parameters_of(known[key]) <= PARAMETERS_MAX]
    assert stale == [], "no longer an exception: delete its line"
