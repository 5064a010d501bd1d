"""How much memory is free, read from files as Linux writes them."""

import sys
from pathlib import Path

import pytest

from watchbell.host.free_memory import free_share

MEMINFO = "MemTotal:       1000 kB\nMemFree:         100 kB\nMemAvailable:    400 kB\nHugePages_Total:       0\n"


def machine(root: Path, **cgroup: str) -> Path:
    """A root folder of a machine of which 40 % is free, in a container with these files."""
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/meminfo").write_text(MEMINFO)
    (root / "proc/self/cgroup").write_text("1:cpu:/else\n0::/box\n")
    folder = root / "sys/fs/cgroup/box"
    folder.mkdir(parents=True)
    for name, text in cgroup.items():
        (folder / f"memory.{name}").write_text(text)
    return root


def test_free_memory_is_what_new_processes_can_have(tmp_path: Path) -> None:
    assert free_share(machine(tmp_path)) == pytest.approx(0.4)


def test_a_container_that_has_less_goes_before_the_machine(tmp_path: Path) -> None:
    root = machine(tmp_path, max="2000\n", current="1900\n", stat="anon 1500\ninactive_file 300\nactive_file 7\n")

    assert free_share(root) == pytest.approx(0.2)


def test_a_container_that_has_more_does_not_count(tmp_path: Path) -> None:
    root = machine(tmp_path, max="2000\n", current="200\n", stat="inactive_file 0\n")

    assert free_share(root) == pytest.approx(0.4)


def test_a_container_without_a_limit_does_not_count(tmp_path: Path) -> None:
    root = machine(tmp_path, max="max\n", current="200\n", stat="inactive_file 0\n")

    assert free_share(root) == pytest.approx(0.4)


def test_a_full_container_has_nothing_free(tmp_path: Path) -> None:
    root = machine(tmp_path, max="2000\n", current="2048\n", stat="")

    assert free_share(root) == 0.0


def test_where_the_system_does_not_say_it_is_unknown(tmp_path: Path) -> None:
    assert free_share(tmp_path) is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says")
def test_this_machine_says() -> None:
    share = free_share()

    assert share is not None
    assert 0 <= share <= 1
