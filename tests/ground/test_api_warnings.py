"""Warnings about parts of the API."""

import pytest

from watchbell import BetaWarning, ConfigArgumentWarning, PreviewWarning, SupersessionWarning, deprecation_warning


def old() -> None:
    deprecation_warning("old()", "2.0", additional_warn_text="Use new() instead.")


def test_a_deprecation_names_the_version_and_the_way_out() -> None:
    with pytest.warns(
        DeprecationWarning, match=r"^old\(\) is deprecated and will be removed in 2\.0\. Use new\(\)"
    ) as seen:
        old()

    assert seen[0].filename == __file__


def test_the_classes_fit_where_filters_look() -> None:
    assert issubclass(SupersessionWarning, FutureWarning)
    assert issubclass(ConfigArgumentWarning, SyntaxWarning)
    assert (BetaWarning.__mro__[1], PreviewWarning.__mro__[1]) == (Warning, Warning)
