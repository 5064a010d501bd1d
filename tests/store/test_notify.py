"""Datagrams between processes: a hint that arrives, and never an error."""

import errno
import os
import queue
import select
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from watchbell.store import notify
from watchbell.store.notify import NullNotifier, SocketNotifier, notifier_for

WAIT_SECONDS = 20


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder with a short path, as the address of a socket has to be."""
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="wb-") as folder:
        yield Path(folder)


def test_a_listener_hears_each_topic(home: Path) -> None:
    heard: queue.Queue[str] = queue.Queue()

    with notifier_for(home).subscribe(heard.put):
        notifier_for(home).publish(("runs", "events"))

        assert [heard.get(timeout=WAIT_SECONDS), heard.get(timeout=WAIT_SECONDS)] == ["runs", "events"]


def test_every_listener_hears_it_also_from_another_process(home: Path) -> None:
    first: queue.Queue[str] = queue.Queue()
    second: queue.Queue[str] = queue.Queue()
    code = (
        "import sys; from pathlib import Path; from watchbell.store.notify import notifier_for; "
        "notifier_for(Path(sys.argv[1])).publish(('runs',))"
    )

    with notifier_for(home).subscribe(first.put), notifier_for(home).subscribe(second.put):
        subprocess.run([sys.executable, "-c", code, str(home)], check=True)

        assert [first.get(timeout=WAIT_SECONDS), second.get(timeout=WAIT_SECONDS)] == ["runs", "runs"]


def test_listeners_that_come_and_go_are_noticed(home: Path) -> None:
    publisher = notifier_for(home)
    publisher.publish(("nobody",))
    for number in range(3):
        heard: queue.Queue[str] = queue.Queue()
        with notifier_for(home).subscribe(heard.put):
            publisher.publish((str(number),))

            assert heard.get(timeout=WAIT_SECONDS) == str(number)
        publisher.publish(("gone",))


def test_a_socket_left_by_a_killed_process_is_cleared_away(home: Path) -> None:
    folder = home / "notify"
    folder.mkdir()
    left = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    left.bind(str(folder / "left.sock"))
    left.close()

    notifier_for(home).publish(("runs",))

    assert list(folder.iterdir()) == []


def test_a_listener_that_does_not_listen_holds_nobody_up(home: Path) -> None:
    folder = home / "notify"
    folder.mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as deaf:
        deaf.bind(str(folder / "deaf.sock"))
        publisher = notifier_for(home)
        for _ in range(2_000):
            publisher.publish(("runs",))

        assert (folder / "deaf.sock").exists()


@pytest.mark.parametrize("number", [errno.ENOBUFS, errno.ENOMEM, errno.EPERM])
def test_a_listener_that_cannot_be_told_now_is_kept(home: Path, number: int) -> None:
    class Full:
        def sendto(self, datagram: bytes, address: str) -> None:
            raise OSError(number, "not now")

    heard: queue.Queue[str] = queue.Queue()
    with notifier_for(home).subscribe(heard.put):
        publisher = notifier_for(home)
        assert isinstance(publisher, SocketNotifier)
        publisher._sender, publisher._process = Full(), os.getpid()  # type: ignore[assignment]
        publisher.publish(("lost",))

        notifier_for(home).publish(("heard",))
        assert heard.get(timeout=WAIT_SECONDS) == "heard"


def test_a_process_without_free_descriptors_still_commits(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EMFILE, "too many open files")

    with notifier_for(home).subscribe(lambda topic: None), monkeypatch.context() as patched:
        patched.setattr(notify.socket, "socket", refuse)
        notifier_for(home).publish(("runs",))


def test_sockets_are_for_their_owner_alone(home: Path) -> None:
    with notifier_for(home).subscribe(lambda topic: None):
        modes = [stat.S_IMODE(each.stat().st_mode) for each in (home / "notify", *(home / "notify").iterdir())]

    assert modes == [0o700, 0o600]


def test_the_last_listener_takes_the_folder_away(home: Path) -> None:
    with notifier_for(home).subscribe(lambda topic: None):
        with notifier_for(home).subscribe(lambda topic: None):
            pass
        assert len(list((home / "notify").iterdir())) == 1

    assert list(home.iterdir()) == []


def test_a_listener_whose_folder_was_deleted_ends_all_the_same(home: Path) -> None:
    told: queue.Queue[str] = queue.Queue()

    with notifier_for(home).subscribe(told.put):
        shutil.rmtree(home / "notify")

    assert told.empty()


def test_a_home_with_a_long_path_gets_sockets_elsewhere(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = home / "t"
    temporary.mkdir()
    monkeypatch.setattr(notify.tempfile, "gettempdir", lambda: str(temporary))
    long = home / ("x" * 120)
    heard: queue.Queue[str] = queue.Queue()

    with notifier_for(long).subscribe(heard.put):
        notifier_for(long).publish(("runs",))

        assert heard.get(timeout=WAIT_SECONDS) == "runs"
        (folder,) = temporary.iterdir()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_who_only_tells_makes_no_folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notify.tempfile, "gettempdir", lambda: str(home))

    notifier_for(home / ("x" * 120)).publish(("runs",))

    assert list(home.iterdir()) == []


def test_a_folder_that_others_may_write_is_not_used(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = home / "t"
    temporary.mkdir()
    monkeypatch.setattr(notify.tempfile, "gettempdir", lambda: str(temporary))
    long = home / ("x" * 120)
    early = notifier_for(long)
    with early.subscribe(lambda topic: None):
        (folder,) = temporary.iterdir()
        folder.chmod(0o777)
        late = notifier_for(long)
        refused = early.mailbox()

    assert (type(early), type(late), refused) == (SocketNotifier, NullNotifier, None)


def test_the_null_notifier_tells_nobody() -> None:
    heard: list[str] = []
    quiet = NullNotifier()

    with quiet.subscribe(heard.append):
        quiet.publish(("runs",))

    assert heard == []


def test_a_mailbox_keeps_what_came_until_it_is_taken(home: Path) -> None:
    box = notifier_for(home).mailbox()
    assert box is not None

    notifier_for(home).publish(("slots", "events"))
    notifier_for(home).publish(("slots",))
    ready, _, _ = select.select([box], [], [], WAIT_SECONDS)

    assert ready == [box]
    assert (box.take(), box.take()) == ({"slots", "events"}, frozenset())
    box.close()
    assert list(home.iterdir()) == []


def test_a_child_that_ends_leaves_its_parents_mailbox(home: Path) -> None:
    box = notifier_for(home).mailbox()
    assert box is not None
    child = os.fork()
    if child == 0:
        box.close()
        os._exit(0)
    os.waitpid(child, 0)

    notifier_for(home).publish(("slots",))

    assert box.take() == {"slots"}
    box.close()


def test_where_no_mailbox_can_be_made_there_is_none(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError(errno.EMFILE, "too many open files")

    monkeypatch.setattr(notify.SocketMailbox, "__init__", refused)

    assert notifier_for(home).mailbox() is None
    assert NullNotifier().mailbox() is None  # type: ignore[func-returns-value]
