"""Importing what is in the file now, not what was in it a moment ago.

Python takes compiled bytecode for current when the source has the second and the size it was compiled from. Code
that is changed twice within a second, to the same length, would so be loaded in its older form, and stay so. A source
that is so young is therefore compiled anew and its bytecode not kept.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
    SourcelessFileLoader,
)
from typing import Any

from watchbell.ground.clock import SystemClock

YOUNG_SECONDS = 2.0


class FreshLoader(SourceFileLoader):
    """Loads a source file, past its bytecode while the source is young."""

    def path_stats(self, path: str) -> Mapping[str, Any]:
        """Facts about a source file, for the comparison with its bytecode.

        Raises:
            OSError: the file is gone, or too young for a comparison to mean anything.
        """
        stats = super().path_stats(path)
        age_seconds = SystemClock().now().timestamp() - float(stats["mtime"])
        if -YOUNG_SECONDS < age_seconds < YOUNG_SECONDS:
            raise OSError(f"{path} changed {age_seconds:.1f} seconds ago; its bytecode may be older")
        return stats


_hook = FileFinder.path_hook(
    (ExtensionFileLoader, EXTENSION_SUFFIXES),
    (FreshLoader, SOURCE_SUFFIXES),
    (SourcelessFileLoader, BYTECODE_SUFFIXES),
)


def import_freshly() -> None:
    """Lets all later imports of this process go through :class:`FreshLoader`; may be called twice."""
    if _hook not in sys.path_hooks:
        # Behind zip files, before Python's own finder of folders.
        sys.path_hooks.insert(max(0, len(sys.path_hooks) - 1), _hook)
        sys.path_importer_cache.clear()
