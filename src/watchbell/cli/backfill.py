"""``watchbell backfill``: plan, launch, watch, pause, cancel and retry backfills."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from watchbell.automate.backfills.plan import BackfillPlan
from watchbell.automate.backfills.planning import BackfillWishes, OnlyText, plan_backfill, plan_schedule_backfill
from watchbell.automate.backfills.told import plan_facts
from watchbell.cli.asset_status import chosen_keys
from watchbell.cli.backfill_show import (
    BAD,
    advice_on,
    counted,
    find_backfill,
    follow,
    part_rows,
    progress_facts,
    show_parts,
    show_plan,
    show_row,
)
from watchbell.cli.code import code_options, load_locations, open_instance
from watchbell.cli.job import read_config
from watchbell.cli.partition_options import read_range
from watchbell.cli.show import COUNTING, json_option, show_facts, show_rows
from watchbell.ground.cron import Cron
from watchbell.ground.errors import DagsterInvalidSubsetError
from watchbell.ground.os_user import os_user_name
from watchbell.ground.value import dataclass
from watchbell.host.places import Place, find_job, find_schedule
from watchbell.host.targets import CodeTarget
from watchbell.instance import DagsterInstance
from watchbell.record.backfill import Backfill, BackfillStatus, PartState
from watchbell.services.lease import working_service


class _LaunchFirst(click.Group):
    """Commands of which ``launch`` is meant when an option comes first: ``watchbell backfill --dry-run ...``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """See `click.Group`."""
        is_option = bool(args) and args[0].startswith("-") and args[0] not in ctx.help_option_names
        return super().parse_args(ctx, ["launch", *args] if is_option else args)


@click.group(cls=_LaunchFirst)
def backfill() -> None:
    """Make many partitions, or past times of a schedule, in one go.

    Without the name of a command, its options are those of launch.
    """


# ---------------------------------------------------------------------- launch


@dataclass(frozen=True)
class LaunchWords:
    """What was written on the command line about partitions and times.

    Args:
        job: a job's name.
        assets: a selection of assets.
        schedule: a schedule's name.
        partitions: the keys that were named; none: no key was.
        key_range: the first and last key with ``...`` between.
        latest: the newest so many.
        every: whether all were asked for.
        only: which of them.
        start: the first time, for a schedule.
        end: the last time.
    """

    job: str | None
    assets: str | None
    schedule: str | None
    partitions: tuple[str, ...]
    key_range: str | None
    latest: int | None
    every: bool
    only: OnlyText
    start: datetime | None
    end: datetime | None


@backfill.command()
@click.option("-j", "--job", help="The partitions of this job.")
@click.option("-s", "--assets", metavar="SELECTION", help='Of these assets, e.g. "days*", "a,b" or "group:weather".')
@click.option("--schedule", metavar="NAME", help="The past times of this schedule, with --from and --to.")
@click.option("-p", "--partitions", metavar="KEYS", help="These partitions, with commas between.")
@click.option(
    "--partition",
    "exact",
    multiple=True,
    metavar="KEY",
    help="This one, whatever is in its key; may be given more than once.",
)
@click.option("--range", "key_range", metavar="A...B", help="From one partition to another, both included.")
@click.option("--latest", type=COUNTING, metavar="N", help="The newest N partitions.")
@click.option("--all", "every", is_flag=True, help="All partitions.")
@click.option("--missing", "only", flag_value="missing", help="Only those that were never made.")
@click.option("--failed", "only", flag_value="failed", help="Only those whose last attempt failed.")
@click.option("--failed-and-missing", "only", flag_value="failed_and_missing", help="Both of these.")
@click.option("--from", "start", type=click.DateTime(), help="The first time, in the schedule's zone.")
@click.option("--to", "end", type=click.DateTime(), help="The last time, in the schedule's zone; default: now.")
@click.option("--newest-first", is_flag=True, help="Begin with the newest, where nothing needs an older one first.")
@click.option("--max-runs", type=COUNTING, metavar="N", help="At most N of its runs at a time.")
@click.option("-t", "--tag", "tags", multiple=True, metavar="KEY=VALUE", help="Tag of all its runs.")
@click.option("-c", "--config", "config_files", multiple=True, metavar="FILE", help="YAML files of run config, merged.")
@click.option("--config-json", metavar="JSON", help="Run config as JSON.")
@click.option("--title", "--name", default="", help="What it is called.")
@click.option("--dry-run", is_flag=True, help="Show the plan, and stop.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--wait", is_flag=True, help="Watch it to its end; exit code 1 if not all went well.")
@code_options
@json_option
def launch(targets: list[CodeTarget], **given: Any) -> None:
    """Show what a backfill would run, ask, and start it."""
    _launch(targets, **given)


