"""The API answers as its description says, to whatever the description allows and to what it does not."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import booleans
from schemathesis import Case, GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from scripts.make_openapi import description
from tests.web.browser import House
from tests.web.conftest import NOW
from tests.web.lived_in import known, lived_in
from tests.web.shared_routes import app_over
from watchbell.record.account import Role, User

HERE = "http://localhost:3000"
DESCRIPTION = json.loads(description())
LONG = {"maxLength": 300, "maxItems": 50, "maxProperties": 50}
"""Longer texts and lists than these are not made to break a limit: two million letters take minutes."""


def short(told: Any) -> Any:
    """A schema without limits so high that what breaks them takes minutes to make."""
    if isinstance(told, list):
        return [short(each) for each in told]
    if not isinstance(told, dict):
        return told
    return {
        name: short(value)
        for name, value in told.items()
        if not (name in LONG and isinstance(value, int) and value > LONG[name])
    }


SCHEMA = schemathesis.openapi.from_dict(short(DESCRIPTION))
OPERATIONS = {
    found.ok().definition.raw["operationId"]: found.ok()
    for found in SCHEMA.get_all_operations()
    if not found.ok().definition.raw.get("x-stream")  # which answers as long as somebody listens
}


def can_be_wrong(name: str) -> bool:
    """Whether something can be asked that the description does not allow: a part of a path may be any text."""
    told = OPERATIONS[name].definition.raw
    parameters = [each for each in told.get("parameters", []) if each["in"] != "path" or each["schema"] != {
        "type": "string", "title": each["schema"].get("title")
    }]  # fmt: skip
    return bool(parameters) or "requestBody" in told


REFUSABLE = [name for name in sorted(OPERATIONS) if can_be_wrong(name)]
EXAMPLES, EXAMPLES_SLOW = 3, 150
"""Requests of each kind for an operation, now and among the slow tests (count)."""
WITHOUT_A_SERVICE = {503, 504}
"""What needs user code is told that there is no service here."""
CHECKS = [content_type_conformance, negative_data_rejection, response_schema_conformance, status_code_conformance]


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    shop = lived_in(3)
    with shop.instance as instance:
        instance.store.add_user(User("ada", Role.ADMIN, NOW), "no hash")
        house = House(instance)
        house.app = app_over(shop.view, house.static, house.exposure)
        yield house


def about_what_is_there(case: Case, name: str) -> None:
    """Puts names of things that are there in the place of names that somebody made up."""
    values = known(name)
    for parts in (case.path_parameters, case.query, case.body):
        if isinstance(parts, dict):
            parts.update({each: values[each] for each in parts if each in values})


def answer_to(house: House, case: Case) -> httpx.Response:
    """Asks the application in this process what the case asks."""
    sent: dict[str, Any] = case.as_transport_kwargs(base_url=HERE)
    sent["headers"] = {**sent.get("headers", {}), "content-type": "application/json"}
    if "data" in sent:  # as requests calls it
        sent["content"] = sent.pop("data")

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(house.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=HERE, cookies=sent.pop("cookies", None)) as client:
            return await client.request(**sent)

    return asyncio.run(ask())


def is_right_as_text(case: Case, name: str) -> bool:
    """Whether nothing is wrong but the kind of a value in the address: there all is text, true is ``true``, and of a
    list its last member counts."""
    told = OPERATIONS[name].definition.raw
    if "requestBody" in told:
        return False
    for each in (parameter for parameter in told["parameters"] if parameter["in"] == "query"):
        value = (case.query or {}).get(each["name"])
        value = value[-1] if isinstance(value, list) and value else value
        value = "" if value == {} else value  # so it is written
        is_left_out = value is None and not each.get("required")
        is_text = is_any_text(each["schema"]) and isinstance(value, str | bool | int | float)
        if not is_left_out and not is_text and not fits(value, each["schema"]):
            return False
    return True


def fits(value: object, schema: dict[str, Any]) -> bool:
    """Whether a value is what a schema of the description says."""
    return jsonschema_rs.is_valid({**schema, "components": DESCRIPTION["components"]}, value)


def is_any_text(schema: dict[str, Any]) -> bool:
    """Whether any text fits, or a list of any texts."""
    if "anyOf" in schema:
        return any(is_any_text(each) for each in schema["anyOf"])
    if schema.get("type") == "array":
        return is_any_text(schema["items"])
    return schema.get("type") == "string" and set(schema) <= {"type", "title", "description", "default", "maxLength"}


def check(house: House, name: str, mode: GenerationMode, examples: int) -> None:
    """Asks an operation so often, and compares each answer with the description."""

    @given(case=OPERATIONS[name].as_strategy(generation_mode=mode), is_there=booleans())
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=examples == EXAMPLES,  # the same ones each time, where there are few
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Case, is_there: bool) -> None:
        if is_there and mode is GenerationMode.POSITIVE:
            about_what_is_there(case, name)
        answer = answer_to(house, case)

        assert answer.status_code < 500 or answer.status_code in WITHOUT_A_SERVICE or name == "getHealth", answer.text
        is_refusable = mode is GenerationMode.POSITIVE or not is_right_as_text(case, name)
        case.validate_response(
            answer, checks=CHECKS if is_refusable else [each for each in CHECKS if each is not negative_data_rejection]
        )

    ask()


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_what_the_description_allows_is_answered_as_it_says(house: House, name: str) -> None:
    check(house, name, GenerationMode.POSITIVE, EXAMPLES)


@pytest.mark.parametrize("name", REFUSABLE)
def test_what_it_does_not_allow_is_refused_as_it_says(house: House, name: str) -> None:
    check(house, name, GenerationMode.NEGATIVE, EXAMPLES)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_so_is_very_much_that_it_allows(house: House, name: str) -> None:
    check(house, name, GenerationMode.POSITIVE, EXAMPLES_SLOW)


@pytest.mark.slow
@pytest.mark.parametrize("name", REFUSABLE)
def test_so_is_very_much_that_it_does_not(house: House, name: str) -> None:
    check(house, name, GenerationMode.NEGATIVE, EXAMPLES_SLOW)
