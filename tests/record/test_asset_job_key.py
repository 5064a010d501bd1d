"""Keys of jobs, and the text they have among those of assets and checks."""

import pytest

from watchbell import AssetCheckKey, AssetJobKey, AssetKey
from watchbell.ground.errors import ParameterCheckError
from watchbell.record.asset_job_key import entity_key_of, entity_text


def test_a_key_is_read_from_what_it_is_written_as() -> None:
    key = AssetJobKey("nightly")

    assert key == AssetJobKey.from_user_string(key.to_user_string()) == AssetJobKey.from_db_string(key.to_db_string())
    assert AssetJobKey.from_db_string("nightly") is AssetJobKey.from_db_string("[]") is None


def test_a_name_is_text() -> None:
    with pytest.raises(ParameterCheckError, match="the name of a job is text, not 5"):
        AssetJobKey(5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (AssetKey(["raw", "orders"]), "raw/orders"),
        (AssetCheckKey("orders", "no_nulls"), "orders:no_nulls"),
        (AssetJobKey("orders"), "job orders"),
    ],
)
def test_a_job_is_told_from_an_asset_of_its_name(key: AssetKey | AssetCheckKey | AssetJobKey, text: str) -> None:
    assert (text, key) == (entity_text(key), entity_key_of(text))
