"""The key of an asset job, as conditions know it."""

from __future__ import annotations

import json

from watchbell.ground.errors import ParameterCheckError
from watchbell.ground.value import dataclass
from watchbell.record.asset_check_key import AssetCheckKey
from watchbell.record.keys import AssetKey

JOB_TEXT = "job "
"""With this begins the text of a job among those of assets and checks (:func:`entity_text`)."""


@dataclass(frozen=True)
class AssetJobKey:
    """Which asset job: a job with a condition is asked about beside assets and checks.

    Args:
        job_name: its name.

    Raises:
        ParameterCheckError: the name is no text.

    Example:
        >>> AssetJobKey("nightly").to_user_string()
        'nightly'
    """

    job_name: str

    def __post_init__(self) -> None:
        if not isinstance(self.job_name, str):
            raise ParameterCheckError(
                f"the name of a job is text, not {self.job_name!r}", parameter="job_name", value=self.job_name
            )

    def __lt__(self, other: AssetJobKey) -> bool:
        return self.job_name < other.job_name

    @staticmethod
    def from_user_string(text: str) -> AssetJobKey:
        """The inverse of :meth:`to_user_string`."""
        return AssetJobKey(text)

    @staticmethod
    def from_db_string(text: str) -> AssetJobKey | None:
        """The inverse of :meth:`to_db_string`; None for text that is none of it."""
        try:
            return AssetJobKey(json.loads(text)["job_name"])
        except (ValueError, TypeError, KeyError):
            return None

    def to_user_string(self) -> str:
        """The name of the job."""
        return self.job_name

    def to_db_string(self) -> str:
        """The key as JSON."""
        return json.dumps({"job_name": self.job_name})


def entity_text(key: AssetKey | AssetCheckKey | AssetJobKey) -> str:
    """What an asset, a check or a job is called where each of them may stand; jobs with the word before their name.

    Example:
        >>> entity_text(AssetKey("orders")), entity_text(AssetJobKey("nightly"))
        ('orders', 'job nightly')
    """
    return f"{JOB_TEXT}{key.job_name}" if isinstance(key, AssetJobKey) else key.to_user_string()


def entity_key_of(text: str) -> AssetKey | AssetCheckKey | AssetJobKey:
    """The inverse of :func:`entity_text`."""
    if text.startswith(JOB_TEXT):
        return AssetJobKey(text.removeprefix(JOB_TEXT))
    return AssetCheckKey.from_user_string(text) if ":" in text else AssetKey.from_user_string(text)
