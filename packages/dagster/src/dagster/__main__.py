"""The command ``dagster``, also as ``python -m dagster``: watchbell's commands under the old name."""

import sys

import watchbell
from dagster import __version__
from watchbell.cli.main import main as _watchbell_main


def main() -> None:
    """Run watchbell's command line; ``--version`` names both versions, Dagster's first as scripts expect."""
    if sys.argv[1:] == ["--version"]:
        print(f"dagster, version {__version__} (watchbell {watchbell.__version__})")
        return
    _watchbell_main()


if __name__ == "__main__":
    main()
