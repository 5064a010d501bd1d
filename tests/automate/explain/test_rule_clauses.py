"""Rules of policies, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from watchbell.automate.conditions.nodes_rules import EVALUATORS
from watchbell.automate.explain.rule_clauses import AskedRule, rule_words

ASKED = AskedRule(False, "it", "orders", "'0 6 * * *' (UTC)", "2026-03-01 06:00 UTC", "2026-03-02 06:00 UTC", 90.0)


@pytest.mark.parametrize("kind", sorted(each for each in EVALUATORS if each.startswith("rule_")))
@pytest.mark.parametrize("is_true", [True, False])
def test_every_rule_has_words(kind: str, is_true: bool) -> None:
    words = rule_words(kind, replace(ASKED, is_true=is_true))

    assert words is not None
    assert "rule_" not in words[0]


def test_both_answers_of_a_rule_differ() -> None:
    answers = {
        kind: [rule_words(kind, replace(ASKED, is_true=is_true)) for is_true in (True, False)] for kind in EVALUATORS
    }

    same = [kind for kind, (yes, no) in answers.items() if yes == no and kind != "rule_required_for_freshness"]
    assert [kind for kind in same if kind.startswith("rule_")] == []


@pytest.mark.parametrize(
    ("kind", "is_true", "wanted"),
    [
        ("rule_cron", False, "no time of '0 6 * * *' (UTC) has come since it was made or asked for last"),
        ("rule_parent_outdated", True, "something it is made from was made more than 90 minutes ago"),
        (
            "rule_not_all_parents_updated_since_cron",
            True,
            "something it is made from was not made since 2026-03-01 06:00 UTC, the last time of '0 6 * * *' (UTC)",
        ),
        ("rule_max_materializations", False, "it is beyond the limit of the policy"),
    ],
)
def test_what_was_seen_is_told(kind: str, is_true: bool, wanted: str) -> None:
    words = rule_words(kind, replace(ASKED, is_true=is_true))

    assert words is not None
    assert words[0].startswith(wanted)


def test_what_is_no_rule_has_no_words() -> None:
    assert rule_words("missing", ASKED) is None
