"""The policy arguments of schedules and sensors: what is read, and what is refused with which words."""

from datetime import timedelta
from typing import Any

import pytest

from watchbell import DagsterInvalidDefinitionError, ScheduleDefinition, SensorDefinition, job
from watchbell.ground.errors import ParameterCheckError
from watchbell.record.automation_policy import PLAIN_POLICY, AutomationPolicy, Catchup


@job
def etl() -> None: ...


def schedule(**policy: Any) -> ScheduleDefinition:
    return ScheduleDefinition(name="daily", job=etl, cron_schedule="0 0 * * *", **policy)


def test_who_says_nothing_has_the_plain_policy() -> None:
    assert schedule().policy is PLAIN_POLICY


def test_lengths_are_seconds_or_timedeltas() -> None:
    made = schedule(catchup="all", catchup_window=timedelta(hours=1), jitter=90, timeout_seconds=5)

    expected = AutomationPolicy(Catchup.ALL, catchup_window_seconds=3600, jitter_seconds=90, timeout_seconds=5)
    assert made.policy == expected


def test_no_jitter_may_be_said_as_zero() -> None:
    assert schedule(jitter=0).policy.jitter_seconds == 0


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ({"catchup": "lates"}, "catchup of schedule 'daily' is 'lates'"),
        ({"catchup": "none", "catchup_window": 60}, "give one of them"),
        ({"catchup_window": 0}, "catchup_window of schedule 'daily' is 0; expected more than 0"),
        ({"catchup_window": float("nan")}, "catchup_window of schedule 'daily' is nan"),
        ({"jitter": timedelta(seconds=-1)}, "expected 0 or more"),
        ({"jitter": timedelta(days=367)}, "expected 366 days or less"),
        ({"timeout_seconds": float("inf")}, "timeout_seconds of schedule 'daily' is inf"),
    ],
)
def test_what_cannot_be_is_refused_by_name(policy: dict[str, Any], words: str) -> None:
    with pytest.raises(DagsterInvalidDefinitionError) as caught:
        schedule(**policy)

    assert words in str(caught.value)


def test_a_choice_that_is_nearly_right_is_named() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="did you mean 'latest'"):
        schedule(catchup="lates")


@pytest.mark.parametrize("policy", [{"catchup": 3}, {"jitter": "1h"}, {"timeout_seconds": timedelta(seconds=1)}])
def test_another_type_is_refused(policy: dict[str, Any]) -> None:
    with pytest.raises(ParameterCheckError, match="of schedule 'daily'"):
        schedule(**policy)


def test_a_sensor_has_a_time_limit_too() -> None:
    made = SensorDefinition(name="files", job=etl, evaluation_fn=lambda context: None, timeout_seconds=2.5)

    assert made.policy == AutomationPolicy(timeout_seconds=2.5)
