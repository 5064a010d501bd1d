"""Many sensors of one interval do not begin together, a few begin at once, and none waits longer than its interval."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from tests.services.fakes import LOCATION, NOON, Rig, answer, location, sensor
from watchbell.automate.phases import CROWD_MIN
from watchbell.record.snapshot import LocationSnapshot, SensorSnapshot
from watchbell.services.sensors import SensorsLoop

INTERVAL = 30
MANY = 600
"""Of 30 s: twenty in a second on average."""


def many(count: int = MANY, **fields: object) -> list[SensorSnapshot]:
    fields = {"minimum_interval_seconds": INTERVAL, **fields}
    return [sensor(f"s{number}", **fields) for number in range(count)]


@dataclass
class Crowd(Rig):
    """The loop on a clock that the test turns; the host answers at the next step, unless it is told to be late."""

    snapshot: LocationSnapshot = field(default_factory=lambda: location(*many()))
    begun: list[tuple[float, str]] = field(default_factory=list)
    is_late: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self.restart()

    def restart(self) -> None:
        self.host.asked.clear()
        self.loop = SensorsLoop(self.desk, self.snapshot, self.queued)

    @property
    def second(self) -> float:
        return (self.clock.now() - NOON).total_seconds()

    def step(self, *messages: object) -> datetime | None:
        known = {each.id for each in self.host.asked}
        answers = [] if self.is_late else [answer(each) for each in self.host.take()]
        next_at = self.loop.step(self.clock.now(), (*answers, *messages))
        self.begun += [(self.second, each.name) for each in self.host.asked if each.id not in known]
        return next_at

    def live(self, seconds: float, step_seconds: float = 0.1) -> Counter[int]:
        """Steps like the loop's thread: again when something is due; how many began in each second from here."""
        start, first = self.second, len(self.begun)
        while self.second < start + seconds:
            self.step()
            self.clock.advance(step_seconds)
        return Counter(int(at - start + 1e-6) for at, _ in self.begun[first:])

    def gaps(self, since: float = 0.0) -> list[float]:
        """Seconds between two beginnings of one sensor."""
        last: dict[str, float] = {}
        found = []
        for at, name in self.begun:
            if name in last and at >= since:
                found.append(at - last[name])
            last[name] = at
        return found


def check_spread(counts: Counter[int]) -> None:
    """About evenly over the seconds of an interval."""
    assert 0.97 * MANY <= sum(counts.values()) <= MANY
    assert max(counts.values()) <= 2 * MANY / INTERVAL
    assert min(counts[second] for second in range(INTERVAL)) >= MANY / INTERVAL / 4


def test_one_sensor_begins_at_once() -> None:
    rig = Crowd(snapshot=location(*many(1)))

    rig.step()

    assert rig.begun == [(0, "s0")]


def test_a_few_sensors_begin_at_once() -> None:
    rig = Crowd(snapshot=location(*many(CROWD_MIN)))

    rig.step()

    assert len(rig.begun) == CROWD_MIN


def test_fifty_sensors_have_begun_in_a_few_seconds() -> None:
    rig = Crowd(snapshot=location(*many(50)))

    counts = rig.live(6)

    assert sum(counts.values()) == 50
    assert max(counts.values()) <= 20


def test_many_sensors_are_spread_over_their_interval_and_stay_so() -> None:
    rig = Crowd()

    check_spread(rig.live(INTERVAL))
    for _ in range(3):
        check_spread(rig.live(INTERVAL))
    assert all(INTERVAL - 0.001 <= gap <= INTERVAL + 0.3 for gap in rig.gaps())


def test_each_sensor_has_the_same_place_after_every_start() -> None:
    rig = Crowd()
    rig.live(INTERVAL + 0.2)
    first = {name: at % INTERVAL for at, name in rig.begun}
    rig.clock.advance(1_234.5)  # nobody was there
    rig.begun.clear()
    rig.restart()

    rig.live(INTERVAL + 0.2)

    second = {name: at % INTERVAL for at, name in rig.begun}
    apart = {name: abs(second[name] - at) for name, at in first.items()}
    assert len(apart) == MANY
    assert all(min(each, INTERVAL - each) <= 0.3 for each in apart.values())


def test_a_short_absence_of_the_service_moves_only_who_was_due() -> None:
    rig = Crowd()
    rig.live(INTERVAL)
    rig.step()
    rig.step()
    rig.clock.advance(5)
    rig.restart()

    rig.live(INTERVAL)

    gaps = rig.gaps(since=INTERVAL)
    assert len(gaps) >= MANY
    assert all(INTERVAL - 0.001 <= gap <= 2 * INTERVAL for gap in gaps)
    assert sum(gap <= INTERVAL + 0.3 for gap in gaps) > 0.7 * MANY


def test_after_a_reload_with_more_sensors_the_old_ones_keep_their_phase() -> None:
    rig = Crowd(snapshot=location(*many(300)))
    rig.live(INTERVAL)
    rig.begun.clear()

    rig.step(location(*many(600)))
    counts = rig.live(INTERVAL)

    assert max(counts.values()) < 60
    old = {f"s{number}" for number in range(300)}
    assert {name for _, name in rig.begun} == {f"s{number}" for number in range(600)}
    assert sum(name in old for _, name in rig.begun) <= 310
    rig.live(INTERVAL)
    last: dict[str, float] = {}
    for at, name in rig.begun:
        if name in last and name in old:
            assert at - last[name] <= INTERVAL + 0.3
        last[name] = at


