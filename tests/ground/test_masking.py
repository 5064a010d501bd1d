"""What is masked, and what is not."""

import pytest

from watchbell.ground.masking import MASK, is_secret_name, masked, masked_facts, masked_text


@pytest.mark.parametrize(
    "name",
    [
        "password", "PASSWORD", "db_password", "dbPassword", "DB_PASS", "passwd", "pwd", "secret", "clientSecret",
        "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "api_key", "api-key", "apiKey", "APIKEY", "X-Api-Key", "token",
        "access_token", "GITHUB_TOKEN", "Authorization", "Cookie", "set-cookie", "private_key", "privateKey",
        "credentials", "DATABASE_DSN", "connection_string", "connectionString", "webhook_url", "SLACK_WEBHOOK",
        "jwt", "auth", "smtpPassword", "MYSECRET", "bearer",
    ],
)  # fmt: skip
def test_a_name_that_says_so_is_a_secrets(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "name", "key", "keys", "asset_key", "partition_key", "run_key", "primary_key", "author", "authors", "host",
        "passenger", "passes", "bypass", "tokenizer", "compass", "pinned", "spin", "limit", "token_name", "monkey",
        "path", "keyword", "compassion",
    ],
)  # fmt: skip
def test_a_name_that_only_looks_alike_is_not(name: str) -> None:
    assert not is_secret_name(name)


def test_secrets_are_masked_wherever_they_stand() -> None:
    config = {
        "ops": {"load": {"config": {"limit": 3, "api_key": "abc", "steps": [{"password": "x"}, {"name": "y"}]}}},
        "resources": {"db": {"config": {"credentials": {"user": "ada", "pw": "x"}}}},
    }

    assert masked(config) == {
        "ops": {"load": {"config": {"limit": 3, "api_key": MASK, "steps": [{"password": MASK}, {"name": "y"}]}}},
        "resources": {"db": {"config": {"credentials": MASK}}},
    }


def test_what_is_given_is_not_changed() -> None:
    config = {"password": "x", "more": {"token": "y"}}

    masked(config)

    assert config == {"password": "x", "more": {"token": "y"}}


@pytest.mark.parametrize("value", [None, "", True, False, {"env": "DB_PASSWORD"}, [], {}])
def test_what_is_no_secret_in_spite_of_its_name_is_seen(value: object) -> None:
    assert masked({"password": value}) == {"password": value}


def test_a_schema_can_say_that_more_are_secrets() -> None:
    config = {"ops": {"load": {"config": {"address": "x", "other": "y"}}}}

    found = masked(config, [("ops", "load", "config", "address")])

    assert found == {"ops": {"load": {"config": {"address": MASK, "other": "y"}}}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgresql://ada:s3cret@db/x", f"postgresql://ada:{MASK}@db/x"),
        ("postgresql://ada:s3c@ret@db/x", f"postgresql://ada:{MASK}@db/x"),
        ("see https://example.org/a:b@c", "see https://example.org/a:b@c"),
        ("ada@example.org", "ada@example.org"),
        ("token wb_abcdEFGH0123456789 is bad", f"token wb_abcd{MASK} is bad"),
        ("redis://:pw@host", f"redis://:{MASK}@host"),
    ],
)
def test_addresses_lose_their_passwords_and_tokens_their_ends(text: str, expected: str) -> None:
    assert masked_text(text) == expected
    assert masked({"plain": [text]}) == {"plain": [expected]}


def test_what_is_nested_without_end_is_masked_rather_than_followed() -> None:
    nested: list[object] = []
    for _ in range(5_000):
        nested = [nested]

    assert MASK in repr(masked(nested))


def test_of_facts_that_a_program_measured_numbers_stay() -> None:
    facts = {
        "prompt_tokens": 3,
        "token": "hush",
        "rows": [{"token": "hush", "tokens": 4, "address": "https://ada:hush@x.example/"}],
        "credentials": {"user": "ada"},
        "api_keys": ["hush", "hush"],
    }

    assert masked_facts(facts) == {
        "prompt_tokens": 3,
        "token": MASK,
        "rows": [{"token": MASK, "tokens": 4, "address": f"https://ada:{MASK}@x.example/"}],
        "credentials": MASK,
        "api_keys": [MASK, MASK],
    }
