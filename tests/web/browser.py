"""Browsers and programs that ask an application in this process, from wherever they say they are."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from argon2 import PasswordHasher

from tests.web.shared_routes import app_over
from watchbell.ground import secrets
from watchbell.ground.clock import ManualClock
from watchbell.ground.secrets import digest_of, hash_password, new_token
from watchbell.instance import DagsterInstance
from watchbell.record.account import Role, Token, User
from watchbell.record.audit import AuditEntry, AuditQuery
from watchbell.web import pages
from watchbell.web.exposure import LOCAL, Exposure
from watchbell.web.link import StillLink
from watchbell.web.view import View

# The same hashes with little work: guessing is tested many times over.
secrets._hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
secrets._hash_of_nobody.cache_clear()

PASSWORD = "correct horse battery"
PASSWORD_HASH = hash_password(PASSWORD)
REMOTE = Exposure(frozenset({"watch.example", "localhost"}), is_local=False)
SECURE = Exposure(frozenset({"watch.example"}), is_local=False, is_secure=True)


@dataclass
class Browser:
    """Asks as a browser does: with the cookies it was given, and with Origin where browsers send one.

    Args:
        app: the application.
        host: the Host it asks for.
        address: where it is.
        headers: what every request of it has; None as a value: a header that is left out.
    """

    app: Any
    host: str = "localhost:3000"
    address: str = "127.0.0.1"
    headers: dict[str, str | None] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, address: str, **options: Any) -> httpx.Response:
        """The answer to GET."""
        return self.ask("GET", address, **options)

    def post(self, address: str, json: object = None, **options: Any) -> httpx.Response:
        """The answer to POST."""
        return self.ask("POST", address, json={} if json is None else json, **options)

    def put(self, address: str, json: object = None, **options: Any) -> httpx.Response:
        """The answer to PUT."""
        return self.ask("PUT", address, json={} if json is None else json, **options)

    def delete(self, address: str, **options: Any) -> httpx.Response:
        """The answer to DELETE."""
        return self.ask("DELETE", address, **options)

    def ask(
        self, method: str, address: str, headers: dict[str, str | None] | None = None, **options: Any
    ) -> httpx.Response:
        """The answer to any method; ``headers`` go before those of every request, None leaves one out."""
        sent: dict[str, str | None] = {"host": self.host}
        if method != "GET":
            sent |= {"origin": f"http://{self.host}", "content-type": "application/json"}
        if self.cookies:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent |= self.headers | (headers or {})
        given = {name: value for name, value in sent.items() if value is not None}

        async def act() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(self.address, 4_711))
            async with httpx.AsyncClient(transport=transport, base_url=f"http://{self.host}") as client:
                return await client.request(method, address, headers=given, **options)

        answer = asyncio.run(act())
        for name, value in answer.cookies.items():
            self.cookies[name] = value
        for line in answer.headers.get_list("set-cookie"):
            if "max-age=0" in line.lower():
                self.cookies.pop(line.partition("=")[0], None)
        return answer

    def log_in(self, name: str, password: str = PASSWORD) -> httpx.Response:
        """Types a name and a password."""
        return self.post("/api/session", {"name": name, "password": password})


@dataclass
class House:
    """An instance with users, and browsers that ask its server.

    Args:
        instance: what is remembered.
        exposure: how it can be reached.
        static: folder of the built pages.
    """

    instance: DagsterInstance
    exposure: Exposure = LOCAL
    static: Path = pages.STATIC

    def __post_init__(self) -> None:
        self.app = app_over(View(self.instance, StillLink([], [])), self.static, self.exposure)

    @property
    def clock(self) -> ManualClock:
        """The clock of everything."""
        clock = self.instance.clock
        assert isinstance(clock, ManualClock)
        return clock

    def browser(self, **options: Any) -> Browser:
        """Somebody at this machine if that makes sense, else somebody far away."""
        if not self.exposure.is_local:
            options = {"host": "watch.example", "address": "10.0.0.9"} | options
        return Browser(self.app, **options)

    def add_user(self, name: str, role: Role = Role.VIEWER) -> User:
        """Stores a user, whose password is :data:`PASSWORD`."""
        user = User(name, role, self.clock.now())
        self.instance.store.add_user(user, PASSWORD_HASH)
        return user

    def token(self, role: Role = Role.VIEWER, **fields: Any) -> str:
        """Stores a token; its secret."""
        secret = new_token()
        self.instance.store.add_token(Token(0, "ci", role, self.clock.now(), "ada", **fields), digest_of(secret))
        return secret

    def program(self, role: Role, **options: Any) -> Browser:
        """A program with a token of a role."""
        return self.browser(headers={"authorization": f"Bearer {self.token(role)}", "origin": None}, **options)

    def logged_in(self, name: str, role: Role) -> Browser:
        """A browser in which a new user has logged in."""
        self.add_user(name, role)
        browser = self.browser()
        assert browser.log_in(name).status_code == 200
        return browser

    def audit(self, **query: Any) -> list[AuditEntry]:
        """The audit log, the oldest first."""
        return self.instance.store.audit(AuditQuery(**query))[::-1]
