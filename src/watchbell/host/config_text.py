"""Run config as YAML: the values, and the line on which each of them stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from watchbell.ground.value import dataclass

TEXT_LENGTH_MAX = 2_000_000


@dataclass(frozen=True)
class TextMistake:
    """A mistake in config, and where it stands.

    Args:
        path: the keys that lead there; empty: the whole.
        message: what is wrong.
        line: in the text, from 1; None: nowhere, for something is missing from the whole.
        column: from 1.
    """

    path: tuple[str, ...]
    message: str
    line: int | None = None
    column: int | None = None


class ConfigText:
    """Config as somebody wrote it.

    Args:
        text: YAML, or JSON, which is YAML too.

    Example:
        >>> written = ConfigText("ops:\\n  load:\\n    config: {limit: 3}")
        >>> written.value, written.place_of(("ops", "load", "config", "limit"))
        ({'ops': {'load': {'config': {'limit': 3}}}}, (3, 14))
    """

    def __init__(self, text: str) -> None:
        self.value: dict[str, Any] = {}
        self.mistakes: list[TextMistake] = []
        self._root: yaml.Node | None = None
        if len(text) > TEXT_LENGTH_MAX:
            self.mistakes.append(TextMistake((), f"the text is {len(text):,} characters long; that is too much"))
            return
        try:
            self._root = yaml.compose(text, Loader=yaml.SafeLoader)
            value = yaml.safe_load(text)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line, column = (None, None) if mark is None else (mark.line + 1, mark.column + 1)
            self.mistakes.append(TextMistake((), f"this is no YAML: {error.problem or error.context}", line, column))
            return
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            self.mistakes.append(TextMistake((), f"this is no YAML: {error}"))
            return
        if value is not None and not isinstance(value, dict):
            what = type(value).__name__
            self.mistakes.append(TextMistake((), f"expected a mapping such as `ops: ...`, found {what}", 1, 1))
            return
        self.value = value or {}
        self._find_twins(self._root, (), 0)

    def place_of(self, path: Sequence[str]) -> tuple[int, int] | None:
        """Line and column, from 1, of what stands at a path, or of the nearest thing around it that is there."""
        node, place = self._root, None
        for part in path:
            found = _inside(node, part)
            if found is None:
                break
            mark, node = found
            place = (mark.line + 1, mark.column + 1)
        return place

    def _find_twins(self, node: yaml.Node | None, path: tuple[str, ...], depth: int) -> None:
        """A key that stands twice: YAML would take the last one without a word."""
        if not isinstance(node, yaml.MappingNode | yaml.SequenceNode) or depth > 100:
            return
        if isinstance(node, yaml.SequenceNode):
            for number, each in enumerate(node.value):
                self._find_twins(each, (*path, str(number)), depth + 1)
            return
        seen: set[str] = set()
        for key, each in node.value:
            name = str(key.value)
            if name in seen and name != "<<":
                mark = key.start_mark
                text = f"the key {name[:100]!r} stands here a second time"
                self.mistakes.append(TextMistake((*path, name), text, mark.line + 1, mark.column + 1))
            seen.add(name)
            self._find_twins(each, (*path, name), depth + 1)


def _inside(node: yaml.Node | None, part: str) -> tuple[yaml.Mark, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if str(key.value) == part:
                return key.start_mark, value
    if isinstance(node, yaml.SequenceNode) and part.isdecimal() and int(part) < len(node.value):
        each = node.value[int(part)]
        return each.start_mark, each
    return None
