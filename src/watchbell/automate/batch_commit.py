"""From an answer about several run events to one commit: a tick for each event, the cursor behind the last."""

from __future__ import annotations

from dataclasses import replace

from watchbell.automate.commit import CommitRules, Evaluated, tick_commit
from watchbell.record.tick import AutomationState, TickCommit


def batch_commit(state: AutomationState, done: Evaluated, rules: CommitRules) -> TickCommit:
    """Everything that the parts of an answer change, as if one evaluation after the other had been committed.

    An event whose function raised has a FAILURE tick and stops no other. Events behind the last part were not called
    and are not touched.

    Args:
        state: on which the decision is made.
        done: a question about several events, and an answer with a part for each that the function was called for.
        rules: as for :func:`tick_commit`.
    """
    commits: list[TickCommit] = []
    after = state
    for event_id, part in zip(done.evaluation.event_ids, done.answer.parts, strict=False):
        evaluation = replace(done.evaluation, event_ids=(event_id,), cursor=after.cursor)
        answer = replace(part, attempt=done.answer.attempt, earlier=done.answer.earlier)
        commit = tick_commit(after, replace(done, evaluation=evaluation, answer=answer), rules)
        commits.append(commit)
        after = commit.after
    return replace(
        commits[-1],
        before=state,
        ticks=tuple(tick for commit in commits for tick in commit.ticks),
        orders=tuple(order for commit in commits for order in commit.orders),
        events=tuple(event for commit in commits for event in commit.events),
        dynamic_partitions=tuple(each for commit in commits for each in commit.dynamic_partitions),
    )
