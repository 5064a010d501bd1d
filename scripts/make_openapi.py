"""Write ``ui/openapi.json``, the description of the API, from which ``ui/src/api/schema.d.ts`` is made, and the table
of operations in ``docs/http.md``.

``--check`` writes nothing of the repository: it makes the types anew and says whether they are those that are there.
"""

import json
import sys
import tempfile
from functools import cache
from pathlib import Path

from scripts.build_ui import ROOT, UiBuildError, find_node, install, run_in_ui
from scripts.http_table import DOCUMENT, document_with
from watchbell.ground.upward import call_upward
from watchbell.web.app import create_inner
from watchbell.web.link import StillLink
from watchbell.web.view import View

DESCRIPTION = ROOT / "ui" / "openapi.json"
TYPES = ROOT / "ui" / "src" / "api" / "schema.d.ts"


@cache
def description() -> str:
    """The API's description, as text that is the same for the same API; made once in a process."""
    with call_upward("open_instance", "ephemeral") as instance:
        found = create_inner(View(instance, StillLink())).openapi()
    return json.dumps(found, indent=2, sort_keys=True) + "\n"


def is_current() -> bool:
    """Whether the types that are there are those of the server."""
    with tempfile.TemporaryDirectory() as scratch:
        described, types = Path(scratch, "openapi.json"), Path(scratch, "schema.d.ts")
        described.write_text(description(), encoding="utf-8")
        install(ROOT, find_node())
        tool = "node_modules/openapi-typescript/bin/cli.js"
        run_in_ui(ROOT, [tool, str(described), "--output", str(types), "--alphabetize"])
        return types.read_text(encoding="utf-8") == TYPES.read_text(encoding="utf-8")


def main() -> int:
    """Write it, or check; the exit code."""
    try:
        if "--check" not in sys.argv[1:]:
            text = description()
            DESCRIPTION.write_text(text, encoding="utf-8")
            DOCUMENT.write_text(document_with(json.loads(text)), encoding="utf-8")
        elif not is_current():
            print(f"{TYPES.relative_to(ROOT)} is not what the server says: run `make api-types`", file=sys.stderr)
            return 1
    except UiBuildError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
