"""Frames: cut from any stream, sent without waiting, refused when they are none."""

import socket
import struct
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.ground.channel import (
    BODY_BYTES_MAX,
    Channel,
    ConnectionEndedError,
    Frame,
    FrameError,
    FrameKind,
    FrameReader,
)
from watchbell.record.evaluation import Answer, Outcome, StartRun
from watchbell.record.request import RunRequest

FRAMES = st.builds(
    Frame, st.binary(max_size=300), st.sampled_from(FrameKind), st.integers(min_value=0, max_value=2**64 - 1)
)


@given(st.lists(FRAMES, max_size=8), st.lists(st.integers(min_value=1, max_value=50), min_size=1, max_size=30))
def test_frames_come_out_as_they_went_in_however_the_stream_is_cut(frames: list[Frame], sizes: list[int]) -> None:
    stream = b"".join(frame.encoded() for frame in frames)
    reader, found, start, turn = FrameReader(), [], 0, 0
    while start < len(stream):
        size = sizes[turn % len(sizes)]
        found += reader.feed(stream[start : start + size])
        start, turn = start + size, turn + 1

    assert found == frames


def test_a_value_survives_its_frame() -> None:
    value = StartRun("a-run", 3)

    assert Frame.of(value).value() == value


def test_a_lone_surrogate_does_not_break_a_frame() -> None:
    value = Answer(1, Outcome.ANSWERED, skip_message="a\ud800b")

    assert Frame.of(value).value() == value


def test_a_length_beyond_the_limit_is_refused_before_it_is_read() -> None:
    reader = FrameReader()

    with pytest.raises(FrameError, match="is none that this program sends"):
        reader.feed(struct.pack(">IBQ", BODY_BYTES_MAX + 1, 0, 0))


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(FrameError):
        FrameReader().feed(struct.pack(">IBQ", 0, 9, 0))


def test_a_body_beyond_the_limit_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watchbell.ground.channel.BODY_BYTES_MAX", 10)

    with pytest.raises(FrameError, match="at most 10"):
        Frame(b"x" * 11).encoded()


def test_sending_to_a_slow_reader_does_not_wait() -> None:
    ours, theirs = socket.socketpair()
    channel, other = Channel(ours), Channel(theirs)
    frames = [Frame(bytes([number]) * 1_000_000, id=number) for number in range(5)]

    for frame in frames:
        channel.send(frame)  # nobody reads
    was_writing = channel.is_writing
    reader_thread_result: list[Frame] = []

    def read_all() -> None:
        while len(reader_thread_result) < len(frames):
            reader_thread_result.extend(other.wait_frames())

    thread = threading.Thread(target=read_all)
    thread.start()
    channel.wait_sent()
    thread.join(10)
    channel.close()
    other.close()

    assert (was_writing, reader_thread_result) == (True, frames)


def test_the_end_of_the_other_side_is_told_to_reader_and_writer() -> None:
    ours, theirs = socket.socketpair()
    channel = Channel(ours)
    theirs.close()

    with pytest.raises(ConnectionEndedError):
        channel.receive()
    with pytest.raises(ConnectionEndedError):
        channel.send(Frame(b"x"))
    channel.close()


def test_an_answer_of_ten_thousand_requests_passes() -> None:
    requests = tuple(RunRequest(run_key=str(number), tags={"n": str(number)}) for number in range(10_000))
    answer = Answer(7, Outcome.ANSWERED, run_requests=requests)

    assert Frame.of(answer, FrameKind.ANSWER, 7).value() == answer
