"""Write ``src/watchbell/__init__.pyi`` from ``src/watchbell/_names.py``.

Type checkers cannot follow a lazy namespace; the stub tells them the same thing in import statements.
"""

import sys
from pathlib import Path

from watchbell._names import HOMES

STUB = Path(__file__).parents[1] / "src" / "watchbell" / "__init__.pyi"

HEADER = """\
# Generated from _names.py by `make stubs`; do not edit.
"""


def stub_text(homes: dict[str, str]) -> str:
    """The stub's text: one re-export per public name (``X as X`` marks it as public), then ``__all__``."""
    imports = sorted({(home, name) for name, home in homes.items()})
    lines = [f"from watchbell.{home} import {name} as {name}" for home, name in imports]
    listed = [f"    {name!r},".replace("'", '"') for name in ["__version__", *homes]]
    return "\n".join([HEADER + "\n".join(lines), "", "__version__: str", "", "__all__ = [", *listed, "]", ""])


def main() -> int:
    """Write the stub if it differs; with ``--check`` only say whether it does (exit code 1)."""
    text = stub_text(HOMES)
    current = STUB.read_text() if STUB.exists() else None
    if text == current:
        return 0
    if "--check" in sys.argv[1:]:
        print(f"{STUB.name} is not what _names.py says: run `make stubs`")
        return 1
    STUB.write_text(text)
    print(f"wrote {STUB}: {len(HOMES)} names")
    return 0


if __name__ == "__main__":
    sys.exit(main())
