"""A debugger for steps: it talks to the terminal although the step's own standard input is closed."""

from __future__ import annotations

import pdb  # noqa: T100  # what users stop with, not what we left behind
import sys
from pathlib import Path
from typing import Any


class ForkedPdb(pdb.Pdb):
    """``pdb`` for a process whose standard input is not the terminal; ``context.pdb.set_trace()`` stops in one.

    Example:
        >>> @op
        ... def load(context):
        ...     context.pdb.set_trace()
    """

    def interaction(self, *args: Any, **kwargs: Any) -> None:
        """Talks to the terminal while the program stands still."""
        before = sys.stdin
        try:
            with Path("/dev/tty").open() as terminal:
                sys.stdin = terminal
                super().interaction(*args, **kwargs)
        except OSError:  # no terminal: the step's own standard input is all there is
            sys.stdin = before
            super().interaction(*args, **kwargs)
        finally:
            sys.stdin = before
