"""Imports: no cycle of any kind, none hidden in a function, none only for the type checker.

The floors themselves are import-linter's contracts (pyproject.toml); this file holds what it does not look at.
"""

import ast
import importlib
from collections.abc import Iterator

from tests.house.sources import Source, sources
from watchbell.ground.upward import UPWARD

# Libraries that may be imported inside a function, in the floors that talk to the outside, because most processes of
# that floor never need them and they are slow to load.
HEAVY = {
    "alembic": "only a migration needs it",
    "fastapi": "only a serving process needs it",
    "matplotlib": "optional",
    "pandas": "optional",
    "pyroaring": "only sets of partitions need it",
    "psutil": "only a system without /proc needs it",
    "psycopg": "optional: PostgreSQL",
    "pyarrow": "optional",
    "ray": "optional",
    "rich": "only a table or a progress bar on a terminal needs it",
    "uvicorn": "only a serving process needs it",
    "watchfiles": "only a process that reloads needs it",
    "yaml": "only a workspace or settings file needs it",
}
RIM = {"assemble", "cli", "web", "services", "launch", "host", "store"}

# (file, imported module) -> why it cannot stand at the top.
IMPORTS_IN_FUNCTIONS: dict[tuple[str, str], str] = {
    ("execute/answers.py", "asyncio"): "20 ms that a run without async functions need not pay",
    ("declare/io/upath_io_manager.py", "upath"): "in a try: without it, a subclass says how to install it",
    ("io/file_io_manager.py", "upath"): "in a try: without it, the message says how to install it",
    ("io/duckdb.py", "duckdb"): "in a try: without it, the message says how to install it",
    ("io/duckdb.py", "pyarrow"): "the same",
    ("declare/automation/failure_mail.py", "watchbell.declare.automation.mail_body"): "only a mail needs it",
    ("declare/automation/failure_mail.py", "watchbell.declare.automation.mail_delivery"): "30 ms of smtplib, ssl",
    ("declare/automation/failure_notice.py", "apprise"): "in a try: without it, the message says how to install it",
    ("io/duckdb_connection.py", "duckdb"): "the same",
    ("store/sqlite.py", "fcntl"): "Windows has none",
    ("ground/process_tree.py", "psutil"): "only where something has to be ended by force, and it loads slowly",
    ("record/worker_identity.py", "psutil"): "Linux answers without it, and it loads slowly",
    ("declare/config/config_files.py", "yaml"): "only code that reads YAML config needs it, and it loads slowly",
    ("execute/run_loggers.py", "logging.config"): "few homes configure handlers, and it loads slowly",
    ("record/ordinal_set.py", "pyroaring"): "6 ms that who asks for one partition, or none, need not pay",
    ("settings.py", "yaml"): "most homes have no settings file, and it loads slowly",
}

# Files that may import by a name they compute, and for what.
IMPORTS_BY_NAME = {
    "declare/reconstructable.py": "loads the module of the user's that makes a job",
    "cli/main.py": "a command's module is loaded when it is used; its own floor, named in one table",
    "cli/job.py": "its command about backfills is loaded when it is used; its own floor, named there",
    "__init__.py": "resolves public names lazily",
    "ground/upward.py": "the table of the few calls that go up the floors",
    "declare/checks/load_asset_checks.py": "loads the modules of the user's packages",
    "declare/assets/load_assets.py": "loads the modules of the user's packages",
    "declare/load_definitions.py": "loads a package by its name",
    "host/errands/serve.py": "an errand's module is loaded in its own process; its own floor, named in one table",
    "io/frames.py": "a library of frames is loaded when its frames are met",
    "host/load.py": "loads the user's modules",
}


