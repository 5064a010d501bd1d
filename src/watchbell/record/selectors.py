"""Selectors: a job, repository or code location named from elsewhere, e.g. as what a run status sensor monitors."""

from __future__ import annotations

from watchbell.ground.errors import CheckError, ParameterCheckError
from watchbell.ground.value import dataclass
from watchbell.ground.wire import wired
from watchbell.record.job_origin import REPOSITORY_NAME
from watchbell.record.run import DagsterRun


@dataclass(frozen=True)
class JobSelector:
    """A job of any code location.

    Args:
        location_name: the code location.
        repository_name: the name of its definitions; left out: what ``Definitions`` are called.
        job_name: the job.

    Raises:
        CheckError: no job is named.
        ParameterCheckError: a name is no text.

    Example:
        >>> JobSelector(location_name="billing", job_name="invoices").repository_name
        '__repository__'
    """

    location_name: str
    repository_name: str | None = None
    job_name: str | None = None

    def __post_init__(self) -> None:
        if self.job_name is None:
            raise CheckError(
                f"JobSelector of location {self.location_name!r} names no job; give job_name= by keyword (the second "
                "argument is repository_name)"
            )
        if self.repository_name is None:
            object.__setattr__(self, "repository_name", REPOSITORY_NAME)
        _check_texts(self, "location_name", "repository_name", "job_name")

    @property
    def repository_selector(self) -> RepositorySelector:
        """The repository that the job belongs to."""
        return RepositorySelector(location_name=self.location_name, repository_name=self.repository_name or "")


@dataclass(frozen=True)
class RepositorySelector:
    """The definitions of a code location by their name; a location of ours has one repository.

    Args:
        location_name: the code location.
        repository_name: its name, ``"__repository__"`` for ``Definitions``.

    Raises:
        ParameterCheckError: a name is no text.

    Example:
        >>> RepositorySelector(location_name="billing", repository_name="__repository__").location_name
        'billing'
    """

    location_name: str
    repository_name: str

    def __post_init__(self) -> None:
        _check_texts(self, "location_name", "repository_name")


@dataclass(frozen=True)
class CodeLocationSelector:
    """All of a code location.

    Args:
        location_name: the code location.

    Raises:
        ParameterCheckError: the name is no text.

    Example:
        >>> CodeLocationSelector(location_name="billing")
        CodeLocationSelector(location_name='billing')
    """

    location_name: str

    def __post_init__(self) -> None:
        _check_texts(self, "location_name")


@wired("monitored_runs")
@dataclass(frozen=True)
class MonitoredRuns:
    """Runs that a sensor monitors by their code location's name.

    Args:
        location_name: the code location.
        job_name: the job; None: all of them.
    """

    location_name: str
    job_name: str | None = None

    def contains(self, run: DagsterRun) -> bool:
        """Whether the run is one of them."""
        return run.location_name == self.location_name and self.job_name in (None, run.job_name)


def _check_texts(selector: object, *names: str) -> None:
    for name in names:
        value = getattr(selector, name)
        if not isinstance(value, str):
            raise ParameterCheckError(
                f"{name} of a {type(selector).__name__} is text, not {value!r}", parameter=name, value=value
            )
