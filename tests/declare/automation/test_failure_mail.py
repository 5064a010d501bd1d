"""Mails about runs that fail, sent to a real mail server on this machine."""

import logging
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.declare.automation.mail_server import HOST, MailBox, mail_server
from watchbell import (
    DagsterEvent,
    DagsterEventType,
    DagsterInstance,
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    DagsterRun,
    DefaultSensorStatus,
    Definitions,
    EnvVar,
    RunFailureSensorContext,
    build_run_status_sensor_context,
    build_sensor_context,
    job,
    make_email_on_run_failure_sensor,
    op,
)
from watchbell.ground.errors import CheckError, DeliveryError

PASSWORD = "pass-word-4711"


@op
def load() -> None:
    raise ValueError("table <b>orders</b> & more")


@job(tags={"dagster/partition": "2024-05-01"})
def etl() -> None:
    load()


@job
def other() -> None:
    load()


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as opened:
        yield opened


@pytest.fixture
def context(instance: DagsterInstance) -> RunFailureSensorContext:
    return failed(instance)


def failed(instance: DagsterInstance, of: Any = etl) -> RunFailureSensorContext:
    result = of.execute_in_process(instance=instance, raise_on_error=False)
    return build_run_status_sensor_context(
        sensor_name="email_on_run_failure",
        dagster_run=result.dagster_run,
        dagster_event=result.get_run_failure_event(),
        dagster_instance=instance,
    ).for_run_failure()


def sensor(port: int, **arguments: Any) -> Any:
    given: dict[str, Any] = {
        "email_from": "bell@x.org",
        "email_password": None,
        "email_to": ["ann@x.org", "bob@x.org"],
        "smtp_host": HOST,
        "smtp_port": port,
        "smtp_type": "PLAIN",
        "timeout": 20,
    }
    return make_email_on_run_failure_sensor(**{**given, **arguments})


def parts(box: MailBox) -> dict[str, str]:
    """What was written, by its kind, with plain line ends."""
    return {part.get_content_type(): part.get_content().replace("\r\n", "\n") for part in box.only.iter_parts()}


def test_a_mail_says_which_run_failed_and_why(context: RunFailureSensorContext) -> None:
    box = MailBox()
    with mail_server(box) as port:
        sensor(port, webserver_base_url="https://bell.x.org/")(context)

    run_id = context.dagster_run.run_id
    text, html = parts(box)["text/plain"], parts(box)["text/html"]
    assert box.only["Subject"] == "Run failed: etl (partition 2024-05-01)"
    assert box.only.get_content_type() == "multipart/alternative"
    for said in ("etl", "2024-05-01", run_id, "Step load", f"https://bell.x.org/runs/{run_id}"):
        assert said in text
        assert said.removeprefix("Step ") in html
    assert "ValueError: table <b>orders</b> & more" in text
    assert "test_failure_mail.py" in text


def test_what_a_run_says_is_no_html(context: RunFailureSensorContext) -> None:
    box = MailBox()
    with mail_server(box) as port:
        sensor(port)(context)

    assert "table &lt;b&gt;orders&lt;/b&gt; &amp; more" in parts(box)["text/html"]
    assert "<b>orders" not in parts(box)["text/html"]


def test_the_headers_are_those_of_a_mail_sent_by_a_machine(context: RunFailureSensorContext) -> None:
    box = MailBox()
    with mail_server(box) as port:
        sensor(port, email_from="Bell the <bell@x.org>", email_to="Ann <ann@x.org>, bob@x.org")(context)

    assert box.only["From"] == "Bell the <bell@x.org>"
    assert box.only["To"] == "Ann <ann@x.org>, bob@x.org"
    assert box.only["Date"].datetime.tzinfo is not None
    assert box.only["Auto-Submitted"] == "auto-generated"
    assert box.envelope.mail_from == "bell@x.org"
    assert box.envelope.rcpt_tos == ["ann@x.org", "bob@x.org"]


