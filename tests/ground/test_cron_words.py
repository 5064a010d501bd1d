"""Cron strings in words."""

import pytest

from watchbell.ground.cron import Cron
from watchbell.ground.cron_words import cron_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("* * * * *", "every minute"),
        ("*/15 * * * *", "every 15 minutes"),
        ("*/5 8-17 * * 1-5", "every 5 minutes from 08:00 to 17:59, Monday to Friday"),
        ("0 * * * *", "every hour"),
        ("5 * * * *", "every hour, at minute 5"),
        ("0 */6 * * *", "every 6 hours"),
        ("30 */6 * * *", "every 6 hours, at minute 30"),
        ("30 2 * * *", "at 02:30"),
        ("0 6,18 * * *", "at 06:00 and 18:00"),
        ("0 2 * * 0", "at 02:00, Sunday"),
        ("0 2 * * 7", "at 02:00, Sunday"),
        ("0 2 * * mon,wed", "at 02:00, Monday and Wednesday"),
        ("0 2 1 * *", "at 02:00, on day 1 of the month"),
        ("0 2 1 1-3 *", "at 02:00, on day 1 of the month, in January to March"),
        ("@daily", "at 00:00"),
        ("@hourly", "every hour"),
        ("0 2 1 * 1", "at 02:00, on day 1 of the month and every Monday"),
    ],
)
def test_what_a_cron_string_means_is_said(text: str, words: str) -> None:
    assert cron_words(text) == words
    Cron.of([text], "UTC")  # it is one


def test_what_is_not_understood_is_said_as_it_is() -> None:
    assert cron_words("0 2 * * 5#2") == "at 02:00, 5#2"
    assert cron_words("whenever") == "whenever"
