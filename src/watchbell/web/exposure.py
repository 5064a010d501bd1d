"""Where the server can be reached, and what that asks of who reaches it.

An address of this machine alone (loopback) is answered without login, as long as a request says so throughout: it comes
from this machine, under a name of this machine, and no proxy has handed it on. Every other way needs a session or a
token; a server that could be reached so while nobody could ever log in does not start.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.ground.value import dataclass
from watchbell.home import is_unspecified, name_of_this_machine
from watchbell.record.settings import Settings

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
LOGIN_ALWAYS = "always"


@dataclass(frozen=True)
class Exposure:
    """What a server answers to, and to whom without login.

    Args:
        names: the Host names that are answered, without port, in small letters.
        is_everywhere: whether it listens at all addresses of its machine; then it answers to addresses too. A foreign
            name can be made to point here, an address cannot be made another's.
        is_local: whether who sits at this machine needs no login.
        is_secure: whether people reach it through https, so that cookies may insist on that.
        proxies: addresses of proxies whose word on who asks is taken.
    """

    names: frozenset[str] = LOOPBACK_NAMES
    is_local: bool = True
    is_secure: bool = False
    proxies: tuple[str, ...] = ()
    is_everywhere: bool = False

    def answers(self, name: str) -> bool:
        """Whether somebody may ask by this Host name (without port, in small letters)."""
        return name in self.names or (self.is_everywhere and is_address(name) and not is_unspecified(name))


LOCAL = Exposure()
"""As it is without any setting."""


def exposure_of(settings: Settings, host: str, has_accounts: bool) -> Exposure:
    """What listening at an address means.

    Args:
        settings: of the instance.
        host: the address that is listened to.
        has_accounts: whether somebody could log in or show a token.

    Raises:
        DagsterInvariantViolationError: others could reach it, and nobody could log in.
    """
    is_loopback = is_of_this_machine(host)
    wants_login = settings.web_login == LOGIN_ALWAYS
    if (not is_loopback or wants_login) and not has_accounts:
        why = (
            f"{host!r} is an address that others can reach" if not is_loopback else "the setting web_login is 'always'"
        )
        raise DagsterInvariantViolationError(
            f"the web server does not start: {why}, and nobody could log in. Add a user first, `watchbell user add "
            "NAME --role admin`, or a token, `watchbell token create NAME`; or listen on 127.0.0.1, and reach it from "
            "elsewhere through a tunnel: ssh -L 3000:127.0.0.1:3000 HOST"
        )
    base = urlsplit(settings.base_url or "")
    named = [each.strip().lower() for each in settings.web_hosts] + ([base.hostname] if base.hostname else [])
    names = {*LOOPBACK_NAMES, *(_bracketed(each) for each in named)}
    is_everywhere = is_unspecified(host)
    names.add(_bracketed((name_of_this_machine() if is_everywhere else host).lower()))
    return Exposure(
        frozenset(names),
        is_loopback and not wants_login,
        base.scheme == "https",
        tuple(settings.web_proxies),
        is_everywhere,
    )


def is_of_this_machine(host: str) -> bool:
    """Whether an address is reached from this machine alone."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_address(name: str) -> bool:
    """Whether a Host name is an address, written as browsers write it."""
    try:
        address = ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return name == (f"[{address}]" if address.version == 6 else str(address))


def _bracketed(name: str) -> str:
    return f"[{name}]" if ":" in name and not name.startswith("[") else name
