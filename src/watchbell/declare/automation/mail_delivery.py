"""Mails by SMTP. Loaded when there is one to send: what it needs of the standard library takes 30 ms."""

from __future__ import annotations

import base64
import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import field
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, getaddresses
from typing import Any

from watchbell.declare.automation.failure_facts import one_line, shortened
from watchbell.ground.errors import DagsterInvariantViolationError, DeliveryError
from watchbell.ground.value import dataclass

ANSWER_CHARS_MAX = 1_000
SUBJECT_CHARS_MAX = 200
_NOT_OF_AN_ID = re.compile(r"[^A-Za-z0-9_-]")
_SIGNS_OF_POLICY = ("530 ", "5.7.")  # RFC 4954 and RFC 3463: a login is wanted, or something is not permitted without


@dataclass(frozen=True)
class MailServer:
    """The server a mail is handed to.

    Args:
        host: its name.
        port: its port.
        encryption: ``"SSL"`` from the first byte on, ``"STARTTLS"``, or ``"PLAIN"`` for none.
        user: who logs in; None: the sender.
        password: None: nobody logs in.
        timeout_seconds: how long it may take for an answer.
    """

    host: str
    port: int
    encryption: str
    user: str | None
    password: str | None = field(repr=False)
    timeout_seconds: float

    def __str__(self) -> str:
        return f"the mail server {self.address} ({self.encryption})"

    @property
    def address(self) -> str:
        """Host and port."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Mail:
    """A mail.

    Args:
        sender: an address, with or without a name before it.
        recipients: the same, also several in one text with commas between them.
        subject: line ends in it become spaces.
        text: its plain text.
        html: the same as HTML.
        sent_at: when it is sent; aware.
        id_words: what tells it from all other mails.
    """

    sender: str
    recipients: Sequence[str]
    subject: str
    text: str
    html: str
    sent_at: datetime
    id_words: Sequence[str]


def deliver(mail: Mail, server: MailServer, what: str) -> None:
    """Hands ``mail`` to ``server``.

    Args:
        mail: what is sent.
        server: where to.
        what: what is sent, for the message of an error.

    Raises:
        DeliveryError: the server was not reached, or did not take it for all recipients.
        DagsterInvariantViolationError: an address is none.
    """
    sender = _addresses([mail.sender], "the sender")[0]
    recipients = _addresses(mail.recipients, "a recipient")
    message = message_of(mail)
    user = server.user or sender
    try:
        refused = _handed_over(message, server, user, sender, recipients)
    except (OSError, UnicodeError, smtplib.SMTPException) as error:
        reason = _masked(_told(error, server), user, server.password)
        # Not `from error`: what the server answered may repeat what it was given.
        raise DeliveryError(f"{what} was not sent: {server} {reason}", service=server.address, answer=reason) from None
    if refused:
        reason = _masked(_refusals(refused), user, server.password)
        raise DeliveryError(
            f"{what} was not sent to all: {server} refused {reason}; the others get it",
            service=server.address,
            answer=reason,
        )


def message_of(mail: Mail) -> EmailMessage:
    """``mail`` as a message: plain text and HTML as alternatives, headers that no value can add another header to."""
    message = EmailMessage(policy=policy.SMTP.clone(cte_type="7bit"))  # not every relay takes 8 bits
    message["From"] = one_line(mail.sender)
    message["To"] = ", ".join(one_line(each) for each in mail.recipients)
    message["Subject"] = shortened(_sendable(one_line(mail.subject)), SUBJECT_CHARS_MAX)
    message["Date"] = format_datetime(mail.sent_at)
    domain = _addresses([mail.sender], "the sender")[0].rpartition("@")[2]
    words = ".".join(_NOT_OF_AN_ID.sub("-", word) for word in mail.id_words)
    message["Message-ID"] = f"<{words}@{domain if domain.isascii() else 'watchbell'}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answer by a machine, e.g. "out of office"
    message.set_content(_sendable(mail.text))
    message.add_alternative(_sendable(mail.html), subtype="html")
    return message


def _handed_over(
    message: EmailMessage, server: MailServer, user: str, sender: str, recipients: Sequence[str]
) -> Mapping[str, tuple[int, bytes]]:
    """Sends it; what the server said to recipients that it refused, if it took others."""
    connection = _connection(server)
    try:
        if server.password is not None:
            connection.login(user, server.password)
        refused = connection.send_message(message, sender, recipients)
    except BaseException:
        connection.close()
        raise
    with suppress(OSError, smtplib.SMTPException):  # the mail is taken; how they part does not matter
        connection.quit()
    return refused


def _sendable(text: str) -> str:
    """``text`` without halves of surrogate pairs, as a file's name may hold them: UTF-8 has no bytes for them."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _connection(server: MailServer) -> smtplib.SMTP:
    if server.encryption == "SSL":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(server.host, server.port, timeout=server.timeout_seconds, context=context)
    connection = smtplib.SMTP(server.host, server.port, timeout=server.timeout_seconds)
    if server.encryption == "STARTTLS":
        try:
            connection.starttls(context=ssl.create_default_context())
        except BaseException:
            connection.close()
            raise
    return connection


