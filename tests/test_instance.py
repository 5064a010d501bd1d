"""DagsterInstance: the door, method by method; what the store does has its own suite."""

import gc
import os
import stat
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from watchbell import (
    AssetKey,
    AssetMaterialization,
    AssetObservation,
    AssetRecordsFilter,
    DagsterEvent,
    DagsterEventType,
    DagsterInstance,
    DagsterRunStatus,
    EventLogEntry,
    EventRecordsFilter,
    RunsFilter,
    RunStatusChangeRecordsFilter,
)
from watchbell.assemble import open_instance
from watchbell.ground.clock import ManualClock
from watchbell.ground.errors import (
    DagsterHomeNotSetError,
    DagsterRunAlreadyExists,
    DagsterRunNotFoundError,
    LeaseLostError,
    ParameterCheckError,
    StoreError,
)
from watchbell.record.ports import InstanceView
from watchbell.record.query import EventQuery
from watchbell.record.settings import Settings

NOON_AT = datetime(2024, 5, 1, 12, tzinfo=UTC)
MADE, SEEN = DagsterEventType.ASSET_MATERIALIZATION, DagsterEventType.ASSET_OBSERVATION


@dataclass
class Job:
    name: str = "etl"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON_AT)


@pytest.fixture
def instance(clock: ManualClock) -> Iterator[DagsterInstance]:
    with open_instance("ephemeral", clock=clock) as opened:
        yield opened


def make(instance: DagsterInstance, *assets: str, partition: str | None = None) -> None:
    for asset in assets:
        instance.report_runless_asset_event(AssetMaterialization(asset, partition=partition))


