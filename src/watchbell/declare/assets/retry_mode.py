"""Whether an executor tries steps again: ``RetryMode``, and the part of its config that says so."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from watchbell.declare.config.config_schema import Array, Field, Noneable, Selector, Shape
from watchbell.ground.errors import ParameterCheckError


class RetryMode(Enum):
    """Whether steps are tried again as their policies say.

    ENABLED: yes. DISABLED: never. DEFERRED: the step ends, and whoever started it tries again.
    """

    ENABLED = "enabled"
    DISABLED = "disabled"
    DEFERRED = "deferred"

    @staticmethod
    def from_config(config_value: Mapping[str, Any] | None) -> RetryMode | None:
        """The mode that ``retries:`` of an executor's config names; None without.

        Raises:
            ParameterCheckError: there is no such mode.
        """
        if not config_value:
            return None
        name = next(iter(config_value))
        try:
            return RetryMode(name)
        except ValueError:
            raise ParameterCheckError(f"retries is enabled or disabled, not {name!r}", parameter="retries") from None

    @property
    def enabled(self) -> bool:
        """Whether steps are tried again by the executor itself."""
        return self is RetryMode.ENABLED

    @property
    def disabled(self) -> bool:
        """Whether no step is tried again."""
        return self is RetryMode.DISABLED

    @property
    def deferred(self) -> bool:
        """Whether whoever started the step tries again."""
        return self is RetryMode.DEFERRED

    def for_inner_plan(self) -> RetryMode:
        """The mode of a part of the run that another process executes."""
        return self if self is RetryMode.DISABLED else RetryMode.DEFERRED


def get_retries_config() -> Field:
    """The field ``retries`` of an executor's config: ``{enabled: {}}`` or ``{disabled: {}}``."""
    return Field(
        Selector({"enabled": Field(Shape({})), "disabled": Field(Shape({}))}),
        default_value={"enabled": {}},
        description="disabled: no step is tried again, whatever its policy says",
    )


def get_tag_concurrency_limits_config() -> Field:
    """The field ``tag_concurrency_limits`` of an executor's config: how many steps with a tag may run at once."""
    return Field(
        Noneable(
            Array(
                Shape(
                    {
                        "key": Field(str, description="tag of the steps that share the limit"),
                        "value": Field(
                            Noneable(str), default_value=None, description="only steps with this value of the tag"
                        ),
                        "limit": Field(int, description="steps at once (count)"),
                    }
                )
            )
        ),
        is_required=False,
        description="limits by tag",
    )
