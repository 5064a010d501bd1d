"""Single clauses of conditions in words: what was seen, and what can change it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any

from watchbell.automate.conditions.trace import TraceNode
from watchbell.automate.explain.blame import Blamed
from watchbell.automate.explain.rule_clauses import AskedRule, rule_words
from watchbell.automate.explain.words import NAMED_MAX, RUN_CHARS, at_text, counted, listed, run_text, short
from watchbell.declare.conditions.condition_text import line_of
from watchbell.ground.cron import Cron
from watchbell.ground.durations import duration_text
from watchbell.ground.errors import DagsterError
from watchbell.ground.value import dataclass
from watchbell.record.keys import AssetKey
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.run import DagsterRun


@dataclass(frozen=True)
class CheckFact:
    """The newest execution of a check.

    Args:
        state: ``"passed"``, ``"failed"`` or ``"planned"``.
        at: when, aware.
        run_id: by which run; empty: by none.
    """

    state: str
    at: datetime
    run_id: str = ""


@dataclass(frozen=True)
class EntityFacts:
    """What is known of an asset or a check, up to the time of an evaluation.

    Args:
        made_at: when it was made last; None: never.
        made_by: by which run; empty: by none.
        failed_at: when a run that was to make it failed last, later than it was made; None: none did.
        failed_by: which run.
        running: runs that were not over and were to make it.
        backfills: unfinished backfills that were to make it, by id.
        check: of a check, its newest execution.
        is_known: whether anybody looked; of some partitions of an asset nobody can without knowing their keys.
    """

    made_at: datetime | None = None
    made_by: str = ""
    failed_at: datetime | None = None
    failed_by: str = ""
    running: tuple[DagsterRun, ...] = ()
    backfills: tuple[str, ...] = ()
    check: CheckFact | None = None
    is_known: bool = True


HANDLED = "handled"
"""Label of what ends a ``since`` when something was asked for or made."""
NO_FACTS = EntityFacts(is_known=False)


@dataclass(frozen=True)
class Seen:
    """What clauses are told with.

    Args:
        entity: whose condition it is.
        at: time of the evaluation, aware.
        facts: by entity.
        keys_of: the keys of some partitions of an entity; None: nobody knows them here.
    """

    entity: str
    at: datetime
    facts: Mapping[str, EntityFacts] = field(default_factory=dict)
    keys_of: Callable[[str, OrdinalSet], Sequence[str] | None] = lambda entity, within: None

    def of(self, entity: str) -> EntityFacts:
        """What is known of an entity."""
        return self.facts.get(entity, NO_FACTS)

    def name(self, blamed: Blamed) -> str:
        """What a clause is about, in a sentence: ``it`` for the entity whose condition it is."""
        return f"it{self._part(blamed)}" if blamed.entity == self.entity else self.noun(blamed)

    def noun(self, blamed: Blamed) -> str:
        """The same with its name always."""
        kind = "check " if ":" in blamed.entity else ""
        return f"{kind}{blamed.entity}{self._part(blamed)}"

    def _part(self, blamed: Blamed) -> str:
        within = blamed.within
        if not isinstance(within, OrdinalSet):
            return ""
        keys = self.keys_of(blamed.entity, within) if len(within) <= NAMED_MAX else None
        if not keys:
            return f" ({counted(len(within), 'partition')})"
        return f" (partition{'s' if len(keys) > 1 else ''} {listed(keys)})"


@dataclass(frozen=True)
class Clause:
    """A clause in words.

    Args:
        why: what was seen.
        changes: what can make it say something else.
    """

    why: str
    changes: tuple[str, ...] = ()


def clause_of(blamed: Blamed, seen: Seen) -> Clause:
    """A blamed clause in words."""
    make = _WORDS.get(blamed.node.kind)
    if make is None and (rule := rule_words(blamed.node.kind, _rule(blamed, seen))) is not None:
        return Clause(*rule)
    if make is None:
        verdict = "true" if blamed.is_true else "not true"
        text = text_of(blamed.node)
        return Clause(f"{text} is {verdict} of {seen.name(blamed)}", (f"a change of {text}",))
    return make(blamed, seen)


def _rule(blamed: Blamed, seen: Seen) -> AskedRule:
    params = blamed.node.params
    cron, before, after = _cron_times(blamed.node, seen.at) if "cron" in params else ("", None, None)
    name, noun = seen.name(blamed), seen.noun(blamed)
    is_made = seen.of(blamed.entity).made_at is not None
    return AskedRule(blamed.is_true, name, noun, cron, before or "", after or "", params.get("minutes"), is_made)


def text_of(node: TraceNode) -> str:
    """A node in few words: its label, or else on one line."""
    return node.label or whole_text_of(node)


def whole_text_of(node: TraceNode) -> str:
    """A node on one line; parts with a label are written as that."""
    if node.kind == "rule_max_materializations":  # a policy, whose rules say more than that there is a limit
        limit = node.params.get("limit")
        return whole_text_of(node.children[0]) + (f", at most {limit:,} in a tick" if limit else "")
    return line_of(_Written(node), _kind_of)


class _Written:
    """A node of a stored tree, as what is written on one line."""

    def __init__(self, node: TraceNode) -> None:
        self.node = node
        self.name = str(node.params.get("name", node.kind)) if node.kind == "own" else node.kind
        self.children = [_Written(each) for each in node.children]

    def get_label(self) -> str | None:
        return self.node.label


def _kind_of(written: Any) -> tuple[str, tuple[tuple[str, Any], ...]]:
    node: TraceNode = written.node
    if node.kind == "own":
        return "", ()
    params = {name: AssetKey.from_user_string(value) if name == "key" else value for name, value in node.params.items()}
    return node.kind, tuple(sorted(params.items()))


# ------------------------------------------------------------------ of state


def _missing(blamed: Blamed, seen: Seen) -> Clause:
    name, facts = seen.name(blamed), seen.of(blamed.entity)
    if not blamed.is_true:
        return Clause(f"{name} is not missing{_made(facts)}", (f"{seen.noun(blamed)} turns missing",))
    failed = ""
    if facts.failed_at is not None:
        failed = f"; run {facts.failed_by[:RUN_CHARS]}, which was to make it, failed at {at_text(facts.failed_at)}"
    was = ", since it was wiped" if facts.made_at is not None else ""
    return Clause(f"{name} is missing{was}{failed}", (f"a materialization of {seen.noun(blamed)}",))


def _made(facts: EntityFacts) -> str:
    """When it was made, as an addition to a sentence; empty if nobody knows."""
    if facts.made_at is None:
        return ""
    by = f" by run {facts.made_by[:RUN_CHARS]}" if facts.made_by else ""
    return f" (made at {at_text(facts.made_at)}{by})"


def _run_in_progress(blamed: Blamed, seen: Seen) -> Clause:
    name, facts = seen.name(blamed), seen.of(blamed.entity)
    if not blamed.is_true:
        return Clause(f"no run is to make {name}", (f"a run of {seen.noun(blamed)} is queued",))
    if not facts.running:
        return Clause(f"a run is to make {name}", ("the end of that run",))
    runs = listed(run_text(each.run_id, each) for each in facts.running)
    noun = listed(f"run {each.run_id[:RUN_CHARS]}" for each in facts.running)
    verb = "is" if len(facts.running) == 1 else "are"
    return Clause(f"{runs} {verb} to make {name}", (f"the end of {noun}",))


def _backfill_in_progress(blamed: Blamed, seen: Seen) -> Clause:
    name, facts = seen.name(blamed), seen.of(blamed.entity)
    if not blamed.is_true:
        return Clause(f"no backfill is to make {name}", (f"a backfill of {seen.noun(blamed)}",))
    which = listed(f"backfill {each[:RUN_CHARS]}" for each in facts.backfills) or "a backfill"
    verb = "are" if len(facts.backfills) > 1 else "is"
    return Clause(f"{which} {verb} to make {name}", (f"the end of {which.replace('a backfill', 'that backfill')}",))


def _execution_failed(blamed: Blamed, seen: Seen) -> Clause:
    name, facts, noun = seen.name(blamed), seen.of(blamed.entity), seen.noun(blamed)
    if not blamed.is_true:
        return Clause(f"the last run that was to make {name} did not fail", (f"a run of {noun} fails",))
    run = "" if facts.failed_at is None else f": run {facts.failed_by[:RUN_CHARS]}, at {at_text(facts.failed_at)}"
    return Clause(f"the last run that was to make {name} failed{run}", (f"a materialization of {noun}",))


def _freshness(blamed: Blamed, seen: Seen) -> Clause:
    wanted = {"PASS": "fresh", "WARN": "in the warning of", "FAIL": "too old by"}.get(
        str(blamed.node.params.get("state")), "as asked by"
    )
    name, verb = seen.name(blamed), "is" if blamed.is_true else "is not"
    text = f"{name} {verb} {wanted}" + ("" if wanted == "fresh" else " its freshness policy")
    return Clause(
        f"{text}{_made(seen.of(blamed.entity))}",
        (f"a materialization of {seen.noun(blamed)}, or time that passes",),
    )


# ------------------------------------------------------------------ of news


def _newly_updated(blamed: Blamed, seen: Seen) -> Clause:
    name, facts, noun = seen.name(blamed), seen.of(blamed.entity), seen.noun(blamed)
    did = "executed" if ":" in blamed.entity else "made"
    by = f" by run {facts.made_by[:RUN_CHARS]}" if facts.made_by else ""
    when = f" at {at_text(facts.made_at)}{by}" if facts.made_at is not None else ""
    if blamed.is_true:
        return Clause(f"{name} was {did}{when}, {_since_what(blamed, seen)}", ("the next evaluation",))
    own = seen.of(seen.entity)
    if facts.made_by and facts.made_by == own.failed_by:
        run = facts.made_by[:RUN_CHARS]
        return Clause(
            f"{name} was not {did} since run {run}, which was to make {seen.entity} as well and failed",
            (f"`watchbell run reexecute {run}`", f"the next materialization of {noun}"),
        )
    last = f" (last{when})" if when else " (never yet)" if facts.is_known else ""
    return Clause(
        f"{name} was not {did} {_since_what(blamed, seen)}{last}",
        (f"the next execution of {noun}" if did == "executed" else f"the next materialization of {noun}",),
    )


def _since_what(blamed: Blamed, seen: Seen) -> str:
    """Since when news count: the evaluation before, or, where a ``since`` remembers them, since that began anew."""
    chain = [*blamed.path, blamed.node]
    for above, below in zip(reversed(chain[:-1]), reversed(chain[1:]), strict=True):
        if above.kind != "since":
            continue
        reset = above.children[1]
        if below.place == reset.place:
            break
        if reset.kind == "cron_tick_passed":
            cron, before, _ = _cron_times(reset, seen.at)
            return f"since {before}, the last time of {cron}" if before is not None else f"since {cron}"
        if reset.label == HANDLED and not blamed.is_true:
            return f"since {seen.entity} was asked for or made last"
        break
    return "since the evaluation before"


def _newly_true(blamed: Blamed, seen: Seen) -> Clause:
    inner = blamed.node.children[0].kind if blamed.node.children else ""
    if inner == "missing" and not blamed.is_true:
        change = f"a partition of {seen.entity} is added, or its next time window begins"
        if blamed.within is None:
            change = f"{seen.noun(blamed)} is made, and wiped"
        return Clause(f"{seen.name(blamed)} did not turn missing {_since_what(blamed, seen)}", (change,))
    text = text_of(blamed.node.children[0]) if blamed.node.children else text_of(blamed.node)
    if blamed.is_true:
        return Clause(f"{text} has turned true of {seen.name(blamed)}", ("the next evaluation",))
    return Clause(
        f"{text} was true of {seen.name(blamed)} before",
        (f"{text} is false of {seen.noun(blamed)}, and then true again",),
    )


def _newly_requested(blamed: Blamed, seen: Seen) -> Clause:
    did = "asked" if blamed.is_true else "did not ask"
    change = "the next evaluation" if blamed.is_true else f"{seen.noun(blamed)} is asked for"
    return Clause(f"the evaluation before {did} for {seen.name(blamed)}", (change,))


def _will_be_requested(blamed: Blamed, seen: Seen) -> Clause:
    noun = seen.noun(blamed)
    if blamed.is_true:
        return Clause(f"{seen.name(blamed)} was asked for in the same tick", ("the next evaluation",))
    return Clause(f"{seen.name(blamed)} was not asked for in the same tick", (f"{noun} is asked for",))


def _initial_evaluation(blamed: Blamed, seen: Seen) -> Clause:
    if blamed.is_true:
        return Clause("it was the first evaluation of this condition", ("the next evaluation",))
    return Clause("it was not the first evaluation of this condition", ("a change of the condition",))


def _version_changed(what: str, change: str) -> Callable[[Blamed, Seen], Clause]:
    def words(blamed: Blamed, seen: Seen) -> Clause:
        did = "changed" if blamed.is_true else "did not change"
        changes = ("the next evaluation",) if blamed.is_true else (f"{change} {seen.noun(blamed)}",)
        own = f"its {what}" if blamed.entity == seen.entity else f"the {what} of {seen.noun(blamed)}"
        return Clause(f"{own} {did} since the evaluation before", changes)

    return words


def _with_root(blamed: Blamed, seen: Seen) -> Clause:
    facts, name = seen.of(blamed.entity), seen.name(blamed)
    run = f" ({facts.made_by[:RUN_CHARS]})" if facts.made_by else ""
    if blamed.is_true:
        text = f"the run{run} that made {name} last also made {seen.entity}, so there is nothing new in it"
    else:
        text = f"the run{run} that made {name} last did not make {seen.entity}"
    return Clause(text, (f"a materialization of {seen.noun(blamed)} by another run",))


def _with_tags(blamed: Blamed, seen: Seen) -> Clause:
    params = blamed.node.params
    asked = [str(each) for each in params.get("tag_keys") or ()]
    asked += [f"{pair[0]}={pair[1]}" for pair in params.get("tag_values") or ()]
    tags = short(", ".join(asked)) or "any tags"
    name, verb = seen.name(blamed), "has" if blamed.is_true else "does not have"
    runs = {
        "executed_with_tags": f"the run that made {name} last {verb} the tags asked for ({tags})",
        "any_new_update_has_run_tags": f"a new run that made {name} {verb} the tags asked for ({tags})",
        "all_new_updates_have_run_tags": f"every new run that made {name} {verb} the tags asked for ({tags})",
    }
    change = f"a materialization of {seen.noun(blamed)} by a run {'without' if blamed.is_true else 'with'} them"
    return Clause(runs[blamed.node.kind], (change,))


# ---------------------------------------------------------------- of checks


def _check(passes: bool) -> Callable[[Blamed, Seen], Clause]:
    def words(blamed: Blamed, seen: Seen) -> Clause:
        fact, noun = seen.of(blamed.entity).check, seen.noun(blamed)
        again = f"re-run of {noun.replace('check ', 'the check ', 1)}"
        if fact is None:
            state = "passed" if passes == blamed.is_true else "did not pass" if passes else "did not fail"
            if not blamed.is_true:
                state = f"{state}: it was not executed on what its asset holds"
            return Clause(f"{noun} {state}", (again,))
        by = f" (run {fact.run_id[:RUN_CHARS]})" if fact.run_id else ""
        if fact.state == "planned":
            return Clause(
                f"{noun} has no result yet: it was planned at {at_text(fact.at)}{by}", (f"the end of {noun}",)
            )
        is_old = (fact.state == "passed") == passes and not blamed.is_true
        old = ", but its asset was made again since" if is_old else ""
        return Clause(f"{noun} {fact.state} at {at_text(fact.at)}{by}{old}", (again,))

    return words


# ------------------------------------------------------------------- of time


def _cron_passed(blamed: Blamed, seen: Seen) -> Clause:
    cron, before, after = _cron_times(blamed.node, seen.at)
    last = "" if before is None else f"; the last was {before}"
    next_time = () if after is None else (f"the next time of {cron}, {after}",)
    if blamed.is_true:
        when = "" if before is None else f", {before}"
        return Clause(f"a time of {cron} has come{when}", ("the next evaluation",))
    return Clause(f"no time of {cron} has come since the evaluation before{last}", next_time)


def _since_cron(what: tuple[str, str], change: str) -> Callable[[Blamed, Seen], Clause]:
    def words(blamed: Blamed, seen: Seen) -> Clause:
        cron, before, after = _cron_times(blamed.node, seen.at)
        facts, name = seen.of(blamed.entity), seen.name(blamed)
        since = f" since {before}, the last time of {cron}" if before is not None else f" since {cron}"
        verb = what[0] if blamed.is_true else what[1]
        changes = [f"{change} {seen.noun(blamed)}"] if not blamed.is_true else []
        changes += [f"the next time of {cron}, {after}"] if blamed.is_true and after is not None else []
        return Clause(f"{name} {verb}{since}{_made(facts) if 'made' in verb else ''}", tuple(changes))

    return words


def _cron_times(node: TraceNode, at: datetime) -> tuple[str, str | None, str | None]:
    """A clause's cron string with its zone, its last time up to an instant and its next."""
    text, zone = str(node.params.get("cron")), str(node.params.get("timezone") or "UTC")
    name = f"{text!r} ({zone})"
    try:
        cron = Cron.of(text, zone)
        before = next(iter(cron.fires_backward(until=at)), None)
        return name, None if before is None else at_text(before, zone), at_text(cron.next_after(at), zone)
    except (DagsterError, OverflowError):
        return name, None, None


