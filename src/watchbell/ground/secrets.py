"""Passwords, tokens and cookies: made, hashed, checked. What is stored is never what was typed or shown.

Passwords are guessed, so their hash is slow (argon2id). Tokens and cookies are drawn by us and cannot be guessed: their
digest is quick (SHA-256), because it is made for every request.

A token is ``wb_``, 40 letters and digits that were drawn, and six that follow from them: one that was mistyped or cut
is told apart from one that is not known, without a look at the store, and programs that search code for secrets know
ours.
"""

from __future__ import annotations

import functools
import hashlib
import re
import secrets
import string
import threading
import zlib

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from watchbell.ground.errors import ParameterCheckError

PASSWORD_LENGTH_MIN, PASSWORD_BYTES_MAX = 10, 1_000
"""Characters a new password has at least, and bytes at most: hashing a longer one would only cost time."""
HASHES_AT_ONCE = 2
"""Hashes made at once (count): each takes 64 MB while it lasts."""
TOKEN_PREFIX = "wb_"  # noqa: S105 - how each begins
_DRAWN, _CHECK = 40, 6
_LETTERS = string.ascii_letters + string.digits
_TOKEN = re.compile(rf"{TOKEN_PREFIX}([A-Za-z0-9]{{{_DRAWN}}})([A-Za-z0-9]{{{_CHECK}}})")
_hasher = PasswordHasher()
_turns = threading.BoundedSemaphore(HASHES_AT_ONCE)


def hash_password(password: str) -> str:
    """The hash of a new password, with its own salt and parameters.

    Raises:
        ParameterCheckError: the password is too short or too long.
    """
    if len(password) < PASSWORD_LENGTH_MIN:
        raise ParameterCheckError(
            f"the password has {len(password)} characters; at least {PASSWORD_LENGTH_MIN} are needed. A few words "
            "that have nothing to do with each other are easy to remember and hard to guess",
            parameter="password",
        )
    if len(password.encode("utf-8", "surrogatepass")) > PASSWORD_BYTES_MAX:
        raise ParameterCheckError(
            f"the password is longer than {PASSWORD_BYTES_MAX:,} bytes, which is more than is looked at",
            parameter="password",
        )
    with _turns:
        return _hasher.hash(password)


def is_password(password: str, password_hash: str | None) -> bool:
    """Whether this is the password with that hash; it takes as long where there is no hash to compare with."""
    known = _hash_of_nobody()
    if len(password.encode("utf-8", "surrogatepass")) > PASSWORD_BYTES_MAX:
        password, password_hash = "", None
    with _turns:
        try:
            fits = _hasher.verify(known if password_hash is None else password_hash, password)
        except (VerificationError, InvalidHashError, UnicodeEncodeError):
            return False
    return fits and password_hash is not None


@functools.cache
def _hash_of_nobody() -> str:
    return _hasher.hash(secrets.token_urlsafe())


def new_token() -> str:
    """A token that nobody has; to be shown once."""
    drawn = "".join(secrets.choice(_LETTERS) for _ in range(_DRAWN))
    return f"{TOKEN_PREFIX}{drawn}{_check_of(drawn)}"


def is_token(text: str) -> bool:
    """Whether text has the form of a token, its last six characters fitting the others."""
    found = _TOKEN.fullmatch(text)
    return found is not None and _check_of(found.group(1)) == found.group(2)


def _check_of(drawn: str) -> str:
    number, letters = zlib.crc32(drawn.encode()), []
    for _ in range(_CHECK):
        number, rest = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[rest])
    return "".join(letters)


def new_cookie() -> str:
    """The secret of a session: 256 bits, drawn."""
    return secrets.token_urlsafe(32)


def digest_of(secret: str) -> str:
    """What is stored of a token or cookie."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
