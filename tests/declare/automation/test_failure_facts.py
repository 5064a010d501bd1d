from datetime import UTC, datetime

from watchbell import (
    DagsterEvent,
    DagsterEventType,
    DagsterInstance,
    DagsterRun,
    build_run_status_sensor_context,
)
from watchbell.declare.automation.failure_facts import (
    STEPS_MAX,
    FailedStep,
    FailureFacts,
    facts_of,
    last_part,
    one_line,
    page_of,
    shortened,
    text_of,
)

AT = datetime(2026, 3, 29, 4, 0, 3, tzinfo=UTC)


def facts(steps: int) -> FailureFacts:
    failed = tuple(FailedStep(f"step_{at}", "ValueError: bad", "  line one\n  line two") for at in range(steps))
    return FailureFacts("alert", "etl", "1", AT, "shop.py", None, "the process was killed", failed, "http://w/runs/1")


def test_a_text_tells_run_steps_and_page() -> None:
    assert text_of(facts(1), 100, with_stacks=False).splitlines() == [
        "Run failed: etl",
        "",
        "Job             etl",
        "Run             1",
        "Failed at       2026-03-29 04:00:03 UTC",
        "Code location   shop.py",
        "Told by sensor  alert",
        "",
        "Step step_0: ValueError: bad",
        "",
        "http://w/runs/1",
    ]


def test_a_text_has_tracebacks_if_it_may_be_long() -> None:
    assert "  line one\n  line two" in text_of(facts(1), 100, with_stacks=True)


def test_without_failed_steps_the_reason_is_told() -> None:
    assert "\nthe process was killed\n\nhttp://w" in text_of(facts(0), 100, with_stacks=True)


def test_many_failed_steps_are_counted() -> None:
    text = text_of(facts(STEPS_MAX + 2), 100, with_stacks=False)

    assert text.count("Step step_") == STEPS_MAX
    assert "… and 2 more steps" in text


def test_what_a_context_says_of_a_run_that_was_lost() -> None:
    event = DagsterEvent(DagsterEventType.RUN_FAILURE, "etl", message="its process is gone", timestamp=AT.timestamp())
    run = DagsterRun("etl", "1", tags={"dagster/partition": "2026"}, location_name="shop.py")
    with DagsterInstance.ephemeral() as instance:
        context = build_run_status_sensor_context(dagster_run=run, dagster_event=event, instance=instance)
        found = facts_of(context.for_run_failure(), "alert", None)

        assert (found.reason, found.failed_at, found.steps) == ("its process is gone", AT, ())
        assert found.title == "Run failed: etl (partition 2026)"
        assert found.url == instance.get_run_url("1")


def test_the_page_of_a_run() -> None:
    assert page_of("1", "https://w.org/") == "https://w.org/runs/1"
    assert page_of("1", "w.org:3000") == "http://w.org:3000/runs/1"
    assert page_of("1", None) is None
    assert page_of("1", "") is None


def test_control_characters_become_spaces() -> None:
    assert one_line(" a\r\nb\x00\x85c\u2028d ") == "a b c d"


def test_texts_are_cut_where_it_hurts_least() -> None:
    assert shortened("abcdef", 6) == "abcdef"
    assert shortened("abcdefgh", 6) == "abcd …"
    assert last_part("first\nsecond\nthird", 10) == "third"
