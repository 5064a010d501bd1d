"""Assets, their partitions, and backfills, as a server tells of them and makes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from watchbell.client_http import Http, Row, moment, path_of


class AssetsOfClient:
    """What a client does with assets; each key's parts are joined by ``/``."""

    http: Http

    def assets(self, query: str = "", selection: str = "") -> Iterator[Row]:
        """Assets with how they stand."""
        return self.http.pages("/api/assets", {"q": query or None, "selection": selection or None})

    def asset(self, key: str) -> Row:
        """One asset: how it stands, what it is, what is expected next."""
        return self.http.get("/api/asset", {"key": key})

    def materialize(
        self,
        assets: Sequence[str],
        *,
        partition: str | None = None,
        run_config: Mapping[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
        is_dry: bool = False,
        reason: str = "",
    ) -> Row:
        """Queues runs that make assets; with ``is_dry`` only says which runs those would be."""
        body = {
            "assets": list(assets),
            "partition": partition,
            "run_config": dict(run_config or {}),
            "tags": dict(tags or {}),
            "is_dry": is_dry,
            "reason": reason,
        }
        return self.http.post("/api/assets/materialize", body)

    def explain_asset(self, key: str, partition: str | None = None, at: datetime | str | None = None) -> Row:
        """Why an asset, or a partition of it, was made or not."""
        return self.http.get("/api/why/asset", {"key": key, "partition": partition, "at": moment(at)})

    def explain_check(self, asset: str, name: str, at: datetime | str | None = None) -> Row:
        """Why a check of an asset was executed or not."""
        return self.http.get("/api/why/check", {"asset": asset, "name": name, "at": moment(at)})

    # --- dynamic partitions

    def dynamic_partitions(self) -> list[Row]:
        """All dynamic partitions by name, with how many keys they have and whose they are."""
        items: list[Row] = self.http.get("/api/dynamic-partitions")["items"]
        return items

    def dynamic_keys(self, name: str) -> Iterator[str]:
        """Keys of dynamic partitions, those that were added last first."""
        for each in self.http.pages("/api/dynamic-partitions/keys", {"name": name}):
            yield each["key"]

    def add_dynamic_keys(self, name: str, keys: Sequence[str], reason: str = "") -> Row:
        """Adds keys; ``changed`` has those that were new."""
        return self.http.post("/api/dynamic-partitions/add", {"name": name, "keys": list(keys), "reason": reason})

    def delete_dynamic_keys(self, name: str, keys: Sequence[str], reason: str = "") -> Row:
        """Deletes keys; what is remembered of assets for them stays."""
        return self.http.post("/api/dynamic-partitions/delete", {"name": name, "keys": list(keys), "reason": reason})

    # --- backfills

    def backfills(self, query: str = "") -> Iterator[Row]:
        """Backfills, the newest first."""
        return self.http.pages("/api/backfills", {"q": query or None})

    def backfill(self, backfill_id: str) -> Row:
        """One backfill: how far it is, what went wrong."""
        return self.http.get(_backfill_path(backfill_id))

    def backfill_parts(self, backfill_id: str, states: Sequence[str] = ()) -> Iterator[Row]:
        """Parts of a backfill, in the order in which they begin; of these states, if some are named."""
        return self.http.pages(_backfill_path(backfill_id, "/parts"), {"state": list(states) or None})

    def plan_backfill(self, location: str, *, partitions: str, **options: Any) -> Row:
        """What a backfill would do; nothing is stored.

        Args:
            location: the code location.
            partitions: which, as on the page: ``"2026-05-01..2026-05-09, 2026-05-12"``, ``"*"``.
            options: as the API has them: ``assets`` or ``job``, ``only``, ``per_run``, ``with_upstream``,
                ``newest_first``, ``max_concurrent_runs``, ``priority``, ``tags``, ``title``, ``reason``.
        """
        return self.http.post("/api/backfills/plan", {"location": location, "partitions": partitions, **options})

    def launch_backfill(self, location: str, *, partitions: str, fingerprint: str | None = None, **options: Any) -> Row:
        """Begins a backfill; the answer has its ``backfill_id``.

        Args:
            location: as for a plan.
            partitions: as for a plan.
            fingerprint: of the plan that was looked at: what has changed since is refused. None: whatever it does.
            options: as for a plan.
        """
        body = {"location": location, "partitions": partitions, "fingerprint": fingerprint, **options}
        return self.http.post("/api/backfills", body)

    def pause_backfill(self, backfill_id: str, reason: str = "") -> Row:
        """Begins no more runs of it; those that go on, or wait in the queue, go on."""
        return self.http.post(_backfill_path(backfill_id, "/pause"), {"reason": reason})

    def resume_backfill(self, backfill_id: str, reason: str = "") -> Row:
        """Goes on with a paused one."""
        return self.http.post(_backfill_path(backfill_id, "/resume"), {"reason": reason})

    def cancel_backfill(self, backfill_id: str, reason: str = "") -> Row:
        """Begins no more runs of it, and stops those that go on."""
        return self.http.post(_backfill_path(backfill_id, "/cancel"), {"reason": reason})

    def retry_backfill(self, backfill_id: str, reason: str = "") -> Row:
        """Runs again what failed or was cancelled, and then what that held up."""
        return self.http.post(_backfill_path(backfill_id, "/retry"), {"reason": reason})


def _backfill_path(backfill_id: str, more: str = "") -> str:
    return path_of("/api/backfills/{backfill_id}", backfill_id=backfill_id) + more
