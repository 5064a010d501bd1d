"""Every error watchbell raises, in one tree.

    Exception
    └─ DagsterError
       ├─ DagsterInvalidDefinitionError      a definition contradicts itself or another one
       │  ├─ CronError                       a cron string has no meaning (names the field)
       │  ├─ UnknownTimezoneError            no such IANA zone
       │  ├─ PartitionFormatError            a date or key of a partition is not written so
       │  └─ DagsterInvalidConfigDefinitionError  a config schema that is not one
       ├─ DagsterInvalidInvocationError      a definition was called with the wrong arguments
       ├─ DagsterInvalidSubsetError          a selection names what does not exist
       ├─ DagsterInvalidAssetSelectionError  a selection's text means nothing
       ├─ DagsterInvalidObservationError     a function that observes an asset answered something else
       ├─ DagsterInvalidConfigError          a run's config does not fit (lists every mistake)
       ├─ DagsterInvariantViolationError     something was asked that cannot be
       │  ├─ StoredValueNotFoundError, StoredValueIsFolderError
       │  └─ LookOnlyError                  a preview or replay would have changed something
       ├─ DagsterInvalidPropertyError, DagsterUnknownResourceError, DagsterUnknownPartitionError …
       ├─ DagsterUserCodeExecutionError      user code raised; the cause is kept
       │  ├─ DagsterExecutionStepExecutionError, …LoadInputError, …HandleOutputError
       │  ├─ DagsterResourceFunctionError, DagsterConfigMappingFunctionError
       │  ├─ DagsterTypeCheckError, DagsterTypeLoadingError
       │  └─ ScheduleExecutionError, SensorExecutionError, RunStatusSensorExecutionError
       ├─ DagsterRunNotFoundError, DagsterRunAlreadyExists
       ├─ StoreError                         the database cannot be used (each says what to do)
       │  ├─ StoreNewerError, StoreOutdatedError, StoreReadOnlyError
       │  └─ StoreLockedError, StoreDamagedError, StoreFullError
       ├─ DeliveryError                      a mail or a message of an alert was not accepted
       ├─ LeaseLostError                     another process does this work now
       ├─ HostError                          the process with the user's code failed
       │  └─ UserCodeLoadError               a definitions file could not be loaded
       │     └─ NoCodeNamedError             nobody says which code
       └─ CheckError                         an argument has the wrong type or value
          └─ ParameterCheckError

Class names are the specification's where it has one. Facts are attributes, so that nobody parses a
message.
"""

from __future__ import annotations

from collections.abc import Sequence


class DagsterError(Exception):
    """The root of every error that watchbell raises on purpose.

    Args:
        message: what happened, to which definition, and the way out.
        facts: the values the message speaks of; they become attributes.
    """

    def __init__(self, message: str = "", **facts: object) -> None:
        super().__init__(message)
        self.__dict__.update(facts)

    @property
    def message(self) -> str:
        """The text of the error."""
        return str(self)


# ---------------------------------------------------------------- definitions


class DagsterInvalidDefinitionError(DagsterError):
    """A definition contradicts itself or another definition."""


class CronError(DagsterInvalidDefinitionError, ValueError):
    """A cron string that means nothing.

    Args:
        message: what is wrong and what is accepted there.
        expression: the whole string.
        field: the field at fault ("minute", "hour", …) or None when the whole is.
    """

    def __init__(self, message: str, *, expression: str, field: str | None = None) -> None:
        super().__init__(message)
        self.expression = expression
        self.field = field


class UnknownTimezoneError(DagsterInvalidDefinitionError, ValueError):
    """A time zone name that the IANA database does not have.

    Args:
        message: which name, and the nearest valid one.
        zone: the name that was given.
    """

    def __init__(self, message: str, *, zone: str) -> None:
        super().__init__(message)
        self.zone = zone


class NaiveTimeError(DagsterError, ValueError):
    """A datetime without a zone where only an instant makes sense."""


class DagsterInvalidInvocationError(DagsterError):
    """A definition was called directly with arguments that do not fit it."""


class DagsterInvalidSubsetError(DagsterError):
    """A selection names ops or assets that are not there."""


class DagsterInvalidObservationError(DagsterError):
    """The function that looks at an asset answered with something else than what it saw."""