def _launch(
    targets: list[CodeTarget], *, config_files: tuple[str, ...], config_json: str | None, dry_run: bool, **given: Any
) -> None:
    words = _words(given)
    config = read_config(config_files, config_json) if config_files or config_json else None
    if words.schedule is not None and config is not None:
        raise click.UsageError("the runs of a schedule have the config that it asks for; leave --config out")
    wishes = BackfillWishes(
        newest_first=given["newest_first"],
        max_concurrent_runs=given["max_runs"],
        tags=dict(_tag(each) for each in given["tags"]),
        title=given["title"],
        created_by=os_user_name(),
    )
    with open_instance() as instance:
        plan = _planned(load_locations(targets), instance, words, config, wishes)
        if dry_run and given["as_json"]:
            show_facts(plan_facts(plan), as_json=True)
        elif dry_run:
            show_plan(plan)
        else:
            start(instance, plan, ask=not given["yes"], wait=given["wait"], as_json=given["as_json"])


def start(
    instance: DagsterInstance, plan: BackfillPlan, *, ask: bool, wait: bool = False, as_json: bool = False
) -> None:
    """Shows a plan, asks, and stores it.

    Args:
        instance: where it is stored.
        plan: the plan.
        ask: whether somebody is asked before.
        wait: whether it is watched to its end, with exit code 1 if not all went well.
        as_json: show how it is stored instead of the plan.
    """
    if not as_json:
        show_plan(plan)
    if ask:
        _ask(plan)
    stored = instance.launch_backfill(plan)
    if working_service(instance.store, instance.clock.now()) is None:
        click.echo("no daemon is running here; the backfill waits until one is (watchbell dev)", err=True)
    if not as_json:
        click.echo(stored.backfill_id)
    if wait:
        _follow_to_end(instance, stored.backfill_id, as_json=as_json)
    elif as_json:
        show_facts(progress_facts(stored, instance.clock.now()), as_json=True)


def _words(given: dict[str, Any]) -> LaunchWords:
    same = {name: given[name] for name in LaunchWords.__dataclass_fields__ if name not in ("only", "partitions")}
    named = (*_keys(given["partitions"] or ""), *given["exact"])
    words = LaunchWords(**same, partitions=named, only=given["only"] or "every")
    if sum(each is not None for each in (words.job, words.assets, words.schedule)) != 1:
        raise click.UsageError("say of what: --job NAME, --assets SELECTION or --schedule NAME, one of them")
    if words.schedule is not None:
        if words.start is None:
            raise click.UsageError("say from when: --schedule NAME --from 2026-01-01 [--to 2026-02-01]")
        if words.partitions or words.key_range or words.latest or words.every or words.only != "every":
            raise click.UsageError("a schedule has times, no partitions: give --from and --to alone")
        return words
    if words.start is not None or words.end is not None:
        raise click.UsageError("--from and --to are for schedules; partitions are --range A...B")
    chosen = [bool(each) for each in (words.partitions, words.key_range, words.latest, words.every)]
    if sum(chosen) > 1:
        raise click.UsageError("give only one of --partitions, --range, --latest and --all")
    if not any(chosen) and words.only == "every":
        raise click.UsageError(
            "say which partitions: --partitions KEYS, --range A...B, --latest N, --all, --missing, --failed or "
            "--failed-and-missing"
        )
    return words


def _planned(
    locations: list[Place],
    instance: DagsterInstance,
    words: LaunchWords,
    config: dict[str, Any] | None,
    wishes: BackfillWishes,
) -> BackfillPlan:
    if words.schedule is not None and words.start is not None:
        key, location, schedule = find_schedule(locations, words.schedule)
        zone = ZoneInfo(Cron.of(schedule.cron_schedule, schedule.execution_timezone).zone)
        end = instance.clock.now() if words.end is None else words.end.replace(tzinfo=zone)
        start = words.start.replace(tzinfo=zone)
        return plan_schedule_backfill(
            location.repository, instance, key.name, start, end, location_name=location.name, wishes=wishes
        )
    selection: Any = None
    if words.job is not None:
        location, _ = find_job(locations, words.job)
    else:
        location, selection = _selected(locations, words.assets or "")
    return plan_backfill(
        location.repository,
        instance,
        location_name=location.name,
        assets=selection,
        job_name=words.job,
        partition_keys=words.partitions or None,
        partition_key_range=None if words.key_range is None else read_range(words.key_range, "--range"),
        latest=words.latest,
        only=words.only,
        run_config=config,
        wishes=wishes,
    )


def _selected(locations: list[Place], text: str) -> tuple[Place, Any]:
    """The location whose assets are selected, and which."""
    keys = chosen_keys(text, [location.repository.asset_graph for location in locations])
    found = [(location, sorted(each)) for location, each in zip(locations, keys, strict=True) if each]
    if len(found) == 1:
        return found[0]
    if not found:
        raise DagsterInvalidSubsetError(f"{text!r} selects no asset; `watchbell asset list` shows what there is")
    names = ", ".join(location.name for location, _ in found)
    raise DagsterInvalidSubsetError(
        f"{text!r} selects assets of several code locations ({names}); a backfill is of one: name one with -f or -m, "
        "and launch one for each"
    )