def _addresses(written: Sequence[str], what: str) -> list[str]:
    """The bare addresses of what is written, e.g. ``a@x.org`` of ``"Ann <a@x.org>, "``."""
    found = [address for _, address in getaddresses([each.strip() for each in written]) if address]
    bad = [each for each in written if one_line(each) != each.strip()]  # a line end, or the like, inside
    bad += [each for each in found if any(c.isspace() or c in "<>(),;" for c in each)]
    if not found or bad:
        raise DagsterInvariantViolationError(
            f"{what} of a mail is written {', '.join(map(repr, bad or written))}; "
            "expected an address like 'ann@example.org' or 'Ann <ann@example.org>'"
        )
    return found


# --- what went wrong, for a person

_SERVER_ERRORS: list[tuple[type[Exception], Callable[[Any], str]]] = [
    (smtplib.SMTPRecipientsRefused, lambda error: f"refused every recipient: {_refusals(error.recipients)}"),
    (smtplib.SMTPSenderRefused, lambda error: f"refused the sender {error.sender}: {_answer(error)}"),
    (smtplib.SMTPDataError, lambda error: f"refused the text of the mail: {_answer(error)}"),
    (smtplib.SMTPHeloError, lambda error: f"refused the greeting: {_answer(error)}"),
    (smtplib.SMTPConnectError, lambda error: f"refused the connection: {_answer(error)}"),
    (smtplib.SMTPResponseException, lambda error: f"answered {_answer(error)}"),
]


def _told(error: Exception, server: MailServer) -> str:
    """The rest of a sentence that begins with the server; ends with what to do, where that is known."""
    match error:
        case smtplib.SMTPAuthenticationError():
            who = "the sender" if server.user is None else repr(server.user)
            return f"refused the login of {who}: {_answer(error)}; check smtp_user and email_password"
        case smtplib.SMTPNotSupportedError() if "AUTH" in str(error):
            return "takes no login; give email_password=None, or another smtp_type"
        case smtplib.SMTPNotSupportedError() if "STARTTLS" in str(error):
            return "offers no STARTTLS; expected smtp_type 'SSL' (port 465) or, in your own network, 'PLAIN'"
        case smtplib.SMTPNotSupportedError():
            return f"cannot do what the mail needs: {error}"
        case smtplib.SMTPServerDisconnected():
            return f"closed the connection ({error}){_other_types(server)}"
        case ssl.SSLCertVerificationError():
            return (
                f"shows a certificate that is not trusted: {error.verify_message}; smtp_host has to be the name in it, "
                "and its authority known to this machine (for an authority of your own, set SSL_CERT_FILE)"
            )
        case ssl.SSLError():
            return f"does not speak TLS there ({error.reason}){_other_types(server)}"
        case TimeoutError():
            return f"did not answer within {server.timeout_seconds:g} s{_other_types(server)}"
        case ConnectionRefusedError():
            return "refused the connection: nothing listens there; check smtp_host and smtp_port"
        case UnicodeError():
            return "can be greeted and logged in to with ASCII only: smtp_host, smtp_user or email_password is not"
        case socket.gaierror():
            return f"was not found: {error.strerror}; check smtp_host"
    for kind, sentence in _SERVER_ERRORS:
        if isinstance(error, kind):
            told = sentence(error)
            needs_login = server.password is None and any(sign in told for sign in _SIGNS_OF_POLICY)
            return told + ("; nobody logged in, as there is no email_password" if needs_login else "")
    return f"was not reached: {error}"


def _other_types(server: MailServer) -> str:
    return f"; is smtp_type {server.encryption!r} right for port {server.port}?"


def _answer(error: smtplib.SMTPResponseException) -> str:
    return f"{error.smtp_code} {_as_text(error.smtp_error)}"


def _refusals(refused: Mapping[str, tuple[int, bytes]]) -> str:
    return ", ".join(f"{address} ({code} {_as_text(answer)})" for address, (code, answer) in refused.items())


def _as_text(answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return one_line(text)


def _masked(text: str, user: str, password: str | None) -> str:
    """``text`` without the password, in any of the forms in which it was sent, and not too long."""
    forms: tuple[str, ...] = ()
    if password:
        plain = password.encode("utf-8", "replace")
        sent = (plain, b"\0" + user.encode("utf-8", "replace") + b"\0" + plain)
        forms = (password, *(base64.b64encode(each).decode("ascii") for each in sent))
    for form in forms:
        text = text.replace(form, "****")
    # Cut only now: half a password would not be found.
    return text if len(text) <= 2 * ANSWER_CHARS_MAX else f"{text[:ANSWER_CHARS_MAX]} … {text[-ANSWER_CHARS_MAX:]}"
