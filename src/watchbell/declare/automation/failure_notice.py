"""Notices through apprise: chat, phones, pagers, mail and a hundred other services, each named by one URL.

apprise is the extra ``notify`` and is imported when there is something to send. A URL holds the service's secrets:
nothing here shows more of it than apprise itself shows of a URL that it is asked to hide.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import field
from typing import Any
from urllib.parse import unquote

from watchbell.declare.automation.alert_arguments import (
    check_optional_function,
    check_optional_text,
    said_by,
    text_now,
)
from watchbell.declare.automation.failure_facts import FailureFacts, facts_of, one_line, text_of
from watchbell.declare.automation.monitored import MonitoredJob
from watchbell.declare.automation.run_status_context import RunFailureSensorContext
from watchbell.declare.automation.run_status_decorators import run_failure_sensor
from watchbell.declare.automation.run_status_sensor import RunStatusSensorDefinition
from watchbell.declare.automation.sensor import DefaultSensorStatus
from watchbell.declare.config.env_var import EnvVar
from watchbell.declare.log_manager import record_text
from watchbell.ground.errors import (
    DagsterInvalidDefinitionError,
    DeliveryError,
    ParameterCheckError,
)
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass

ERROR_CHARS_MAX = 300  # of each error: a message to a chat is short (Discord takes 2,000 characters in all)
BODY_CHARS_MAX = 1_800
ANSWER_CHARS_MAX = 1_000
NOTICE_FORMATS = ("text", "markdown", "html")
NOTICE_KINDS = ("info", "success", "warning", "failure")
NoticeText = Callable[[RunFailureSensorContext], str]
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9_+.-]*://")
_PARTS = re.compile(r"[/:@?&=#,]+")
_PLAIN_HTTP = frozenset(("json", "jsons", "xml", "xmls", "form", "forms"))
_SEVERAL = re.compile(r"[\s,]+(?=[A-Za-z][A-Za-z0-9_+.-]*://)")


def make_notification_on_run_failure_sensor(
    urls: Sequence[str] | str,
    title_fn: NoticeText | None = None,
    body_fn: NoticeText | None = None,
    body_format: str = "text",
    name: str | None = None,
    webserver_base_url: str | None = None,
    monitored_jobs: Sequence[MonitoredJob] | None = None,
    monitor_all_code_locations: bool = False,
    default_status: DefaultSensorStatus = DefaultSensorStatus.STOPPED,
) -> RunStatusSensorDefinition:
    """Makes a sensor that sends a notice to chats, phones or other services for each run that fails.

    It goes through apprise (``pip install watchbell[notify]``), which knows a service by a URL, e.g.
    ``slack://tokenA/tokenB/tokenC/#data`` or ``ntfy://topic``. Where one of the services does not take it, the others
    still get it, and the tick fails and names that service; the secrets of its URL are masked.

    Args:
        urls: where notices go: URLs of apprise, or one text with several. Each may be an EnvVar (also one that holds
            several), which is read when a notice is sent.
        title_fn: given the context, returns the title. None: ``"Run failed: <job>"``.
        body_fn: given the context, returns the text. None: the partition, the run and its page, which steps failed.
        body_format: what ``body_fn`` writes: ``"text"``, ``"markdown"`` or ``"html"``; a service gets what it can show.
        name: the sensor's name. None: ``"notification_on_run_failure"``.
        webserver_base_url: address of the web server, for the link to the run's page. None: ``base_url`` of the
            settings, or the local web server.
        monitored_jobs: the jobs whose runs count; None: all of this location.
        monitor_all_code_locations: whether runs of all locations count.
        default_status: whether it works when nobody said otherwise.

    Raises:
        DagsterInvalidDefinitionError: no URL, a text that is none, or what a run failure sensor raises.
        ParameterCheckError: an argument has the wrong type.

    Example:
        >>> make_notification_on_run_failure_sensor(urls=[EnvVar("TEAM_CHAT_URL"), "ntfy://night-watch"])
        RunStatusSensorDefinition('notification_on_run_failure')
    """
    name = "notification_on_run_failure" if name is None else name
    what = f"sensor {name!r}"
    notice = _Notice(
        sensor_name=name,
        urls=_checked_urls(urls, f"urls of {what}"),
        title_fn=check_optional_function(title_fn, f"title_fn of {what}"),
        body_fn=check_optional_function(body_fn, f"body_fn of {what}"),
        body_format=_one_of(body_format, NOTICE_FORMATS, f"body_format of {what}"),
        base_url=check_optional_text(webserver_base_url, f"webserver_base_url of {what}"),
    )

    def send_notice(context: RunFailureSensorContext) -> None:
        notice.send(context)

    decorate = run_failure_sensor(
        name=name,
        description="Sends a notice for each run that fails.",
        monitored_jobs=monitored_jobs,
        monitor_all_code_locations=monitor_all_code_locations,
        default_status=default_status,
    )
    sensor: RunStatusSensorDefinition = decorate(send_notice)
    return sensor


def notify(
    urls: Sequence[str] | str, body: str, title: str = "", *, kind: str = "info", body_format: str = "text"
) -> None:
    """Sends a notice to chats, phones or other services, from any sensor, op or hook.

    It goes through apprise (``pip install watchbell[notify]``), which knows a service by a URL.

    Args:
        urls: where it goes: URLs of apprise, or one text with several; each may be an EnvVar.
        body: its text.
        title: its title; empty for none.
        kind: ``"info"``, ``"success"``, ``"warning"`` or ``"failure"``: services show it as a colour or a sign.
        body_format: how ``body`` is written: ``"text"``, ``"markdown"`` or ``"html"``.

    Raises:
        ModuleNotFoundError: apprise is not installed.
        DagsterInvalidDefinitionError: no URL, a text that is none, an unknown kind or format.
        DagsterInvariantViolationError: an environment variable is not set.
        DeliveryError: a service did not take it; those after it got it nevertheless.
        ParameterCheckError: an argument has the wrong type.

    Example:
        Told when the last partition is there::

            @run_status_sensor(run_status=DagsterRunStatus.SUCCESS, monitored_jobs=[nightly])
            def tell(context: RunStatusSensorContext):
                notify(EnvVar("TEAM_CHAT_URL"), f"{context.partition_key} is ready", kind="success")
    """
    _one_of(kind, NOTICE_KINDS, "kind of notify")
    _one_of(body_format, NOTICE_FORMATS, "body_format of notify")
    given = [text_now(each, "urls of notify") or "" for each in _checked_urls(urls, "urls of notify")]
    found = [url.strip() for each in given for url in _SEVERAL.split(each.strip(" \t\r\n,"))]
    _deliver(_checked_urls(found, "urls of notify"), body, title, kind, body_format)


@dataclass(frozen=True)
class _Notice:
    """What is the same in each notice of a sensor."""

    sensor_name: str
    urls: tuple[str, ...] = field(repr=False)
    title_fn: NoticeText | None
    body_fn: NoticeText | None
    body_format: str
    base_url: str | None

    def send(self, context: RunFailureSensorContext) -> None:
        """Sends the notice about the run of ``context``; raises DeliveryError where that does not succeed."""
        what = f"sensor {self.sensor_name!r}"
        facts = facts_of(context, self.sensor_name, text_now(self.base_url, f"webserver_base_url of {what}"))
        title = facts.title if self.title_fn is None else said_by(self.title_fn, context, f"title_fn of {what}")
        if self.body_fn is None:
            notify(self.urls, _short_text(facts), title, kind="failure")
        else:
            body = said_by(self.body_fn, context, f"body_fn of {what}")
            notify(self.urls, body, title, kind="failure", body_format=self.body_format)
        context.log.info("sent a notice about run %s", facts.run_id)


def _short_text(facts: FailureFacts) -> str:
    """The facts, as short as a chat wants them; the title is told besides."""
    lines = text_of(facts, ERROR_CHARS_MAX, with_stacks=False).partition("\n\n")[2]
    if len(lines) <= BODY_CHARS_MAX:
        return lines
    end = f" …\n\n{facts.url}"
    return lines[: BODY_CHARS_MAX - len(end)] + end


def _deliver(urls: Sequence[str], body: str, title: str, kind: str, body_format: str) -> None:
    apprise = _apprise()
    asset = apprise.AppriseAsset(app_id="Watchbell", app_desc="Watchbell", async_mode=False)
    failures = []
    for url in urls:
        with _words_of_apprise() as said:
            service = apprise.Apprise.instantiate(url, asset=asset)
            outlet = apprise.Apprise(asset=asset)
            outlet.add(service)
            accepted = service and outlet.notify(body=body, title=title, notify_type=kind, body_format=body_format)
        if service is None:
            failures.append(
                (_scheme_of(url), "apprise knows no such service, or the URL lacks something that it needs")
            )
        elif not accepted:
            shown = _masked_url(service)
            failures.append((shown, _masked(" ".join(said), url, shown) or "it gave no reason"))
    if failures:
        told = "; ".join(f"{service} ({answer})" for service, answer in failures)
        raise DeliveryError(
            f"a notice was not taken by {len(failures)} of {len(urls)} services: {told}",
            service=failures[0][0],
            answer=failures[0][1],
        )


def _apprise() -> Any:
    try:
        import apprise
    except ModuleNotFoundError as error:
        if error.name != "apprise":
            raise
        raise ModuleNotFoundError(
            "notices are sent through apprise, which is not installed: pip install 'watchbell[notify]'",
            name="apprise",
        ) from error
    return apprise


@contextmanager
def _words_of_apprise() -> Iterator[list[str]]:
    """What apprise says of what went wrong; kept from all other logs, as it may show a URL as it is."""
    logger, handler = logging.getLogger("apprise"), _Collector(logging.WARNING)
    level, propagates = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.WARNING)
    logger.propagate = False
    try:
        yield handler.lines
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagates


class _Collector(logging.Handler):
    """Keeps what is logged."""

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(one_line(record_text(record)))


def _masked_url(service: Any) -> str:
    """The URL of a service, as much as may be shown: no password, no token, no options."""
    url = str(service.url(privacy=True)).partition("?")[0]
    scheme, _, rest = url.partition("://")
    # The path of a plain HTTP address is often its secret (a webhook); apprise shows it.
    return f"{scheme}://{rest.partition('/')[0]}/…" if scheme in _PLAIN_HTTP else url


def _masked(text: str, url: str, shown: str) -> str:
    """``text`` without the parts of ``url`` that are not ``shown``."""
    parts = {unquote(part) for part in _PARTS.split(url)} | set(_PARTS.split(url))
    for part in sorted(parts, key=len, reverse=True):
        if len(part) > 3 and part not in shown:
            text = text.replace(part, "****")
    return text[:ANSWER_CHARS_MAX]


def _scheme_of(url: str) -> str:
    """A URL that nobody could read, shown without what may be secret."""
    return f"{url.partition('://')[0]}://…"


def _checked_urls(given: object, what: str) -> tuple[str, ...]:
    if isinstance(given, str):
        given = (given,)
    if not isinstance(given, list | tuple | set | frozenset) or not all(isinstance(each, str) for each in given):
        raise ParameterCheckError(
            f"{what} is a list of texts, or one text; it is a {type(given).__name__} with something else",
            parameter="urls",
        )
    urls = tuple(each if isinstance(each, EnvVar) else each.strip() for each in given)
    if not urls:
        raise DagsterInvalidDefinitionError(f"{what} names no service; expected at least one URL of apprise")
    for at, each in enumerate(urls):
        if not isinstance(each, EnvVar) and not _SCHEME.match(each):
            # Not shown: it may be the secret alone.
            raise DagsterInvalidDefinitionError(
                f"{what}: number {at + 1} of {len(urls)} is no URL of apprise; expected a text like "
                "'slack://tokenA/tokenB/tokenC/#channel' or an EnvVar"
            )
    return urls


def _one_of(given: object, known: Sequence[str], what: str) -> str:
    if isinstance(given, str) and given in known:
        return given
    hint = did_you_mean(given, known) if isinstance(given, str) else f"; expected {', '.join(known)}"
    raise DagsterInvalidDefinitionError(f"{what} is {given!r}{hint}")
