"""Step keys of steps that exist once for each mapping key: ``op[key]``, and ``op[outer,inner]`` in a map inside a map.

A plan has one model for all of them, ``op[?]``; its copies come to be when the keys are known.
"""

from __future__ import annotations

from collections.abc import Sequence


def copy_key(path: str, keys: Sequence[str]) -> str:
    """Key of the step at ``path`` for these mapping keys, outermost first; the path itself without any."""
    return f"{path}[{','.join(keys)}]" if keys else path


def model_key(path: str, levels: int) -> str:
    """Key of the model of the steps at ``path``, which are mapped over so many levels of keys (count)."""
    return copy_key(path, ["?"] * levels)


def path_of(step_key: str) -> str:
    """Place of a step in its job: its key without mapping keys."""
    return step_key.partition("[")[0]


def keys_of(step_key: str) -> tuple[str, ...]:
    """The mapping keys of a step, outermost first; none for one that is not mapped."""
    inside = step_key.partition("[")[2]
    return tuple(inside[:-1].split(",")) if inside else ()