def test_the_same_failure_has_the_same_message_id_and_another_one_has_not(instance: DagsterInstance) -> None:
    box = MailBox()
    first, second = failed(instance), failed(instance)
    with mail_server(box) as port:
        for each in (first, first, second):
            sensor(port)(each)

    ids = [mail["Message-ID"] for _, mail in box.mails]
    assert ids[0] == ids[1]
    assert ids[1] != ids[2]
    assert ids[0].endswith(".email_on_run_failure@x.org>")


def test_without_an_address_of_the_web_server_the_link_is_that_of_the_instance(
    context: RunFailureSensorContext,
) -> None:
    box = MailBox()
    with mail_server(box) as port:
        sensor(port)(context)

    assert context.instance.get_run_url(context.dagster_run.run_id) in parts(box)["text/plain"]


def test_a_text_of_ones_own_without_tags_is_plain_text(context: RunFailureSensorContext) -> None:
    box = MailBox()
    with mail_server(box) as port:
        sensor(
            port,
            email_body_fn=lambda context: f"é {context.dagster_run.job_name}\n<Response [500]>",
            webserver_base_url="w:3000",
        )(context)

    url = f"http://w:3000/runs/{context.dagster_run.run_id}"
    assert parts(box)["text/plain"] == f"é etl\n<Response [500]>\n\n{url}\n"
    assert "é etl<br>\n&lt;Response [500]&gt;" in parts(box)["text/html"]
    assert f'href="{url}"' in parts(box)["text/html"]


def test_a_text_of_ones_own_with_tags_is_html_and_has_its_words_as_plain_text(
    context: RunFailureSensorContext,
) -> None:
    box = MailBox()
    with mail_server(box) as port:
        sensor(port, email_body_fn=lambda context: "Oh <b>no</b><br>see <a href='http://y'>there</a>")(context)

    assert "Oh <b>no</b><br>" in parts(box)["text/html"]
    assert parts(box)["text/plain"] == "Oh no\nsee there (http://y)\n"


@pytest.mark.parametrize(
    "subject", ["Übel\r\nBcc: evil@x.org", "a\nb\x00c\u2028d", "x" * 5_000, "half \ud83d of a sign", "日本 " * 60]
)
def test_no_subject_adds_a_header(context: RunFailureSensorContext, subject: str) -> None:
    box = MailBox()
    with mail_server(box) as port:
        sensor(port, email_subject_fn=lambda context: subject)(context)

    assert box.envelope.rcpt_tos == ["ann@x.org", "bob@x.org"]
    assert box.only["Bcc"] is None
    assert "\n" not in str(box.only["Subject"])
    assert str(box.only["Subject"])[:2] == subject[:2].replace("\n", " ")


