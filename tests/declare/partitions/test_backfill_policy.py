"""How many partitions a backfill gives to one run."""

from typing import Any

import pytest

from watchbell.declare.partitions.backfill_policy import BackfillPolicy, BackfillPolicyType
from watchbell.ground.errors import ParameterCheckError


def test_the_two_kinds_of_policies() -> None:
    single, several = BackfillPolicy.single_run(), BackfillPolicy.multi_run(10)

    assert (single.max_partitions_per_run, single.policy_type) == (None, BackfillPolicyType.SINGLE_RUN)
    assert (several.max_partitions_per_run, several.policy_type) == (10, BackfillPolicyType.MULTI_RUN)
    assert BackfillPolicy.multi_run() == BackfillPolicy() == BackfillPolicy(1)


@pytest.mark.parametrize("most", [0, -1, "2", 1.5, True])
def test_a_policy_of_less_than_one_partition_is_refused(most: Any) -> None:
    with pytest.raises(ParameterCheckError, match="at least 1"):
        BackfillPolicy.multi_run(most)
