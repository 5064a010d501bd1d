"""The pages cost no more than they may; the table of limits is ``budgets.py``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ui.baseline import Baseline
from tests.ui.budgets import BUDGETS, Scales
from watchbell.web.static_files import folder_of_pages


@pytest.fixture(scope="module")
def scales(browser, request, tmp_path_factory) -> Iterator[Scales]:
    """What is measured with."""
    with Baseline(tmp_path_factory.mktemp("baseline")) as baseline:
        yield Scales(browser, baseline, folder_of_pages(), request.getfixturevalue)


ELSEWHERE = ("requests", "api-calls")
"""Of every screen; ``test_every_screen.py``, which opens all of them, holds each to them."""
HERE = tuple(each for each in BUDGETS if each.name not in ELSEWHERE)


@pytest.mark.parametrize("budget", HERE, ids=lambda each: each.name)
def test_the_budget_is_kept(scales, budget) -> None:
    figure = scales.figure_of(budget)

    assert figure <= budget.at_most, f"{budget.what}: {figure:.1f} {budget.unit}, at most {budget.at_most:g}"
