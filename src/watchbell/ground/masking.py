"""Secrets in what is shown or logged: run config, environment, headers, details of actions. One function for all.

A value is a secret when its name says so (``password``, ``api_key``, ``token`` …) or when whoever knows the schema says
that its path is one. Also of an address the password is taken out, and of text that looks like one of our tokens all
but its beginning. What is masked keeps its place, so that a person sees that something is set there.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

MASK = "••••••"
"""Stands for a secret."""
DEPTH_MAX = 100
"""Levels of nesting that are looked into; what lies deeper is masked as a whole."""

_SECRET_NAME = re.compile(
    r"(^|[^a-z])(pass(word|wd|phrase|code)?|pwd|secrets?|tokens?|credentials?|api[_-]?keys?|access[_-]?keys?|private[_-]?keys?"
    r"|secret[_-]?keys?|account[_-]?keys?|signing[_-]?keys?|encryption[_-]?keys?|auth(orization)?|cookies?|bearer|dsn"
    r"|connection[_-]?string|sas[_-]?url|webhook(s|[_-]?url)?|pin|otp|jwt|signature)($|[^a-z])"
)
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_JOINED = re.compile(
    r"(password|passwd|passphrase|secret|apikey|accesskey|privatekey|credential|authtoken|accesstoken)"
)
_NAMES_ONLY = frozenset({"token_name", "secret_name", "credential_name", "password_env", "token_id", "tokens_used"})
_USER_INFO = re.compile(r"(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]{0,30}://[^/@\s:?#]{0,200}):[^/\s?#]{1,1000}@")
_TOKEN_TEXT = re.compile(r"\bwb_[A-Za-z0-9]{4}[A-Za-z0-9]{10,}")


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Whether a key, variable or header of this name holds a secret."""
    plain = _HUMPS.sub("_", name).lower()
    if plain in _NAMES_ONLY:
        return False
    return _SECRET_NAME.search(plain) is not None or _JOINED.search(plain.replace("-", "").replace("_", "")) is not None


def masked_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The same facts with each secret in them masked, but no numbers: ``tokens`` are counted more often than secret."""
    return {key: _fact(key, value, 0) for key, value in facts.items()}


def _fact(name: str, value: Any, depth: int) -> Any:
    if depth > DEPTH_MAX:
        return MASK
    if isinstance(value, Mapping) and not is_secret_name(name):
        return {key: _fact(str(key), inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_fact(name, inner, depth + 1) for inner in value]
    if is_secret_name(name) and not isinstance(value, int | float):
        return _hidden(value)
    return masked_text(value) if isinstance(value, str) else value


def masked(value: Any, secret_paths: Collection[tuple[str, ...]] = ()) -> Any:
    """The same value with each secret in it masked.

    Args:
        value: plain data: mappings, lists, text, numbers.
        secret_paths: keys on the way to values that are secrets whatever their names, as a schema says.

    Returns:
        A copy. ``{"env": NAME}``, which names a variable, is no secret and stays.
    """
    return _masked(value, (), frozenset(secret_paths), 0)


def masked_text(text: str) -> str:
    """Text with passwords of addresses and tokens of ours masked."""
    without = _USER_INFO.sub(lambda found: f"{found['scheme']}:{MASK}@", text)
    return _TOKEN_TEXT.sub(lambda found: f"{found.group()[:7]}{MASK}", without)


def _masked(value: Any, path: tuple[str, ...], secret_paths: frozenset[tuple[str, ...]], depth: int) -> Any:
    if depth > DEPTH_MAX:
        return MASK
    if isinstance(value, Mapping):
        return {
            key: _hidden(inner)
            if is_secret_name(str(key)) or (*path, str(key)) in secret_paths
            else _masked(inner, (*path, str(key)), secret_paths, depth + 1)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [_masked(inner, path, secret_paths, depth + 1) for inner in value]
    return masked_text(value) if isinstance(value, str) else value


def _hidden(value: Any) -> Any:
    """The mask, or what is no secret although its name says so: nothing, a switch, the name of a variable."""
    if value is None or isinstance(value, bool) or value in ("", [], {}):
        return value
    if isinstance(value, Mapping) and set(value) == {"env"}:
        return dict(value)
    return MASK
