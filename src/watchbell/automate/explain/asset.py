"""Why an asset, or a check, was or was not asked for by its condition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta
from shlex import quote

from watchbell.automate.conditions.subset import Subset, size_of
from watchbell.automate.conditions.trace import Trace, TraceNode
from watchbell.automate.explain.automation import AutomationFacts, halt_of
from watchbell.automate.explain.blame import Asked, Blamed, Question, Within
from watchbell.automate.explain.clauses import HANDLED, Clause, EntityFacts, Seen, clause_of, text_of, whole_text_of
from watchbell.automate.explain.condition_tree import tree_of_question
from watchbell.automate.explain.entity_refs import refs_of_entities, refs_of_runs
from watchbell.automate.explain.explanation import Explanation, Mark, told
from watchbell.automate.explain.refs import Ref, distinct
from watchbell.automate.explain.words import (
    RUN_CHARS,
    at_text,
    counted,
    instant,
    listed,
    run_text,
    sentence_of,
    short,
)
from watchbell.ground.value import dataclass
from watchbell.record.asset_job_key import JOB_TEXT
from watchbell.record.condition import ConditionEvaluation
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.run import DagsterRun

DEALT_WITH = "that was dealt with"
"""Of a clause that ended, because it was made or asked for."""
GIVES_DEFAULTS = "its code gives the config it needs defaults"
CLAUSES_TOLD = 3
"""Blocking clauses that the sentence names (count)."""
CHANGES_TOLD = 6
"""Changes that are told (count)."""
ASIDE = frozenset({
    "will_be_requested", "executed_with_root_target", "initial_evaluation", "newly_requested",
    "rule_required_for_freshness",
})  # fmt: skip
"""Clauses that say nothing to a person where another one of the same entity is told."""
READY_MADE = frozenset({"eager", "on_cron", "on_missing"})
"""Labels of whole conditions, whose parts say more."""
PASSED_OVER = frozenset({"and", "not", "rule_max_materializations"})
"""Kinds whose parts are told in their place."""
NEWS = frozenset({
    "newly_updated", "newly_true", "missing", "cron_tick_passed", "code_version_changed", "data_version_changed",
    "will_be_requested", "any_new_update_has_run_tags", "all_new_updates_have_run_tags", "execution_failed",
    "check_failed", "check_passed", "freshness", "parent_newer", "own", "initial_evaluation",
    "rule_missing", "rule_parent_updated", "rule_cron",
})  # fmt: skip
"""Clauses that are reasons to make something, where they are true."""


@dataclass(frozen=True)
class AssetFacts:
    """What is known of an asset or a check.

    Args:
        name: which one, as its user string.
        now: the time of the question, aware.
        asked_at: the time that is asked about, aware; None: now.
        partition: the partition that is asked about; None: all of it.
        evaluation: its newest evaluation up to that time; None: none is kept.
        trace: the same, read back.
        next_at: when the next one was that changed something; None: there was none since.
        is_live: whether the evaluation was made for the question, from what is there now, and is stored nowhere.
        seen: what its clauses are told with.
        within: which partitions of each entity are asked about.
        runs: runs that are named, by id.
        has_condition: whether its code gives it a condition; None: its code is not known.
        own: what is known of itself.
        makers: jobs, schedules and sensors that make it, in words.
        sensor: of the condition sensor that looks after it; None: it is not known.
        service: the service that works here, for people; None: none does.
        last_request: its newest evaluation up to that time that asked for it; None: none is kept.
        trouble: why its condition cannot be evaluated, as its sensor said last; empty: it can.
        unrunnable: why no condition can have it run, by its code; empty: one can.
    """

    name: str
    now: datetime
    asked_at: datetime | None = None
    partition: str | None = None
    evaluation: ConditionEvaluation | None = None
    trace: Trace | None = None
    next_at: datetime | None = None
    is_live: bool = False
    seen: Seen | None = None
    within: Within = lambda entity: None
    runs: Mapping[str, DagsterRun] = field(default_factory=dict)
    has_condition: bool | None = None
    own: EntityFacts = field(default_factory=EntityFacts)
    makers: tuple[str, ...] = ()
    sensor: AutomationFacts | None = None
    service: str | None = None
    last_request: ConditionEvaluation | None = None
    trouble: str = ""
    unrunnable: str = ""

    @property
    def what(self) -> str:
        """It in a sentence."""
        name, kind = self.name, "check" if ":" in self.name else "asset"
        if name.startswith(JOB_TEXT):
            name, kind = name.removeprefix(JOB_TEXT), "job"
        return f"{kind} {name!r}" + (f", partition {self.partition!r}," if self.partition else "")

    @property
    def question(self) -> Question | None:
        """What is asked about its evaluation."""
        return None if self.trace is None else Question(self.trace, self.within)


def blamed_of(facts: AssetFacts) -> list[Blamed]:
    """The clauses an answer is because of; for whoever collects what is known of them."""
    return [] if facts.question is None else facts.question.why()


def explain_asset(facts: AssetFacts) -> Explanation:
    """Why an asset was or was not asked for, at a time or the last time."""
    return replace(_explained(facts), refs=refs_of_asset(facts))


def _explained(facts: AssetFacts) -> Explanation:
    question = facts.question
    if facts.evaluation is None or question is None or facts.seen is None:
        return _without_evaluation(facts)
    is_past = facts.asked_at is not None or facts.is_live
    halt = None if facts.sensor is None or is_past else halt_of(facts.sensor, "UTC")
    held, requested = _held_of(facts, question.trace), _cut(facts, question.trace.requested)
    blamed = question.why()
    if requested:
        sentence, changes = _requested(facts, question, requested)
    elif held:
        sentence, changes = _held_text(facts)
    else:
        sentence, changes = _blocked(facts, question, blamed)
    if facts.unrunnable:
        sentence = f"{sentence.rstrip('.')}. No run of it is asked for: {facts.unrunnable}"
        changes = (GIVES_DEFAULTS,)
    elif halt is not None and facts.sensor is not None:
        sentence = f"{sentence.rstrip('.')}. Since then its condition is not evaluated: {facts.sensor.key} {halt.text}"
        changes = (halt.next_change, *changes)
    elif facts.trouble:
        sentence = f"{sentence.rstrip('.')}. Since then its condition cannot be evaluated: {short(facts.trouble)}"
        changes = ("its code is mended, or what it looks at changes",)
    elif facts.has_condition is False:
        sentence = f"{sentence.rstrip('.')}. Its code gives it no condition any more"
        changes = ()
    tree = tree_of_question(question, facts.seen, blamed)
    return Explanation(sentence_of([sentence]), told(_details(facts, question)), changes[:CHANGES_TOLD], tree)


# ------------------------------------------------------------- no evaluation


def _without_evaluation(facts: AssetFacts) -> Explanation:
    changes: tuple[str, ...] = ()
    if facts.has_condition is False:
        makers = f"; it is made by {listed(facts.makers, 5)}" if facts.makers else ", and nothing else here makes it"
        sentence = f"{facts.what} has no automation condition{makers}. {_made_text(facts.own)}"
        changes = tuple(f"a run of {each}" for each in facts.makers) or ("somebody materializes it by hand",)
    elif facts.unrunnable:
        sentence = f"the condition of {facts.what} asks for nothing: {facts.unrunnable}. {_made_text(facts.own)}"
        changes = (GIVES_DEFAULTS,)
    elif facts.sensor is not None and (halt := halt_of(facts.sensor, "UTC")) is not None:
        sentence = f"the condition of {facts.what} is not evaluated: {facts.sensor.key} {halt.text}. "
        sentence += _made_text(facts.own)
        changes = (halt.next_change,)
    elif facts.trouble:
        sentence = f"the condition of {facts.what} cannot be evaluated: {short(facts.trouble)}. {_made_text(facts.own)}"
        changes = ("its code is mended, or what it looks at changes",)
    else:
        by = "" if facts.asked_at is None else f" by {at_text(facts.asked_at)}"
        sentence = f"no evaluation of {facts.what} that changed something is kept{by}. {_made_text(facts.own)}"
        if facts.service is None:
            changes = ("no service is running here: `watchbell dev` or `watchbell daemon` starts one",)
        else:
            changes = ("its condition is evaluated when something changes that it looks at",)
    return Explanation(sentence_of([sentence]), told(_own_details(facts)), changes)


def _made_text(own: EntityFacts) -> str:
    """When it was made last, and what went wrong since, as a sentence."""
    by = f" by run {own.made_by[:RUN_CHARS]}" if own.made_by else ""
    made = "It was never made" if own.made_at is None else f"It was made last at {at_text(own.made_at)}{by}"
    if own.failed_at is None:
        return made
    return f"{made}; run {own.failed_by[:RUN_CHARS]}, which was to make it, failed at {at_text(own.failed_at)}"


# ----------------------------------------------------------------- sentences


def _beginning(facts: AssetFacts, verb: str) -> str:
    assert facts.evaluation is not None
    at = at_text(instant(facts.evaluation.at))
    return f"{facts.what} {verb} now, at {at}" if facts.is_live else f"{facts.what} {verb} at {at}"


def _requested(facts: AssetFacts, question: Question, requested: Subset) -> tuple[str, tuple[str, ...]]:
    assert facts.seen is not None
    assert facts.evaluation is not None
    many = f" ({counted(size_of(requested), 'partition')})" if _is_many(facts, requested) else ""
    news = _news(question, facts.seen)
    why = f": {listed(news)}" if news else ""
    runs = [run_text(each, facts.runs.get(each)) for each in facts.evaluation.run_ids]
    made = f"; {listed(runs)} {'makes' if len(runs) == 1 else 'make'} it" if runs else ""
    verb = "would be asked for" if facts.is_live else "was asked for"
    return f"{_beginning(facts, verb)}{many}{why}{made}", ("the next evaluation",)


def _is_many(facts: AssetFacts, requested: Subset) -> bool:
    return isinstance(requested, OrdinalSet) and facts.partition is None


def _news(question: Question, seen: Seen) -> list[str]:
    """What was new when it was asked for: the true clauses that are reasons, told once each."""
    found: dict[str, None] = {}
    hints: dict[str, None] = {}

    def look(asked: Asked) -> None:
        node = asked.node
        if asked.mark is not Mark.TRUE or node.kind == "not":
            return
        parts = question.parts(asked)
        if not parts or node.kind == "newly_true":
            if node.kind in NEWS:
                clause = clause_of(Blamed(node, asked.entity, True, (), asked.scope), seen)
                (hints if node.kind in ASIDE else found)[clause.why] = None
            return
        for part in parts[:1] if node.kind == "since" else parts:
            look(part)

    look(question.root)
    if not found and not hints:
        return ["what asks for it came at an earlier evaluation, and nothing holds it back any more"]
    return list(found or hints)


def _held_of(facts: AssetFacts, trace: Trace) -> dict[str, Subset]:
    return {reason: cut for reason, subset in trace.held.items() if (cut := _cut(facts, subset))}


def _held_text(facts: AssetFacts) -> tuple[str, tuple[str, ...]]:
    assert facts.seen is not None
    named = () if facts.trace is None else (facts.runs.get(each) for each in _held_of(facts, facts.trace))
    running = tuple(each for each in named if each is not None) or facts.seen.of(facts.name).running
    verb = "is wanted by its condition" if facts.is_live else "was wanted by its condition"
    beginning = f"{_beginning(facts, verb)}, but held back"
    if not running:
        return f"{beginning}: a run was to make it already", ("the end of that run",)
    verb = "was" if len(running) == 1 else "were"
    now = [run_text(each.run_id, facts.runs.get(each.run_id, each)) for each in running]
    ends = tuple(f"the end of run {each.run_id[:RUN_CHARS]}" for each in running if not each.is_finished)
    return f"{beginning}: {listed(now)} {verb} to make it already", ends or ("the next evaluation",)


def _blocked(facts: AssetFacts, question: Question, blamed: Sequence[Blamed]) -> tuple[str, tuple[str, ...]]:
    assert facts.seen is not None
    verb = "would not be asked for" if facts.is_live else "was not asked for"
    beginning = _beginning(facts, verb)
    if not blamed:
        part = "this partition did not exist then, or none did" if facts.partition else "it had no partition then"
        return f"{beginning}: {part}", ("a partition is added, or its time window ends",)
    groups = _grouped(blamed)
    texts, changes = [], []
    for top, found in groups[:CLAUSES_TOLD]:
        dealt = _dealt_with(top, found)
        clauses = [clause_of(each, facts.seen) for each in _told(dealt or found)]
        why = listed(dict.fromkeys(each.why for each in clauses))
        name = _clause_name(top)
        if dealt:
            why, clauses = _dealt_text(top, dealt, why)
        texts.append(f"{name}: {'nothing new: ' if _is_quiet(top, found) else ''}{why}" if name else why)
        changes.append((name, _changes(clauses)))
    more = len(groups) - CLAUSES_TOLD
    also = f"; and by {counted(more, 'more clause')}" if more > 0 else ""
    return f"{beginning}: blocked by {'; and by '.join(texts)}{also}", _change_texts(changes)


def _grouped(blamed: Iterable[Blamed]) -> list[tuple[TraceNode, list[Blamed]]]:
    """Blamed clauses under the parts of the whole condition that they belong to, in the order of the tree."""
    groups: dict[int, tuple[TraceNode, list[Blamed]]] = {}
    for each in blamed:
        top = _top_of(each)
        groups.setdefault(top.place, (top, []))[1].append(each)
    return list(groups.values())


def _top_of(blamed: Blamed) -> TraceNode:
    """The part of an ``and`` at the root that a clause belongs to; without its ``not``."""
    chain = [*blamed.path, blamed.node]
    place = 0
    while place + 1 < len(chain) and chain[place].kind in PASSED_OVER and _is_opened(chain[place], place):
        place += 1
    return chain[place]


def _is_opened(node: TraceNode, place: int) -> bool:
    """Whether a part of an ``and`` says more than the whole; those that somebody gave a name are told by it."""
    return not place or not node.label or node.label.partition("(")[0] in READY_MADE


def _clause_name(top: TraceNode) -> str:
    return short(text_of(top))


def _is_quiet(top: TraceNode, found: Sequence[Blamed]) -> bool:
    """Whether a ``since`` is false because its trigger never came."""
    return top.kind == "since" and not any(each.is_true for each in found)


def _dealt_with(top: TraceNode, found: Sequence[Blamed]) -> list[Blamed]:
    """Of a ``since`` that ended because of what was made or asked for: why; else nothing."""
    if top.kind != "since" or top.children[1].label != HANDLED:
        return []
    reset = top.children[1].place
    return [each for each in found if each.is_true and any(node.place == reset for node in (*each.path, each.node))]


def _dealt_text(top: TraceNode, dealt: Sequence[Blamed], why: str) -> tuple[str, list[Clause]]:
    """How it is told that a ``since`` ended, and what begins it again."""
    again = Clause("", (f"{short(text_of(top.children[0]))} comes true again",))
    if any(each.node.kind != "initial_evaluation" for each in dealt):
        return f"{DEALT_WITH}: {why}", [again]
    by_hand = Clause("", ("what was missing by then is made by hand, or by a backfill",))
    return f"{why}, and what was so before that is no news", [again, by_hand]


def _told(found: Sequence[Blamed]) -> list[Blamed]:
    """The clauses that say something to a person."""
    for kinds in (ASIDE, frozenset({"will_be_requested"})):
        of_others = {each.entity for each in found if each.node.kind not in kinds}
        found = [each for each in found if each.node.kind not in kinds or each.entity not in of_others]
    return list(found)


def _changes(clauses: Sequence[Clause]) -> list[str]:
    return list(dict.fromkeys(change for each in clauses for change in each.changes))


def _change_texts(changes: Sequence[tuple[str, Sequence[str]]]) -> tuple[str, ...]:
    if len(changes) == 1:
        return tuple(changes[0][1])
    return tuple(f"for {name}: {', or '.join(found[:3])}" for name, found in changes if found)


def _cut(facts: AssetFacts, subset: Subset) -> Subset:
    wanted = facts.within(facts.name)
    if isinstance(subset, OrdinalSet) and isinstance(wanted, OrdinalSet):
        return subset & wanted
    return subset


# ------------------------------------------------------------------- details


def _details(facts: AssetFacts, question: Question) -> list[tuple[str, str]]:
    assert facts.evaluation is not None
    at = instant(facts.evaluation.at)
    until = "" if facts.next_at is None else f"; another answer from {at_text(facts.next_at)} on"
    asked = facts.asked_at or facts.now
    same = f"{at_text(at)}, and nothing of it changed up to {at_text(min(asked, facts.next_at or asked))}{until}"
    number = facts.evaluation.evaluation_id
    return [
        ("evaluated", "now; it is stored nowhere" if facts.is_live else same),
        ("evaluation", "" if number is None else str(number)),
        ("asked for last", _last_request_text(facts)),
        ("condition", short(whole_text_of(question.trace.tree))),
        *_own_details(facts),
    ]


def _last_request_text(facts: AssetFacts) -> str:
    """When it was asked for last, if the answer is about another evaluation."""
    last, told = facts.last_request, facts.evaluation
    if last is None or told is None or facts.partition or last.evaluation_id == told.evaluation_id:
        return ""
    at = instant(last.at)
    until = (at + timedelta(milliseconds=1)).isoformat(timespec="milliseconds").removesuffix("+00:00")
    runs = listed(f"run {each[:RUN_CHARS]}" for each in last.run_ids)
    name = quote(facts.name)
    return f"at {at_text(at)}{f', {runs}' if runs else ''}; why: `watchbell explain asset {name} --at {until}`"


def _own_details(facts: AssetFacts) -> list[tuple[str, str]]:
    own = facts.own
    running = listed(run_text(each.run_id, each) for each in own.running)
    sensor = "" if facts.sensor is None else facts.sensor.key.name
    return [
        ("last made", _made_text(own).removeprefix("It was ")),
        ("being made by", running),
        ("also made by", "" if facts.has_condition is False else listed(facts.makers, 5)),
        ("looked after by", sensor and f"sensor {sensor!r}"),
        ("service", facts.service or "none is running here"),
    ]


# --------------------------------------------------------------------- links


def refs_of_asset(facts: AssetFacts) -> tuple[Ref, ...]:
    """What an explanation of an asset names: entities, runs, the sensor that looks after it."""
    found = {} if facts.seen is None else facts.seen.facts
    refs = refs_of_entities(found, named=set(found) - {facts.name})
    refs += refs_of_entities({facts.name: facts.own}, named=())
    ids = () if facts.evaluation is None else facts.evaluation.run_ids
    last = () if facts.last_request is None else facts.last_request.run_ids
    refs += refs_of_runs([*ids, *last, *facts.runs])
    if facts.sensor is not None:
        name = facts.sensor.key.name
        refs.append(Ref("sensor", name, name, facts.sensor.key.location_name))
    return distinct(refs)
