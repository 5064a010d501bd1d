"""Data versions: text that says whether the data of two materializations is the same."""

from __future__ import annotations

from watchbell.ground.errors import ParameterCheckError
from watchbell.ground.value import dataclass
from watchbell.ground.wire import wired

DATA_VERSION_TAG = "dagster/data_version"


@wired("data_version")
@dataclass(frozen=True)
class DataVersion:
    """The version of some data: equal text, equal data.

    Args:
        value: any text, such as a hash of the data.

    Raises:
        ParameterCheckError: ``value`` is no text.

    Example:
        >>> Output([1, 2], data_version=DataVersion("v7")).data_version.value
        'v7'
    """

    value: str

    def __post_init__(self) -> None:
        if not isinstance(self.value, str):
            raise ParameterCheckError(
                f"the value of a DataVersion is text, not {self.value!r} ({type(self.value).__name__})",
                parameter="value",
                value=self.value,
            )
