"""Assets that stand as failed: the last attempt to make them, or one of their partitions, failed.

A job is fine once it succeeded; what it failed to make before is not, unless that was made again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from watchbell.automate.catalog.assets import Catalog
from watchbell.automate.catalog.standing import AssetFact, Standing, fact_of, standing_of
from watchbell.record.attention_store import TROUBLES_MAX, FailingJob
from watchbell.record.keys import AssetKey
from watchbell.record.log_text import UNNAMED_JOB
from watchbell.web.assets.memory import catalog_of, failed_partitions
from watchbell.web.runs.rows import failure_line
from watchbell.web.shapes.home import AttentionKind, AttentionRow
from watchbell.web.view import View


def of_failed_assets(view: View, jobs: Iterable[FailingJob], since: datetime) -> Iterator[AttentionRow]:
    """Assets that failed and were not made again, but for those of failing jobs, which are told themselves.

    Args:
        view: what is looked at.
        jobs: the failing jobs.
        since: what failed earlier is not news.
    """
    catalog = catalog_of(view)
    if not catalog.by_key:
        return
    partitions = failed_partitions(view, catalog)
    failed = _failed(view, catalog, partitions)
    for each in jobs:
        if each.job_name.startswith(UNNAMED_JOB):
            continue
        for key in catalog.assets_of_job(each.job_name, each.location_name):
            failed.pop(key, None)
    news = [key for key, fact in failed.items() if fact.failed_at is None or fact.failed_at >= since]
    news = sorted(news, key=AssetKey.to_string)[:TROUBLES_MAX]
    run_ids = [run_id for key in news if (run_id := failed[key].failed_run_id) is not None]
    failures = view.store.first_failures(run_ids) if run_ids else {}
    for key in news:
        fact, count = failed[key], partitions.get(key, 0)
        entry = failures.get(fact.failed_run_id or "")
        texts = [f"{count:,} partition{'' if count == 1 else 's'} failed"] if count else []
        texts += [failure_line(entry)] if entry is not None else []
        yield AttentionRow(
            key=f"failed_asset:{key.to_user_string()}",
            kind=AttentionKind.FAILED_ASSET,
            name=key.to_user_string(),
            location=catalog.by_key[key].location_name,
            text="; ".join(texts) or "the last attempt to make it failed",
            since=fact.failed_at,
            at=fact.failed_at,
            run_id=None if count else fact.failed_run_id,
        )


def _failed(view: View, catalog: Catalog, partitions: Mapping[AssetKey, int]) -> dict[AssetKey, AssetFact]:
    """Of the assets there are, those that stand as failed; what is well is not read."""
    store = view.store
    parts = [key.to_string() for key in partitions]
    rows = {row.asset: row for row in store.failed_asset_facts()}
    rows.update({row.asset: row for row in (store.asset_facts(parts) if parts else [])})
    found = {}
    for text, row in rows.items():
        key = AssetKey.from_db_string(text)
        if key is None or key not in catalog.by_key:
            continue
        fact, is_made_here = fact_of(row), catalog.by_key[key].told.executable
        standing = standing_of(fact, is_made_here=is_made_here, is_stale=False, has_failed_partitions=key in partitions)
        if standing is Standing.FAILED:
            found[key] = fact
    return found
