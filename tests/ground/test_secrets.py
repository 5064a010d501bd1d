"""Passwords, tokens and cookies."""

import pytest

from watchbell.ground import secrets
from watchbell.ground.errors import ParameterCheckError
from watchbell.ground.secrets import digest_of, hash_password, is_password, is_token, new_cookie, new_token

GOOD = "correct horse battery"


def test_a_password_is_known_by_its_hash_and_no_other_is() -> None:
    hashed = hash_password(GOOD)

    assert hashed.startswith("$argon2id$")
    assert is_password(GOOD, hashed)
    assert not is_password(GOOD + " ", hashed)


def test_the_same_password_has_another_hash_each_time() -> None:
    assert hash_password(GOOD) != hash_password(GOOD)


@pytest.mark.parametrize(("password", "why"), [("short", "has 5 characters; at least 10"), ("x" * 1_001, "is longer")])
def test_a_password_that_is_no_good_is_refused_without_being_repeated(password: str, why: str) -> None:
    with pytest.raises(ParameterCheckError, match=why) as raised:
        hash_password(password)

    assert password not in str(raised.value)


@pytest.mark.parametrize("password", ["", "x" * 5_000, "\ud800 lone surrogate"])
def test_what_can_be_no_password_is_none(password: str) -> None:
    assert not is_password(password, hash_password(GOOD))


def test_nobody_has_a_password_and_finding_that_out_takes_a_hash_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []
    real = secrets._hasher

    class Counting:
        def verify(self, known: str, given: str) -> bool:
            compared.append(known)
            return real.verify(known, given)

    monkeypatch.setattr(secrets, "_hasher", Counting())
    secrets._hash_of_nobody.cache_clear()
    monkeypatch.setattr(secrets, "_hash_of_nobody", lambda: real.hash(GOOD))

    assert not is_password(GOOD, None)
    assert len(compared) == 1


def test_a_damaged_hash_fits_nothing() -> None:
    assert not is_password(GOOD, "no hash")


def test_a_token_is_told_from_one_that_was_mistyped() -> None:
    token = new_token()
    swapped = token[:3] + token[3:].swapcase()

    assert is_token(token)
    assert not is_token(token[:-1])
    assert not is_token(swapped)
    assert not is_token("wb_" + "a" * 46)
    assert not is_token(token + "\n")


def test_no_two_tokens_or_cookies_are_the_same() -> None:
    assert len({new_token() for _ in range(100)} | {new_cookie() for _ in range(100)}) == 200


def test_the_digest_does_not_contain_the_secret() -> None:
    token = new_token()

    assert digest_of(token) == digest_of(token)
    assert len(digest_of(token)) == 64
    assert token[3:10] not in digest_of(token)
