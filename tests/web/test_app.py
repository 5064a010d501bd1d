"""The guards around every answer: host names, headers, methods, and errors that tell no secrets."""

import re
import sqlite3

import pytest

from tests.web.conftest import Client, Site
from watchbell.ground.errors import StoreDamagedError
from watchbell.instance import DagsterInstance
from watchbell.web.view import View

EVERY_ADDRESS = ["/", "/style.css", "/runs/run-1", "/api/health", "/api/runs", "/api/runs/run-1",
                 "/api/runs/run-1/logs", "/api/schedules", "/api/sensors", "/api/schedules/hourly/ticks",
                 "/api/sensors/landing/ticks", "/api/openapi.json", "/nowhere"]  # fmt: skip
PATH_OR_STACK = re.compile(r"/\w+/\w+|Traceback|File \"|\.py\b")


@pytest.mark.parametrize("host", ["localhost", "localhost:3000", "127.0.0.1:8080", "[::1]:3000", "LOCALHOST"])
def test_names_of_this_machine_are_answered(site, host) -> None:
    answer = site.client().get("/api/runs", headers={"host": host})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:3000", "localhost.evil.example", "127.0.0.1.evil.example", "192.168.0.7:3000",
     "testserver", "", "[::2]", "localhost@evil.example", "0.0.0.0:3000"],
)  # fmt: skip
@pytest.mark.parametrize("address", ["/", "/api/runs", "/nowhere"])
def test_foreign_names_are_refused_everywhere(site, host, address) -> None:
    """A page elsewhere can give its own name our address, and then counts as our page in the browser's eyes."""
    site.add_run("run-1")

    answer = site.client().get(address, headers={"host": host})

    assert answer.status_code == 421
    assert "run-1" not in answer.text


def test_a_refused_name_is_quoted_in_part_only(site) -> None:
    answer = site.client().get("/", headers={"host": "a" * 5_000})

    assert answer.status_code == 421
    assert len(answer.text) < 400


@pytest.mark.parametrize("address", EVERY_ADDRESS)
def test_every_answer_has_the_security_headers(full_site, address) -> None:
    headers = full_site.client().get(address).headers

    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in headers


def test_a_refusal_has_the_security_headers_too(site) -> None:
    headers = site.client().get("/", headers={"host": "evil.example"}).headers

    assert "frame-ancestors 'none'" in headers["content-security-policy"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("address", EVERY_ADDRESS)
def test_nothing_can_be_changed(full_site, method, address) -> None:
    before = full_site.instance.get_runs()

    answer = full_site.client().request(method, address, headers={"origin": "http://evil.example"})

    assert answer.status_code in {404, 405}
    assert full_site.instance.get_runs() == before


@pytest.mark.parametrize("address", EVERY_ADDRESS)
def test_reading_changes_nothing(full_site, address) -> None:
    store = full_site.instance.store
    before = (store.last_event_id(), store.automation_states(), full_site.instance.get_runs())

    full_site.client().get(address)

    assert (store.last_event_id(), store.automation_states(), full_site.instance.get_runs()) == before


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:3000"])
def test_no_foreign_page_may_read_answers(site, origin) -> None:
    answer = site.client().get("/api/runs", headers={"origin": origin})

    assert "access-control-allow-origin" not in answer.headers
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/nowhere", 404),
        ("/runs/none", 404),
        ("/api/runs/none", 404),
        ("/api/runs/none/logs", 404),
        ("/api/schedules/none/ticks", 404),
        ("/api/sensors/none/ticks", 404),
        ("/api/schedules/landing/ticks", 404),
        ("/api/runs?limit=0", 422),
        ("/api/runs?limit=1001", 422),
        ("/api/runs?limit=many", 422),
        ("/api/runs?status=GONE", 422),
        ("/api/schedules/hourly/ticks?before=x", 422),
        ("/api/runs/../../../etc/passwd", 404),
        ("/style.css/../../pyproject.toml", 404),
    ],
)
def test_mistakes_are_told_as_json_without_paths_or_stacks(site, address, status) -> None:
    answer = site.client().get(address)

    assert answer.status_code == status
    assert set(answer.json()) == {"error"}
    assert not PATH_OR_STACK.search(answer.json()["error"].replace("etc/passwd", ""))


def test_a_mistaken_parameter_is_named(site) -> None:
    answer = site.client().get("/api/runs?limit=many")

    assert "limit" in answer.json()["error"]


def test_an_error_of_ours_shows_no_stack(site) -> None:
    """What nobody foresaw: the answer says that it failed, and nothing of where."""
    client = Client(View(site.instance, lambda: 1 / 0, list))

    answer = client.get("/api/schedules")

    assert answer.status_code == 500
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "ZeroDivision" not in answer.text
    assert not PATH_OR_STACK.search(answer.text)


@pytest.mark.parametrize("address", ["/", "/api/runs", "/api/runs/run-1", "/api/sensors", "/api/sensors/landing/ticks"])
def test_a_damaged_database_is_told_without_its_place(site, tmp_path, address) -> None:
    with DagsterInstance.from_home(tmp_path / "home") as instance:
        damage(instance)
        client = Site(instance, site.locations).client()

        answer = client.get(address)

    assert answer.status_code == 503
    assert answer.json() == {"error": f"the database cannot be read ({StoreDamagedError.__name__})"}
    assert str(tmp_path) not in answer.text


def damage(instance) -> None:
    """Overwrites every page of the database but the first, as a failing disk would."""
    path = instance.home / "watchbell.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4_096)
        file.write(b"\xa5" * (size - 4_096))
