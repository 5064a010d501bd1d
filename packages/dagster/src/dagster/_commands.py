"""Commands beside ``dagster``: ``dagster-daemon``, ``dagster-webserver`` (or ``dagit``), ``dg``, ``dagster-graphql``.

Each is turned into watchbell's own command; what has no counterpart is refused with what to use instead.
"""

import sys
from collections.abc import Sequence

import click

import watchbell
from dagster import __version__
from watchbell.cli.main import main as run_words

# What `dg` does -> watchbell's words for it.
DG_COMMANDS: dict[tuple[str, ...], list[str]] = {
    ("dev",): ["dev"],
    ("check", "defs"): ["definitions", "validate"],
}
# The lists that `dg list defs` prints, one after the other.
DG_LISTS = ("asset", "job", "schedule", "sensor")
NO_COMPONENTS = "components are not taken over, and nor are their files: write definitions in Python"
DG_REFUSED: dict[tuple[str, ...], str] = {
    ("check", "yaml"): NO_COMPONENTS,
    ("list", "components"): NO_COMPONENTS,
    ("scaffold",): f"{NO_COMPONENTS}; examples/ has whole projects",
    ("utils",): NO_COMPONENTS,
    ("plus",): "there is no hosted service to speak to",
    ("api",): "the service has an HTTP API: docs/http.md",
}
PROGRAMS_REFUSED = {
    "dagster-graphql": "there is no GraphQL; the service has an HTTP API: docs/http.md",
}


def _told_version(program: str) -> bool:
    if sys.argv[1:] != ["--version"]:
        return False
    print(f"{program}, version {__version__} (watchbell {watchbell.__version__})")
    return True


def _refuse(program: str, why: str) -> None:
    click.echo(f"Error: {program} is not taken over: {why}", err=True)
    sys.exit(2)


def daemon() -> None:
    """``dagster-daemon run``: schedules, sensors and runs, without the page."""
    words = sys.argv[1:]
    if _told_version("dagster-daemon"):
        return
    if words[:1] == ["run"]:
        run_words(["daemon", *words[1:]], program="dagster-daemon run")
    elif words[:1] in (["liveness-check"], ["debug"]):
        _refuse(f"dagster-daemon {words[0]}", "`dagster instance info` says whether a daemon works on the home")
    elif words and not words[0].startswith("-"):
        _refuse(f"dagster-daemon {words[0]}", "a lease in the database says who works; nothing has to be wiped")
    else:
        print(
            "Usage: dagster-daemon run [OPTIONS]\n\n"
            "  As `watchbell daemon`: schedules, sensors and runs, without the page."
        )


def webserver() -> None:
    """``dagster-webserver``: the page, and the service that it shows, in one process."""
    if _told_version("dagster-webserver"):
        return
    if not {"--help"} & set(sys.argv[1:]):
        note = (
            "the page belongs to the process that runs schedules, sensors and runs, so this starts both, as "
            "`dagster dev` does. A `dagster-daemon run` beside it waits and takes over when this one ends; start this "
            "one first."
        )
        click.echo(f"note: {note}", err=True)
    run_words(["dev", *sys.argv[1:]], program="dagster-webserver")


def graphql() -> None:
    """``dagster-graphql``: refused."""
    _refuse("dagster-graphql", PROGRAMS_REFUSED["dagster-graphql"])


def dg() -> None:
    """``dg``: its commands about definitions, under watchbell's names."""
    words = sys.argv[1:]
    if _told_version("dg"):
        return
    for beginning, own in DG_COMMANDS.items():
        if tuple(words[: len(beginning)]) == beginning:
            run_words([*own, *_without_dg_options(words[len(beginning) :])], program=f"dg {' '.join(beginning)}")
    for beginning, why in DG_REFUSED.items():
        if tuple(words[: len(beginning)]) == beginning:
            _refuse(f"dg {' '.join(beginning)}", why)
    if words[:1] == ["launch"]:
        run_words(_launch_words(words[1:]), program="dg launch")
    if words[:2] == ["list", "defs"]:
        _list_definitions(words[2:])
        return
    if words[:1] == ["check"]:
        run_words(["definitions", "validate", *words[1:]], program="dg check")
    usage = "Usage: dg dev | check defs | list defs | launch --assets SELECTION | launch --job NAME  [OPTIONS]"
    print(f"{usage}\n\n  As watchbell's dev, definitions validate, lists, asset materialize and job execute.")
    sys.exit(0 if not words or words[0] in ("-h", "--help") else 2)


def _without_dg_options(words: Sequence[str]) -> list[str]:
    """The words without options that choose among things there are none of here."""
    return [word for word in words if word not in ("--check-yaml", "--no-check-yaml", "--use-active-venv")]


def _launch_words(words: Sequence[str]) -> list[str]:
    """``dg launch``: of assets, or of a job."""
    renamed = {"--assets": "--select", "--config-file": "--config"}
    own = [renamed.get(word, word) for word in words]
    own = [f"--select={word.removeprefix('--assets=')}" if word.startswith("--assets=") else word for word in own]
    is_of_job = any(word == "--job" or word.startswith("--job=") for word in own)
    return [*(("job", "execute") if is_of_job else ("asset", "materialize")), *own]


def _list_definitions(words: Sequence[str]) -> None:
    code = 0
    for noun in DG_LISTS:
        click.secho(f"{noun}s", bold=True)
        try:
            run_words([noun, "list", *words], program=f"dg list defs: {noun}s")
        except SystemExit as ended:
            code = max(code, int(ended.code or 0))
    sys.exit(code)