def _keys(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _ask(plan: BackfillPlan) -> None:
    if not sys.stdin.isatty():
        raise click.UsageError("nothing was started: there is no terminal to ask at; give --yes, or --dry-run")
    click.confirm(f"Start {counted(plan.runs_count, 'run')}?", abort=True)


def _tag(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise click.BadParameter(f"{text!r} is no tag; write KEY=VALUE")
    return key, value


# ------------------------------------------------------------ what there is


@backfill.command("list")
@click.option(
    "--status",
    "statuses",
    multiple=True,
    type=click.Choice([each.value for each in BackfillStatus], case_sensitive=False),
    help="Only those in this state; may be given more than once.",
)
@click.option("-n", "--limit", default=20, show_default=True, type=COUNTING, help="At most so many.")
@json_option
def list_(statuses: tuple[str, ...], limit: int, as_json: bool) -> None:
    """List backfills, the newest first, with how far they are."""
    with open_instance() as instance:
        now = instance.clock.now()
        chosen = [BackfillStatus(each.upper()) for each in statuses] or None
        rows = [show_row(each, now, as_json=as_json) for each in instance.get_backfills(chosen, limit=limit)]
    show_rows(rows, as_json=as_json, empty="no backfills", spare=("by", "asked"))


@backfill.command()
@click.argument("backfill_id")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([each.value for each in PartState], case_sensitive=False),
    help="List the parts in this state; may be given more than once.",
)
@click.option("-n", "--limit", default=20, show_default=True, type=COUNTING, help="At most so many parts.")
@click.option("--wait", is_flag=True, help="Watch it to its end; exit code 1 if not all went well.")
@json_option
def show(backfill_id: str, states: tuple[str, ...], limit: int, wait: bool, as_json: bool) -> None:
    """Show how far a backfill is, and what went wrong. BACKFILL_ID may be its beginning."""
    with open_instance() as instance:
        found = find_backfill(instance, backfill_id)
        if wait:
            _follow_to_end(instance, found.backfill_id, as_json=as_json)
            return
        chosen = [PartState(each.upper()) for each in states] or list(BAD)
        rows = part_rows(instance, found, chosen, limit)
        if as_json:
            show_facts({**progress_facts(found, instance.clock.now()), "parts": rows}, as_json=True)
            return
        show_facts(progress_facts(found, instance.clock.now(), instance), as_json=False)
        _tell_if_idle(instance, found)
    if rows or states:
        click.echo()
        show_parts(rows)
    advice = advice_on(found, rows)
    if advice:
        click.echo()
    for line in advice:
        click.echo(line)


def _follow_to_end(instance: DagsterInstance, backfill_id: str, *, as_json: bool) -> None:
    ended = follow(instance, backfill_id, quiet=as_json)
    if as_json:
        show_facts(progress_facts(ended, instance.clock.now()), as_json=True)
    raise SystemExit(0 if ended.status is BackfillStatus.COMPLETED_SUCCESS else 1)


# ------------------------------------------------------------------ changes


@backfill.command()
@click.argument("backfill_id")
def pause(backfill_id: str) -> None:
    """Begin no more of it; runs that go on, or wait in the queue, go on. BACKFILL_ID may be its beginning."""
    _change(backfill_id, DagsterInstance.pause_backfill)


@backfill.command()
@click.argument("backfill_id")
def resume(backfill_id: str) -> None:
    """Go on with a paused one. BACKFILL_ID may be its beginning."""
    _change(backfill_id, DagsterInstance.resume_backfill)


@backfill.command()
@click.argument("backfill_id")
def cancel(backfill_id: str) -> None:
    """Begin no more of it and stop its runs. BACKFILL_ID may be its beginning."""
    _change(backfill_id, DagsterInstance.cancel_backfill)


@backfill.command()
@click.argument("backfill_id")
def retry(backfill_id: str) -> None:
    """Run again what failed or was canceled, and what that held up. BACKFILL_ID may be its beginning."""
    _change(backfill_id, DagsterInstance.retry_backfill)


@backfill.command()
@click.argument("backfill_id")
@click.option("--max-runs", type=COUNTING, metavar="N", help="At most N of its runs at a time.")
@click.option("--no-limit", is_flag=True, help="As many as the home allows.")
def limit(backfill_id: str, max_runs: int | None, no_limit: bool) -> None:
    """Change how many of its runs go on at a time. BACKFILL_ID may be its beginning."""
    if (max_runs is None) != no_limit:
        raise click.UsageError("give --max-runs N or --no-limit")
    most = "as many of its runs go on at a time as the home allows" if no_limit else f"at most {max_runs:,} at a time"
    _change(backfill_id, lambda instance, found: instance.limit_backfill(found, max_runs), f"; {most}")


def _change(backfill_id: str, change: Callable[[DagsterInstance, str], Backfill], more: str = "") -> None:
    with open_instance() as instance:
        after = change(instance, find_backfill(instance, backfill_id).backfill_id)
        click.echo(f"backfill {after.backfill_id} is {after.status.value}{more}")
        _tell_if_idle(instance, after)


def _tell_if_idle(instance: DagsterInstance, backfill: Backfill) -> None:
    """Says so if nobody is there to go on with a backfill."""
    is_going = backfill.status in (BackfillStatus.IN_PROGRESS, BackfillStatus.CANCELING)
    if is_going and working_service(instance.store, instance.clock.now()) is None:
        click.echo("no daemon is running here; it goes on when one is (watchbell dev)", err=True)
