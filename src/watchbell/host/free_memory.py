"""How much memory is free, for the machine and for the container that this process is in."""

from __future__ import annotations

from pathlib import Path

ROOT = Path("/")


def free_share(root: Path = ROOT) -> float | None:
    """The share of the memory that new processes can have, 0 to 1; None where the system does not say (not Linux).

    Of the machine and of the container's own limit (cgroup v2), the scarcer one. File contents that the kernel keeps
    as long as nobody needs the place count as free.

    Args:
        root: where ``/proc`` and ``/sys`` are.
    """
    shares = [share for share in (_of_machine(root), _of_container(root)) if share is not None]
    return min(shares, default=None)


def _of_machine(root: Path) -> float | None:
    try:
        lines = (root / "proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    sizes = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
    if not sizes.get("MemTotal") or "MemAvailable" not in sizes:
        return None
    return sizes["MemAvailable"] / sizes["MemTotal"]


def _of_container(root: Path) -> float | None:
    try:
        own = [line for line in (root / "proc/self/cgroup").read_text().splitlines() if line.startswith("0::")]
        folder = root / "sys/fs/cgroup" / own[0].removeprefix("0::").lstrip("/")
        limit = int((folder / "memory.max").read_text())
        used = int((folder / "memory.current").read_text())
        kept = (folder / "memory.stat").read_text().splitlines()
    except (OSError, IndexError, ValueError):  # "max" is no number: no limit
        return None
    reclaimable = sum(int(line.split()[1]) for line in kept if line.startswith("inactive_file "))
    return max(0.0, 1 - (used - reclaimable) / limit) if limit else None
