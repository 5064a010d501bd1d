"""``/api/jobs/…/launch`` and ``/check``: real errands over a real job."""

import pytest

from tests.web.conftest import Client, Site
from tests.web.errand_link import ErrandLink
from watchbell import Config, Definitions, Field, job, op, resource
from watchbell.ground.masking import MASK
from watchbell.record.errand import ErrandProblem
from watchbell.record.error_info import error_info_from_exception
from watchbell.web.link import ErrandFailedError


class LoadConfig(Config):
    path: str
    limit: int = 10
    api_key: str = "sk-in-the-code"
    max_tokens: int = 500


@resource(config_schema={"password": Field(str, is_secret=True)})
def database(context) -> None: ...


@op(required_resource_keys={"database"})
def load(config: LoadConfig) -> None: ...


@job(resource_defs={"database": database})
def etl() -> None:
    load()


GOOD = "ops: {load: {config: {path: in.csv}}}\nresources: {database: {config: {password: hush}}}"
AT = "/api/jobs/shop/etl"


@pytest.fixture
def client(site) -> Client:
    return site.client(ErrandLink(site.instance, {"shop": Definitions(jobs=[etl]).get_repository_def()}))


def post(client: Client, what: str, **body: object) -> tuple[int, dict]:
    answer = client.request("POST", f"{AT}/{what}", json=body)
    return answer.status_code, answer.json()


def test_the_launchpad_is_told_the_schema_and_what_to_begin_with(client) -> None:
    facts = client.get(f"{AT}/launch").json()

    assert (
        [each["name"] for each in facts["config_schema"]["fields"]][:2],
        facts["ops"],
        facts["partitions"],
        facts["config"],
    ) == (["ops", "resources"], ["load"], None, "")


def test_defaults_that_are_secret_by_their_name_are_masked_numbers_are_not(client) -> None:
    answer = client.get(f"{AT}/launch")

    def fields(facts: dict, *path: str) -> dict:
        found = {each["name"]: each for each in facts["fields"]}
        return found if not path else fields(found[path[0]]["type"], *path[1:])

    told = fields(answer.json()["config_schema"], "ops", "load", "config")
    assert "sk-in-the-code" not in answer.text
    assert (told["api_key"]["default"], told["limit"]["default"], told["max_tokens"]["default"]) == (MASK, 10, 500)


def test_a_mistake_of_ours_in_an_errand_is_told_without_our_files_and_stands_in_the_log(site: Site, caplog) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no such place")

    try:
        broken()
    except RuntimeError as error:
        info = error_info_from_exception(error)

    class BrokenLink(ErrandLink):
        async def ask(self, *_: object, **__: object) -> dict:
            raise ErrandFailedError(ErrandProblem("internal", "no such place", info))

    link = BrokenLink(site.instance, {"shop": Definitions(jobs=[etl]).get_repository_def()})
    answer = site.client(link).get(f"{AT}/launch")

    assert (answer.status_code, answer.json()["type"]) == (500, "urn:watchbell:internal")
    assert "no such place" not in answer.text
    assert ".py" not in answer.text
    assert answer.json()["request_id"] in caplog.text
    assert "in broken" in caplog.text


def test_an_earlier_run_is_begun_with_but_for_its_secrets(client, site: Site) -> None:
    config = {"ops": {"load": {"config": {"path": "a"}}}, "resources": {"database": {"config": {"password": "hush"}}}}
    site.add_run("before", run_config=config)

    answer = client.get(f"{AT}/launch?run=before")

    assert (answer.json()["left_out"], answer.json()["parent_run_id"]) == (True, "before")
    assert "path: a" in answer.json()["config"]
    assert "hush" not in answer.text


def test_a_config_is_checked_and_mistakes_have_lines(client) -> None:
    _, good = post(client, "check", text=GOOD)
    _, bad = post(client, "check", text="ops:\n  load:\n    config:\n      path: 3\n")

    assert (good["mistakes"], bad["mistake_count"]) == ([], 2)
    assert (bad["mistakes"][0]["path"], bad["mistakes"][0]["line"]) == (["ops", "load", "config", "path"], 4)


def test_a_launched_run_is_queued_with_who_asked(client, site: Site) -> None:
    status, done = post(client, "launch", text=GOOD, tags={"why": "x"}, reason="again")

    run = site.instance.get_run_by_id(done["run_id"])
    assert (status, run.status.value, run.tags["why"]) == (201, "QUEUED", "x")
    assert run.tags["watchbell/launched_by"]


def test_the_audit_log_keeps_no_secret_of_the_config(client, site: Site) -> None:
    post(client, "launch", text=GOOD.replace("hush", "very-secret-word"))

    answer = client.get("/api/audit")

    assert answer.status_code == 200
    assert "launchJob" in answer.text
    assert "very-secret-word" not in answer.text


@pytest.mark.parametrize(
    ("body", "status", "where"),
    [
        ({"text": "ops: {}"}, 400, "text"),
        ({"text": GOOD, "op_selection": ["nothing"]}, 400, "op_selection"),
        ({"text": GOOD, "partition": "x"}, 400, "partition"),
        ({"text": GOOD, "parent_run_id": "none"}, 404, "parent_run_id"),
    ],
)
def test_what_cannot_be_launched_is_said_with_its_field(client, site: Site, body, status, where) -> None:
    found, problem = post(client, "launch", **body)

    assert (status, where) == (found, problem["extra"]["where"])
    assert site.instance.get_runs_count() == 0


def test_runs_and_jobs_that_are_not_there_are_missed(client) -> None:
    assert client.get(f"{AT}/launch?run=none").status_code == 404
    assert client.get("/api/jobs/shop/elt/launch").status_code == 404


def test_without_a_service_nothing_is_launched(site: Site) -> None:
    link = ErrandLink(site.instance, {"shop": Definitions(jobs=[etl]).get_repository_def()})
    site.locations[:] = link.locations()

    status, problem = post(site.client(), "launch", text=GOOD)

    assert (status, problem["type"]) == (503, "urn:watchbell:service-stopped")
