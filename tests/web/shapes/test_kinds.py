"""What is sent to the API is of the kind that the description says: no number is a yes, no word a number."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

import watchbell.web.shapes
from scripts.make_openapi import description

DESCRIPTION = json.loads(description())
SCHEMAS = DESCRIPTION["components"]["schemas"]
OTHER = {"boolean": [0, 1.0, "true"], "integer": ["5", True], "number": ["1.5", True], "date-time": [0, 1.5]}
"""Values of other kinds, which pydantic would take by default."""


def models() -> dict[str, type[BaseModel]]:
    found = {}
    for each in pkgutil.iter_modules(watchbell.web.shapes.__path__):
        module = importlib.import_module(f"{watchbell.web.shapes.__name__}.{each.name}")
        found.update({k: v for k, v in vars(module).items() if isinstance(v, type) and issubclass(v, BaseModel)})
    return found


def named_in(told: Any, found: set[str]) -> set[str]:
    """Names of the schemas that a part of the description is made of."""
    parts = told.values() if isinstance(told, dict) else told
    for each in parts if isinstance(told, dict | list) else ():
        named_in(each, found)
    if isinstance(told, dict) and "$ref" in told and (name := told["$ref"].rpartition("/")[2]) not in found:
        found.add(name)
        named_in(SCHEMAS[name], found)
    return found


def fields() -> Iterator[tuple[str, str, str]]:
    """Model, field and kind of all that bodies of requests are made of."""
    operations = [each for path in DESCRIPTION["paths"].values() for each in path.values() if isinstance(each, dict)]
    bodies = named_in([each["requestBody"] for each in operations if "requestBody" in each], set())
    for model in sorted(bodies & models().keys()):
        for field, schema in SCHEMAS[model].get("properties", {}).items():
            kinds = {each.get("format", each.get("type")) for each in schema.get("anyOf", [schema])}
            yield from ((model, field, kind) for kind in sorted(kinds & OTHER.keys()))


@pytest.mark.parametrize(("model", "field", "kind"), list(fields()))
def test_a_value_of_another_kind_is_refused(model: str, field: str, kind: str) -> None:
    adapter = TypeAdapter(models()[model])
    for value in OTHER[kind]:
        with pytest.raises(ValidationError) as refused:
            adapter.validate_python({field: value})

        assert field in {each["loc"][0] for each in refused.value.errors()}, value
