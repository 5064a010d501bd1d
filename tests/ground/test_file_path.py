"""Files beside the code."""

from pathlib import Path

import pytest

from watchbell.ground.file_path import file_relative_path


@pytest.mark.parametrize(
    ("beside", "way", "expected"),
    [
        ("/shop/assets/orders.py", "orders.sql", "/shop/assets/orders.sql"),
        ("/shop/assets/orders.py", "../data/orders.csv", "/shop/data/orders.csv"),
        ("/shop/orders.py", "/data/orders.csv", "/data/orders.csv"),
        ("orders.py", "orders.sql", f"{Path.cwd()}/orders.sql"),
    ],
)
def test_a_path_is_told_from_the_folder_of_the_file(beside: str, way: str, expected: str) -> None:
    assert file_relative_path(beside, way) == expected