class DagsterInvalidAssetSelectionError(DagsterError, ValueError):
    """The text of an asset selection means nothing."""


class DagsterInvalidAssetKey(DagsterError):
    """An asset key that is empty or not made of text."""


class DagsterInvalidConfigDefinitionError(DagsterInvalidDefinitionError):
    """A config schema that is not one."""


class ConfigMistake:
    """One mistake in a run's config.

    Args:
        path: where it stands, e.g. ``("ops", "load", "config", "limit")``.
        message: what was found and what was expected there.
    """

    __slots__ = ("message", "path")

    def __init__(self, path: tuple[str, ...], message: str) -> None:
        self.path = path
        self.message = message

    def __str__(self) -> str:
        return f"{':'.join(('root', *self.path))}: {self.message}"


class DagsterInvalidConfigError(DagsterError):
    """A run's config does not fit the job; lists every mistake at once.

    Args:
        message: a line that names the job or definition.
        mistakes: all of them, in the order of the config.
        config_value: the config as it was given.
    """

    def __init__(self, message: str, mistakes: Sequence[ConfigMistake], config_value: object = None) -> None:
        lines = [message, *(f"    {mistake}" for mistake in mistakes)]
        super().__init__("\n".join(lines))
        self.errors = list(mistakes)
        self.config_value = config_value


class DagsterUnknownResourceError(DagsterError, AttributeError):
    """A resource was asked for that nobody provides."""


class DagsterInvariantViolationError(DagsterError):
    """Something was asked of an object that it cannot do in its state."""


class DagsterInvalidPropertyError(DagsterError):
    """A context property was read that has no value there."""


class StoredValueNotFoundError(DagsterInvariantViolationError, FileNotFoundError):
    """The file of a stored value is not there."""


class StoredValueIsFolderError(DagsterInvariantViolationError, IsADirectoryError):
    """Where the file of a stored value should be is a folder, as of an asset with partitions."""


class LookOnlyError(DagsterInvariantViolationError):
    """User code that is only rehearsed (a preview, a replay) tried to change what is remembered."""


class DagsterUnknownPartitionError(DagsterInvariantViolationError):
    """A partition key that its definition does not have."""


class UnreadablePartitionKeyError(DagsterUnknownPartitionError, ValueError):
    """A partition key that is not written as those of its definition."""


class PartitionFormatError(DagsterInvalidDefinitionError, ValueError):
    """A format of partition keys from which keys cannot be read, or a date that is not written in it."""


class DagsterUnmetExecutorRequirementsError(DagsterError):
    """An executor cannot run this job as it is."""


class DagsterImportError(DagsterError, ImportError):
    """A module of the user could not be imported."""


class DagsterTypeCheckDidNotPass(DagsterError):
    """A value is not of the type its input or output declares."""


class DagsterExecutionStepNotFoundError(DagsterError):
    """A step is named that the job does not have."""


class DagsterStepOutputNotFoundError(DagsterError):
    """A required output was never produced.

    Args:
        message: which step, which output.
        step_key: the step.
        output_name: the output.
    """

    def __init__(self, message: str, *, step_key: str, output_name: str) -> None:
        super().__init__(message)
        self.step_key = step_key
        self.output_name = output_name


class DagsterAssetCheckFailedError(DagsterError):
    """Blocking checks did not pass, with severity ERROR: nothing downstream of their assets runs.

    Args:
        message: which checks.
        checks: they, each as ``asset:name``.
    """

    def __init__(self, message: str, *, checks: Sequence[str]) -> None:
        super().__init__(message)
        self.checks = tuple(checks)


class DagsterSubprocessError(DagsterError):
    """A step's process ended without an answer."""


class DagsterPipesExecutionError(DagsterError):
    """An external process that Pipes started failed, or sent what cannot be understood."""


class DagsterExecutionInterruptedError(BaseException):
    """The run was asked to stop. Not an ``Exception``: user code that catches all lets it pass."""


class DagsterMaxRetriesExceededError(DagsterError):
    """A step asked for a retry more often than it may."""


# ------------------------------------------------------------------ user code


