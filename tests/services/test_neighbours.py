"""What code locations are told of each other's assets."""

from __future__ import annotations

from watchbell import AssetKey
from watchbell.record.snapshot import AssetSnapshot, CheckSnapshot, LocationSnapshot, SensorSnapshot
from watchbell.services.neighbours import Neighbours

CONDITIONS = (SensorSnapshot("conditions", sensor_type="AUTOMATION"),)


def location(name: str, *keys: str, made: str = "", conditions: bool = False) -> LocationSnapshot:
    assets = tuple(AssetSnapshot(AssetKey(key), executable=key in made, description="long") for key in keys)
    return LocationSnapshot(name, sensors=CONDITIONS if conditions else (), assets=assets)


def told(neighbours: Neighbours, *locations: LocationSnapshot) -> list[tuple[str, str, list[str]]]:
    news = neighbours.news({each.name: each for each in locations})
    return [(name, each.location_name, [asset.key.to_user_string() for asset in each.assets]) for name, each in news]


def test_a_location_with_conditions_is_told_of_those_that_share_an_asset() -> None:
    here = location("here", "a", "b", made="b", conditions=True)
    there = location("there", "a", "c", made="ac")
    elsewhere = location("elsewhere", "z", made="z")

    assert told(Neighbours(), here, there, elsewhere) == [("here", "there", ["a", "c"])]


def test_also_of_those_that_are_tied_by_others() -> None:
    here = location("here", "a", conditions=True)
    there = location("there", "a", "b", made="a")
    behind = location("behind", "b", made="b")

    assert told(Neighbours(), here, there, behind) == [("here", "there", ["a"]), ("here", "behind", ["b"])]


def test_only_changes_are_told() -> None:
    neighbours = Neighbours()
    here, there = location("here", "a", conditions=True), location("there", "a", made="a")
    told(neighbours, here, there)

    assert told(neighbours, here, there) == []
    assert told(neighbours, here, location("there", "a", "b", made="ab")) == [("here", "there", ["a", "b"])]
    assert told(neighbours, here, location("there", "z", made="z")) == [("here", "there", [])]
    assert told(neighbours, here, there) == [("here", "there", ["a"])]


def test_what_only_people_read_is_not_passed_on() -> None:
    neighbours = Neighbours()
    here, there = location("here", "a", conditions=True), location("there", "a", made="a")

    [(_, others)] = neighbours.news({"here": here, "there": there})

    assert others.assets[0].description is None


def test_without_conditions_nobody_is_told_anything() -> None:
    assert told(Neighbours(), location("here", "a"), location("there", "a", made="a")) == []


def test_what_nobody_makes_is_passed_on_if_it_is_checked() -> None:
    here = location("here", "a", conditions=True)
    checked = AssetSnapshot(AssetKey("a"), executable=False, checks=(CheckSnapshot("is_fine", blocking=True),))
    there = LocationSnapshot("there", assets=(checked, AssetSnapshot(AssetKey("b"), executable=False)))

    assert told(Neighbours(), here, there) == [("here", "there", ["a"])]
