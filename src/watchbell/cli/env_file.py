"""The file ``.env`` beside the code: variables that are set before the code is loaded.

What its values stand for is as in the ``.env`` files of other tools: ``NAME=value``, ``export NAME=value``, quotes,
``${NAME}`` and ``${NAME:-default}``, and ``#`` for remarks. A value of the file goes before one that is set already.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

ENV_FILE = ".env"

# One assignment: in quotes it may go over several lines; without, it ends before a remark or with the line.
ASSIGNMENT = re.compile(
    r"""^[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_][\w.-]*)[ \t]*=[ \t]*
    (?: '(?P<single>(?:[^'\\]|\\.)*)' | "(?P<double>(?:[^"\\]|\\.)*)" | (?P<plain>[^\n]*?) )
    [ \t]*(?:[ \t]\#[^\n]*)?$""",
    re.MULTILINE | re.VERBOSE | re.DOTALL,
)
REFERENCE = re.compile(r"\$\{(?P<name>[^}:]*)(?::-(?P<default>[^}]*))?\}")
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\"}


def variables_of(text: str, environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that the text of an ``.env`` file sets.

    Args:
        text: of the file.
        environment: what ``${NAME}`` may refer to, besides variables further up in the file.
    """
    found: dict[str, str] = {}

    def referred(match: re.Match[str]) -> str:
        return {**environment, **found}.get(match["name"], match["default"] or "")

    for match in ASSIGNMENT.finditer(text):
        if match["double"] is not None:
            value = re.sub(r"\\(.)", lambda each: ESCAPES.get(each[1], each[0]), match["double"], flags=re.DOTALL)
        else:
            value = match["plain"] if match["single"] is None else match["single"]
        found[match["name"]] = REFERENCE.sub(referred, value)
    return found


def load_env_file(folder: Path) -> list[str]:
    """Sets the variables of the folder's ``.env`` file in this process's environment.

    Returns:
        Their names; none where there is no such file.
    """
    try:
        text = (folder / ENV_FILE).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return []
    found = variables_of(text, os.environ)
    os.environ.update(found)
    return list(found)
