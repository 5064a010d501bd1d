"""What the external process writes to stdout and stderr, taken along as messages."""

from __future__ import annotations

import codecs
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from watchbell_pipes.wire import PipesMessage, make_message

CHUNK_BYTES = 65_536
# A process that this one started and that outlives it keeps the stream open; nobody waits for it longer.
WAIT_FOR_REST_SECONDS = 1.0


@contextmanager
def captured_stdio(write_message: Callable[[PipesMessage], None]) -> Iterator[None]:
    """While entered, stdout and stderr of this process, and of those it starts, go where they went and to messages too.

    Args:
        write_message: takes the messages; called from threads.
    """
    with captured_stream("stdout", write_message), captured_stream("stderr", write_message):
        yield


@contextmanager
def captured_stream(name: str, write_message: Callable[[PipesMessage], None]) -> Iterator[None]:
    """The same for one of the two.

    Args:
        name: ``"stdout"`` or ``"stderr"``.
        write_message: takes the messages; called from a thread.
    """
    number = {"stdout": 1, "stderr": 2}[name]
    _flush(name)
    before, (reading, writing) = os.dup(number), os.pipe()
    os.dup2(writing, number)
    os.close(writing)
    thread = threading.Thread(
        target=_pass_on, args=(reading, before, name, write_message), name=f"pipes-{name}", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        _flush(name)
        os.dup2(before, number)  # the last writer in this process: the thread sees the end
        thread.join(WAIT_FOR_REST_SECONDS)
        if not thread.is_alive():
            os.close(before)


def _pass_on(reading: int, before: int, name: str, write_message: Callable[[PipesMessage], None]) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    while True:
        read = os.read(reading, CHUNK_BYTES)
        if read:
            _write_all(before, read)
        text = decoder.decode(read, final=not read)
        if text:
            write_message(make_message("log_external_stream", {"stream": name, "text": text, "extras": {}}))
        if not read:
            os.close(reading)
            return


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _flush(name: str) -> None:
    stream = getattr(sys, name)
    if stream is not None:
        stream.flush()
