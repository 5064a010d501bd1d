"""The description of the API, with the role that each operation needs."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from watchbell.web.access import OPERATIONS


class DescribedApi(FastAPI):
    """An application whose description says of each operation who may do it, as ``x-role``; null: anybody."""

    def openapi(self) -> dict[str, Any]:
        """The description, made once."""
        found = super().openapi()
        for methods in found["paths"].values():
            for told in methods.values():
                operation = OPERATIONS.get(told.get("operationId", ""))
                if operation is not None:
                    told["x-role"] = None if operation.role is None else operation.role.value
        return found
