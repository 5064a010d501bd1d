"""The generated type stub."""

from scripts.make_stubs import HEADER, stub_text


def test_each_name_is_re_exported_from_its_home_in_the_order_of_homes() -> None:
    text = stub_text({"AssetKey": "record.keys", "CronError": "ground.errors"})

    assert text == (
        f"{HEADER}"
        "from watchbell.ground.errors import CronError as CronError\n"
        "from watchbell.record.keys import AssetKey as AssetKey\n"
        "\n"
        "__version__: str\n"
        "\n"
        '__all__ = [\n    "__version__",\n    "AssetKey",\n    "CronError",\n]\n'
    )
