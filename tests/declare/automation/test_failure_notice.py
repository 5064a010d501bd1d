"""Notices through apprise, taken by a web server and a mail server on this machine."""

import builtins
import logging
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.declare.automation.mail_server import HOST, Hook, MailBox, mail_server, web_hook
from watchbell import (
    DagsterInstance,
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    Definitions,
    EnvVar,
    RunFailureSensorContext,
    build_run_status_sensor_context,
    build_sensor_context,
    job,
    make_notification_on_run_failure_sensor,
    notify,
    op,
)
from watchbell.ground.errors import CheckError, DeliveryError

# Of apprise's own modules, not of what it does.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

TOKEN = "token-4711-secret"


@op
def load() -> None:
    raise ValueError("no <b>rows</b>")


@job(tags={"dagster/partition": "2024-05-01"})
def etl() -> None:
    load()


@pytest.fixture
def hook() -> Iterator[Hook]:
    with web_hook() as opened:
        yield opened


@pytest.fixture
def context() -> Iterator[RunFailureSensorContext]:
    with DagsterInstance.ephemeral() as instance:
        result = etl.execute_in_process(instance=instance, raise_on_error=False)
        yield build_run_status_sensor_context(
            dagster_run=result.dagster_run,
            dagster_event=result.get_run_failure_event(),
            dagster_instance=instance,
        ).for_run_failure()


def url(hook: Hook, path: str = "a") -> str:
    return f"json://{HOST}:{hook.port}/{path}"


def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        return int(taken.getsockname()[1])


def test_a_notice_says_which_run_failed_and_why(context: RunFailureSensorContext, hook: Hook) -> None:
    make_notification_on_run_failure_sensor(url(hook), webserver_base_url="https://bell.x.org")(context)

    path, said = hook.calls[0]
    assert path == "/a"
    assert said["title"] == "Run failed: etl (partition 2024-05-01)"
    assert said["type"] == "failure"
    for words in ("2024-05-01", context.dagster_run.run_id, "Step load: ValueError: no <b>rows</b>"):
        assert words in said["message"]
    assert said["message"].endswith(f"https://bell.x.org/runs/{context.dagster_run.run_id}")


def test_a_notice_may_be_a_mail(context: RunFailureSensorContext) -> None:
    box = MailBox()
    with mail_server(box) as port:
        made = make_notification_on_run_failure_sensor(
            [f"mailto://{HOST}:{port}?from=bell@x.org&to=ann@x.org&smtp={HOST}&mode=insecure"]
        )
        made(context)

    assert box.envelope.rcpt_tos == ["ann@x.org"]
    assert "Run failed: etl" in str(box.only["Subject"])
    texts = [part for part in box.only.walk() if part.get_content_maintype() == "text"]
    assert any("no <b>rows</b>" in part.get_content() for part in texts if part.get_content_subtype() == "plain")
    assert not any("<b>rows" in part.get_content() for part in texts if part.get_content_subtype() == "html")


def test_a_text_of_ones_own_is_sent(context: RunFailureSensorContext, hook: Hook) -> None:
    made = make_notification_on_run_failure_sensor(
        url(hook),
        title_fn=lambda context: f"{context.dagster_run.job_name}!",
        body_fn=lambda context: f"*{context.failure_event.engine_event_data.error.message.strip()}*",
        body_format="markdown",
        name="chat",
    )
    made(context)

    assert (hook.calls[0][1]["title"], hook.calls[0][1]["message"]) == ("etl!", "*ValueError: no <b>rows</b>*")
    assert made.name == "chat"


