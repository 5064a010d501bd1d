"""Who works at this machine: the name of the operating system's account."""

from __future__ import annotations

import getpass
import os


def os_user_name() -> str:
    """The name of the account this process belongs to; its number where it has no name, as in containers."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"uid {os.getuid()}" if hasattr(os, "getuid") else "somebody"
