"""Config types without parts: any value, text, numbers, truth values, choices; and the walk that reads config.

Text, numbers and truth values may always be given as ``{"env": NAME}``; such a reference stays one until a run is
launched, so that stored config never holds a secret.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from watchbell.declare.config.env_var import EnvVar, IntEnvVar, as_reference
from watchbell.ground.errors import ConfigMistake
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass

Path = tuple[str, ...]
Environment = Callable[[str], str | None]
# Stands for "nothing was given" where None is a value.
ABSENT: Any = object()


class Reading:
    """One walk through config: where mistakes go, and where variables come from.

    Args:
        env: looks up an environment variable; None: references are checked in form and kept.
    """

    __slots__ = ("env", "mistakes")

    def __init__(self, env: Environment | None = None) -> None:
        self.env = env
        self.mistakes: list[ConfigMistake] = []

    def wrong(self, path: Path, message: str) -> None:
        """Notes a mistake."""
        self.mistakes.append(ConfigMistake(path, message))


class ConfigType(Protocol):
    """A type of config: what the values of ``Field(...)`` are read by.

    Example:
        >>> isinstance(Field({"limit": int}).config_type, Shape)
        True
    """

    @property
    def label(self) -> str:
        """How messages call it, e.g. ``Int`` or ``{limit: Int, path?: String}``."""

    def read(self, raw: Any, path: Path, reading: Reading) -> Any:
        """The value that ``raw`` stands for; notes each mistake in ``reading``."""


@dataclass(frozen=True)
class AnyConfig:
    """Any value."""

    label: str = "Any"

    def read(self, raw: Any, path: Path, reading: Reading) -> Any:
        """``raw`` itself, its EnvVars as references or, at launch, values."""
        if isinstance(raw, EnvVar | IntEnvVar):
            return _from_environment(raw.env_var_name, path, reading, int if isinstance(raw, IntEnvVar) else str, raw)
        if isinstance(raw, dict):
            return {key: self.read(each, (*path, str(key)), reading) for key, each in raw.items()}
        if isinstance(raw, list):
            return [self.read(each, (*path, str(at)), reading) for at, each in enumerate(raw)]
        return raw


@dataclass(frozen=True)
class Scalar:
    """Text, a number or a truth value; or ``{"env": NAME}``.

    Args:
        label: how messages call it.
        python: ``str``, ``int``, ``float`` or ``bool``.
    """

    label: str
    python: type

    def read(self, raw: Any, path: Path, reading: Reading) -> Any:
        """The value; a reference is looked up at launch and read as this type."""
        given = as_reference(raw)
        if isinstance(given, Mapping) and set(given) == {"env"}:
            if not isinstance(given["env"], str) or not given["env"]:
                reading.wrong(
                    (*path, "env"), f"expected the name of an environment variable, found {shown(given['env'])}"
                )
                return None
            return _from_environment(str.__str__(given["env"]), path, reading, self.python, dict(given))
        if self._accepts(raw):
            return float(raw) if self.python is float else raw
        reading.wrong(path, f'expected {self.label} (or {{"env": NAME}}), found {shown(raw)}')
        return None

    def _accepts(self, raw: Any) -> bool:
        if self.python in {int, float} and isinstance(raw, bool):
            return False
        return isinstance(raw, (int, float) if self.python is float else self.python)


def _from_environment(name: str, path: Path, reading: Reading, python: type, kept: Any) -> Any:
    if reading.env is None:
        return as_reference(kept)
    text = reading.env(name)
    if text is None:
        reading.wrong(path, f"the environment variable {name} is not set where the run was launched")
        return None
    if python is bool:
        meaning = {"true": True, "1": True, "false": False, "0": False}.get(text.strip().lower())
        if meaning is None:
            reading.wrong(path, f"the text of the environment variable {name} is neither true nor false")
        return meaning
    try:
        return python(text)
    except ValueError:
        # The text may be a secret, so it is not shown.
        reading.wrong(path, f"the text of the environment variable {name} cannot be read as {python.__name__}")
        return None


STRING, INT, FLOAT, BOOL = Scalar("String", str), Scalar("Int", int), Scalar("Float", float), Scalar("Bool", bool)
ANY_CONFIG = AnyConfig()


@dataclass(frozen=True)
class Choice:
    """One of some values, each written as text or number.

    Args:
        label: how messages call it.
        values: written form -> the value it stands for.
    """

    label: str
    values: Mapping[Any, Any]

    def read(self, raw: Any, path: Path, reading: Reading) -> Any:
        """The value written as ``raw``."""
        written = raw.name if isinstance(raw, enum.Enum) and raw.name in self.values else raw
        try:
            if written in self.values:
                return self.values[written]
        except TypeError:  # a dict or list, which cannot be one of them
            pass
        names = [str(each) for each in self.values]
        hint = did_you_mean(raw, names) if isinstance(raw, str) else f"; there are: {', '.join(names)}"
        reading.wrong(path, f"expected one of {self.label}, found {shown(raw)}{hint}")
        return None


def shown(value: object) -> str:
    """``value`` as messages show it: short, with its type."""
    text = repr(value)
    return f"{text if len(text) <= 100 else text[:97] + '...'} ({type(value).__name__})"
