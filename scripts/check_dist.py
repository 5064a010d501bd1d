"""Install what ``make build`` made into empty environments and run it from an empty folder.

Finds what an editable install hides: a file left out of the wheel, a dependency that is only a development one, an
sdist that cannot be built. The wheels and the sdist each get an environment of their own.
"""

import os
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from pathlib import Path


def run(command: list[str], folder: Path) -> str:
    """The output of ``command`` run in ``folder``; a failure ends the check with what it printed."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "WATCHBELL"))}
    done = subprocess.run(command, cwd=folder, env=environment, text=True, capture_output=True, check=False)
    if done.returncode != 0:
        sys.exit(f"failed ({done.returncode}): {' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def check_install(packages: list[Path], commands: list[list[str]]) -> None:
    """Install ``packages`` into a fresh environment; run its scripts as ``commands`` say, from an empty folder."""
    with tempfile.TemporaryDirectory() as scratch:
        home, empty = Path(scratch, "venv"), Path(scratch, "empty")
        empty.mkdir()
        venv.create(home, with_pip=True)
        scripts = home / "bin"
        run([str(scripts / "python"), "-m", "pip", "install", "--quiet", *map(str, packages)], empty)
        for script, *arguments in commands:
            said = run([str(scripts / script), *arguments], empty).strip()
            print(f"  {script} {' '.join(arguments).splitlines()[0]}: {said}")


def check_pages(archive: Path) -> None:
    """End the check if ``archive``, a wheel or sdist, comes without the pages, or with what only their build needs."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as opened:
            names = opened.namelist()
    else:
        with tarfile.open(archive) as opened_tar:
            names = opened_tar.getnames()
    pages = [name for name in names if "watchbell/web/static/" in name]
    missing = [
        ending
        for ending in ("index.html", ".js", ".js.br", ".js.gz", ".css")
        if not any(name.endswith(ending) for name in pages)
    ]
    if missing:
        sys.exit(f"{archive.name} comes without the pages (no {', '.join(missing)}): make build-ui, then make build")
    if any("node_modules" in name for name in names):
        sys.exit(f"{archive.name} has packages of node in it")
    print(f"  {archive.name}: {len(pages)} files of the pages")


def without(code: str, extra: str) -> list[str]:
    """A command that succeeds if ``code`` is refused, naming the extra to install."""
    lines = [
        "import sys",
        f"try: exec({code!r})",
        "except ModuleNotFoundError as error: text = str(error)",
        "else: sys.exit('not refused')",
        f"if 'watchbell[{extra}]' not in text: sys.exit(text)",
        "print('refused:', text)",
    ]
    return ["python", "-c", "\n".join(lines)]


# What a plain install does not have: the code that asks for it, and the extra that the refusal names.
EXTRAS = [
    ("import dagster_duckdb", "duckdb"),
    ("import watchbell.io.duckdb", "duckdb"),
    ("import watchbell.io.parquet", "upath"),
    ("from watchbell import UPathIOManager\nclass Files(UPathIOManager): pass", "upath"),
    ("from watchbell import notify\nnotify('json://x', 'text')", "notify"),
    ("from watchbell.io.frames import frames_of\nframes_of('pandas')", "pandas"),
]


def main() -> int:
    """Check the wheels, then the sdist, of the folder given as the first argument."""
    dist = Path(sys.argv[1]).resolve()
    own_wheel, own_sdist = next(dist.glob("watchbell-*.whl")), next(dist.glob("watchbell-*.tar.gz"))
    alias_wheel = next(dist.glob("dagster-*.whl"))
    everything = "import watchbell as w; print(len([getattr(w, name) for name in w.__all__]))"
    own = [["watchbell", "--version"], ["watchbell", "--help"], ["python", "-c", everything]]
    pipes = [
        ["python", "-c", "import watchbell_pipes; print(len(watchbell_pipes.__all__), 'names of watchbell_pipes')"]
    ]
    alias = [
        ["dagster", "--version"],
        ["python", "-c", "import dagster; print(dagster.__version__)"],
        ["python", "-c", "import dagster_pipes; print(dagster_pipes.open_dagster_pipes.__name__)"],
    ]
    print("pages:")
    check_pages(own_wheel)
    check_pages(own_sdist)
    print("wheels:")
    check_install(
        [own_wheel, alias_wheel], own + pipes + alias + [without(*each) for each in EXTRAS if each[1] != "upath"]
    )
    print("sdist:")
    check_install(
        [own_sdist], own + pipes + [without(*each) for each in EXTRAS if not each[0].startswith("import dagster")]
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
