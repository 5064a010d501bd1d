"""The real service and its alerts: a run fails, a mail and a notice are there, or the tick says why not."""

from __future__ import annotations

from pathlib import Path

from tests.declare.automation.mail_server import HOST, MailBox, mail_server, web_hook
from tests.faults.service import LOCATION, Service
from watchbell.record.run import DagsterRun, DagsterRunStatus
from watchbell.record.tick import TickStatus

PASSWORD = "pass-word-4711"
CODE = """
from watchbell import (
    DefaultSensorStatus, Definitions, EnvVar, job, make_email_on_run_failure_sensor,
    make_notification_on_run_failure_sensor, op,
)

@op
def load():
    raise ValueError("no <b>rows</b>")

@job
def etl():
    load()

defs = Definitions(
    jobs=[etl],
    sensors=[
        make_email_on_run_failure_sensor(
            email_from="bell@x.org", email_password="PASSWORD", email_to="ann@x.org", smtp_host="HOST",
            smtp_port=MAIL_PORT, smtp_type="PLAIN", default_status=DefaultSensorStatus.RUNNING,
        ),
        make_notification_on_run_failure_sensor(
            "json://HOST:HOOK_PORT/PASSWORD", default_status=DefaultSensorStatus.RUNNING
        ),
    ],
)
"""
SENSORS = ("email_on_run_failure", "notification_on_run_failure")


def code(mail_port: int, hook_port: int) -> str:
    values = {"MAIL_PORT": mail_port, "HOOK_PORT": hook_port, "HOST": HOST, "PASSWORD": PASSWORD}
    text = CODE
    for name, value in values.items():
        text = text.replace(name, str(value))
    return text


def fails(service: Service) -> None:
    """Runs the job, which fails, once both sensors have their place in the log."""
    service.wait_until(lambda: all(service.state(name).cursor for name in SENSORS), "the sensors' places")
    run = DagsterRun("etl", "failed-1", status=DagsterRunStatus.QUEUED, location_name=LOCATION)
    service.instance.store.add_runs([run], service.instance.clock.now())


def stored_files(service: Service) -> list[Path]:
    """All that the service keeps: the database, logs of runs."""
    found = [path for path in service.home.rglob("*") if path.is_file()]
    assert any(path.name.endswith(".db") for path in found)
    return found


def test_a_run_that_fails_is_told_by_mail_and_by_notice(tmp_path: Path) -> None:
    box = MailBox()
    with mail_server(box) as port, web_hook() as hook, Service(tmp_path, code(port, hook.port)).start() as service:
        fails(service)
        service.wait_until(lambda: box.mails and hook.calls, "mail and notice")
        service.wait_until(lambda: all(service.ticks(name) for name in SENSORS), "the ticks")
        ticks = [service.ticks(name)[-1] for name in SENSORS]

        assert box.only["Subject"] == "Run failed: etl"
        assert "Step load: ValueError: no <b>rows</b>" in hook.calls[0][1]["message"]
        assert hook.calls[0][1]["message"].endswith("/runs/failed-1")
        assert [tick.status for tick in ticks] == [TickStatus.SUCCESS, TickStatus.SUCCESS]
        assert [line.message for tick in ticks for line in tick.log] == [
            "sent a mail to ann@x.org about run failed-1",
            "sent a notice about run failed-1",
        ]


def test_an_alert_that_is_not_delivered_is_the_failure_of_its_tick(tmp_path: Path) -> None:
    box = MailBox(login_answer=f"535 5.7.8 {PASSWORD} is wrong")
    with (
        mail_server(box) as port,
        web_hook(status=503) as hook,
        Service(tmp_path, code(port, hook.port)).start() as service,
    ):
        fails(service)
        service.wait_until(lambda: all(service.ticks(name) for name in SENSORS), "the ticks")
        mail, notice = (service.ticks(name)[-1] for name in SENSORS)

        assert [mail.status, notice.status] == [TickStatus.FAILURE, TickStatus.FAILURE]
        told = mail.error.to_string() + notice.error.to_string()
        assert f"{HOST}:{port} (PLAIN) refused the login of the sender: 535 5.7.8 **** is wrong" in told
        assert f"json://{HOST}:{hook.port}/… (" in told
        assert "error=503" in told
        assert PASSWORD not in told + service.output
        assert [file for file in stored_files(service) if PASSWORD.encode() in file.read_bytes()] == []
