"""Which integration packages are loaded, by their own account."""

from collections.abc import Mapping
from typing import ClassVar

import watchbell


class DagsterLibraryRegistry:
    """Integration packages enter their name and version here when they are imported; nothing depends on it."""

    _libraries: ClassVar[dict[str, str]] = {"watchbell": watchbell.__version__}

    @classmethod
    def register(cls, name: str, version: str, *, is_dagster_package: bool = True) -> None:
        """Enters a package.

        Args:
            name: its name.
            version: its version.
            is_dagster_package: whether its versions go with Dagster's; they are not compared here.
        """
        cls._libraries[name] = version

    @classmethod
    def get(cls) -> Mapping[str, str]:
        """Names and versions."""
        return dict(cls._libraries)
