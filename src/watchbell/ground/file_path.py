"""Files that lie beside the code that uses them."""

import os
from pathlib import Path


def file_relative_path(dunderfile: str, relative_path: str) -> str:
    """The path of a file, told from where a Python file lies, whatever the working directory is.

    Args:
        dunderfile: the Python file: ``__file__``.
        relative_path: the way from its folder; an absolute path stays as it is.

    Returns:
        The absolute path, without ``..``.

    Example:
        >>> file_relative_path("/shop/assets/orders.py", "../data/orders.csv")
        '/shop/data/orders.csv'
    """
    # Not resolve(), which would follow links: a file is looked for where its neighbours were put.
    return os.path.abspath(Path(dunderfile).parent / relative_path)  # noqa: PTH100 - pathlib keeps the ".."
