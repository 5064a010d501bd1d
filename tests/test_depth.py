"""What a share of like cases is."""

import pytest

from tests import depth
from tests.depth import examples, share


@pytest.fixture(params=[False, True], ids=["ordinary", "deep"])
def is_deep(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr(depth, "IS_DEEP", request.param)
    return bool(request.param)


def test_an_ordinary_run_tries_a_share_with_both_ends_and_a_deep_one_all(is_deep: bool) -> None:
    cases = range(1, 12)

    assert list(share(cases)) == (list(cases) if is_deep else [1, 5, 9, 11])
    assert list(share(cases, 5)) == (list(cases) if is_deep else [1, 6, 11])


@pytest.mark.usefixtures("is_deep")
@pytest.mark.parametrize("cases", [[], [1], [1, 2]])
def test_of_two_cases_none_is_left_out(cases: list[int]) -> None:
    assert list(share(cases)) == cases


def test_few_examples_are_not_made_fewer(is_deep: bool) -> None:
    assert [examples(count) for count in (4, 8, 20, 200)] == ([4, 8, 20, 200] if is_deep else [4, 8, 8, 50])
