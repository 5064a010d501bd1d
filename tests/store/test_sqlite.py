"""SQLite: fresh, shared, forked, locked, full, read-only, damaged, of another version."""

import gc
import os
import sqlite3
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.contract.making import NOON_AT, run
from watchbell.ground.errors import (
    StoreDamagedError,
    StoreError,
    StoreFullError,
    StoreLockedError,
    StoreNewerError,
    StoreOutdatedError,
    StoreReadOnlyError,
)
from watchbell.record.run import DagsterRun, DagsterRunStatus, RunsFilter, RunWorker
from watchbell.store import sqlite_text
from watchbell.store.notify import NullNotifier
from watchbell.store.sqlite import DATABASE_FILE, SqliteDatabase
from watchbell.store.store import SqlStore

NOBODY = 65_534


def opened(path: Path, busy_seconds: float = 5) -> SqlStore:
    return SqlStore(SqliteDatabase(path, busy_seconds=busy_seconds), NullNotifier())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / DATABASE_FILE


def python(code: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(code), *(str(each) for each in arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finished(process: subprocess.Popen[str]) -> tuple[int, str]:
    output, _ = process.communicate(timeout=60)
    return process.returncode, output


class TestFresh:
    def test_folder_and_files_are_for_their_owner_alone(self, path: Path) -> None:
        store = opened(path)
        store.add_runs([run("a")], NOON_AT)

        modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in (path.parent, *path.parent.iterdir())}
        store.close()
        assert modes.pop("home") == 0o700
        assert set(modes.values()) == {0o600}, modes

    def test_what_was_committed_is_there_when_it_is_opened_again(self, path: Path) -> None:
        opened(path).add_runs([run("a")], NOON_AT)

        assert opened(path).count_runs(RunsFilter()) == 1

    def test_eight_processes_at_once_on_a_fresh_home_all_work(self, path: Path) -> None:
        code = """
            import sys
            from datetime import UTC, datetime
            from pathlib import Path
            from watchbell.record.run import DagsterRun, RunsFilter
            from watchbell.store.notify import NullNotifier
            from watchbell.store.sqlite import SqliteDatabase
            from watchbell.store.store import SqlStore

            sys.stdin.readline()
            store = SqlStore(SqliteDatabase(Path(sys.argv[1])), NullNotifier())
            for number in range(20):
                store.add_runs([DagsterRun("job", f"{sys.argv[2]}-{number}")], datetime.now(UTC))
            store.close()
        """
        command = [sys.executable, "-c", textwrap.dedent(code), str(path)]
        processes = [
            subprocess.Popen(
                [*command, str(number)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            for number in range(8)
        ]
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()

        ends = [finished(process) for process in processes]

        assert [code for code, _ in ends] == [0] * 8, ends
        assert opened(path).count_runs(RunsFilter()) == 160

    def test_opening_loads_neither_sqlalchemy_nor_alembic(self, path: Path) -> None:
        code = """
            import sys
            from watchbell.instance import DagsterInstance
            for _ in range(2):
                DagsterInstance.from_home(sys.argv[1]).close()
            print([name for name in ("sqlalchemy", "alembic", "pydantic", "yaml") if name in sys.modules])
        """

        assert finished(python(code, path.parent)) == (0, "[]\n")

    def test_a_database_restored_from_text_gets_its_journal_back(self, path: Path) -> None:
        opened(path).close()
        with sqlite3.connect(path) as other:
            other.execute("PRAGMA journal_mode=DELETE")
        other.close()

        opened(path).close()

        with sqlite3.connect(path) as other:
            assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        other.close()

    def test_a_schema_that_was_made_by_half_is_made_whole(self, path: Path) -> None:
        path.parent.mkdir()
        path.touch()  # killed between making the file and filling it

        assert opened(path).count_runs(RunsFilter()) == 0


class TestTransactions:
    def test_a_change_that_fails_leaves_nothing_and_the_next_one_works(self, path: Path) -> None:
        database = SqliteDatabase(path)

        def interrupted() -> None:
            with database.write() as session:
                session.run("new_lease", name="x", owner="me", epoch=1, expires_at=0.0)
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            interrupted()
        with database.write() as session:
            session.run("new_lease", name="y", owner="me", epoch=1, expires_at=0.0)
        with database.read() as session:
            assert session.row("lease", lease="x") is None
            assert session.row("lease", lease="y") == ("y", "me", 1, 0.0)
        database.close()

    def test_a_closed_database_says_so(self, path: Path) -> None:
        store = opened(path)
        store.close()
        store.close()

        with pytest.raises(StoreError, match="was closed"):
            store.count_runs(RunsFilter())

    def test_an_open_database_that_is_forgotten_closes_without_a_warning(self, path: Path) -> None:
        store = opened(path)
        del store
        gc.collect()

        assert not path.with_name(f"{DATABASE_FILE}-wal").exists()

    def test_the_beginning_of_a_run_is_on_the_disk_before_user_code_acts(self, path: Path) -> None:
        database = SqliteDatabase(path)
        store = SqlStore(database, NullNotifier())
        store.add_runs([DagsterRun("job", "r", status=DagsterRunStatus.STARTING)], NOON_AT)
        said: list[str] = []
        connection = database._connection
        assert connection is not None

        connection.set_trace_callback(said.append)
        assert store.begin_run("r", 0, RunWorker(1, "then", "boot", "box"), NOON_AT)
        connection.set_trace_callback(None)
        store.close()

        assert said[0] == "PRAGMA synchronous=FULL"
        assert said[-2:] == ["COMMIT", "PRAGMA synchronous=NORMAL"]

    def test_parent_and_forked_children_go_on_each_with_its_own_connection(self, path: Path) -> None:
        """The parent closes while a child still writes: nothing of the child's is lost."""
        code = """
            import os, sys, threading, warnings
            from datetime import UTC, datetime
            from pathlib import Path
            from watchbell.record.run import DagsterRun, RunsFilter
            from watchbell.store.notify import NullNotifier
            from watchbell.store.sqlite import SqliteDatabase
            from watchbell.store.store import SqlStore

            store = SqlStore(SqliteDatabase(Path(sys.argv[1])), NullNotifier())

            def add(name, count=20):
                for number in range(count):
                    store.add_runs([DagsterRun("job", f"{name}-{number}")], datetime.now(UTC))

            # Python from 3.12 on warns of it. It is what this test is about: the store's own lock is safe in a child.
            warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
            add("parent")
            busy = threading.Thread(target=add, args=("thread", 60))
            busy.start()
            children = []
            for child in range(4):
                started = os.fork()
                if started == 0:
                    add(f"child {child}")
                    os._exit(0)
                children.append(started)
            add("parent again", 3)
            busy.join()
            store.close()
            print([os.waitpid(each, 0)[1] for each in children])
        """

        assert finished(python(code, path)) == (0, "[0, 0, 0, 0]\n")
        assert opened(path).count_runs(RunsFilter()) == 20 + 60 + 80 + 3

    def test_a_forked_child_is_told_that_memory_is_not_shared(self) -> None:
        code = """
            import os
            from watchbell.ground.errors import StoreError
            from watchbell.record.run import RunsFilter
            from watchbell.store.notify import NullNotifier
            from watchbell.store.sqlite import IN_MEMORY, SqliteDatabase
            from watchbell.store.store import SqlStore

            store = SqlStore(SqliteDatabase(IN_MEMORY), NullNotifier())
            if os.fork() == 0:
                try:
                    store.count_runs(RunsFilter())
                except StoreError as error:
                    print(error, flush=True)
                os._exit(0)
            os.wait()
            print(store.count_runs(RunsFilter()))
        """

        exit_code, output = finished(python(code))
        assert exit_code == 0
        assert "what is in memory is not shared" in output
        assert output.endswith("\n0\n")

    def test_a_fork_inside_a_transaction_leaves_it_to_the_parent(self, path: Path) -> None:
        code = """
            import os, sys
            from pathlib import Path
            from watchbell.ground.errors import StoreError
            from watchbell.store.sqlite import SqliteDatabase

            database = SqliteDatabase(Path(sys.argv[1]))
            with database.write() as session:
                session.run("new_lease", name="x", owner="me", epoch=1, expires_at=0.0)
                if os.fork() == 0:
                    try:
                        with database.read():
                            print("wrong")
                    except StoreError:
                        print("refused", flush=True)
                    os._exit(0)
                os.wait()
            with database.read() as session:
                print(session.row("lease", lease="x"))
        """

        assert finished(python(code, path)) == (0, "refused\n('x', 'me', 1, 0.0)\n")

    def test_a_killed_writer_loses_only_what_it_had_not_committed(self, path: Path) -> None:
        code = """
            import os, sys
            from datetime import UTC, datetime
            from pathlib import Path
            from watchbell.record.run import DagsterRun
            from watchbell.store.notify import NullNotifier
            from watchbell.store.sqlite import SqliteDatabase
            from watchbell.store.store import SqlStore

            database = SqliteDatabase(Path(sys.argv[1]))
            SqlStore(database, NullNotifier()).add_runs([DagsterRun("job", "kept")], datetime.now(UTC))
            with database.write() as session:
                session.run("forget_runs")
                os.kill(os.getpid(), 9)
        """

        assert finished(python(code, path))[0] == -9
        assert opened(path).count_runs(RunsFilter()) == 1


class TestTrouble:
    def test_a_locked_database_is_told_after_the_wait_and_works_again(self, path: Path) -> None:
        store = opened(path, busy_seconds=0.01)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(StoreLockedError, match="another process holds") as caught:
            store.add_runs([run("a")], NOON_AT)
        assert caught.value.location == str(path)

        other.execute("ROLLBACK")
        other.close()
        store.add_runs([run("a")], NOON_AT)
        assert store.count_runs(RunsFilter()) == 1
        store.close()

    def test_a_full_disk_loses_nothing_and_works_again(self, path: Path) -> None:
        database = SqliteDatabase(path)
        store = SqlStore(database, NullNotifier())
        store.add_runs([run("a")], NOON_AT)
        connection = database._connection
        assert connection is not None
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count={pages}")

        with pytest.raises(StoreFullError, match="is full"):
            store.add_runs([run("b", tags={"k": "x" * 90_000})], NOON_AT)
        assert store.count_runs(RunsFilter()) == 1

        connection.execute("PRAGMA max_page_count=100000")
        store.add_runs([run("b", tags={"k": "x" * 90_000})], NOON_AT)
        assert store.count_runs(RunsFilter()) == 2
        store.close()

    def test_a_newer_database_is_left_as_it_is(self, path: Path) -> None:
        before = _with_revision(path, "9999")

        with pytest.raises(StoreNewerError, match=r"newer watchbell \(schema 9999"):
            SqliteDatabase(path)

        assert path.read_bytes() == before

    def test_an_outdated_database_names_the_command(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        before = _with_revision(path, "0001")
        monkeypatch.setattr(sqlite_text, "REVISIONS", ("0001", "0002"))

        with pytest.raises(StoreOutdatedError, match="watchbell instance migrate"):
            SqliteDatabase(path)

        assert path.read_bytes() == before

    @pytest.mark.parametrize(
        "content", [b"not a database, but long enough to be one" * 40, b"SQLite format 3\x00" * 400]
    )
    def test_a_damaged_file_is_left_as_it_is(self, path: Path, content: bytes) -> None:
        path.parent.mkdir()
        path.write_bytes(content)

        with pytest.raises(StoreDamagedError, match="damaged"):
            SqliteDatabase(path)

        assert path.read_bytes() == content
        assert list(path.parent.iterdir()) == [path]

    def test_damage_found_later_is_told_too(self, path: Path) -> None:
        store = opened(path)
        store.add_runs([run(str(number), tags={"k": "x" * 500}) for number in range(200)], NOON_AT)
        store.close()
        content = bytearray(path.read_bytes())
        content[8192:] = os.urandom(len(content) - 8192)
        path.write_bytes(content)

        with pytest.raises(StoreDamagedError):
            opened(path).run_records(RunsFilter())

    def test_another_programs_database_is_left_as_it_is(self, path: Path) -> None:
        path.parent.mkdir()
        with sqlite3.connect(path) as other:
            other.execute("CREATE TABLE songs (title)")
        other.close()
        before = path.read_bytes()

        with pytest.raises(StoreDamagedError, match="another program"):
            SqliteDatabase(path)

        assert path.read_bytes() == before

    @pytest.mark.parametrize("mode", [0o500, 0o700])
    def test_a_database_that_cannot_be_written_is_told_at_once(self, path: Path, mode: int) -> None:
        """In a process without privileges: root may write everything."""
        opened(path).close()
        path.chmod(0o400)
        path.parent.chmod(mode)
        for folder in path.parents[:4]:
            if os.access(folder, os.W_OK) and folder != path.parent:
                folder.chmod(folder.stat().st_mode | 0o011)
        before = path.read_bytes()
        code = """
            import os, sys
            from pathlib import Path
            from watchbell.store.sqlite import SqliteDatabase
            from watchbell.ground.errors import StoreReadOnlyError
            if os.getuid() == 0:
                os.chown(sys.argv[1], int(sys.argv[2]), -1)
                os.chown(Path(sys.argv[1]).parent, int(sys.argv[2]), -1)
                os.setuid(int(sys.argv[2]))
            try:
                SqliteDatabase(Path(sys.argv[1]))
            except StoreReadOnlyError as error:
                print(error)
        """

        exit_code, output = finished(python(code, path, NOBODY))

        path.parent.chmod(0o700)
        assert (exit_code, path.read_bytes()) == (0, before), output
        assert "cannot be written by this user" in output

    def test_a_home_that_is_a_file_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "home").touch()

        with pytest.raises(StoreReadOnlyError):
            SqliteDatabase(tmp_path / "home" / DATABASE_FILE)


def _with_revision(path: Path, revision: str) -> bytes:
    opened(path).close()
    with sqlite3.connect(path) as other:
        other.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    other.close()
    return path.read_bytes()
