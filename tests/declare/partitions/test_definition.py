"""What a person is told of a key that is none: the nearest one, or what there is."""

from datetime import UTC, datetime

import pytest

from watchbell import (
    DagsterInstance,
    DagsterInvalidInvocationError,
    DagsterUnknownPartitionError,
    DailyPartitionsDefinition,
    DynamicPartitionsDefinition,
    MultiPartitionsDefinition,
    PartitionKeyRange,
    StaticPartitionsDefinition,
    TimeWindowPartitionsDefinition,
)
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.view import PartitionsView

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAYS = DailyPartitionsDefinition("2026-10-01", timezone="Europe/Berlin")
REGIONS = StaticPartitionsDefinition(["eu", "us", "asia"])
CROSSED = MultiPartitionsDefinition({"region": REGIONS, "date": DAYS})


def told(definition: PartitionsDefinition, key: str, view: PartitionsView | None = None) -> str:
    with pytest.raises(DagsterUnknownPartitionError) as caught:
        definition.require_ordinal(key, view or PartitionsView(NOW, None))
    return str(caught.value)


@pytest.mark.parametrize(
    ("definition", "key", "expected"),
    [
        (
            DAYS,
            "2026-11-23",
            (
                "no partition '2026-11-23' in daily partitions (Europe/Berlin) from '2026-10-01' to '2026-11-22'; "
                "its window is over at 2026-11-24 00:00:00+01:00, and a partition from then on"
            ),
        ),
        (
            DAYS,
            "2025-01-05",
            "no partition '2025-01-05' in daily partitions (Europe/Berlin) from '2026-10-01' to '2026-11-22'",
        ),
        (
            DAYS,
            "2026-11-5",
            (
                "no partition '2026-11-5' in daily partitions (Europe/Berlin) from '2026-10-01' to '2026-11-22'; "
                "did you mean '2026-11-15'?"
            ),
        ),
        (
            DailyPartitionsDefinition("2026-10-01", end_date="2026-10-04"),
            "2026-10-04",
            "no partition '2026-10-04' in daily partitions (UTC) from '2026-10-01' to '2026-10-03'",
        ),
        (
            DailyPartitionsDefinition("2026-12-01"),
            "2026-12-01",
            (
                "no partition '2026-12-01' in daily partitions (UTC), of which there are none yet; "
                "its window is over at 2026-12-02 00:00:00+00:00, and a partition from then on"
            ),
        ),
        (
            TimeWindowPartitionsDefinition("2026-11-01", "%Y-%m-%d", cron_schedule="0 0 * * MON-FRI"),
            "2026-11-21",
            (
                "no partition '2026-11-21' in partitions by '0 0 * * MON-FRI' (UTC) from '2026-11-02' to '2026-11-20'; "
                "did you mean '2026-11-20'?"
            ),
        ),
        (REGIONS, "euu", "no partition 'euu' in a list of 3; did you mean 'eu'?"),
        (REGIONS, "mars", "no partition 'mars' in a list of 3; there are: asia, eu, us"),
        (
            CROSSED,
            "eu|2026-10-02",
            (
                "no partition 'eu|2026-10-02' in partitions of date and region; keys are written '<date>|<region>': "
                "did you mean '2026-10-02|eu'?"
            ),
        ),
        (
            CROSSED,
            "2026-10-02",
            (
                "no partition '2026-10-02' in partitions of date and region; keys are written '<date>|<region>', "
                "such as '2026-10-01|eu'"
            ),
        ),
        (
            CROSSED,
            "2026-10-02|asi",
            (
                "no partition '2026-10-02|asi' in partitions of date and region; no region 'asi' in a list of 3; "
                "did you mean 'asia'?"
            ),
        ),
    ],
)
def test_what_is_said_of_a_key_that_is_none(definition: PartitionsDefinition, key: str, expected: str) -> None:
    assert expected == told(definition, key)


def test_of_dynamic_partitions_it_is_said_how_to_add_one() -> None:
    customers = DynamicPartitionsDefinition(name="customers")
    with DagsterInstance.ephemeral() as instance:
        view = PartitionsView(NOW, instance)

        assert told(customers, "acme", view) == (
            "no partition 'acme' in the dynamic partitions 'customers'; there are none; "
            "`watchbell partitions add customers acme` adds it"
        )
        instance.add_dynamic_partitions("customers", ["acme"])
        assert told(customers, "ac me", view) == (
            "no partition 'ac me' in the dynamic partitions 'customers'; did you mean 'acme'? "
            "`watchbell partitions add customers 'ac me'` adds it"
        )


def test_a_range_of_two_dimensions_says_how_keys_are_written() -> None:
    with pytest.raises(DagsterInvalidInvocationError, match=r"did you mean '2026-11-20\|eu'\?"):
        CROSSED.range_ordinals(PartitionKeyRange("eu|2026-11-20", "eu|2026-11-21"), PartitionsView(NOW, None))