class DagsterUserCodeExecutionError(DagsterError):
    """User code raised. The exception is kept as ``user_exception`` and as the cause.

    Args:
        message: which code of the user.
        user_exception: what it raised.
    """

    def __init__(self, message: str, *, user_exception: BaseException, **facts: object) -> None:
        super().__init__(message, **facts)
        self.user_exception = user_exception
        self.__cause__ = user_exception

    @property
    def is_user_code_error(self) -> bool:
        """Always true: the error lies in what the user wrote."""
        return True


class HookExecutionError(DagsterUserCodeExecutionError):
    """A hook raised."""


class DagsterExecutionStepExecutionError(DagsterUserCodeExecutionError):
    """The function of an op or asset raised."""


class DagsterExecutionLoadInputError(DagsterUserCodeExecutionError):
    """An IO manager raised while it loaded an input."""


class DagsterExecutionHandleOutputError(DagsterUserCodeExecutionError):
    """An IO manager raised while it stored an output."""


class DagsterResourceFunctionError(DagsterUserCodeExecutionError):
    """A resource raised while it was set up."""


class DagsterTypeCheckError(DagsterUserCodeExecutionError):
    """The check of a type raised."""


class DagsterTypeLoadingError(DagsterUserCodeExecutionError):
    """The loader of a type raised."""


class DagsterConfigMappingFunctionError(DagsterUserCodeExecutionError):
    """A config mapping raised."""


class ScheduleExecutionError(DagsterUserCodeExecutionError):
    """The function of a schedule raised."""


class SensorExecutionError(DagsterUserCodeExecutionError):
    """The function of a sensor raised."""


class RunStatusSensorExecutionError(DagsterUserCodeExecutionError):
    """The function of a run status sensor raised."""


# ----------------------------------------------------------------------- runs


class DagsterRunNotFoundError(DagsterError):
    """No run has this id."""


class DagsterRunAlreadyExists(DagsterError):
    """A run with this id is stored already."""


class DagsterHomeNotSetError(DagsterError):
    """Neither ``WATCHBELL_HOME`` nor ``DAGSTER_HOME`` names a folder, and one is required."""


# ---------------------------------------------------------------------- store


class StoreError(DagsterError):
    """The database cannot be used.

    Args:
        message: what is wrong and what to do.
        location: the file or address of the database.
    """

    def __init__(self, message: str, *, location: str) -> None:
        super().__init__(message)
        self.location = location


class StoreNewerError(StoreError):
    """The database was written by a newer watchbell."""


class StoreOutdatedError(StoreError):
    """The database is older than this watchbell and must be migrated first."""


class StoreReadOnlyError(StoreError):
    """The database or its folder cannot be written."""


class StoreLockedError(StoreError):
    """Another process held the database for too long."""


class StoreDamagedError(StoreError):
    """The file is not a database, or a damaged one."""


class StoreFullError(StoreError):
    """The disk is full; nothing was written and the work will be tried again."""


class DeliveryError(DagsterError):
    """A mail or a message was not accepted where it was to go.

    Args:
        message: what was to be sent, which server or service did not take it, what it answered, what to do.
        facts: ``service``, ``answer`` …
    """


class LeaseLostError(DagsterError):
    """Another process owns this work now; the writer must stop.

    Args:
        message: what was leased and who has it.
        lease: the lease's name.
    """

    def __init__(self, message: str, *, lease: str) -> None:
        super().__init__(message)
        self.lease = lease


# ----------------------------------------------------------------------- host


class HostError(DagsterError):
    """The process that owns the user's code failed or does not answer."""


class UserCodeLoadError(HostError):
    """A definitions file could not be loaded.

    Args:
        message: what went wrong, in one line.
        file: the user's file, or the module's name.
        line: line of the mistake, 1-based, None when unknown.
        details: the user's own traceback, watchbell's frames left out.
    """

    def __init__(self, message: str, *, file: str, line: int | None = None, details: str = "") -> None:
        super().__init__(message)
        self.file = file
        self.line = line
        self.details = details


class NoCodeNamedError(UserCodeLoadError):
    """Neither a command nor its folder says which code is meant."""


# ------------------------------------------------------------------ arguments


class CheckError(DagsterError):
    """An argument has the wrong type or value."""


class ParameterCheckError(CheckError, TypeError):
    """An argument of a public function has the wrong type.

    Args:
        message: which parameter of what, what was given, what was expected.
        facts: ``parameter``, ``value`` …
    """