def test_neither_names_nor_addresses_add_a_header(instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_TO", "ann@x.org\r\nBcc: evil@x.org\n")
    run = DagsterRun("etl\r\nBcc: evil@x.org", "1>\r\nBcc: evil@x.org", location_name="a\r\nb")
    event = DagsterEvent(DagsterEventType.RUN_FAILURE, message="lost")
    context = build_run_status_sensor_context(dagster_run=run, dagster_event=event, instance=instance)
    box = MailBox()
    with mail_server(box) as port:
        with pytest.raises(DagsterInvariantViolationError, match="expected an address like"):
            sensor(port, email_to=EnvVar("MAIL_TO"))(context)
        sensor(port)(context)

    assert box.envelope.rcpt_tos == ["ann@x.org", "bob@x.org"]
    assert box.only["Bcc"] is None
    assert box.only["Subject"] == "Run failed: etl Bcc: evil@x.org"


@pytest.mark.parametrize("argument", ["email_body_fn", "email_subject_fn"])
def test_a_function_that_returns_no_text_is_named(context: RunFailureSensorContext, argument: str) -> None:
    with pytest.raises(DagsterInvariantViolationError) as caught:
        sensor(1, **{argument: lambda context: None})(context)

    assert str(caught.value) == f"{argument} of sensor 'email_on_run_failure' returned None (NoneType); expected text"


@pytest.mark.parametrize("encryption", ["SSL", "STARTTLS", "PLAIN"])
def test_each_kind_of_server_is_logged_in_to(
    context: RunFailureSensorContext, encryption: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = MailBox()
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
    with mail_server(box, encryption, tmp_path) as port:
        sensor(
            port,
            smtp_host="localhost",
            smtp_type=encryption,
            email_from="Bell <bell@x.org>",
            email_password=EnvVar("MAIL_PASSWORD"),
        )(context)

    assert box.logins == [("bell@x.org", PASSWORD)]
    assert box.only["Subject"].startswith("Run failed: etl")


def test_who_logs_in_may_be_another(context: RunFailureSensorContext) -> None:
    box = MailBox()
    with mail_server(box) as port:
        sensor(port, smtp_user="me", email_password=PASSWORD)(context)

    assert box.logins == [("me", PASSWORD)]


def test_every_text_and_the_port_may_be_a_variable(
    context: RunFailureSensorContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = MailBox()
    with mail_server(box) as port:
        values = {"FROM": "b@x.org", "TO": "ann@x.org, bob@x.org", "HOST": HOST, "PORT": str(port), "URL": "http://u"}
        for name, value in values.items():
            monkeypatch.setenv(f"MAIL_{name}", value)
        sensor(
            port,
            email_from=EnvVar("MAIL_FROM"),
            email_to=EnvVar("MAIL_TO"),
            smtp_host=EnvVar("MAIL_HOST"),
            smtp_port=EnvVar.int("MAIL_PORT"),
            webserver_base_url=EnvVar("MAIL_URL"),
        )(context)

    assert box.envelope.rcpt_tos == ["ann@x.org", "bob@x.org"]
    assert box.envelope.mail_from == "b@x.org"
    assert "http://u/runs/" in parts(box)["text/plain"]


def test_a_variable_that_is_not_set_is_named(context: RunFailureSensorContext) -> None:
    with pytest.raises(DagsterInvariantViolationError) as caught:
        sensor(1, email_password=EnvVar("NOT_SET_AT_ALL"))(context)

    assert "email_password of sensor 'email_on_run_failure'" in str(caught.value)
    assert "NOT_SET_AT_ALL is not set" in str(caught.value)


def test_a_wrong_password_is_told_and_not_shown(
    context: RunFailureSensorContext, caplog: pytest.LogCaptureFixture
) -> None:
    box = MailBox(login_answer=f"535 5.7.8 who says {PASSWORD}?")
    with (
        mail_server(box) as port,
        caplog.at_level(logging.WARNING, "mail.log"),  # aiosmtpd writes of every login
        pytest.raises(DeliveryError) as caught,
    ):
        sensor(port, email_password=PASSWORD)(context)

    message = str(caught.value)
    assert f"{HOST}:{port} (PLAIN) refused the login of the sender: 535 5.7.8 who says ****?" in message
    assert "check smtp_user and email_password" in message
    assert PASSWORD not in repr(caught.value) + repr(caught.value.__dict__)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert box.mails == []


def test_a_password_at_the_end_of_what_is_told_is_masked_as_a_whole(context: RunFailureSensorContext) -> None:
    lines = [f"535-{'x' * 490}", f"535-{'x' * 490}", f"535 {'x' * 8} {PASSWORD}"]
    box = MailBox(login_answer="\r\n".join(lines))
    with mail_server(box) as port, pytest.raises(DeliveryError) as caught:
        sensor(port, email_password=PASSWORD)(context)

    assert PASSWORD[:8] not in str(caught.value)


def test_a_refused_recipient_is_told_and_the_others_get_it(context: RunFailureSensorContext) -> None:
    box = MailBox(refused={"bob@x.org": "550 5.1.1 nobody of that name"})
    with mail_server(box) as port, pytest.raises(DeliveryError) as caught:
        sensor(port)(context)

    assert "was not sent to all" in str(caught.value)
    assert "refused bob@x.org (550 5.1.1 nobody of that name); the others get it" in str(caught.value)
    assert box.envelope.rcpt_tos == ["ann@x.org"]


def test_refused_recipients_are_all_told(context: RunFailureSensorContext) -> None:
    box = MailBox(refused={"ann@x.org": "554 5.7.1 Relay access denied", "bob@x.org": "550 no"})
    with mail_server(box) as port, pytest.raises(DeliveryError) as caught:
        sensor(port)(context)

    assert (
        f"the mail about run {context.dagster_run.run_id} of job 'etl' was not sent: the mail server {HOST}:{port} "
        "(PLAIN) refused every recipient: ann@x.org (554 5.7.1 Relay access denied), bob@x.org (550 no); "
        "nobody logged in, as there is no email_password"
    ) == str(caught.value)
    assert caught.value.service == f"{HOST}:{port}"


def test_a_refused_text_is_told(context: RunFailureSensorContext) -> None:
    with mail_server(MailBox(answer="552 too large")) as port, pytest.raises(DeliveryError) as caught:
        sensor(port)(context)

    assert "refused the text of the mail: 552 too large" in str(caught.value)


def test_a_server_that_is_down_is_told(context: RunFailureSensorContext) -> None:
    with socket.socket() as taken:  # bound, and nothing listens
        taken.bind((HOST, 0))
        port = taken.getsockname()[1]
        with pytest.raises(DeliveryError) as caught:
            sensor(port)(context)

    assert f"{HOST}:{port} (PLAIN) refused the connection: nothing listens there" in str(caught.value)


def test_a_server_that_says_nothing_is_waited_for_as_long_as_was_said(context: RunFailureSensorContext) -> None:
    with socket.create_server((HOST, 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(DeliveryError) as caught:
            sensor(port, timeout=0.05)(context)

    assert f"{HOST}:{port} (PLAIN)" in str(caught.value)
    assert f"is smtp_type 'PLAIN' right for port {port}?" in str(caught.value)


@pytest.mark.parametrize("encryption", ["SSL", "STARTTLS"])
def test_a_certificate_that_nobody_vouches_for_is_refused(
    context: RunFailureSensorContext, encryption: str, tmp_path: Path
) -> None:
    box = MailBox()
    with mail_server(box, encryption, tmp_path) as port, pytest.raises(DeliveryError) as caught:
        sensor(port, smtp_host="localhost", smtp_type=encryption, email_password=PASSWORD)(context)

    assert "shows a certificate that is not trusted" in str(caught.value)
    assert box.logins == []


def test_a_server_without_starttls_is_told(context: RunFailureSensorContext) -> None:
    box = MailBox()
    with mail_server(box) as port, pytest.raises(DeliveryError) as caught:
        sensor(port, smtp_type="STARTTLS", email_password=PASSWORD)(context)

    assert "offers no STARTTLS" in str(caught.value)
    assert box.logins == []


def test_ssl_where_none_is_spoken_is_told(context: RunFailureSensorContext) -> None:
    with mail_server(MailBox()) as port, pytest.raises(DeliveryError) as caught:
        sensor(port, smtp_type="SSL")(context)

    assert f"does not speak TLS there (WRONG_VERSION_NUMBER); is smtp_type 'SSL' right for port {port}?" in str(
        caught.value
    )


def test_a_server_that_takes_no_login_is_told(context: RunFailureSensorContext) -> None:
    with mail_server(MailBox(), auth_exclude_mechanism=["PLAIN", "LOGIN"]) as port, pytest.raises(DeliveryError) as e:
        sensor(port, email_password=PASSWORD)(context)

    assert "takes no login; give email_password=None" in str(e.value) or "No suitable authentication" in str(e.value)


def test_a_password_that_cannot_be_sent_is_not_shown(context: RunFailureSensorContext) -> None:
    with mail_server(MailBox()) as port, pytest.raises(DeliveryError) as caught:
        sensor(port, email_password="gehéim")(context)

    assert "ASCII only" in str(caught.value)
    assert "geh" not in str(caught.value)


def test_an_address_that_is_none_is_told(context: RunFailureSensorContext) -> None:
    with pytest.raises(DagsterInvariantViolationError) as caught:
        sensor(1, email_to=["ann at x.org <>"])(context)

    assert "expected an address like 'ann@example.org'" in str(caught.value)


@pytest.mark.parametrize(("encryption", "port"), [("SSL", 465), ("STARTTLS", 587), ("PLAIN", 25), (None, 25)])
def test_each_kind_has_its_port(
    context: RunFailureSensorContext, monkeypatch: pytest.MonkeyPatch, encryption: str | None, port: int
) -> None:
    asked: list[Any] = []

    def refuse(address: Any, *args: Any, **kwargs: Any) -> None:
        asked.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", refuse)
    with pytest.raises(DeliveryError):
        sensor(0, smtp_port=None, smtp_type=encryption)(context)

    assert asked == [(HOST, port)]


def test_a_failing_tick_tells_it_and_the_others_are_still_told(instance: DagsterInstance) -> None:
    """One run's mail is refused; the sensor goes on to the next run."""
    box = MailBox()
    made = None
    with mail_server(box) as port:
        made = sensor(port, email_subject_fn=lambda context: context.dagster_run.tags["subject"])
        repository = Definitions(jobs=[etl], sensors=[made]).get_repository_def()
        cursor = made.evaluate_tick(build_sensor_context(instance, repository_def=repository)).cursor
        etl.execute_in_process(instance=instance, raise_on_error=False)
        etl.execute_in_process(instance=instance, raise_on_error=False, tags={"subject": "second"})
        answer = made.evaluate_tick(build_sensor_context(instance, cursor=cursor, repository_def=repository))

    errors = [each.error for each in answer.dagster_run_reactions]
    assert [error is None for error in errors] == [False, True]
    assert "KeyError" in errors[0].to_string()
    assert box.only["Subject"] == "second"


def test_only_monitored_jobs_are_told_of(instance: DagsterInstance) -> None:
    box = MailBox()
    with mail_server(box) as port:
        made = sensor(port, job_selection=[other])
        repository = Definitions(jobs=[etl, other], sensors=[made]).get_repository_def()
        cursor = made.evaluate_tick(build_sensor_context(instance, repository_def=repository)).cursor
        for each in (etl, other):
            each.execute_in_process(instance=instance, raise_on_error=False)
        made.evaluate_tick(build_sensor_context(instance, cursor=cursor, repository_def=repository))

    assert box.only["Subject"] == "Run failed: other"


def test_a_sensor_shows_no_password() -> None:
    made = sensor(1, email_password=PASSWORD, default_status=DefaultSensorStatus.RUNNING)

    assert PASSWORD not in repr(made) + repr(vars(made)) + str(made.description)
    assert made.name == "email_on_run_failure"
    assert made.default_status is DefaultSensorStatus.RUNNING
    assert made.description == "Sends a mail to ann@x.org, bob@x.org for each run that fails."


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"smtp_type": "ssl"}, DagsterInvalidDefinitionError, "did you mean 'SSL'?"),
        ({"smtp_type": 3}, DagsterInvalidDefinitionError, "expected SSL, STARTTLS, PLAIN"),
        ({"email_to": []}, DagsterInvalidDefinitionError, "names nobody"),
        ({"email_to": " "}, DagsterInvalidDefinitionError, "names nobody"),
        ({"email_to": None}, CheckError, "a list of addresses, or one text, not None"),
        ({"email_to": ["a", 3]}, CheckError, "each address in email_to"),
        ({"email_from": None}, CheckError, "email_from of sensor 'email_on_run_failure' is a str"),
        ({"email_password": 3}, CheckError, "email_password of sensor 'email_on_run_failure' is text"),
        ({"email_body_fn": "x"}, CheckError, "email_body_fn of sensor"),
        ({"email_subject_fn": "x"}, CheckError, "email_subject_fn of sensor"),
        ({"smtp_host": None}, CheckError, "smtp_host of sensor"),
        ({"smtp_port": "25"}, CheckError, "a whole number from 1 to 65535"),
        ({"smtp_port": 70_000}, CheckError, "a whole number from 1 to 65535"),
        ({"smtp_user": 3}, CheckError, "smtp_user of sensor"),
        ({"webserver_base_url": 3}, CheckError, "webserver_base_url of sensor"),
        ({"timeout": 0}, CheckError, "seconds above 0"),
        ({"name": "a b"}, DagsterInvalidDefinitionError, "not a valid name"),
        ({"monitored_jobs": [etl], "monitor_all_repositories": True}, DagsterInvalidDefinitionError, "one of them"),
    ],
)
def test_wrong_arguments_are_told_when_it_is_declared(
    arguments: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as caught:
        sensor(25, **arguments)

    assert words in str(caught.value)
