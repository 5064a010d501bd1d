"""The build hook: wheels, sdists and editable installs come with the built pages of the web server.

All it does is in ``scripts/build_ui.py``. Node is asked for (as a Python package) only when the pages have to be built:
a wheel made from an sdist needs none, since the sdist has them.
"""

import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PagesBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Builds the pages before anything is packed."""

    def dependencies(self) -> list[str]:
        """Node, if this build is going to run it."""
        build_ui = self._build_ui()
        return [build_ui.NODE_REQUIREMENT] if build_ui.needs_node(build_ui.ROOT) else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Builds them, if they are not what their sources say.

        An editable install goes on without them, and says so: who works on Python need not have the registry of npm in
        reach. What is handed to others comes with them, or not at all.
        """
        build_ui = self._build_ui()
        try:
            build_ui.build(build_ui.ROOT)
        except build_ui.UiBuildError as error:
            if version != "editable":
                sys.exit(f"watchbell: {error}")
            print(f"watchbell: installed without web pages (make build-ui builds them): {error}", file=sys.stderr)

    def _build_ui(self) -> Any:
        if self.root not in sys.path:
            sys.path.insert(0, self.root)
        from scripts import build_ui

        return build_ui