def _in_window(blamed: Blamed, seen: Seen) -> Clause:
    back = blamed.node.params.get("lookback_seconds")
    which = "the newest time window" if back is None else f"a time window of the last {duration_text(float(back))}"
    name = seen.name(blamed)
    if blamed.is_true:
        return Clause(f"{name} is in {which}", ("the end of the next time window",))
    return Clause(f"{name} is not in {which}", ("the end of the next time window; what is older, a backfill makes",))


def _parent_newer(blamed: Blamed, seen: Seen) -> Clause:
    name, noun = seen.name(blamed), seen.noun(blamed)
    if blamed.is_true:
        return Clause(f"something {name} is made from was made later than {name}", (f"a materialization of {noun}",))
    return Clause(
        f"nothing {name} is made from was made later than {name}{_made(seen.of(blamed.entity))}",
        (f"a materialization of something {noun} is made from",),
    )


def _parent_materialized(blamed: Blamed, seen: Seen) -> Clause:
    name, noun = seen.name(blamed), seen.noun(blamed)
    if blamed.is_true:
        return Clause(f"everything {name} is made from was made", ("something of it is wiped",))
    return Clause(f"something {name} is made from was never made", (f"a materialization of what {noun} is made from",))


def _own(blamed: Blamed, seen: Seen) -> Clause:
    name = short(str(blamed.node.params.get("name", "of your own")))
    verdict = "said yes to" if blamed.is_true else "said no to"
    change = f"{name} says {'no' if blamed.is_true else 'yes'}: it is asked in every tick, at least every 30 s"
    return Clause(f"your own condition {name} {verdict} {seen.name(blamed)}", (change,))


