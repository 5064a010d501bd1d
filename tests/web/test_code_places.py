"""Where definitions stand in the code, as pages tell it."""

import pytest

from tests.web.conftest import LOCATION
from watchbell.record.snapshot import JobSnapshot, LocationSnapshot, NodeSnapshot, ScheduleSnapshot
from watchbell.web.code_places import places_in

FILES = ("/app/shop/defs.py", "/app/shop/assets/orders.py")


@pytest.mark.parametrize(
    ("files", "code", "shown"),
    [
        (FILES, "/app/shop/assets/orders.py:12", "assets/orders.py"),
        (FILES, "/usr/lib/made.py:3", "/usr/lib/made.py"),
        (FILES, "/app/shopping/made.py:3", "/app/shopping/made.py"),
        (("/defs.py",), "/defs.py:1", "/defs.py"),
        ((), "/app/defs.py:1", "/app/defs.py"),
    ],
)
def test_a_path_is_shown_from_the_folder_of_its_location(files: tuple[str, ...], code: str, shown: str) -> None:
    found = places_in([LocationSnapshot("shop", watched_files=files)], "shop")(code)

    assert found is not None
    assert (shown, code) == (found.shown, f"{found.file}:{found.line}")


@pytest.mark.parametrize("code", [None, "", "nowhere", "file:x"])
def test_what_is_no_place_is_none(code: str | None) -> None:
    assert None is places_in([], "shop")(code)


def test_schedules_jobs_and_ops_tell_theirs(site) -> None:
    site.locations[:] = [
        LocationSnapshot(
            LOCATION,
            schedules=(ScheduleSnapshot("hourly", ("5 * * * *",), code="/app/shop/defs.py:7"),),
            jobs=(
                JobSnapshot(
                    "etl", nodes=(NodeSnapshot("a", "a", (), "/app/shop/ops.py:2"),), code="/app/shop/defs.py:3"
                ),
            ),
            watched_files=("/app/shop/defs.py",),
        )
    ]
    client = site.client()

    schedule = client.get(f"/api/automations/schedule/{LOCATION}/hourly").json()
    job = client.get(f"/api/jobs/{LOCATION}/etl").json()

    assert schedule["code_place"] == {"file": "/app/shop/defs.py", "line": 7, "shown": "defs.py"}
    assert job["code_place"] == {"file": "/app/shop/defs.py", "line": 3, "shown": "defs.py"}
    assert job["nodes"][0]["code_place"]["shown"] == "ops.py"
