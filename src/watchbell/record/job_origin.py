"""Where a job lies, in the steps that code written for Dagster takes to find out: repository, location, its name."""

from __future__ import annotations

from watchbell.ground.value import dataclass

REPOSITORY_NAME = "__repository__"


@dataclass(frozen=True)
class CodeLocationOrigin:
    """A code location.

    Args:
        location_name: its name.
    """

    location_name: str


@dataclass(frozen=True)
class RepositoryOrigin:
    """The definitions of a code location.

    Args:
        code_location_origin: the location.
        repository_name: their name; one location has one repository.
    """

    code_location_origin: CodeLocationOrigin
    repository_name: str = REPOSITORY_NAME


@dataclass(frozen=True)
class JobOrigin:
    """A job of a code location.

    Args:
        repository_origin: the definitions it is one of.
        job_name: its name.
    """

    repository_origin: RepositoryOrigin
    job_name: str

    @property
    def location_name(self) -> str:
        """The code location's name."""
        return self.repository_origin.code_location_origin.location_name


def origin_of(location_name: str | None, job_name: str) -> JobOrigin | None:
    """Where the job lies; None for one that belongs to no code location."""
    if location_name is None:
        return None
    return JobOrigin(RepositoryOrigin(CodeLocationOrigin(location_name)), job_name)
