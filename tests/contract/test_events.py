from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openhexa_contract.events import KEEP_ALIVE, Decoder, Event, encode


def decode(*chunks: bytes) -> list[Event]:
    decoder = Decoder()
    return [event for chunk in chunks for event in decoder.feed(chunk)]


def test_an_event_as_bytes() -> None:
    event = Event("task", {"task": {"id": 1, "name": "Été"}}, "12")
    assert encode(event) == 'id: 12\nevent: task\ndata: {"task":{"id":1,"name":"Été"}}\n\n'.encode()
    assert encode(Event("resync", {})) == b"event: resync\ndata: {}\n\n"


@pytest.mark.parametrize("event", [Event("a\nb"), Event("a", None, "1\r2"), Event("a", None, "\0"), Event("a\0")])
def test_what_could_not_be_read_back_is_not_written(event: Event) -> None:
    with pytest.raises(ValueError, match="single lines"):
        encode(event)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
names = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), min_size=1, max_size=5).filter(
    lambda name: name[0] != " "
)


@settings(deadline=None)
@given(
    st.lists(st.builds(Event, names, json_values, names), max_size=4),
    st.sampled_from([b"\n", b"\r\n", b"\r"]),
    st.integers(1, 7),
)
def test_what_is_written_is_read_however_it_is_cut(events: list[Event], line_end: bytes, size: int) -> None:
    stream = KEEP_ALIVE + b"".join(encode(event) + KEEP_ALIVE for event in events)
    stream = stream.replace(b"\n", line_end)
    chunks = [stream[start : start + size] for start in range(0, len(stream), size)]
    assert decode(stream, b"\n") == events
    assert decode(*chunks, b"\n") == events


def test_line_ends_comments_and_several_data_lines() -> None:
    stream = b': hi\r\nevent: task\r\ndata: {"a":\r\ndata: 1}\r\n\r\ndata:[1]\n\n:\n\n'
    assert decode(stream) == [Event("task", {"a": 1}), Event("message", [1])]


def test_a_letter_cut_in_two() -> None:
    stream = encode(Event("task", "é✓😀"))
    for cut in range(len(stream)):
        assert decode(stream[:cut], stream[cut:]) == [Event("task", "é✓😀")]


def test_a_line_end_cut_in_two_is_one() -> None:
    assert decode(b"data: 1\r", b"\n\r", b"\ndata: 2\r", b"\n\r\n") == [Event("message", 1), Event("message", 2)]


def test_an_event_is_given_only_when_it_is_whole() -> None:
    decoder = Decoder()
    assert decoder.feed(b"data: 1\n") == []
    assert decoder.feed(b"") == []
    assert decoder.feed(b"\n") == [Event("message", 1)]
    assert decoder.feed(b"\n\n\n") == []


def test_the_last_id_is_kept_over_events_without_one() -> None:
    decoder = Decoder()
    events = decoder.feed(b"id: 5\ndata: 1\n\ndata: 2\n\nid: 6\n\nid: bad\0\ndata: 3\n\nid\ndata: 4\n\n")
    assert [event.id for event in events] == ["5", "5", "6", ""]
    assert decoder.last_id == ""


def test_the_retry_time() -> None:
    decoder = Decoder()
    decoder.feed(b"retry: 3000\n")
    assert decoder.retry == 3000
    decoder.feed("retry: soon\nretry: -1\nretry: ٣\nretry:\n".encode())
    assert decoder.retry == 3000


@pytest.mark.parametrize(
    ("data", "value"),
    [(b"hello", "hello"), (b"", ""), (b"{", "{"), (b"\xff", "\ufffd"), (b" x", " x"), (b"null", None)],
)
def test_data_that_is_no_json_is_text(data: bytes, value: Any) -> None:
    assert decode(b"data: " + data + b"\n\n") == [Event("message", value)]


def test_fields_without_a_colon_and_unknown_fields() -> None:
    assert decode(b"data\nfoo: bar\nevent\n\n") == [Event("message", "")]


@pytest.mark.parametrize(
    "chunks", [(b"\xef\xbb\xbfdata: 1\n\n",), (b"\xef", b"\xbb", b"\xbfdata: 1\n\n"), (b"", b"data: 1\n\n")]
)
def test_a_byte_order_mark_is_skipped(chunks: tuple[bytes, ...]) -> None:
    assert decode(*chunks) == [Event("message", 1)]


@settings(deadline=None)
@given(st.lists(st.binary(max_size=20), max_size=5))
def test_no_bytes_break_it(chunks: list[bytes]) -> None:
    for event in decode(*chunks):
        assert event.type


def test_a_long_event_in_small_chunks_is_not_read_again_and_again() -> None:
    decoder = Decoder()
    stream = encode(Event("task", "x" * 300_000))
    found = [event for start in range(0, len(stream), 64) for event in decoder.feed(stream[start : start + 64])]
    assert len(found) == 1
