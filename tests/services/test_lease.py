"""The service's lease: one holder, taken over when its process is gone, given up when another one has it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.services.fakes import NOON, memory_store, sensor_key
from watchbell.automate.switch import stopped
from watchbell.ground.errors import LeaseLostError
from watchbell.record.worker_identity import own_identity
from watchbell.services.lease import LEASE_SECONDS, LeaseLoop, holder_text, owner_text, process_of, take_lease
from watchbell.services.switch import change_state

ME = owner_text(own_identity(), "me")
ALIVE = owner_text(own_identity(), "another service in a process that lives")
KILLED = owner_text(replace(own_identity(), started="long ago"), "killed")
FAR = owner_text(replace(own_identity(), host_name="another machine"), "far")


def ignore(topic: str) -> None:
    """Nobody has to look."""


def test_an_owners_name_tells_its_process() -> None:
    assert process_of(ME) == own_identity()
    assert process_of("somebody") is None


def test_a_free_lease_is_taken() -> None:
    lease = take_lease(memory_store(), ME, NOON)

    assert lease is not None
    assert lease.expires_at == NOON + timedelta(seconds=LEASE_SECONDS)


@pytest.mark.parametrize("holder", [ALIVE, FAR, "somebody"], ids=["alive", "on another machine", "of unknown kind"])
def test_a_lease_whose_holder_may_live_is_not_taken(holder: str) -> None:
    store = memory_store()
    take_lease(store, holder, NOON)

    assert take_lease(store, ME, NOON) is None


def test_a_lease_whose_holder_was_killed_is_taken_at_once_with_a_new_epoch() -> None:
    store = memory_store()
    before = take_lease(store, KILLED, NOON)

    after = take_lease(store, ME, NOON)

    assert before is not None
    assert after is not None
    assert after.epoch > before.epoch


def test_a_lease_that_ran_out_is_taken() -> None:
    store = memory_store()
    take_lease(store, FAR, NOON)

    assert take_lease(store, ME, NOON + timedelta(seconds=LEASE_SECONDS)) is not None


def test_the_holder_is_named_for_people() -> None:
    store = memory_store()
    assert holder_text(store) == "nobody"

    take_lease(store, ME, NOON)
    assert holder_text(store) == f"process {own_identity().pid} on {own_identity().host_name}"


def test_the_lease_is_renewed_at_a_third_of_its_time() -> None:
    store = memory_store()
    lease = take_lease(store, ME, NOON)
    assert lease is not None
    loop = LeaseLoop(store, lease, ignore)

    next_at = loop.step(NOON, [])
    assert next_at == NOON + timedelta(seconds=5)
    assert loop.step(NOON + timedelta(seconds=4), []) == next_at
    loop.step(next_at, [])

    assert loop.current().expires_at == NOON + timedelta(seconds=20)
    assert loop.current().epoch == lease.epoch


def test_a_lease_that_another_one_took_is_lost() -> None:
    store = memory_store()
    lease = take_lease(store, ME, NOON)
    assert lease is not None
    loop = LeaseLoop(store, lease, ignore)
    later = NOON + timedelta(seconds=60)
    take_lease(store, ALIVE, later)

    with pytest.raises(LeaseLostError, match="another service took over"):
        loop.step(later, [])


def test_a_clock_that_goes_back_renews_at_once() -> None:
    store = memory_store()
    lease = take_lease(store, ME, NOON)
    assert lease is not None
    loop = LeaseLoop(store, lease, ignore)
    loop.step(NOON, [])

    assert loop.step(NOON - timedelta(hours=1), []) == NOON - timedelta(hours=1) + timedelta(seconds=5)


def test_where_hints_may_be_missing_the_loops_are_told_to_look() -> None:
    store = memory_store()
    lease = take_lease(store, ME, NOON)
    assert lease is not None
    topics: list[str] = []

    LeaseLoop(store, lease, topics.append, hints_are_sure=False).step(NOON, [])

    assert topics == ["states", "runs", "run_status"]


def test_a_change_by_hand_whose_hint_was_lost_is_found_and_told_once() -> None:
    store = memory_store()
    lease = take_lease(store, ME, NOON)
    assert lease is not None
    topics: list[str] = []
    loop = LeaseLoop(store, lease, topics.append)
    loop.step(NOON, [])
    topics.clear()

    loop.step(NOON + timedelta(seconds=5), [])
    assert topics == []
    change_state(store, sensor_key("files"), stopped, NOON)
    loop.step(NOON + timedelta(seconds=10), [])
    loop.step(NOON + timedelta(seconds=15), [])

    assert topics == ["states"]
