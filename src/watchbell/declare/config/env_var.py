"""Environment variables as values: named where something is declared, read when it is launched."""

from __future__ import annotations

import os
from typing import Any, Self

from watchbell.declare.names import check_instance


class EnvVar(str):
    """The name of an environment variable whose value is filled in when a run starts.

    The value is never stored or shown: a definition holds the name only, and config keeps ``{"env": name}``.

    Args:
        name: the variable's name.

    Example:
        >>> class Database(ConfigurableResource):
        ...     url: str
        ...     port: int
        >>> Database(url=EnvVar("DATABASE_URL"), port=EnvVar.int("DATABASE_PORT"))
        Database(url=EnvVar('DATABASE_URL'), port=EnvVar.int('DATABASE_PORT'))
    """

    __slots__ = ()

    def __new__(cls, name: str) -> Self:
        return super().__new__(cls, check_instance(name, str, "the name of an EnvVar"))

    @classmethod
    def int(cls, name: str) -> IntEnvVar:
        """A variable whose text is read as an integer."""
        return IntEnvVar.create(name)

    @property
    def env_var_name(self) -> str:
        """The variable's name."""
        return str.__str__(self)

    def get_value(self, default: str | None = None) -> Any:
        """The variable's text now; ``default`` where it is not set.

        For use outside declarations; inside them pass the EnvVar itself, so that it is read when a run starts.
        """
        return os.environ.get(self.env_var_name, default)

    def __str__(self) -> str:
        # Text with the *name* where the value belongs is a mistake that would be found much later.
        raise RuntimeError(
            f"EnvVar({self.env_var_name!r}) was used as text where it is declared; its value is filled in when a run "
            f"starts. Pass the EnvVar itself, or read it now with EnvVar({self.env_var_name!r}).get_value()"
        )

    def __repr__(self) -> str:
        return f"EnvVar({self.env_var_name!r})"


class IntEnvVar(int):
    """What :meth:`EnvVar.int` makes: the name of a variable whose text is an integer.

    Example:
        >>> isinstance(EnvVar.int("DATABASE_PORT"), IntEnvVar)
        True
    """

    name: str

    @classmethod
    def create(cls, name: str) -> IntEnvVar:
        """The variable called ``name``."""
        made = super().__new__(cls, 0)
        made.name = check_instance(name, str, "the name of an EnvVar")
        return made

    @property
    def env_var_name(self) -> str:
        """The variable's name."""
        return self.name

    def get_value(self, default: int | None = None) -> int | None:
        """The variable's number now; ``default`` where it is not set.

        Raises:
            ValueError: its text is no integer.
        """
        text = os.environ.get(self.name)
        return default if text is None else int(text)

    def __repr__(self) -> str:
        return f"EnvVar.int({self.name!r})"

    def __reduce__(self) -> Any:
        return IntEnvVar.create, (self.name,)

    def __int__(self) -> int:
        raise RuntimeError(
            f"{self!r} was used as a number where it is declared; its value is filled in when a run starts"
        )

    __str__ = __repr__


def environment(name: str) -> str | None:
    """The value of an environment variable of this process; None if it is not set."""
    return os.environ.get(name)


def as_reference(value: object) -> object:
    """``{"env": name}`` for an EnvVar; anything else unchanged."""
    return {"env": value.env_var_name} if isinstance(value, EnvVar | IntEnvVar) else value


def references_inside(value: Any) -> Any:
    """``value`` with every EnvVar in its dicts and lists replaced by ``{"env": name}``."""
    if isinstance(value, EnvVar | IntEnvVar):
        return as_reference(value)
    if isinstance(value, dict):
        return {key: references_inside(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [references_inside(each) for each in value]
    return value
