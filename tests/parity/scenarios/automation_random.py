"""Random schedules and sensors: arguments, answers and contexts by the dice, the same dice on both sides."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
from tests.parity.scenario import Say, scenario

CASES = 120


@dg.op
def load() -> None: ...


def job_named(name: str) -> Any:
    return dg.JobDefinition(name=name, graph_def=dg.GraphDefinition(name=name, node_defs=[load]), tags={"of": name})


JOBS = [job_named(name) for name in ("one", "two", "three")]


@dg.job(partitions_def=dg.StaticPartitionsDefinition(["red", "green", "blue"]))
def coloured() -> None:
    load()


def config(dice: random.Random) -> dict[str, Any]:
    return dice.choice([{}, {"ops": {}}, {"ops": {"load": {"config": {"n": dice.randrange(9)}}}}, {"resources": {}}])


def request(dice: random.Random, jobs: list[str], key: str | None) -> Any:
    facts: dict[str, Any] = {}
    if key is not None:
        facts["run_key"] = key
    if dice.random() < 0.5:
        facts["tags"] = dice.choice([{"a": "b"}, {"a": 1}, {"a": [1, 2]}, {"a": None}, {"x": "y", "of": "mine"}])
    if dice.random() < 0.4:
        facts["run_config"] = config(dice)
    if dice.random() < 0.3:
        facts["job_name"] = dice.choice([*jobs, "nowhere"] if dice.random() < 0.2 else jobs)
    if jobs == ["coloured"] and dice.random() < 0.6:
        facts["partition_key"] = dice.choice(["red", "green", "blue", "grey"])
    return dg.RunRequest(**facts)


def wrong(dice: random.Random) -> Any:
    return dice.choice(["text", 3, 1.5, True, object(), {1}, [3], [["x"]], [dg.SkipReason("a"), dg.SkipReason("b")]])


def requests(dice: random.Random, jobs: list[str], count: int) -> list[Any]:
    return [request(dice, jobs, f"key{number}") for number in range(count)]


def schedule_answer(dice: random.Random, jobs: list[str]) -> Any:
    sort = dice.randrange(9)
    if sort == 0:
        return None
    if sort == 1:
        return dg.SkipReason(dice.choice([None, "why", ""]))
    if sort in (2, 3):
        return config(dice)
    if sort == 4:
        return request(dice, jobs, dice.choice([None, "k"]))
    if sort == 5:
        return wrong(dice)
    if sort == 6:
        return [*requests(dice, jobs, 2), dg.SkipReason("x")]
    return requests(dice, jobs, dice.randrange(4))


def sensor_answer(dice: random.Random, jobs: list[str]) -> Any:
    sort = dice.randrange(9)
    if sort == 0:
        return None
    if sort == 1:
        return dg.SkipReason(dice.choice([None, "why", ""]))
    if sort == 2:
        return request(dice, jobs, dice.choice([None, "k"]))
    if sort == 3:
        return wrong(dice)
    if sort == 4:
        return [*requests(dice, jobs, 2), dg.SkipReason("x")]
    if sort == 5:
        return dg.SensorResult(skip_reason=dice.choice(["why", dg.SkipReason("why")]), cursor=dice.choice([None, "c"]))
    if sort == 6:
        return dg.SensorResult(run_requests=requests(dice, jobs, dice.randrange(3)), cursor=dice.choice([None, "c"]))
    return requests(dice, jobs, dice.randrange(4))


def function(dice: random.Random, answer: Callable[[], Any]) -> Callable[..., Any]:
    """Returns it, yields it piece by piece, or raises on the way."""
    sort = dice.randrange(6)

    def raises(context: Any) -> Any:
        raise LookupError("by the dice")

    def late(context: Any) -> Any:
        yield dg.RunRequest("first")
        raise LookupError("by the dice")

    def pieces(context: Any) -> Any:
        found = answer()
        yield from found if isinstance(found, list) else [found] if found is not None else []

    return [raises, late, pieces, *[lambda context: answer()] * 3][sort]


def facts(each: Any) -> list[object]:
    tags = {key: value for key, value in each.tags.items() if not key.startswith(".")}
    return [each.run_key, each.job_name, each.run_config, tags, each.partition_key]


def compared(say: Say, number: int, look: Callable[[], Any]) -> None:
    say.refused(f"case {number}", look, "by the dice", "grey")


@scenario()
def schedules(say: Say) -> None:
    for number in range(CASES):
        dice = random.Random(number)
        job = dice.choice([*JOBS, coloured])
        extra: dict[str, Any] = dice.choice([{}, {"tags": {"t": "s"}}, {"tags_fn": lambda context: {"t": "f"}}])
        if dice.random() < 0.2:
            decided = dice.random() < 0.5
            extra["should_execute"] = lambda context, decided=decided: decided
        fn = function(dice, lambda dice=dice, job=job: schedule_answer(dice, [job.name]))
        made = dg.schedule(cron_schedule="@daily", job=job, name=f"s{number}", **extra)(fn)
        at = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=dice.randrange(9_000))
        repository = dg.Definitions(jobs=[*JOBS, coloured], schedules=[made]).get_repository_def()

        def look(made: Any = made, at: datetime = at, repository: Any = repository) -> list[object]:
            context = dg.build_schedule_context(scheduled_execution_time=at, repository_def=repository)
            data = made.evaluate_tick(context)
            return [[facts(each) for each in data.run_requests or []], data.skip_message]

        compared(say, number, look)


@scenario()
def sensors(say: Say) -> None:
    for number in range(CASES):
        dice = random.Random(1_000 + number)
        jobs = dice.choice([[JOBS[0]], [coloured], JOBS, JOBS[:2]])
        given: dict[str, Any] = {"job": jobs[0]} if len(jobs) == 1 else {"jobs": jobs}
        moves = dice.choice([None, None, "moved"])
        inner = function(dice, lambda dice=dice, jobs=jobs: sensor_answer(dice, [each.name for each in jobs]))

        def fn(context: Any, inner: Callable[..., Any] = inner, moves: str | None = moves) -> Any:
            if moves is not None:
                context.update_cursor(moves)
            return inner(context)

        made = dg.sensor(name=f"s{number}", **given)(fn)
        defs = dg.Definitions(jobs=[*JOBS, coloured], sensors=[made])
        cursor = dice.choice([None, "before"])

        def look(made: Any = made, defs: Any = defs, cursor: str | None = cursor) -> list[object]:
            instance = dg.DagsterInstance.ephemeral()
            data = made.evaluate_tick(dg.build_sensor_context(instance, cursor, definitions=defs))
            return [[facts(each) for each in data.run_requests or []], data.skip_message, data.cursor]

        compared(say, number, look)
