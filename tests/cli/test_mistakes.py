"""Mistakes of users: each ends in one clear message and an exit code, none in a traceback of ours."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import watchbell
from tests.cli.conftest import Said, Terminal

OURS = str(Path(watchbell.__file__).parent)
WRONG_COMMAND_LINE, ERROR = 2, 1


def assert_clear(said: Said, code: int, *wanted: str) -> None:
    """One message on stderr that says what is wanted, nothing on stdout, no frame of ours."""
    assert said.code == code, said
    assert said.out == "", said
    assert f'File "{OURS}' not in said.err, "a frame of ours"
    for each in wanted:
        assert re.search(each, said.err), said.err
    assert len(re.findall("error:", said.err, re.IGNORECASE)) >= 1, said.err


# --------------------------------------------------------- the command line


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["jbo", "list"], "'jbo'.*job"),
        (["job", "lst"], "lst"),
        (["run", "show"], "RUN_ID"),
        (["run", "list", "--limit", "0"], "limit"),
        (["run", "list", "--limit", "many"], "limit"),
        (["run", "list", "--status", "GONE"], "status"),
        (["run", "list", "--tag", "novalue"], "KEY=VALUE"),
        (["asset", "materialize", "-f", "definitions.py"], "--select"),
        (["schedule", "start"], "give a NAME or --start-all"),
        (["schedule", "preview", "nightly", "--at", "tomorrow", "-f", "definitions.py"], "--at"),
        (["sensor", "cursor", "landing", "--set", "1", "--delete", "-f", "definitions.py"], "not both"),
        (["job", "execute", "-f", "definitions.py"], "say which job with -j.*broken.*etl"),
        (["job", "execute", "-j", "etl", "-f", "definitions.py", "--config-json", "{rows: 3}"], "--config-json.*JSON"),
        (["job", "execute", "-j", "etl", "-f", "definitions.py", "--config-json", "[1]"], "JSON object"),
        (["job", "execute", "-j", "etl", "-f", "definitions.py", "--tags", "team"], "--tags.*JSON"),
        (["job", "execute", "-j", "etl", "-f", "definitions.py", "-c", "none.yaml"], "none.yaml.*No such file"),
        (["dev", "--port", "70000"], "port"),
        (["completion", "tcsh"], "tcsh"),
        (["--nonsense"], "nonsense"),
    ],
    ids=lambda value: " ".join(value[:3]) if isinstance(value, list) else "",
)
def test_a_wrong_command_line_is_told_with_code_2(terminal: Terminal, words, wanted) -> None:
    assert_clear(terminal.run(*words), WRONG_COMMAND_LINE, wanted)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["schedule", "next", "landing"], "'landing' is a sensor, not a schedule: `watchbell sensor"),
        (["sensor", "preview", "nightly"], "'nightly' is a schedule, not a sensor: `watchbell schedule"),
    ],
)
def test_a_schedule_that_is_a_sensor_is_told_so(terminal: Terminal, words, wanted) -> None:
    assert_clear(terminal.run_on_code(*words), ERROR, wanted)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("ops: [", "run.yaml.*YAML"), ("- a\n- b", "run.yaml.*mapping"), ("just text", "run.yaml.*mapping")],
)
def test_config_files_that_are_none_are_named(terminal: Terminal, text, wanted) -> None:
    terminal.write(text, "run.yaml")

    said = terminal.run_on_code("job", "execute", "-j", "etl", "-c", "run.yaml")

    assert_clear(said, WRONG_COMMAND_LINE, wanted)


def test_a_binary_config_file_is_named(terminal: Terminal) -> None:
    (terminal.folder / "run.yaml").write_bytes(b"\x80\xff\x00")

    said = terminal.run_on_code("job", "execute", "-j", "etl", "-c", "run.yaml")

    assert_clear(said, WRONG_COMMAND_LINE, "run.yaml")


def test_a_config_file_may_be_relative_whatever_folder_the_code_is_in(terminal: Terminal) -> None:
    terminal.write("ops: {load: {config: {rows: 3}}}", "run.yaml")
    (terminal.folder / "elsewhere").mkdir()

    said = terminal.run_on_code("job", "execute", "-j", "etl", "-c", "run.yaml", "-d", "elsewhere")

    assert said.code == 0, said


# ------------------------------------------------------------------ the code


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["-f", "definition.py"], r"definition\.py"),
        (["-m", "definitons"], "definitons.*definitions"),
        (["-w", "none.yaml"], r"none\.yaml"),
        (["-f", "definitions.py", "-a", "dfes"], "dfes.*defs"),
        (["-f", "definitions.py", "-w", "definitions.py"], "not both"),
        (["-f", "definitions.py", "-d", "nowhere"], "nowhere"),
        (["--package-name", "definitions"], "package"),
        ([], "no code to load.*-f"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_code_that_is_not_there_is_told_with_the_nearest(terminal: Terminal, words, wanted) -> None:
    assert_clear(terminal.run("definitions", "validate", *words), ERROR, wanted)


OP_AND_JOB = "from watchbell import Definitions, ScheduleDefinition, job, op\n@op\ndef a(): pass\n@job\ndef j(): a()\n"
BAD_CODE = {
    "syntax": ("x = 1\nthis is no python\n", r"definitions\.py:2"),
    "raises": ("\n\nraise RuntimeError('no licence')\n", r"no licence.*definitions\.py:3"),
    "no_module": ("import numpyy\n", "numpyy"),
    "exits": ("import sys\nsys.exit(4)\n", "sys.exit"),
    "empty": ("", r"definitions\.py"),
    "no_name": ("from watchbell import jobb\n", "jobb"),
    "nul": ("\0", r"definitions\.py"),
    "name": (f"{OP_AND_JOB}@op(name='a b')\ndef b(): pass\n", "'a b'"),
    "cycle": (
        "from watchbell import asset\n@asset\ndef a(b): pass\n@asset\ndef b(a): pass\n",
        r"in a circle: a .*\(.*/definitions\.py\)",
    ),
    "cron": (f"{OP_AND_JOB}s = ScheduleDefinition(job=j, cron_schedule='61 * * * *')\n", "61.*minute|minute.*61"),
    "zone": (
        f"{OP_AND_JOB}s = ScheduleDefinition(job=j, cron_schedule='@daily', execution_timezone='Europe/Berln')\n",
        "Europe/Berln.*Europe/Berlin",
    ),
    "resource": (
        OP_AND_JOB + "@op(required_resource_keys={'warehouse'})\ndef b(context): pass\n@job\ndef k(): b()\n",
        "warehouse",
    ),
}


@pytest.mark.parametrize(("code", "wanted"), BAD_CODE.values(), ids=BAD_CODE)
def test_code_with_a_mistake_is_told_with_file_and_reason(terminal: Terminal, code, wanted) -> None:
    terminal.write(code)

    said = terminal.run_on_code("definitions", "validate")

    assert_clear(said, ERROR, wanted.replace(".*", r"[\s\S]*"), r"definitions\.py")


def test_a_traceback_of_the_users_own_code_is_shown_and_only_that(terminal: Terminal) -> None:
    terminal.write("def inner():\n    raise RuntimeError('no licence')\n\n\ninner()\n")

    said = terminal.run_on_code("job", "list")

    assert_clear(said, ERROR, "line 2, in inner", "line 5, in <module>")


# --------------------------------------------------------- names and config


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["job", "execute", "-j", "elt"], "'elt'.*'etl'"),
        (["job", "launch", "-j", "elt"], "'elt'.*'etl'"),
        (["schedule", "start", "nightl"], "'nightl'.*'nightly'"),
        (["schedule", "stop", "nightl"], "'nightl'.*'nightly'"),
        (["schedule", "preview", "nightl"], "'nightl'.*'nightly'"),
        (["schedule", "logs", "nightl"], "'nightl'.*'nightly'"),
        (["sensor", "start", "landin"], "'landin'.*'landing'"),
        (["sensor", "stop", "landin"], "'landin'.*'landing'"),
        (["sensor", "preview", "landin"], "'landin'.*'landing'"),
        (["sensor", "cursor", "landin"], "'landin'.*'landing'"),
        (["sensor", "logs", "landin"], "'landin'.*'landing'"),
        (["asset", "materialize", "-s", "order"], "order"),
        (["asset", "list", "-s", "group:"], "group"),
        (["asset", "materialize", "-s", "((orders"], "orders"),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, list) else "",
)
def test_an_unknown_name_is_told_with_the_nearest(terminal: Terminal, words, wanted) -> None:
    assert_clear(terminal.run_on_code(*words), ERROR, wanted)


@pytest.mark.parametrize("command", ["execute", "launch"])
def test_every_mistake_in_a_run_config_is_listed(terminal: Terminal, command) -> None:
    config = '{"ops": {"load": {"config": {"rows": "many", "nmae": "x"}}, "laod": {}}, "resorces": {}}'

    said = terminal.run_on_code("job", command, "-j", "etl", "--config-json", config)

    assert_clear(said, ERROR, "rows", "nmae", "laod", "resorces")
    with terminal.instance() as instance:
        assert instance.get_runs() == [], "refused before a run exists"


def test_a_missing_field_is_named_with_its_place(terminal: Terminal) -> None:
    said = terminal.run_on_code("job", "execute", "-j", "etl")

    assert_clear(said, ERROR, "ops", "load")


@pytest.mark.parametrize("command", ["show", "logs", "cancel"])
def test_an_unknown_run_is_told(terminal: Terminal, command) -> None:
    assert_clear(terminal.run("run", command, "none"), ERROR, "there is no run 'none'")


@pytest.mark.parametrize("cursor", ["a\0b", "c" * 1_000_001], ids=["nul", "too_long"])
def test_a_cursor_that_cannot_be_stored_is_refused(terminal: Terminal, cursor) -> None:
    assert_clear(terminal.run_on_code("sensor", "cursor", "landing", "--set", cursor), ERROR, "cursor")


def test_a_tag_that_cannot_be_stored_is_refused(terminal: Terminal) -> None:
    said = terminal.run_on_code("job", "execute", "-j", "broken", "--tags", '{"a": "b\\u0000"}')

    assert_clear(said, ERROR, "control character")


@pytest.mark.parametrize("tags", ['{"a": 1}', '{"a": null}', '{"a": {"b": 1}}'])
def test_a_tag_that_is_no_text_is_refused(terminal: Terminal, tags) -> None:
    assert_clear(terminal.run_on_code("job", "launch", "-j", "broken", "--tags", tags), ERROR, "tag")


# ------------------------------------------------------------------ the home


def test_settings_with_mistakes_are_listed(terminal: Terminal) -> None:
    terminal.home.mkdir()
    (terminal.home / "watchbell.yaml").write_text("max_concurent_runs: 3\nquarantine_after: none\n")

    said = terminal.run("run", "list")

    assert_clear(said, ERROR, "max_concurent_runs.*max_concurrent_runs", "quarantine_after")


@pytest.mark.parametrize("text", ["a: [", "- 1", "\x00"])
def test_settings_that_are_no_yaml_mapping_are_told(terminal: Terminal, text) -> None:
    terminal.home.mkdir()
    (terminal.home / "watchbell.yaml").write_text(text)

    assert_clear(terminal.run("run", "list"), ERROR, r"watchbell\.yaml")


def test_a_home_below_a_file_is_told(terminal: Terminal, monkeypatch) -> None:
    monkeypatch.setenv("WATCHBELL_HOME", str(terminal.folder / "definitions.py" / "home"))

    assert_clear(terminal.run("run", "list"), ERROR, "definitions.py")


def test_a_sensor_that_raises_in_a_preview_shows_the_users_error(terminal: Terminal) -> None:
    said = terminal.run_on_code("sensor", "preview", "landing", "--cursor", "13")

    assert_clear(said, ERROR, "RuntimeError: thirteen", "landing")


def test_an_asset_of_one_of_several_code_locations_is_selected(terminal: Terminal) -> None:
    both = []
    for name in ("left", "right"):
        text = f"from watchbell import asset\n@asset\ndef {name}_one(): ...\n"
        both += ["-f", str(terminal.write(text, f"{name}.py"))]

    listed = terminal.run("asset", "list", *both, "-s", "right_one", "--json")
    made = terminal.run("asset", "materialize", *both, "-s", "left_one,right_one")
    unknown = terminal.run("asset", "list", *both, "-s", "middle_one")

    assert '"right_one"' in listed.out
    assert '"left_one"' not in listed.out
    assert made.code == 0
    assert made.out.count("RUN_SUCCESS") == 2
    assert_clear(unknown, ERROR, "no asset 'middle_one' is defined here")
