"""``/api/conditions``: what conditions say, their evaluations in a list, one by one and side by side."""

from collections.abc import Iterator

import pytest

from tests.web.conditioned import SENSOR, SHOP, Shop
from tests.web.conftest import SCRIPT
from tests.web.counting import traced_statements
from watchbell.record.condition import ConditionCommit, ConditionEvaluation
from watchbell.record.tick import AutomationState, Tick, TickCommit, TickStatus
from watchbell.web.link import StillLink


@pytest.fixture
def shop() -> Iterator[Shop]:
    made = Shop()
    with made.instance:
        yield made


def evaluated(shop: Shop, entity: str, bodies: list[str], first: int = 0) -> None:
    """Stores evaluations with these texts, a minute apart."""
    store = shop.instance.store
    for number, body in enumerate(bodies, first):
        at = shop.clock.now().timestamp() + 60 * number
        told = ConditionCommit(evaluations=(ConditionEvaluation(entity, at, 0, body),))
        before = store.automation_state(SENSOR)
        assert before is not None
        now = shop.clock.now()
        tick = Tick(now, TickStatus.SKIPPED, now, now)
        after = AutomationState(SENSOR, status=before.status, cursor=str(number), effective_at=before.effective_at)
        [done] = store.commit_ticks([TickCommit(before, after, (tick,), conditions=told)], None, now)
        assert not done.conflict


def bodies(shop: Shop, entity: str) -> list[str]:
    return [each.body for each in shop.instance.store.condition_evaluations(entity, limit=100)]


def list_of(shop: Shop, **params: object) -> list[dict]:
    return shop.told("/api/conditions/evaluations", entity="orders", **params)["items"]


class TestTheCondition:
    def test_it_is_told_in_words_with_its_sensor(self, shop: Shop) -> None:
        answer = shop.told("/api/conditions", entity="visits")

        assert answer["line"] == "missing & ~any_deps_missing"
        assert [each["text"] for each in answer["tree"]["children"]] == ["missing", "~any_deps_missing"]
        assert answer["sensor"] == SENSOR.name
        assert answer["location"] == answer["sensor_location"] == SHOP
        assert answer["has_evaluations"] is False

    def test_that_of_a_check(self, shop: Shop) -> None:
        assert shop.told("/api/conditions", entity="raw:not_null")["tree"]["text"] == "eager"

    def test_an_asset_without_one_says_so(self, shop: Shop) -> None:
        answer = shop.told("/api/conditions", entity="lonely")

        assert (answer["has_condition"], answer["line"], answer["sensor"]) == (False, None, None)

    def test_of_code_that_is_gone_the_newest_evaluation_tells(self, shop: Shop) -> None:
        shop.tick()

        answer = shop.client(StillLink()).get("/api/conditions?entity=visits").json()

        assert answer["line"] == "missing & ~any_deps_missing"
        assert (answer["has_condition"], answer["location"]) == (False, None)


