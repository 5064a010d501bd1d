"""A real mail server and a real web server on loopback, for the tests of alerts."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

HOST = "127.0.0.1"


@dataclass
class MailBox:
    """Takes mails, and says no to what it is told to say no to."""

    refused: Mapping[str, str] = field(default_factory=dict)  # address -> answer
    answer: str = "250 OK"
    mails: list[tuple[Envelope, EmailMessage]] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    login_answer: str | None = None  # None: every login is right

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, kind: str, given: Any) -> AuthResult:
        assert isinstance(given, LoginPassword)
        self.logins.append((given.login.decode(), given.password.decode()))
        if self.login_answer is None:
            return AuthResult(success=True)
        return AuthResult(success=False, handled=False, message=self.login_answer)

    @property
    def only(self) -> EmailMessage:
        assert len(self.mails) == 1
        return self.mails[0][1]

    @property
    def envelope(self) -> Envelope:
        assert len(self.mails) == 1
        return self.mails[0][0]


@dataclass
class _Handler:
    """What aiosmtpd calls; it looks at all members, so that those of the box have to lie elsewhere."""

    box: MailBox

    async def handle_RCPT(  # noqa: N802 # aiosmtpd's names
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.box.refused:
            return self.box.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.box.mails.append((envelope, message_from_bytes(envelope.content, policy=policy.default)))
        return self.box.answer


class _Controller(Controller):
    """On a port that the system chooses."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def mail_server(box: MailBox, encryption: str = "PLAIN", folder: Path | None = None, **options: Any) -> Iterator[int]:
    """The port of a server that puts what it gets into ``box``; its certificate's authority is ``folder/ca.pem``."""
    if encryption != "PLAIN":
        assert folder is not None
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(folder / "ca.pem"))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
        options["ssl_context" if encryption == "SSL" else "tls_context"] = context
    controller = _Controller(
        _Handler(box),
        hostname=HOST,
        port=0,
        auth_require_tls=encryption == "STARTTLS",
        authenticator=box.authenticate,
        **options,
    )
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@dataclass
class Hook:
    """What a web server was sent."""

    port: int = 0
    status: int = 200
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


@contextmanager
def web_hook(status: int = 200) -> Iterator[Hook]:
    """A web server that takes JSON and answers ``status``."""
    hook = Hook(status=status)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.calls.append((self.path, json.loads(body)))
            self.send_response(hook.status)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer((HOST, 0), Handler)
    hook.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield hook
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
