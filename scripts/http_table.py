"""The table of operations in ``docs/http.md``, made from the API's description and the table of roles."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from watchbell.web.access import OPERATIONS

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "http.md"
BEGIN, END = "<!-- operations: made by `make api-types` -->", "<!-- end of operations -->"
METHODS = ("get", "post", "put", "patch", "delete")


def table(description: Mapping[str, Any]) -> str:
    """The table: a row for each operation, by path.

    Args:
        description: of the API, as OpenAPI has it.
    """
    lines = ["| path | | operation | what it does | who may |", "|---|---|---|---|---|"]
    for path, methods in sorted(description["paths"].items()):
        for method in METHODS:
            if method in methods:
                about = methods[method]
                name = about["operationId"]
                words = " ".join(about.get("description", "").partition("\n\n")[0].split()).replace("|", "\\|")
                role = OPERATIONS[name].role if name in OPERATIONS else None
                who = "nobody" if name not in OPERATIONS else "anybody" if role is None else role.value
                lines.append(f"| `{path}` | {method.upper()} | `{name}` | {words} | {who} |")
    return "\n".join(lines)


def document_with(description: Mapping[str, Any]) -> str:
    """The text of the document with its table made anew."""
    text = DOCUMENT.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table(description)}\n\n{END}{after}"