class TestTheList:
    def test_evaluations_with_the_same_result_are_one_row(self, shop: Shop) -> None:
        shop.tick()
        [body] = bodies(shop, "orders")
        evaluated(shop, "orders", [body] * 4, 1)

        [row] = list_of(shop)

        assert row["count"] == 5
        assert row["result"] == "not requested"
        assert row["because"] == ["initial_evaluation"]
        assert row["first_at"] == "2024-03-01T12:01:30Z"
        assert row["last_at"] == "2024-03-01T12:05:30Z"
        assert row["until"] is None

    def test_each_by_itself_on_demand(self, shop: Shop) -> None:
        shop.tick()
        [body] = bodies(shop, "orders")
        evaluated(shop, "orders", [body] * 2, 1)

        assert [row["count"] for row in list_of(shop, fold="false")] == [1, 1, 1]

    def test_one_that_asked_for_something_stands_by_itself_with_its_run(self, shop: Shop) -> None:
        shop.tick()
        shop.made("raw")
        shop.tick()

        newest, first = list_of(shop)

        assert newest["result"] == "requested"
        assert newest["requested"] == 1
        assert len(newest["run_ids"]) == 1
        assert first["until"] == newest["last_at"]

    def test_pages_follow_each_other_without_gap(self, shop: Shop) -> None:
        shop.tick()
        [body] = bodies(shop, "orders")
        evaluated(shop, "orders", [body] * 6, 1)
        found, cursor = [], None
        while True:
            params = {"cursor": cursor} if cursor else {}
            page = shop.told("/api/conditions/evaluations", entity="orders", fold="false", limit=3, **params)
            found += [row["id"] for row in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break

        assert found == sorted(found, reverse=True)
        assert len(set(found)) == 7

    def test_one_that_cannot_be_read_is_said_so(self, shop: Shop) -> None:
        evaluated(shop, "orders", [SCRIPT])

        [row] = list_of(shop)

        assert row["result"] == "unreadable"

    def test_it_costs_the_same_whatever_there_is(self, shop: Shop) -> None:
        def cost() -> int:
            with traced_statements(shop.instance.store) as count:
                list_of(shop)
            return len(count)

        shop.tick()
        few = cost()
        evaluated(shop, "orders", bodies(shop, "orders") * 30, 1)

        assert cost() == few == 1

    def test_a_cursor_that_is_none_is_refused(self, shop: Shop) -> None:
        assert shop.client().get("/api/conditions/evaluations?entity=orders&cursor=x").status_code == 422


class TestOne:
    def test_it_is_told_as_a_tree(self, shop: Shop) -> None:
        shop.tick()
        number = list_of(shop)[0]["id"]

        answer = shop.told("/api/conditions/evaluation", entity="orders", id=number)

        assert answer["tree"]["text"] == "eager"
        assert answer["tree"]["mark"] == "false"
        assert (answer["result"], answer["before_id"]) == ("not requested", None)

    def test_one_of_another_entity_is_not_found(self, shop: Shop) -> None:
        shop.tick()
        number = list_of(shop)[0]["id"]

        answer = shop.client().get(f"/api/conditions/evaluation?entity=visits&id={number}")

        assert answer.status_code == 404

    def test_the_greatest_number_there_can_be_is_not_found(self, shop: Shop) -> None:
        answer = shop.client().get(f"/api/conditions/evaluation?entity=orders&id={2**63 - 1}")

        assert answer.status_code == 404


class TestTwo:
    def test_the_parts_that_differ_are_named(self, shop: Shop) -> None:
        shop.tick()
        shop.made("raw")
        shop.tick()
        newest, first = [row["id"] for row in list_of(shop)]

        answer = shop.told("/api/conditions/comparison", entity="orders", first=first, second=newest)

        assert answer["is_same_condition"] is True
        assert (answer["first_result"], answer["second_result"]) == ("not requested", "requested")
        assert (answer["tree"]["first"], answer["tree"]["second"]) == ("false", "true")
        assert answer["difference_count"] > 1
        same = next(each for each in answer["tree"]["children"] if each["text"] == "in_latest_time_window")
        assert (same["differs"], same["has_difference"]) == (False, False)

    def test_one_and_the_same_do_not_differ(self, shop: Shop) -> None:
        shop.tick()
        number = list_of(shop)[0]["id"]

        answer = shop.told("/api/conditions/comparison", entity="orders", first=number, second=number)

        assert answer["difference_count"] == 0
        assert answer["tree"]["has_difference"] is False

    def test_it_costs_two_statements(self, shop: Shop) -> None:
        shop.tick()
        number = list_of(shop)[0]["id"]

        with traced_statements(shop.instance.store) as count:
            shop.told("/api/conditions/comparison", entity="orders", first=number, second=number)

        assert len(count) == 2


class TestNow:
    def ask(self, shop: Shop, entity: str) -> dict:
        answer = shop.client().request("POST", "/api/conditions/evaluate", json={"entity": entity})
        assert answer.status_code == 200, answer.text
        found: dict = answer.json()
        return found

    def test_it_tells_what_would_be_and_stores_nothing(self, shop: Shop) -> None:
        shop.tick()
        shop.made("raw")
        before = bodies(shop, "orders")

        answer = self.ask(shop, "orders")

        assert "would be asked for now" in answer["text"]
        assert answer["evaluation_id"] is None
        assert bodies(shop, "orders") == before
        assert shop.instance.get_runs() == []

    def test_without_a_service_it_cannot_be(self, shop: Shop) -> None:
        client = shop.client(StillLink(shop.link.locations()))

        answer = client.request("POST", "/api/conditions/evaluate", json={"entity": "orders"})

        assert answer.status_code == 503

    def test_of_what_nobody_has_it_is_refused(self, shop: Shop) -> None:
        answer = shop.client().request("POST", "/api/conditions/evaluate", json={"entity": "nothing"})

        assert answer.status_code == 404
