"""Pickles with a signature."""

import io
import os
import pickle
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.declare.io.signed_pickle import TRAILER_BYTES, UnsignedPickleError, read_signed, write_signed

KEY = b"k" * 32


class Attack:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.path),)


def test_a_value_comes_back(tmp_path: Path) -> None:
    value = {"rows": list(range(10_000)), "text": "x" * 100_000}

    size = write_signed(tmp_path / "v", value, KEY)

    assert read_signed(tmp_path / "v", KEY) == value
    assert size == (tmp_path / "v").stat().st_size


def test_the_file_is_readable_by_its_user_alone(tmp_path: Path) -> None:
    write_signed(tmp_path / "v", 1, KEY)

    assert stat.S_IMODE((tmp_path / "v").stat().st_mode) == 0o600


def test_plain_pickle_reads_it_too(tmp_path: Path) -> None:
    write_signed(tmp_path / "v", [1, 2], KEY)

    with (tmp_path / "v").open("rb") as file:
        assert pickle.load(file) == [1, 2]


def test_an_unsigned_file_is_refused_and_not_run(tmp_path: Path) -> None:
    (tmp_path / "v").write_bytes(pickle.dumps(Attack(tmp_path / "owned")))

    with pytest.raises(UnsignedPickleError, match="has no signature") as caught:
        read_signed(tmp_path / "v", KEY)

    assert not (tmp_path / "owned").exists()
    assert caught.value.path == str(tmp_path / "v")


def test_a_file_of_another_home_is_refused(tmp_path: Path) -> None:
    write_signed(tmp_path / "v", 1, b"other" * 8)

    with pytest.raises(UnsignedPickleError, match="not signed with the key of this home"):
        read_signed(tmp_path / "v", KEY)


def test_unsigned_files_are_read_where_that_is_allowed(tmp_path: Path) -> None:
    (tmp_path / "v").write_bytes(pickle.dumps([1]))

    assert read_signed(tmp_path / "v", KEY, allow_unsigned=True) == [1]


@given(at=st.integers(0, 200), bit=st.integers(0, 7))
def test_no_changed_byte_goes_unseen(tmp_path_factory: pytest.TempPathFactory, at: int, bit: int) -> None:
    path = tmp_path_factory.mktemp("signed") / "v"
    write_signed(path, {"rows": [1, 2, 3]}, KEY)
    content = bytearray(path.read_bytes())
    content[at % len(content)] ^= 1 << bit
    path.write_bytes(bytes(content))

    with pytest.raises(UnsignedPickleError):
        read_signed(path, KEY)


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    write_signed(tmp_path / "v", [1, 2, 3], KEY)
    whole = (tmp_path / "v").read_bytes()

    for kept in (0, 1, TRAILER_BYTES, len(whole) - 1):
        (tmp_path / "v").write_bytes(whole[:kept])
        with pytest.raises(UnsignedPickleError):
            read_signed(tmp_path / "v", KEY)


def test_a_value_that_cannot_be_pickled_leaves_the_old_one(tmp_path: Path) -> None:
    write_signed(tmp_path / "v", "old", KEY)

    with pytest.raises((TypeError, AttributeError, pickle.PicklingError)):
        write_signed(tmp_path / "v", {"f": io.StringIO, "bad": lambda: 1}, KEY)

    assert read_signed(tmp_path / "v", KEY) == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["v"]


def test_large_and_small_values_come_back_side_by_side(tmp_path: Path) -> None:
    value = [b"a", b"b" * 70_000, "c" * 200_000, *("d" * 5_000 for _ in range(40)), bytearray(b"e" * 1_000_000)]

    size = write_signed(tmp_path / "v", value, KEY)

    assert read_signed(tmp_path / "v", KEY) == value
    assert size == (tmp_path / "v").stat().st_size
