"""Pages."""

from watchbell import PaginatedResults


def test_a_page_knows_whether_there_is_another() -> None:
    page = PaginatedResults(results=[1, 2], cursor="2", has_more=False)

    assert (list(page.results), page.cursor, page.has_more) == ([1, 2], "2", False)
