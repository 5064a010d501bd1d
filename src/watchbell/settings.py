"""The settings file of a home folder, read into plain :class:`Settings`; all mistakes in it are told at once.

The file is ``watchbell.yaml``, or else ``dagster.yaml``: of the latter the parts that have a meaning here are taken
over, the others (storage, telemetry, launchers) are named in a warning and left alone.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from watchbell.ground.errors import ConfigMistake, DagsterInvalidConfigError
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass
from watchbell.record.settings import Settings

OWN_FILE, DAGSTER_FILE = "watchbell.yaml", "dagster.yaml"
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
PROCESS_STARTS = ("auto", "fork", "spawn")
PORT_MAX = 65_535
LOGINS = ("auto", "always")
_NETWORK = re.compile(r"[0-9A-Fa-f:.]{3,}(/[0-9]{1,3})?")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[?[0-9A-Fa-f:.]+\]?")


@dataclass(frozen=True)
class Rule:
    """What one setting accepts.

    Args:
        fits: whether a value of the file is accepted.
        expected: in words, for messages.
    """

    fits: Callable[[Any], bool]
    expected: str


def _whole(low: int, high: int | None = None) -> Rule:
    top = "" if high is None else f", at most {high}"

    def fits(value: Any) -> bool:
        return type(value) is int and value >= low and (high is None or value <= high)

    return Rule(fits, f"a whole number, at least {low}{top}")


RULES = {
    "max_concurrent_runs": _whole(1),
    "max_catchup_runs": _whole(0),
    "evaluation_timeout_seconds": Rule(lambda v: type(v) in {int, float} and v > 0, "a number of seconds above 0"),
    "evaluation_memory_mb": _whole(1),
    "max_evaluators": _whole(1),
    "quarantine_after": _whole(1),
    "process_start": Rule(lambda v: v in PROCESS_STARTS, "one of auto, fork, spawn"),
    "managed_python_loggers": Rule(
        lambda v: isinstance(v, list | tuple) and all(isinstance(each, str) for each in v), "a list of logger names"
    ),
    "python_log_level": Rule(lambda v: isinstance(v, str) and v.upper() in LEVELS, f"one of {', '.join(LEVELS)}"),
    "python_log_handlers": Rule(
        lambda v: v is None or (isinstance(v, Mapping) and set(v) <= {"handlers", "formatters"}),
        "handlers: and formatters: as in logging.config",
    ),
    "run_retries_enabled": Rule(lambda v: isinstance(v, bool), "true or false"),
    "run_max_retries": _whole(0),
    "retry_on_asset_or_op_failure": Rule(lambda v: isinstance(v, bool), "true or false"),
    "max_runtime_seconds": _whole(0),
    "pool_default_limit": Rule(
        lambda v: v is None or (type(v) is int and v >= 0), "a whole number, at least 0, or nothing"
    ),
    "pool_granularity": Rule(lambda v: v in ("op", "run"), "op or run"),
    "condition_history_days": Rule(lambda v: type(v) in {int, float} and v > 0, "a number of days above 0"),
    "condition_history_max": _whole(1),
    "audit_history_days": Rule(
        lambda v: v is None or (type(v) in {int, float} and v > 0), "a number of days above 0, or nothing"
    ),
    "web_host": Rule(lambda v: isinstance(v, str) and bool(v.strip()), "a host name or address, as text"),
    "web_port": _whole(1, PORT_MAX),
    "base_url": Rule(
        lambda v: v is None or (isinstance(v, str) and v.startswith(("http://", "https://"))),
        "an address that begins with http:// or https://",
    ),
    "web_hosts": Rule(
        lambda v: isinstance(v, list | tuple) and all(isinstance(each, str) and _HOST.fullmatch(each) for each in v),
        "a list of host names or addresses, without scheme and port",
    ),
    "web_login": Rule(lambda v: v in LOGINS, "auto or always"),
    "web_proxies": Rule(
        lambda v: isinstance(v, list | tuple) and all(isinstance(each, str) and _NETWORK.fullmatch(each) for each in v),
        "a list of addresses or networks, such as 10.0.0.7 or 10.0.0.0/8",
    ),
}
"""Every setting with what it accepts; a test compares the names with those of ``Settings``."""

# Keys of dagster.yaml -> the setting they stand for, by path.
MAPPED = {
    ("run_coordinator", "config", "max_concurrent_runs"): "max_concurrent_runs",
    ("concurrency", "runs", "max_concurrent_runs"): "max_concurrent_runs",
    ("sensors", "num_workers"): "max_evaluators",
    ("python_logs", "managed_python_loggers"): "managed_python_loggers",
    ("python_logs", "python_log_level"): "python_log_level",
    ("python_logs", "dagster_handler_config"): "python_log_handlers",
    ("run_retries", "enabled"): "run_retries_enabled",
    ("run_retries", "max_retries"): "run_max_retries",
    ("run_retries", "retry_on_asset_or_op_failure"): "retry_on_asset_or_op_failure",
    ("run_monitoring", "max_runtime_seconds"): "max_runtime_seconds",
    ("concurrency", "pools", "default_limit"): "pool_default_limit",
    ("concurrency", "pools", "granularity"): "pool_granularity",
    ("concurrency", "default_op_concurrency_limit"): "pool_default_limit",
}
ONE_DATABASE = "all that is remembered is kept in watchbell.db of the home"
NO_PLUGS = "runs are queued and started by the service itself, each in a process of its own"
SETTLED = "how many work at once is settled by the service"
LIMITS_BY_TAG = "there are no limits by tag; give ops or assets a pool (pool=) and the pool slots"
# Keys of dagster.yaml, or what lies below one, that have no meaning here, by their beginning: why. Taken, not obeyed.
WITHOUT_EFFECT = {
    "asset_daemon": "there is no such daemon",
    "auto_materialize": "conditions are evaluated by condition sensors; watchbell sensor start and stop switch those",
    "backfills": SETTLED,
    "code_servers": "code is loaded by processes of the service; evaluation_timeout_seconds is its limit",
    "compute_logs": "what steps print is kept in logs/ of the home",
    "concurrency": SETTLED,
    "concurrency.runs.tag_concurrency_limits": LIMITS_BY_TAG,
    "custom_instance_class": NO_PLUGS,
    "defs_state_storage": ONE_DATABASE,
    "event_log_storage": ONE_DATABASE,
    "freshness": "how fresh assets are is told whenever it is asked",
    "local_artifact_storage": "values of assets and ops are kept in storage/ of the home",
    "nux": "there is nothing to turn off",
    "python_logs": "only managed_python_loggers, python_log_level and dagster_handler_config are read",
    "retention": "everything is kept, but for evaluations of conditions: condition_history_days",
    "run_coordinator": NO_PLUGS,
    "run_coordinator.config.tag_concurrency_limits": LIMITS_BY_TAG,
    "run_launcher": NO_PLUGS,
    "run_monitoring": "runs are always watched, and a run whose process is gone fails at once",
    "run_queue": NO_PLUGS,
    "run_retries": SETTLED,
    "run_storage": ONE_DATABASE,
    "schedule_storage": ONE_DATABASE,
    "scheduler": "schedules are always evaluated by the service",
    "schedules": SETTLED,
    "secrets": "variables come from the environment and from .env",
    "sensors": SETTLED,
    "storage": ONE_DATABASE,
    "telemetry": "nothing is sent to anybody",
    "ui": "there is nothing to turn off",
}
# What says only which of Dagster's classes does the work that the service does here.
SILENT = frozenset({
    "run_coordinator.class", "run_coordinator.module", "run_monitoring.enabled", "sensors.use_threads",
})  # fmt: skip


def read_settings(home: Path) -> Settings:
    """The settings of a home folder; the defaults when it has no settings file.

    Args:
        home: the folder with ``watchbell.yaml`` or ``dagster.yaml``.

    Raises:
        DagsterInvalidConfigError: lists every unknown key and wrong value of the file.
    """
    for name in (OWN_FILE, DAGSTER_FILE):
        file = home / name
        if file.is_file():
            content = _content(file)
            if name == DAGSTER_FILE:
                content = _translated(file, content)
            return _settings(file, content)
    return Settings()


def settings_of(overrides: Mapping[str, Any]) -> Settings:
    """The settings that a mapping stands for, instead of a file: of our own form, or of ``dagster.yaml``'s.

    Args:
        overrides: the mapping.

    Raises:
        DagsterInvalidConfigError: lists every unknown key and wrong value.
    """
    own = any(key in RULES for key in overrides)
    file = Path("overrides")
    return _settings(file, overrides if own else _translated(file, overrides))


def _content(file: Path) -> Mapping[str, Any]:
    # Most homes have no settings file, and the parser takes longer to load than all the rest of this floor.
    import yaml

    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DagsterInvalidConfigError(f"{file} is not valid YAML", [ConfigMistake((), str(error))]) from error
    if content is None:
        return {}
    if not isinstance(content, Mapping):
        found = type(content).__name__
        message = f"expected settings as `name: value` lines, found a {found}"
        raise DagsterInvalidConfigError(f"{file} holds no settings", [ConfigMistake((), message)], content)
    return content


def _settings(file: Path, content: Mapping[str, Any]) -> Settings:
    mistakes = []
    for key, value in content.items():
        rule = RULES.get(str(key))
        if rule is None:
            mistakes.append(ConfigMistake((str(key),), f"there is no such setting{did_you_mean(str(key), RULES)}"))
        elif not rule.fits(value):
            mistakes.append(ConfigMistake((str(key),), f"expected {rule.expected}; found {value!r}"))
    if mistakes:
        raise DagsterInvalidConfigError(f"{file} has mistakes:", mistakes, content)
    names = {field.name for field in fields(Settings)}
    given: dict[str, Any] = {name: value for name, value in content.items() if name in names}
    for name, value in given.items():
        if isinstance(value, list):
            given[name] = tuple(value)
    return Settings(**given)


def _translated(file: Path, content: Mapping[str, Any]) -> Mapping[str, Any]:
    """What of a ``dagster.yaml`` has a meaning here; settings of our own may stand in it as well."""
    taken = {key: value for key, value in content.items() if key not in WITHOUT_EFFECT}
    for path, name in MAPPED.items():
        value: Any = content
        for part in path:
            value = value.get(part) if isinstance(value, Mapping) else None
        if value is not None:
            taken.setdefault(name, _from_environment(file, path, value))
    ignored = [each for key in content if key in WITHOUT_EFFECT for each in _ignored((str(key),), content[key])]
    if ignored:
        reasons = dict.fromkeys(map(_why, ignored))
        told = "; ".join(f"{', '.join(each for each in ignored if _why(each) == why)}: {why}" for why in reasons)
        warnings.warn(
            f"{file} has settings without effect in watchbell, whose own stand in {OWN_FILE}. {told}",
            UserWarning,
            stacklevel=2,
        )
    return taken


def _ignored(path: tuple[str, ...], value: Any) -> list[str]:
    """The paths at and below ``path`` that no setting stands for; the highest ones."""
    if path in MAPPED or ".".join(path) in SILENT:
        return []
    leads_on = any(known[: len(path)] == path for known in MAPPED)
    if leads_on and isinstance(value, Mapping):
        return [each for key, inner in value.items() for each in _ignored((*path, str(key)), inner)]
    return [".".join(path)]


def _why(path: str) -> str:
    beginnings = [known for known in WITHOUT_EFFECT if path == known or path.startswith(f"{known}.")]
    return WITHOUT_EFFECT[max(beginnings, key=len)]


def _from_environment(file: Path, path: tuple[str, ...], value: Any) -> Any:
    """The value, or that of the variable which ``env: NAME`` names; a whole number as one."""
    if not isinstance(value, Mapping) or set(value) != {"env"}:
        return value
    found = os.environ.get(str(value["env"]))
    if found is None:
        mistake = ConfigMistake(path, f"the variable {value['env']!r} is not set")
        raise DagsterInvalidConfigError(f"{file} has mistakes:", [mistake], value)
    return int(found) if found.isdecimal() else found
