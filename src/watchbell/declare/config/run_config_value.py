"""``RunConfig``: the config of a run as an object, and as the plain dict that is stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from watchbell.declare.config.env_var import references_inside
from watchbell.ground.errors import ParameterCheckError


class RunConfig:
    """The config of a run.

    Args:
        ops: op name -> its config: a ``Config`` object, or a dict ``{"config": ..., "inputs": ...}``.
        resources: resource key -> its config: a ``ConfigurableResource`` object, or a dict ``{"config": ...}``.
        loggers: logger key -> its config.
        execution: config of the executor: ``{"config": ...}``.

    Raises:
        ParameterCheckError: one of them is no mapping.

    Example:
        >>> class LoadConfig(Config):
        ...     limit: int
        >>> RunConfig(ops={"load": LoadConfig(limit=3)}).to_config_dict()["ops"]
        {'load': {'config': {'limit': 3}}}
    """

    def __init__(
        self,
        ops: Mapping[str, Any] | None = None,
        resources: Mapping[str, Any] | None = None,
        loggers: Mapping[str, Any] | None = None,
        execution: Mapping[str, Any] | None = None,
    ) -> None:
        self.ops = _checked(ops, "ops")
        self.resources = _checked(resources, "resources")
        self.loggers = _checked(loggers, "loggers")
        self.execution = _checked(execution, "execution")

    def to_config_dict(self) -> dict[str, Any]:
        """The same as a dict of plain values; environment variables stay names."""
        return {
            "loggers": _plain_entries(self.loggers),
            "resources": _plain_entries(self.resources),
            "ops": _plain_entries(self.ops),
            "execution": _plain_entry(self.execution),
        }

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RunConfig) and self.to_config_dict() == other.to_config_dict()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        parts = {name: value for name, value in vars(self).items() if value}
        return f"RunConfig({', '.join(f'{name}={value!r}' for name, value in parts.items())})"


def plain_run_config(given: Any, what: str) -> dict[str, Any] | None:
    """Run config as a plain dict; None for None.

    Args:
        given: a dict, or a RunConfig.
        what: its name, for messages.

    Raises:
        ParameterCheckError: it is neither.
    """
    if given is None:
        return None
    if isinstance(given, RunConfig):
        return given.to_config_dict()
    if not isinstance(given, Mapping):
        raise ParameterCheckError(
            f"{what} is a dict or a RunConfig, not {given!r} ({type(given).__name__})", parameter=what, value=given
        )
    plain: dict[str, Any] = _plain_value(given)
    return plain


def _checked(given: object, name: str) -> dict[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise ParameterCheckError(f"{name} of a RunConfig is a dict, not {given!r}", parameter=name, value=given)
    return dict(given)


def _plain_entries(entries: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain_entry(each) for name, each in entries.items()}


def _plain_entry(entry: Any) -> Any:
    """An op's or a resource's entry; a config object stands for ``{"config": ...}``."""
    plain = config_of(entry)
    return {"config": plain} if plain is not None else _plain_value(entry)


def config_of(value: Any) -> dict[str, Any] | None:
    """The config that a ``Config`` or ``ConfigurableResource`` object holds, as a plain dict; None for other values."""
    to_plain = getattr(value, "to_plain_config", None)
    return to_plain() if callable(to_plain) and not isinstance(value, type) else None


def _plain_value(value: Any) -> Any:
    plain = config_of(value)
    if plain is not None:
        return plain
    if isinstance(value, Mapping):
        return {key: _plain_value(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain_value(each) for each in value]
    return references_inside(value)
