"""Definitions whose every text wants to break out of a page."""

from texts import ALL, CLOSING, EMOJI, EVERY, IMAGE, LABEL, LINK, LONG, LONG_WORDS, MARKDOWN, RIGHT_TO_LEFT, SCRIPT, SVG

import dagster as dg

PARTS = dg.StaticPartitionsDefinition([SCRIPT, IMAGE, RIGHT_TO_LEFT, EMOJI, LONG[:900], "plain"])
METADATA = {
    SCRIPT: ALL,
    "markdown": dg.MetadataValue.md(MARKDOWN + ALL),
    "url": dg.MetadataValue.url(LINK),
    "path": dg.MetadataValue.path(f"/data/{IMAGE}"),
    "json": dg.MetadataValue.json({SCRIPT: [ALL, {IMAGE: LONG_WORDS}]}),
    "long": LONG,
    "table": dg.MetadataValue.table(
        records=[dg.TableRecord({"name": SCRIPT, "value": LONG_WORDS})],
        schema=dg.TableSchema([dg.TableColumn("name", description=ALL), dg.TableColumn("value")]),
    ),
}


@dg.asset(
    key=dg.AssetKey(["raw", "first"]),
    description=MARKDOWN + ALL,
    partitions_def=PARTS,
    metadata=METADATA,
    tags={"team": "a"},
    owners=["team:intake", "neil+x@shop.example"],
)
def first(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """Not seen: the description above is."""
    context.log.info(ALL)
    context.log.warning(LONG)
    return dg.MaterializeResult(metadata=METADATA)


# Assets that are made elsewhere may be called anything.
elsewhere = dg.AssetSpec(dg.AssetKey([SVG, RIGHT_TO_LEFT, IMAGE]), description=LONG_WORDS, metadata=METADATA)


@dg.asset(key=dg.AssetKey(["raw", "second"]), description=LONG_WORDS, deps=[first, elsewhere])
def second(context: dg.AssetExecutionContext) -> None:
    """Fails with all of them."""
    print(ALL)
    for text in EVERY:
        context.log.error(text)
    raise ValueError(ALL + LONG)


@dg.asset_check(asset=second, description=ALL, name="check_of_texts")
def check_of_texts() -> dg.AssetCheckResult:
    """Fails."""
    return dg.AssetCheckResult(passed=False, description=ALL, metadata=METADATA)


class Words(dg.Config):
    """Config of texts."""

    text: str = SCRIPT
    other: str = CLOSING


@dg.op(description=ALL)
def shout(context: dg.OpExecutionContext, config: Words) -> None:
    """Logs and fails."""
    context.log.info(config.text)
    raise RuntimeError(f"{CLOSING}{SCRIPT}\n{ALL}") from KeyError(IMAGE)


@dg.job(description=MARKDOWN + ALL, tags={"note": LABEL, "second note": IMAGE}, executor_def=dg.in_process_executor)
def shouting() -> None:
    """Shouts."""
    shout()


@dg.schedule(job=shouting, cron_schedule="0 3 * * *", description=ALL, default_status=dg.DefaultScheduleStatus.RUNNING)
def at_night() -> dg.RunRequest:
    """Asks for a run with all texts."""
    return dg.RunRequest(run_key=IMAGE, tags={"note": LABEL}, run_config={"ops": {"shout": {"config": {"text": ALL}}}})


@dg.sensor(job=shouting, description=ALL, default_status=dg.DefaultSensorStatus.RUNNING, minimum_interval_seconds=600)
def ears(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Skips with all texts, and a cursor of them."""
    context.log.info(ALL)
    context.update_cursor(ALL)
    return dg.SkipReason(ALL)


@dg.sensor(job=shouting, description=ALL, default_status=dg.DefaultSensorStatus.RUNNING, minimum_interval_seconds=600)
def mouth() -> None:
    """Fails with all texts."""
    raise ValueError(ALL)


defs = dg.Definitions(
    assets=[first, second, elsewhere],
    asset_checks=[check_of_texts],
    jobs=[shouting],
    schedules=[at_night],
    sensors=[ears, mouth],
    executor=dg.in_process_executor,
)
