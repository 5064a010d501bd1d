"""The name `dagster_pipes`, served by watchbell: every name is that of ``watchbell_pipes``."""

from watchbell_pipes import *  # noqa: F403 - all of it, and nothing else
from watchbell_pipes import __all__ as __all__
