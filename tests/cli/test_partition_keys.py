"""Commands take and print every key of a partition as it is."""

from __future__ import annotations

from tests.cli.conftest import Terminal

KEYS = ["a/b", "it's", 'say "hi"', "a,b", " a ", "-n", "%2f", "日本", "<b>", "[red]", "x" * 1_000]


def test_every_key_can_be_given_to_commands(terminal: Terminal) -> None:
    code = terminal.write(
        "from watchbell import *\n"
        f"odd = asset(lambda: None, name='odd', partitions_def=StaticPartitionsDefinition({KEYS!r}))\n"
        "defs = Definitions([odd])\n"
    )

    for key in KEYS:
        made = terminal.run_on_code("asset", "materialize", "--select", "odd", "--partition", key)
        rows = terminal.run_on_code("partitions", "list", "odd", "--from", key, "--to", key, "--json").json()
        assert (made.code, [(row["partition"], row["status"]) for row in rows]) == (0, [(key, "made")]), key

    gone = terminal.run("partitions", "wipe", "-f", str(code), "--noprompt", "odd", "--", "a,b", " a ", "-n")
    rows = terminal.run_on_code("partitions", "list", "odd", "--json").json()
    assert gone.code == 0
    assert [row["partition"] for row in rows if row["status"] == "missing"] == ["a,b", " a ", "-n"]


def test_a_table_shows_keys_as_they_are(terminal: Terminal) -> None:
    terminal.write(
        "from watchbell import *\n"
        "odd = asset(lambda: None, name='odd', partitions_def=StaticPartitionsDefinition(['[red]', '<b>']))\n"
        "defs = Definitions([odd])\n"
    )

    lines = terminal.run_on_code("partitions", "list", "odd").out.splitlines()

    assert [line.split()[0] for line in lines[-2:]] == ["[red]", "<b>"]