class TestOpening:
    def test_an_ephemeral_instance_remembers_while_it_is_open(self) -> None:
        with DagsterInstance.ephemeral() as opened:
            opened.create_run_for_job(Job())

            assert opened.get_runs_count() == 1
            assert (opened.is_ephemeral, opened.is_persistent) == (True, False)

    def test_two_ephemeral_instances_share_nothing(self) -> None:
        with DagsterInstance.ephemeral() as one, DagsterInstance.ephemeral() as other:
            one.create_run_for_job(Job())

            assert other.get_runs() == []
            assert one.home != other.home

    def test_a_temporary_home_is_gone_when_it_is_closed(self) -> None:
        with DagsterInstance.local_temp() as opened:
            home = opened.home
            assert stat.S_IMODE(home.stat().st_mode) == 0o700
            assert opened.is_persistent

        assert not home.exists()

    def test_a_given_folder_keeps_what_was_stored(self, tmp_path: Path) -> None:
        with DagsterInstance.local_temp(str(tmp_path)) as opened:
            make(opened, "orders")
            assert opened.root_directory == str(tmp_path)

        with DagsterInstance.from_home(tmp_path) as again:
            assert again.get_asset_keys() == [AssetKey("orders")]

    def test_get_opens_the_home_of_the_environment(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("WATCHBELL_HOME", str(tmp_path))

        with DagsterInstance.get() as opened:
            assert opened.home == tmp_path

    def test_get_without_a_home_says_what_to_do(self) -> None:
        with pytest.raises(DagsterHomeNotSetError, match="WATCHBELL_HOME"):
            DagsterInstance.get()

    def test_a_home_that_is_not_there_is_made_for_its_owner_alone(self, tmp_path: Path) -> None:
        with DagsterInstance.from_home(tmp_path / "new" / "home") as opened:
            assert stat.S_IMODE(opened.home.stat().st_mode) == 0o700

    def test_settings_are_those_of_the_home_or_as_given(self, tmp_path: Path) -> None:
        (tmp_path / "watchbell.yaml").write_text("max_concurrent_runs: 4\n")

        with DagsterInstance.from_home(tmp_path) as opened:
            assert opened.settings == Settings(max_concurrent_runs=4)
        with DagsterInstance.from_home(tmp_path, settings=Settings(web_port=9)) as opened:
            assert opened.settings == Settings(web_port=9)

    def test_an_instance_that_nobody_closed_leaves_nothing(self) -> None:
        opened = DagsterInstance.local_temp()
        home = opened.home
        make(opened, "orders")
        del opened
        gc.collect()

        assert not home.exists()

    def test_a_closed_instance_says_so(self) -> None:
        opened = DagsterInstance.ephemeral()
        opened.close()
        opened.dispose()

        with pytest.raises(StoreError, match="closed"):
            opened.get_runs()

    def test_importing_the_class_loads_no_database(self) -> None:
        code = (
            "import sys, watchbell; watchbell.DagsterInstance; "
            "print([name for name in ('sqlite3', 'sqlalchemy') if name in sys.modules])"
        )

        found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

        assert found.stdout == "[]\n"

    def test_eight_processes_at_once_on_a_fresh_home_all_work(self, tmp_path: Path) -> None:
        code = """
            import sys
            from watchbell import AssetMaterialization, DagsterInstance
            sys.stdin.readline()
            with DagsterInstance.from_home(sys.argv[1]) as instance:
                instance.report_runless_asset_event(AssetMaterialization(sys.argv[2]))
                print(instance.signing_key().hex())
        """
        command = [sys.executable, "-c", textwrap.dedent(code), str(tmp_path / "home")]
        processes = [
            subprocess.Popen([*command, f"asset {n}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for n in range(8)
        ]

        ends = [(process.communicate("go\n", timeout=60)[0], process.returncode) for process in processes]

        assert len(set(ends)) == 1, ends
        with DagsterInstance.from_home(tmp_path / "home") as opened:
            assert len(opened.get_asset_keys()) == 8


class TestPlaces:
    def test_outputs_and_logs_have_folders_in_the_home(self, tmp_path: Path) -> None:
        with DagsterInstance.from_home(tmp_path) as opened:
            assert opened.storage_directory() == str(tmp_path / "storage")
            assert opened.logs_directory() == str(tmp_path / "logs")
            assert Path(opened.storage_directory()).is_dir()

    @pytest.mark.parametrize(
        ("settings", "expected"),
        [
            (Settings(), "http://127.0.0.1:3000/runs/a"),
            (Settings(web_host="::1", web_port=80), "http://[::1]:80/runs/a"),
            (Settings(base_url="https://bell.example/at/"), "https://bell.example/at/runs/a"),
        ],
    )
    def test_a_runs_address_is_below_the_web_servers(self, settings: Settings, expected: str) -> None:
        with DagsterInstance.ephemeral(settings=settings) as opened:
            assert opened.get_run_url("a") == expected

    def test_a_page_that_a_command_line_put_elsewhere_goes_before_the_settings_address(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("WATCHBELL_PAGE", "http://127.0.0.1:3011")

        with (
            DagsterInstance.ephemeral() as opened,
            DagsterInstance.ephemeral(settings=Settings(base_url="https://b")) as named,
        ):
            assert opened.get_run_url("a") == "http://127.0.0.1:3011/runs/a"
            assert named.get_run_url("a") == "https://b/runs/a"

    def test_the_signing_key_is_the_homes(self, tmp_path: Path) -> None:
        with DagsterInstance.from_home(tmp_path) as one, DagsterInstance.from_home(tmp_path) as other:
            assert one.signing_key() == other.signing_key()
        with DagsterInstance.ephemeral() as one, DagsterInstance.ephemeral() as other:
            assert one.signing_key() == other.signing_key()

    def test_facts_name_home_store_and_settings(self, instance: DagsterInstance) -> None:
        facts = instance.info_dict()

        assert facts["home"] == instance.root_directory
        assert facts["store"]["location"] == ":memory:"
        assert facts["settings"]["max_concurrent_runs"] == 10


class TestRuns:
    def test_a_run_is_made_for_a_job(self, instance: DagsterInstance) -> None:
        made = instance.create_run_for_job(
            Job("daily"),
            run_config={"ops": {}},
            status=DagsterRunStatus.FAILURE,
            tags={"k": "1"},
            asset_selection={AssetKey("orders")},
        )

        assert instance.get_run_by_id(made.run_id) == made
        assert (made.job_name, made.status, made.tags, made.created_at) == (
            "daily",
            DagsterRunStatus.FAILURE,
            {"k": "1"},
            NOON_AT,
        )
        assert made.asset_selection == {AssetKey("orders")}

    def test_a_run_has_no_state_of_its_own_unless_given(self, instance: DagsterInstance) -> None:
        assert instance.create_run_for_job(Job()).status == DagsterRunStatus.NOT_STARTED
        assert instance.create_run_for_job(Job(), status="QUEUED").status == DagsterRunStatus.QUEUED

    def test_an_id_is_used_once(self, instance: DagsterInstance) -> None:
        made = instance.create_run_for_job(Job())

        with pytest.raises(DagsterRunAlreadyExists, match=made.run_id):
            instance.add_run(made)

    def test_runs_are_found_newest_first(self, instance: DagsterInstance, clock: ManualClock) -> None:
        for number in range(4):
            instance.create_run_for_job(Job("even" if number % 2 == 0 else "odd"), run_id=f"run {number}")
            clock.advance(60)

        assert instance.get_run_ids() == ["run 3", "run 2", "run 1", "run 0"]
        assert instance.get_run_ids(limit=1, cursor="run 2") == ["run 1"]
        assert [run.run_id for run in instance.get_runs(ascending=True, limit=1)] == ["run 0"]
        found = instance.get_runs(
            filters=RunsFilter(job_name="odd", created_after=datetime(2024, 5, 1, 12, 2)), limit=5
        )
        assert [run.run_id for run in found] == ["run 3"]
        assert instance.get_runs_count(RunsFilter(job_name="even")) == 2
        assert instance.get_run_ids_with_prefix("run", limit=2) == ["run 0", "run 1"]

    def test_records_tell_when(self, instance: DagsterInstance, clock: ManualClock) -> None:
        made = instance.create_run_for_job(Job())
        clock.advance(5)
        instance.report_run_failed(made, "boom")

        (record,) = instance.get_run_records(RunsFilter(run_ids=[made.run_id]))

        assert record == instance.get_run_record_by_id(made.run_id)
        assert (record.create_timestamp, record.end_time) == (NOON_AT, NOON_AT.timestamp() + 5)

    def test_another_order_is_refused(self, instance: DagsterInstance) -> None:
        with pytest.raises(ParameterCheckError, match="did you mean 'start_time'"):
            instance.get_run_records(order_by="start_tiem")

    def test_what_is_not_there_is_none(self, instance: DagsterInstance) -> None:
        assert instance.get_run_by_id("nope") is None
        assert instance.get_run_record_by_id("nope") is None
        assert instance.has_run("nope") is False
        assert instance.request_cancel("nope") is None

    def test_tags_are_added(self, instance: DagsterInstance) -> None:
        made = instance.create_run_for_job(Job(), tags={"a": "1"})

        instance.add_run_tags(made.run_id, {"b": "2"})

        assert instance.get_runs(RunsFilter(tags={"a": "1", "b": "2"})) != []
        with pytest.raises(DagsterRunNotFoundError):
            instance.add_run_tags("nope", {"b": "2"})

    def test_a_deleted_run_is_forgotten(self, instance: DagsterInstance) -> None:
        made = instance.create_run_for_job(Job())
        instance.report_engine_event("hello", made)

        instance.delete_run(made.run_id)

        assert (instance.get_runs(), instance.all_logs(made.run_id)) == ([], [])

    def test_a_run_that_has_not_begun_is_canceled_at_once(self, instance: DagsterInstance) -> None:
        made = instance.create_run_for_job(Job(), status="QUEUED")

        after = instance.request_cancel(made.run_id)

        assert after is not None
        assert after.status == DagsterRunStatus.CANCELED


class TestReports:
    def test_what_is_reported_of_a_run_moves_it(self, instance: DagsterInstance) -> None:
        reports = {
            DagsterRunStatus.FAILURE: instance.report_run_failed,
            DagsterRunStatus.CANCELING: instance.report_run_canceling,
            DagsterRunStatus.CANCELED: instance.report_run_canceled,
        }
        for status, report in reports.items():
            made = instance.create_run_for_job(Job())

            event = report(made, "because")

            after = instance.get_run_by_id(made.run_id)
            assert after is not None
            assert after.status == status
            assert [entry.message for entry in instance.all_logs(made.run_id)] == ["because"] == [event.message]

    def test_a_finished_run_stays_as_it_is(self, instance: DagsterInstance) -> None:
        made = instance.create_run_for_job(Job())
        instance.report_run_canceled(made)

        instance.report_run_failed(made)

        after = instance.get_run_by_id(made.run_id)
        assert after is not None
        assert after.status == DagsterRunStatus.CANCELED

    def test_engine_events_name_who_speaks(self, instance: DagsterInstance) -> None:
        made = instance.create_run_for_job(Job())

        instance.report_engine_event("hello", made, cls=Job)
        instance.report_engine_event("again", run_id=made.run_id, job_name="etl")

        logs = instance.all_logs(made.run_id)
        assert [(entry.message, entry.job_name) for entry in logs] == [("[Job] hello", "etl"), ("again", "etl")]
        with pytest.raises(ParameterCheckError, match="run_id"):
            instance.report_engine_event("whose?")

    def test_logs_can_be_sifted_and_followed(self, instance: DagsterInstance) -> None:
        made = instance.create_run_for_job(Job(), status="QUEUED")
        instance.report_engine_event("one", made)
        instance.report_engine_event("two", made)

        enqueued = {DagsterEventType.RUN_ENQUEUED}
        assert len(instance.all_logs(made.run_id)) == 3
        assert [entry.storage_id for entry in instance.all_logs(made.run_id, of_type=enqueued)] == [1]
        engine = DagsterEventType.ENGINE_EVENT
        assert [entry.message for entry in instance.all_logs(made.run_id, of_type=engine)] == ["one", "two"]
        assert [entry.message for entry in instance.logs_after(made.run_id, 2)] == ["two"]
        assert [entry.message for entry in instance.logs_after(made.run_id, 1, limit=1)] == ["one"]
        assert instance.events(EventQuery(after_id=2))[0].message == "two"
        assert instance.last_event_id() == 3

    def test_a_runs_log_is_read_by_pages(self, instance: DagsterInstance) -> None:
        made = instance.create_run_for_job(Job())
        for text in "abc":
            instance.report_engine_event(text, made)

        first = instance.get_records_for_run(made.run_id, limit=2)
        second = instance.get_records_for_run(made.run_id, cursor=first.cursor, limit=2)

        pages = [[record.event_log_entry.message for record in page.records] for page in (first, second)]
        assert pages == [["a", "b"], ["c"]]

    def test_a_run_in_numbers(self, instance: DagsterInstance, clock: ManualClock) -> None:
        made = instance.create_run_for_job(Job(), status="QUEUED")
        for kind in ("RUN_START", "STEP_SUCCESS", "STEP_SUCCESS", "STEP_FAILURE", "RUN_FAILURE"):
            clock.advance(1)
            instance.report_dagster_event(DagsterEvent(DagsterEventType[kind], "etl"), made.run_id)

        stats = instance.get_run_stats(made.run_id)

        noon = NOON_AT.timestamp()
        assert (stats.steps_succeeded, stats.steps_failed, stats.materializations) == (2, 1, 0)
        assert (stats.enqueued_time, stats.launch_time) == (noon, None)
        assert (stats.start_time, stats.end_time) == (noon + 1, noon + 5)

    def test_events_are_stored_in_one_go_and_fenced(self, instance: DagsterInstance) -> None:
        made = instance.create_run_for_job(Job())
        entries = [EventLogEntry(made.run_id, 1.0, user_message=text) for text in ("a", "b")]

        assert instance.handle_new_events(entries, attempt=0) == [1, 2]
        instance.handle_new_event(entries[0])
        with pytest.raises(LeaseLostError):
            instance.handle_new_events(entries, attempt=1)

        assert [entry.user_message for entry in instance.all_logs(made.run_id)] == ["a", "b", "a"]

    def test_an_event_has_the_clocks_time_unless_given(self, instance: DagsterInstance) -> None:
        event = DagsterEvent(DagsterEventType.ENGINE_EVENT, "etl")

        instance.report_dagster_event(event, "a")
        instance.report_dagster_event(event, "a", timestamp=5.0, log_level=40)

        found = [(entry.timestamp, entry.level) for entry in instance.all_logs("a")]
        assert found == [(NOON_AT.timestamp(), 20), (5.0, 40)]


class TestAssets:
    def test_the_latest_materialization_is_the_stored_event(self, instance: DagsterInstance) -> None:
        instance.report_runless_asset_event(AssetMaterialization("orders", metadata={"rows": 1}))
        instance.report_runless_asset_event(AssetMaterialization("orders", metadata={"rows": 2}))

        latest = instance.get_latest_materialization_event(AssetKey("orders"))

        assert latest is not None
        assert (latest.storage_id, latest.run_id, latest.timestamp) == (2, "", NOON_AT.timestamp())
        assert latest.asset_materialization is not None
        assert latest.asset_materialization.metadata["rows"].value == 2
        found = instance.get_latest_materialization_events([AssetKey("orders"), AssetKey("other")])
        assert found == {AssetKey("orders"): latest, AssetKey("other"): None}

    def test_what_is_no_event_of_an_asset_is_refused(self, instance: DagsterInstance) -> None:
        with pytest.raises(ParameterCheckError, match="'orders'"):
            instance.report_runless_asset_event("orders")  # type: ignore[arg-type]

    def test_materializations_are_fetched_by_pages(self, instance: DagsterInstance) -> None:
        for partition in "abc":
            make(instance, "orders", "other", partition=partition)

        first = instance.fetch_materializations(AssetKey("orders"), limit=2)
        second = instance.fetch_materializations(AssetKey("orders"), limit=2, cursor=first.cursor)
        beyond = instance.fetch_materializations(AssetKey("orders"), limit=2, cursor=second.cursor)

        assert [record.partition_key for record in first.records] == ["c", "b"]
        assert [record.partition_key for record in second.records] == ["a"]
        assert (first.has_more, second.has_more, beyond.has_more) == (True, False, False)
        assert (list(beyond.records), beyond.cursor) == ([], second.cursor)

    def test_pages_may_go_forward(self, instance: DagsterInstance) -> None:
        for partition in "abc":
            make(instance, "orders", partition=partition)

        first = instance.fetch_materializations(AssetKey("orders"), 2, ascending=True)
        second = instance.fetch_materializations(AssetKey("orders"), 2, first.cursor, ascending=True)

        pages = [[record.partition_key for record in page.records] for page in (first, second)]
        assert pages == [["a", "b"], ["c"]]

    def test_a_filter_narrows_what_is_fetched(self, instance: DagsterInstance, clock: ManualClock) -> None:
        for partition in "abc":
            make(instance, "orders", partition=partition)
            clock.advance(10)
        noon, orders = NOON_AT.timestamp(), AssetKey("orders")

        def fetched(wanted: AssetRecordsFilter) -> list[str | None]:
            return [each.partition_key for each in instance.fetch_materializations(wanted, limit=10).records]

        assert fetched(AssetRecordsFilter(orders, asset_partitions=["a", "c"])) == ["c", "a"]
        assert fetched(AssetRecordsFilter(orders, after_timestamp=noon, before_timestamp=noon + 20)) == ["b"]
        assert fetched(AssetRecordsFilter(orders, after_storage_id=1, before_storage_id=3)) == ["b"]
        assert fetched(AssetRecordsFilter(orders, storage_ids=[3])) == ["c"]

    @pytest.mark.parametrize(("limit", "cursor"), [(0, None), (1, "garbage")])
    def test_a_page_that_cannot_be_is_refused(self, instance: DagsterInstance, limit: int, cursor: str | None) -> None:
        with pytest.raises(ParameterCheckError, match="limit|cursor"):
            instance.fetch_materializations(AssetKey("orders"), limit, cursor)

    def test_text_is_no_asset_key_here(self, instance: DagsterInstance) -> None:
        with pytest.raises(ParameterCheckError, match=r"AssetKey\('orders'\)"):
            instance.fetch_materializations("orders", limit=1)  # type: ignore[arg-type]

    def test_observations_are_fetched_apart(self, instance: DagsterInstance) -> None:
        make(instance, "orders")
        instance.report_runless_asset_event(AssetObservation("orders"))

        assert [each.storage_id for each in instance.fetch_observations(AssetKey("orders"), 5).records] == [2]
        assert [each.storage_id for each in instance.fetch_materializations(AssetKey("orders"), 5).records] == [1]

    def test_changes_of_state_are_fetched_by_job(self, instance: DagsterInstance) -> None:
        failed = DagsterEventType.RUN_FAILURE
        runs = [instance.create_run_for_job(Job(name)) for name in ("a", "b", "a")]
        for run in runs:
            instance.report_run_failed(run)

        wanted = RunStatusChangeRecordsFilter(failed, job_names=["a"])
        found = instance.fetch_run_status_changes(wanted, limit=5, ascending=True)

        assert [record.run_id for record in found.records] == [runs[0].run_id, runs[2].run_id]
        assert len(instance.fetch_run_status_changes(failed, limit=5).records) == 3
        with pytest.raises(ParameterCheckError, match="ASSET_OBSERVATION moves no run|ASSET_OBSERVATION is no event"):
            instance.fetch_run_status_changes(SEEN, limit=5)

    def test_event_records_of_one_kind(self, instance: DagsterInstance) -> None:
        make(instance, "a", "b", "a")

        def found(wanted: EventRecordsFilter, **how: bool) -> list[int]:
            return [record.storage_id for record in instance.get_event_records(wanted, **how)]

        assert found(EventRecordsFilter(MADE)) == [3, 2, 1]
        assert found(EventRecordsFilter(MADE, AssetKey("a")), ascending=True) == [1, 3]
        assert found(EventRecordsFilter(MADE, after_cursor=1, before_cursor=3)) == [2]
        assert len(instance.get_event_records(EventRecordsFilter(MADE), limit=1)) == 1
        with pytest.raises(ParameterCheckError, match="event_type"):
            EventRecordsFilter("ASSET_MATERIALIZATION")  # type: ignore[arg-type]

    def test_asset_keys_are_sorted_and_paged(self, instance: DagsterInstance) -> None:
        for key in (["b"], ["a", "y"], ["a", "x"], ["c"]):
            instance.report_runless_asset_event(AssetMaterialization(key))

        assert [key.to_user_string() for key in instance.get_asset_keys()] == ["a/x", "a/y", "b", "c"]
        assert [key.to_user_string() for key in instance.get_asset_keys(prefix=["a"])] == ["a/x", "a/y"]
        cursor = AssetKey(["a", "y"]).to_string()
        assert [key.to_user_string() for key in instance.get_asset_keys(limit=1, cursor=cursor)] == ["b"]
        assert instance.has_asset_key(AssetKey("b"))
        assert not instance.has_asset_key(AssetKey("a"))

    def test_asset_records_hold_the_latest(self, instance: DagsterInstance) -> None:
        make(instance, "a", "b")
        instance.report_runless_asset_event(AssetObservation("c"))

        records = {record.asset_entry.asset_key: record for record in instance.get_asset_records()}

        assert set(records) == {AssetKey("a"), AssetKey("b"), AssetKey("c")}
        made = records[AssetKey("b")].asset_entry
        assert made.last_materialization is not None
        assert made.last_materialization_storage_id == 2
        assert records[AssetKey("c")].asset_entry.last_materialization_record is None
        assert [record.storage_id for record in instance.get_asset_records([AssetKey("c"), AssetKey("z")])] == [3]

    def test_wiped_assets_were_never_made(self, instance: DagsterInstance) -> None:
        make(instance, "a", "b")

        instance.wipe_assets([AssetKey("a")])

        assert instance.get_asset_keys() == [AssetKey("b")]

    def test_wiping_forgets_everything(self, instance: DagsterInstance) -> None:
        make(instance, "a")
        instance.create_run_for_job(Job())

        instance.wipe()

        assert (instance.get_asset_keys(), instance.get_runs()) == ([], [])


def test_an_instance_is_what_user_code_may_ask(instance: DagsterInstance) -> None:
    view: InstanceView = instance
    asked = [name for name in vars(InstanceView) if not name.startswith("_")]

    assert [name for name in asked if not hasattr(view, name)] == []


def test_threads_share_an_instance(tmp_path: Path) -> None:
    code = """
        import sys, threading
        from watchbell import AssetMaterialization, DagsterInstance
        with DagsterInstance.from_home(sys.argv[1]) as instance:
            def report(name):
                for _ in range(50):
                    instance.report_runless_asset_event(AssetMaterialization(name))
            threads = [threading.Thread(target=report, args=(f"asset {n}",)) for n in range(4)]
            [thread.start() for thread in threads]
            [thread.join() for thread in threads]
            print(instance.last_event_id())
    """

    found = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), str(tmp_path)], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )  # fmt: skip

    assert found.stdout == "200\n"
