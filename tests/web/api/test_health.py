"""``/api/health``: 200 only while everything works."""

from tests.web.conftest import NOW
from watchbell.record.evaluation import LocationError


def test_a_service_with_its_lease_and_its_code_is_well(site) -> None:
    assert site.instance.store.acquire_lease("daemon", "me", NOW, 30) is not None

    answer = site.client().get("/api/health")

    assert answer.status_code == 200
    assert answer.json() == {"healthy": True, "problems": [], "locations": ["places"]}


def test_without_a_daemon_it_is_not_well(site) -> None:
    answer = site.client().get("/api/health")

    assert answer.status_code == 503
    assert "no daemon holds the lease" in answer.json()["problems"][0]


def test_a_daemon_whose_lease_ran_out_is_gone(site) -> None:
    assert site.instance.store.acquire_lease("daemon", "me", NOW, 30) is not None
    site.instance.clock.advance(31)

    assert site.client().get("/api/health").status_code == 503


def test_code_that_cannot_be_loaded_is_a_problem(site) -> None:
    assert site.instance.store.acquire_lease("daemon", "me", NOW, 30) is not None
    site.errors.append(LocationError("places", "SyntaxError: invalid syntax", "defs.py", 3))

    answer = site.client().get("/api/health")

    assert answer.status_code == 503
    assert answer.json()["problems"] == ["places: SyntaxError: invalid syntax"]


def test_code_that_is_not_loaded_yet_is_a_problem(site) -> None:
    assert site.instance.store.acquire_lease("daemon", "me", NOW, 30) is not None
    site.locations.clear()

    answer = site.client().get("/api/health")

    assert answer.status_code == 503
    assert answer.json()["problems"] == ["no code is loaded yet"]


def test_a_closed_database_is_a_problem_not_a_crash(site) -> None:
    site.instance.close()

    answer = site.client().get("/api/health")

    assert answer.status_code == 503
    assert answer.json()["healthy"] is False