def test_a_reload_that_changes_all_of_them_while_they_wait_for_their_place_gathers_none() -> None:
    rig = Crowd()
    rig.live(10)
    begun = len(rig.begun)

    rig.step(location(*many(description="changed")))
    rig.step(location(*many(description="changed again")))

    assert len(rig.begun) - begun < 30
    rig.live(INTERVAL - 10)
    assert {name for _, name in rig.begun} == {f"s{number}" for number in range(MANY)}


@pytest.mark.parametrize("by_seconds", [-86_400, -3_600, -45, -10, 7, 45, 3_600, 86_400])
def test_after_a_clock_step_they_are_spread_and_none_waits_longer_than_its_interval(by_seconds: int) -> None:
    rig = Crowd()
    rig.live(2 * INTERVAL)
    rig.clock.advance(by_seconds)
    rig.begun.clear()

    counts = rig.live(INTERVAL + 0.5)

    assert {name for _, name in rig.begun} == {f"s{number}" for number in range(MANY)}
    assert max(counts.values()) <= 3 * MANY / INTERVAL


def test_a_clock_that_was_set_back_moves_no_phase() -> None:
    rig = Crowd()
    rig.live(2 * INTERVAL)
    before = {name: at for at, name in rig.begun}
    rig.clock.advance(-3_600)
    rig.begun.clear()

    rig.live(INTERVAL + 0.5)

    after = {}
    for at, name in rig.begun:
        after.setdefault(name, at + 3_600)
    assert all(INTERVAL - 0.001 <= after[name] - at <= INTERVAL + 0.5 for name, at in before.items())


def test_a_clock_that_is_set_back_during_an_evaluation_moves_no_phase() -> None:
    rig = Crowd(snapshot=location(*many(1)), is_late=True)
    rig.step()
    rig.clock.advance(10)
    rig.step()
    rig.clock.advance(-3_600)
    rig.step()
    rig.is_late = False

    assert rig.step() == NOON + timedelta(seconds=10 - 3_600 + 20)


def test_after_long_evaluations_they_do_not_all_begin_again_at_once() -> None:
    rig = Crowd()
    rig.is_late = True
    rig.live(INTERVAL + 5)  # everybody waits for the host
    assert len(rig.begun) == MANY
    rig.is_late = False
    rig.begun.clear()

    counts = rig.live(INTERVAL)

    assert sum(counts.values()) == MANY
    assert max(counts.values()) <= 3 * MANY / INTERVAL


def test_after_the_loop_stood_still_they_are_spread_again() -> None:
    """Such as when the database was locked, or the machine slept."""
    rig = Crowd()
    rig.live(INTERVAL)
    rig.clock.advance(INTERVAL * 0.9)
    rig.begun.clear()

    counts = rig.live(INTERVAL + 0.2)

    assert max(counts.values()) <= 3 * MANY / INTERVAL
    assert {name for _, name in rig.begun} == {f"s{number}" for number in range(MANY)}


def test_who_stands_at_its_place_is_not_put_off_again() -> None:
    """A loop that is late again and again does not silence anybody."""
    rig = Crowd()

    while rig.second < 2 * INTERVAL:
        rig.step()
        rig.clock.advance(INTERVAL * 0.4)

    assert {name for _, name in rig.begun} == {f"s{number}" for number in range(MANY)}


def test_sensors_of_different_intervals_wait_no_longer_than_their_own() -> None:
    mixed = [sensor(f"s{number}", minimum_interval_seconds=5 if number % 3 else 3_600) for number in range(MANY)]
    rig = Crowd(snapshot=location(*mixed))

    rig.live(5.2)

    frequent = {each.name for each in mixed if each.minimum_interval_seconds == 5}
    assert frequent <= {name for _, name in rig.begun}


def test_many_of_a_short_interval_keep_their_pace() -> None:
    """Two hundred come due in a second: a step that sees twenty of them sees no crowd."""
    rig = Crowd(snapshot=location(*many(1_000, minimum_interval_seconds=5)))
    rig.live(5)

    rig.live(20)

    assert max(rig.gaps(since=10)) <= 5.3


def test_the_place_of_a_sensor_is_that_of_its_location_too() -> None:
    rig = Crowd()
    rig.live(1)
    other = Crowd(snapshot=LocationSnapshot(f"not {LOCATION}", (), tuple(many())))
    other.live(1)

    assert {name for _, name in rig.begun} != {name for _, name in other.begun}


def test_the_interval_is_counted_from_the_beginning_whoever_was_in_the_crowd() -> None:
    rig = Crowd()

    rig.live(4 * INTERVAL)

    assert min(rig.gaps()) >= INTERVAL - 1e-6
    assert timedelta(seconds=max(rig.gaps())) <= timedelta(seconds=INTERVAL + 0.3)