def test_urls_may_be_variables_that_hold_several(
    context: RunFailureSensorContext, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHATS", f" {url(hook, 'one,two')},\n{url(hook, 'three')} ")
    make_notification_on_run_failure_sensor([EnvVar("CHATS"), url(hook, "four")])(context)

    assert [path for path, _ in hook.calls] == ["/one%2Ctwo", "/three", "/four"]


def test_a_service_that_does_not_take_it_is_named_and_the_others_get_it(
    context: RunFailureSensorContext, hook: Hook
) -> None:
    port = closed_port()
    with web_hook(status=500) as broken:
        urls = [f"json://bob:{TOKEN}@{HOST}:{port}/x", url(broken, f"hooks/{TOKEN}"), url(hook)]
        made = make_notification_on_run_failure_sensor(urls)
        with pytest.raises(DeliveryError) as caught:
            made(context)

    message = str(caught.value)
    assert message.startswith("a notice was not taken by 2 of 3 services: ")
    assert f"json://bob:****@{HOST}:{port}/… (" in message
    assert f"json://{HOST}:{broken.port}/… (" in message
    assert "error=500" in message
    assert len(hook.calls) == 1
    assert TOKEN not in message + repr(vars(caught.value))


def test_what_apprise_says_of_an_unknown_url_is_kept_from_all_logs(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(DeliveryError) as caught:
        notify([f"nosuchservice://bob:{TOKEN}@host"], "text")

    assert "nosuchservice://… (apprise knows no such service" in str(caught.value)
    assert TOKEN not in str(caught.value) + caplog.text
    assert logging.getLogger("apprise").propagate


def test_a_notice_of_ones_own_is_sent_from_anywhere(hook: Hook) -> None:
    notify(url(hook), "all there", "Month closed", kind="success")

    said = hook.calls[0][1]
    assert (said["title"], said["message"], said["type"]) == ("Month closed", "all there", "success")


def test_a_long_error_is_shortened_and_keeps_the_address_of_the_run(hook: Hook) -> None:
    @op
    def shouts() -> None:
        raise ValueError("x" * 50_000)

    @job
    def loud() -> None:
        for at in range(14):
            shouts.alias(f"step_{at:02}")()

    with DagsterInstance.ephemeral() as instance:
        result = loud.execute_in_process(instance=instance, raise_on_error=False)
        event = result.get_run_failure_event()
        made = build_run_status_sensor_context(
            dagster_run=result.dagster_run, dagster_event=event, dagster_instance=instance
        )
        make_notification_on_run_failure_sensor(url(hook), webserver_base_url="http://w")(made)

    message = hook.calls[0][1]["message"]
    assert len(message) == 1_800
    assert message.endswith(f" …\n\nhttp://w/runs/{result.run_id}")


def test_without_apprise_it_says_what_to_install(
    context: RunFailureSensorContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "apprise":
            raise ModuleNotFoundError("No module named 'apprise'", name="apprise")
        return imported(name, *args, **kwargs)

    made = make_notification_on_run_failure_sensor("ntfy://topic")
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ModuleNotFoundError) as caught:
        made(context)

    assert "pip install 'watchbell[notify]'" in str(caught.value)


def test_a_failing_delivery_is_the_error_of_that_run(hook: Hook) -> None:
    port = closed_port()
    with DagsterInstance.ephemeral() as instance:
        made = make_notification_on_run_failure_sensor(f"json://{HOST}:{port}/{TOKEN}")
        repository = Definitions(jobs=[etl], sensors=[made]).get_repository_def()
        cursor = made.evaluate_tick(build_sensor_context(instance, repository_def=repository)).cursor
        etl.execute_in_process(instance=instance, raise_on_error=False)
        answer = made.evaluate_tick(build_sensor_context(instance, cursor=cursor, repository_def=repository))

    told = answer.dagster_run_reactions[0].error.to_string()
    assert f"json://{HOST}:{port}/…" in told
    assert TOKEN not in told


def test_a_variable_that_is_not_set_is_named(context: RunFailureSensorContext) -> None:
    with pytest.raises(DagsterInvariantViolationError) as caught:
        make_notification_on_run_failure_sensor(EnvVar("NOT_SET_AT_ALL"))(context)

    assert "NOT_SET_AT_ALL is not set" in str(caught.value)


def test_a_sensor_shows_no_url() -> None:
    made = make_notification_on_run_failure_sensor(f"slack://{TOKEN}/b/c")

    assert TOKEN not in repr(made) + repr(vars(made)) + str(made.description)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"urls": []}, DagsterInvalidDefinitionError, "names no service"),
        ({"urls": None}, CheckError, "a list of texts, or one text"),
        ({"urls": [TOKEN]}, DagsterInvalidDefinitionError, "number 1 of 1 is no URL of apprise"),
        ({"urls": ["ntfy://x", ""]}, DagsterInvalidDefinitionError, "number 2 of 2 is no URL"),
        ({"urls": ["ntfy://x", 3]}, CheckError, "a list of texts, or one text"),
        ({"body_format": "markdwn"}, DagsterInvalidDefinitionError, "did you mean 'markdown'?"),
        ({"title_fn": "x"}, CheckError, "title_fn of sensor 'notification_on_run_failure' is a function"),
        ({"body_fn": 3}, CheckError, "body_fn of sensor 'notification_on_run_failure' is a function"),
        ({"webserver_base_url": 3}, CheckError, "webserver_base_url of sensor"),
        ({"name": "a b"}, DagsterInvalidDefinitionError, "not a valid name"),
        ({"monitored_jobs": [etl], "monitor_all_code_locations": True}, DagsterInvalidDefinitionError, "one of them"),
    ],
)
def test_wrong_arguments_are_told_when_it_is_declared(
    arguments: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as caught:
        make_notification_on_run_failure_sensor(**{"urls": "ntfy://x", **arguments})

    assert words in str(caught.value)
    assert TOKEN not in str(caught.value)


def test_a_wrong_kind_is_told() -> None:
    with pytest.raises(DagsterInvalidDefinitionError) as caught:
        notify("ntfy://x", "text", kind="failed")

    assert "kind of notify is 'failed'; did you mean 'failure'?" in str(caught.value)
