"""``make_email_on_run_failure_sensor`` as it is declared; what it sends is tested with a mail server."""

import dagster as dg
from tests.parity.scenario import Say, scenario


@dg.op
def works():
    return 1


@dg.job
def etl():
    works()


def make(**given):
    return dg.make_email_on_run_failure_sensor(
        **{"email_from": "bell@x.org", "email_password": "p", "email_to": ["ann@x.org"], **given}
    )


@scenario()
def what_it_is(say: Say) -> None:
    made = make()
    say("kind", type(made), made.sensor_type, made.name, made.default_status, made.minimum_interval_seconds)
    say("named", make(name="night").name)
    say("running", make(default_status=dg.DefaultSensorStatus.RUNNING).default_status)
    repository = dg.Definitions(jobs=[etl], sensors=[made]).get_repository_def()
    say("in definitions", [each.name for each in repository.sensor_defs])
    positional = dg.make_email_on_run_failure_sensor(
        "bell@x.org", "p", ["ann@x.org"], lambda context: "text", lambda context: "subject", "smtp.x.org", "STARTTLS"
    )
    say("by position", positional.name)


@scenario()
def what_it_monitors(say: Say) -> None:
    for label, given in {
        "jobs": {"monitored_jobs": [etl]},
        "jobs by the older name": {"job_selection": [etl]},
        "jobs by both names": {"monitored_jobs": [etl], "job_selection": [etl]},
        "no jobs": {"monitored_jobs": []},
        "all": {"monitor_all_code_locations": True},
        "all by the older name": {"monitor_all_repositories": True},
        "another location": {"monitored_jobs": [dg.JobSelector(location_name="l", repository_name="r", job_name="j")]},
    }.items():
        say(label, make(**given).name)


@scenario()
def what_is_refused(say: Say) -> None:
    for label, given in {
        "jobs and all": {"monitored_jobs": [etl], "monitor_all_code_locations": True},
        "older name of jobs and all": {"job_selection": [etl], "monitor_all_code_locations": True},
        "jobs and the older name of all": {"monitored_jobs": [etl], "monitor_all_repositories": True},
        "a job alone": {"monitored_jobs": etl},
        "a job's name": {"monitored_jobs": ["etl"]},
        "a text as status": {"default_status": "RUNNING"},
        "a bad name": {"name": "a b"},
        "an unknown argument": {"smtp_hosts": "x"},
    }.items():
        say.refusal(label, lambda given=given: make(**given))


@scenario(differs="Arguments of `make_email_on_run_failure_sensor`")
def what_is_refused_sooner(say: Say) -> None:
    for label, given in {
        "kind of server": {"smtp_type": "ssl"},
        "nobody": {"email_to": []},
        "port": {"smtp_port": "25"},
        "sender": {"email_from": 3},
        "function": {"email_body_fn": "text"},
    }.items():
        say.refused(label, lambda given=given: make(**given).name)
