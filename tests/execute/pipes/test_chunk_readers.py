"""Messages that come in chunks, as from a store of objects."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from watchbell import PipesBlobStoreMessageReader, PipesLogReader
from watchbell_pipes.wire import make_message
from watchbell_pipes.writers import PipesBufferedFilesystemMessageWriterChannel

LONG_SECONDS = 3_600


class FolderReader(PipesBlobStoreMessageReader):
    def __init__(self, folder: Path, **arguments: Any) -> None:
        super().__init__(interval=LONG_SECONDS, **arguments)
        self.folder = folder

    @contextmanager
    def get_params(self) -> Iterator[Mapping[str, Any]]:
        yield {"path": str(self.folder)}

    def download_messages_chunk(self, index: int, params: Mapping[str, Any]) -> str | None:
        file = Path(params["path"]) / f"{index}.json"
        return file.read_text() if file.exists() else None

    def no_messages_debug_text(self) -> str:
        return "Messages were looked for in a folder."


class Collected(list[dict[str, Any]]):
    def handle_message(self, message: dict[str, Any]) -> None:
        self.append(message)


class OneLogReader(PipesLogReader):
    def __init__(self) -> None:
        self.said: list[str] = []

    def start(self, params: Mapping[str, Any], is_session_closed: threading.Event) -> None:
        self.said.append("start")

    def stop(self) -> None:
        self.said.append("stop")

    def is_running(self) -> bool:
        return self.said[-1:] == ["start"]

    def target_is_readable(self, params: Mapping[str, Any]) -> bool:
        return True

    @property
    def debug_info(self) -> str:
        return "one file"


def test_what_the_last_chunk_says_is_read_at_the_end(tmp_path: Path) -> None:
    collected = Collected()

    with FolderReader(tmp_path).read_messages(collected):
        channel = PipesBufferedFilesystemMessageWriterChannel(str(tmp_path), interval=LONG_SECONDS)
        with channel.buffered_upload_loop():
            for number in range(3):
                channel.write_message(make_message("report_custom_message", {"payload": number}))

    assert [each["params"]["payload"] for each in collected] == [0, 1, 2]


def test_chunks_are_read_in_order(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        (tmp_path / f"{number}.json").write_text(json.dumps(make_message("log", {"message": str(number)})))
    collected = Collected()

    with FolderReader(tmp_path).read_messages(collected):
        pass

    assert [each["params"]["message"] for each in collected] == ["1", "2", "3"]


def test_a_log_reader_is_started_and_stopped(tmp_path: Path) -> None:
    logs = OneLogReader()

    with FolderReader(tmp_path, log_readers=[logs]).read_messages(Collected()):
        pass

    assert logs.said == ["start", "stop"]
    assert logs.with_debug_info(f"{logs.name} failed") == "OneLogReader failed (one file)"