def imported_modules(source: Source, node: ast.AST, modules: frozenset[str]) -> Iterator[str]:
    """The modules an import statement names; of a ``from`` import the submodule where there is one."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        home = node.module or ""
        if node.level:
            package = source.module if source.path.endswith("__init__.py") else source.module.rpartition(".")[0]
            base = package.split(".")[: len(package.split(".")) - node.level + 1]
            home = ".".join([*base, *([node.module] if node.module else [])])
        for alias in node.names:
            yield f"{home}.{alias.name}" if f"{home}.{alias.name}" in modules else home


def import_graph() -> dict[str, set[str]]:
    """Module -> own modules it imports anywhere in its text: at the top, in a function, under a condition."""
    modules = frozenset(source.module for source in sources())
    return {
        source.module: {
            name
            for node in ast.walk(source.tree)
            for name in imported_modules(source, node, modules)
            if name in modules and name != source.module
        }
        for source in sources()
    }


def find_cycle(graph: dict[str, set[str]]) -> list[str]:
    """One cycle as the path that closes it, or an empty list; depth first, each module once."""
    done: set[str] = set()
    for start in sorted(graph):
        if start in done:
            continue
        path, pending = [start], [iter(sorted(graph[start]))]
        while pending:
            following = next(pending[-1], None)
            if following is None:
                done.add(path.pop())
                pending.pop()
            elif following in path:
                return [*path[path.index(following) :], following]
            elif following not in done:
                path.append(following)
                pending.append(iter(sorted(graph[following])))
    return []


def test_no_import_cycle_of_any_kind() -> None:
    cycle = find_cycle(import_graph())

    assert cycle == [], "these import each other; move what both need one floor down: " + " -> ".join(cycle)


def test_the_cycle_finder_finds_one() -> None:
    graph = {"a": {"b"}, "b": {"c", "d"}, "c": set(), "d": {"b"}}

    assert find_cycle(graph) == ["b", "d", "b"]


def test_the_pure_rules_do_not_reach_for_the_instance() -> None:
    """The floors allow it, and import-linter cannot name a module that may not exist yet."""
    found = [
        f"{module} imports {name}"
        for module, names in import_graph().items()
        for name in names
        if module.startswith("watchbell.automate.") and name in {"watchbell.instance", "watchbell.settings"}
    ]

    assert found == [], "facts come to automate/ as arguments"


def test_imports_stand_at_the_top_of_the_file() -> None:
    modules = frozenset(source.module for source in sources())
    found = []
    for source in sources():
        top = {id(node) for node in source.tree.body}
        for node in ast.walk(source.tree):
            if not isinstance(node, ast.Import | ast.ImportFrom) or id(node) in top:
                continue
            for name in imported_modules(source, node, modules):
                heavy = source.floor in RIM and name.split(".")[0] in HEAVY
                if not heavy and (source.path, name) not in IMPORTS_IN_FUNCTIONS:
                    found.append(f"{source.path}:{node.lineno} imports {name}")

    assert found == [], "move to the top, or list with the reason in tests/house/test_imports.py"


def test_no_import_is_for_the_type_checker_alone() -> None:
    found = [
        f"{source.path}:{node.lineno}"
        for source in sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
    ]

    assert found == [], "such an import hides a cycle; import it plainly, or use a Protocol of record/ports.py"


def test_own_code_imports_homes_not_the_public_namespace() -> None:
    modules = frozenset(source.module for source in sources())
    found = []
    for source in sources():
        for node in ast.walk(source.tree):
            names = {alias.name for alias in node.names} if isinstance(node, ast.ImportFrom) else set()
            flat = "watchbell" in imported_modules(source, node, modules)
            if flat and names != {"__version__"}:
                found.append(f"{source.path}:{getattr(node, 'lineno', 0)}")

    assert found == [], "the flat namespace reaches every floor; import from the name's home module"


def test_imports_by_name_are_rare_and_listed() -> None:
    found = {
        source.path
        for source in sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).split(".")[-1] in {"import_module", "_import_module", "__import__"}
    }

    assert found <= set(IMPORTS_BY_NAME), "unseen by the checks of the floors: list it with its reason"


def test_every_call_up_the_floors_finds_its_function() -> None:
    found = []
    for target in UPWARD.values():
        module, _, attribute = target.partition(":")
        if not callable(getattr(importlib.import_module(module), attribute, None)):
            found.append(target)

    assert found == [], "correct the table in ground/upward.py"