# -------------------------------------------------------------- of nothing


def _no_others(blamed: Blamed, seen: Seen) -> Clause:
    kind, name = blamed.node.kind, seen.name(blamed)
    what = next((words for part, words in _NOBODY.items() if part in kind), "deps")
    if blamed.node.kind == "asset_matches":
        key = short(str(blamed.node.params.get("key")))
        return Clause(f"no partition of {key} belongs to {name}", (f"a change of the partitions of {key}",))
    verb = "true, as" if blamed.is_true else "not true:"
    return Clause(f"{text_of(blamed.node)} is {verb} {name} has no {what} that it asks", (f"a change of its {what}",))


_NOBODY = {"checks": "checks", "roots": "assets", "downstream": "assets downstream with conditions"}
_WORDS: dict[str, Callable[[Blamed, Seen], Clause]] = {
    "missing": _missing,
    "run_in_progress": _run_in_progress,
    "backfill_in_progress": _backfill_in_progress,
    "execution_failed": _execution_failed,
    "freshness": _freshness,
    "newly_updated": _newly_updated,
    "newly_true": _newly_true,
    "newly_requested": _newly_requested,
    "will_be_requested": _will_be_requested,
    "initial_evaluation": _initial_evaluation,
    "code_version_changed": _version_changed("code version", "a new code version of"),
    "data_version_changed": _version_changed("data version", "a materialization with other data of"),
    "executed_with_root_target": _with_root,
    "executed_with_tags": _with_tags,
    "any_new_update_has_run_tags": _with_tags,
    "all_new_updates_have_run_tags": _with_tags,
    "check_passed": _check(True),
    "check_failed": _check(False),
    "cron_tick_passed": _cron_passed,
    "materialized_since_cron": _since_cron(("was made", "was not made"), "a materialization of"),
    "failed_since_cron": _since_cron(("has a failed run", "has no failed run"), "a failed run of"),
    "in_latest_time_window": _in_window,
    "parent_newer": _parent_newer,
    "parent_materialized": _parent_materialized,
    "own": _own,
    "any_deps": _no_others,
    "all_deps": _no_others,
    "any_checks": _no_others,
    "all_checks": _no_others,
    "any_downstream": _no_others,
    "asset_matches": _no_others,
    "any_job_roots": _no_others,
    "all_job_roots": _no_others,
}
"""By kind, its words; of others what is said in general."""
