"""How long a backfill may take."""

from watchbell.automate.backfills.estimate import START_SECONDS, PastRun, estimated
from watchbell.automate.backfills.steps import PlanStep


def test_runs_side_by_side_share_the_time() -> None:
    step = PlanStep(1, "days", 100, 100)

    estimate = estimated([step], {0: [PastRun(1, 9), PastRun(1, 10), PastRun(1, 60)]}, at_once=5)

    assert estimate.seconds == 100 * 10 / 5
    assert "5 at a time" in estimate.text


def test_runs_one_after_the_other_do_not() -> None:
    step = PlanStep(1, "sum", 100, 100, in_order=True)

    assert estimated([step], {0: [PastRun(1, 10)]}, at_once=5).seconds == 1_000


def test_a_range_takes_by_its_partitions() -> None:
    step = PlanStep(1, "days", 1_000, 1)

    assert estimated([step], {0: [PastRun(10, 5)]}, at_once=5).seconds == 500


def test_steps_of_one_level_go_side_by_side_and_levels_one_after_the_other() -> None:
    steps = [PlanStep(1, "a", 4, 4), PlanStep(1, "b", 4, 4), PlanStep(2, "c", 1, 1)]

    estimate = estimated(steps, {place: [PastRun(1, 10)] for place in range(3)}, at_once=8)

    assert estimate.seconds == 20


def test_what_never_ran_is_named() -> None:
    steps = [PlanStep(1, "a", 4, 4), PlanStep(2, "b", 4, 4)]

    assert estimated(steps, {}, at_once=2).seconds is None
    assert "besides b, which never ran before" in estimated(steps, {0: [PastRun(1, 1)]}, at_once=2).text


def test_very_short_runs_take_as_long_as_it_takes_to_start_them() -> None:
    step = PlanStep(1, "days", 1_000, 1_000)

    assert estimated([step], {0: [PastRun(1, 0.001)]}, at_once=10).seconds == 1_000 * START_SECONDS
