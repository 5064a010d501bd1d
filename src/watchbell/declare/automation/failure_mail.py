"""The sensor that sends a mail for each run that fails.

What sends it (``mail_delivery.py``: smtplib, ssl, email) is loaded when there is a mail to send, not with the
definitions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field
from typing import Any

from watchbell.declare.automation.alert_arguments import (
    check_optional_function,
    check_optional_text,
    check_seconds,
    number_now,
    said_by,
    text_now,
)
from watchbell.declare.automation.failure_facts import FailureFacts, facts_of, text_of
from watchbell.declare.automation.monitored import MonitoredJob
from watchbell.declare.automation.run_status_context import RunFailureSensorContext
from watchbell.declare.automation.run_status_decorators import run_failure_sensor
from watchbell.declare.automation.run_status_sensor import RunStatusSensorDefinition
from watchbell.declare.automation.sensor import DefaultSensorStatus
from watchbell.declare.config.env_var import EnvVar, IntEnvVar
from watchbell.declare.names import check_instance
from watchbell.ground.errors import DagsterInvalidDefinitionError, ParameterCheckError
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass

PORT_OF_TYPE = {"SSL": 465, "STARTTLS": 587, "PLAIN": 25}
ERROR_CHARS_MAX = 4_000  # of each error, and of each traceback
MailText = Callable[[RunFailureSensorContext], str]


def make_email_on_run_failure_sensor(
    email_from: str,
    email_password: str | None,
    email_to: Sequence[str] | str,
    email_body_fn: MailText | None = None,
    email_subject_fn: MailText | None = None,
    smtp_host: str = "smtp.gmail.com",
    smtp_type: str | None = "SSL",
    smtp_port: int | None = None,
    smtp_user: str | None = None,
    name: str | None = None,
    webserver_base_url: str | None = None,
    monitored_jobs: Sequence[MonitoredJob] | None = None,
    job_selection: Sequence[MonitoredJob] | None = None,
    monitor_all_code_locations: bool = False,
    default_status: DefaultSensorStatus = DefaultSensorStatus.STOPPED,
    monitor_all_repositories: bool = False,
    timeout: float = 20,
) -> RunStatusSensorDefinition:
    """Makes a sensor that sends a mail for each run that fails.

    The mail has the same as plain text and as HTML: the job, the partition, the run and its page, which steps failed
    and with what. Where it cannot be delivered, the tick fails and says which server answered what. All text arguments
    may be an EnvVar, which is read when a mail is sent.

    Args:
        email_from: who it is from: ``"bell@example.org"`` or ``"Bell <bell@example.org>"``.
        email_password: what the server knows the sender by; None: no login, as at a relay in your network.
        email_to: who gets it: addresses, or one text with commas between them.
        email_body_fn: given the context, returns the text of the mail, as HTML; without any tag it is plain text. None:
            the text described above.
        email_subject_fn: given the context, returns the subject. None: ``"Run failed: <job>"``.
        smtp_host: the mail server.
        smtp_type: ``"SSL"``, ``"STARTTLS"``, or ``"PLAIN"`` (or None): not encrypted, for a server of your network.
        smtp_port: None: 465 for SSL, 587 for STARTTLS, 25 for PLAIN.
        smtp_user: who logs in. None: the address of ``email_from``.
        name: the sensor's name. None: ``"email_on_run_failure"``.
        webserver_base_url: address of the web server, for the link to the run's page. None: ``base_url`` of the
            settings, or the local web server.
        monitored_jobs: the jobs whose runs count; None: all of this location.
        job_selection: older name of ``monitored_jobs``.
        monitor_all_code_locations: whether runs of all locations count.
        default_status: whether it works when nobody said otherwise.
        monitor_all_repositories: older name of ``monitor_all_code_locations``.
        timeout: how long the server may take for an answer (seconds).

    Raises:
        DagsterInvalidDefinitionError: an unknown ``smtp_type``, nobody to send to, or what a run failure sensor raises.
        ParameterCheckError: an argument has the wrong type.

    Example:
        >>> make_email_on_run_failure_sensor(
        ...     email_from="bell@example.org",
        ...     email_password=EnvVar("MAIL_PASSWORD"),
        ...     email_to=["data@example.org", "night@example.org"],
        ...     smtp_host="smtp.example.org",
        ... )
        RunStatusSensorDefinition('email_on_run_failure')
    """
    name = "email_on_run_failure" if name is None else name
    what = f"sensor {name!r}"
    mail = _Mail(
        sensor_name=name,
        sender=check_instance(email_from, str, f"email_from of {what}", "an address, or an EnvVar"),
        password=_secret(email_password, f"email_password of {what}"),
        recipients=_recipients(email_to, what),
        body_fn=check_optional_function(email_body_fn, f"email_body_fn of {what}"),
        subject_fn=check_optional_function(email_subject_fn, f"email_subject_fn of {what}"),
        host=check_instance(smtp_host, str, f"smtp_host of {what}"),
        encryption=_encryption(smtp_type, what),
        port=_port(smtp_port, what),
        user=check_optional_text(smtp_user, f"smtp_user of {what}"),
        base_url=check_optional_text(webserver_base_url, f"webserver_base_url of {what}"),
        timeout_seconds=check_seconds(timeout, f"timeout of {what}"),
    )

    def send_mail(context: RunFailureSensorContext) -> None:
        mail.send(context)

    decorate = run_failure_sensor(
        name=name,
        description=f"Sends a mail to {', '.join(map(_shown, mail.recipients))} for each run that fails.",
        monitored_jobs=job_selection if monitored_jobs is None else monitored_jobs,
        monitor_all_code_locations=monitor_all_code_locations or monitor_all_repositories,
        default_status=default_status,
    )
    sensor: RunStatusSensorDefinition = decorate(send_mail)
    return sensor


@dataclass(frozen=True)
class _Mail:
    """What is the same in each mail of a sensor; texts may be EnvVars."""

    sensor_name: str
    sender: str
    password: str | None = field(repr=False)
    recipients: tuple[str, ...]
    body_fn: MailText | None
    subject_fn: MailText | None
    host: str
    encryption: str
    port: int | None
    user: str | None
    base_url: str | None
    timeout_seconds: float

    def send(self, context: RunFailureSensorContext) -> None:
        """Sends the mail about the run of ``context``; raises DeliveryError where that does not succeed."""
        from watchbell.declare.automation.mail_delivery import Mail, MailServer, deliver

        what = f"sensor {self.sensor_name!r}"
        facts = facts_of(context, self.sensor_name, text_now(self.base_url, f"webserver_base_url of {what}"))
        html, text = self._body(context, facts)
        server = MailServer(
            host=self._text(self.host, "smtp_host"),
            port=number_now(self.port, f"smtp_port of {what}") or PORT_OF_TYPE[self.encryption],
            encryption=self.encryption,
            user=text_now(self.user, f"smtp_user of {what}"),
            password=text_now(self.password, f"email_password of {what}"),
            timeout_seconds=self.timeout_seconds,
        )
        mail = Mail(
            sender=self._text(self.sender, "email_from"),
            recipients=tuple(self._text(each, "email_to") for each in self.recipients),
            subject=self._subject(context, facts),
            text=text,
            html=html,
            sent_at=context.instance.clock.now(),
            # The same however often it is sent: a mail program shows the second one of them as the first.
            id_words=(facts.run_id, str(facts.failed_at and int(facts.failed_at.timestamp())), self.sensor_name),
        )
        deliver(mail, server, f"the mail about run {facts.run_id} of job {facts.job_name!r}")
        context.log.info("sent a mail to %s about run %s", ", ".join(mail.recipients), facts.run_id)

    def _text(self, value: str, argument: str) -> str:
        return text_now(value, f"{argument} of sensor {self.sensor_name!r}") or ""

    def _subject(self, context: RunFailureSensorContext, facts: FailureFacts) -> str:
        if self.subject_fn is None:
            return facts.title
        return said_by(self.subject_fn, context, f"email_subject_fn of sensor {self.sensor_name!r}")

    def _body(self, context: RunFailureSensorContext, facts: FailureFacts) -> tuple[str, str]:
        """HTML and plain text."""
        from watchbell.declare.automation.mail_body import both_forms, html_of

        if self.body_fn is None:
            return html_of(facts, ERROR_CHARS_MAX), text_of(facts, ERROR_CHARS_MAX, with_stacks=True)
        written = said_by(self.body_fn, context, f"email_body_fn of sensor {self.sensor_name!r}")
        return both_forms(written, None if self.base_url is None else facts.url)


def _secret(value: object, what: str) -> str | None:
    """Text, or None for none; a message about anything else does not show it."""
    if value is not None and not isinstance(value, str):
        raise ParameterCheckError(f"{what} is text, an EnvVar or None, not a {type(value).__name__}", parameter=what)
    return value or None


def _recipients(given: object, what: str) -> tuple[str, ...]:
    if isinstance(given, str):
        given = [given]
    if not isinstance(given, list | tuple | set | frozenset):
        raise ParameterCheckError(
            f"email_to of {what} is a list of addresses, or one text, not {given!r} ({type(given).__name__})",
            parameter="email_to",
            value=given,
        )
    found = tuple(check_instance(each, str, f"each address in email_to of {what}") for each in given)
    if not found or not all(isinstance(each, EnvVar) or each.strip() for each in found):
        raise DagsterInvalidDefinitionError(f"email_to of {what} names nobody; expected at least one address")
    return found


def _encryption(given: object, what: str) -> str:
    if given is None:
        return "PLAIN"
    if isinstance(given, str) and given in PORT_OF_TYPE:
        return given
    hint = did_you_mean(given, PORT_OF_TYPE) if isinstance(given, str) else f"; expected {', '.join(PORT_OF_TYPE)}"
    raise DagsterInvalidDefinitionError(f"smtp_type of {what} is {given!r}{hint}", smtp_type=given)


def _port(given: object, what: str) -> int | None:
    if given is None or isinstance(given, IntEnvVar):
        return given
    if isinstance(given, int) and not isinstance(given, bool) and 0 < given < 65_536:
        return given
    raise ParameterCheckError(
        f"smtp_port of {what} is a whole number from 1 to 65535, EnvVar.int(...) or None, not {given!r}",
        parameter="smtp_port",
        value=given,
    )


def _shown(value: Any) -> str:
    return repr(value) if isinstance(value, EnvVar) else value
