"""The shared stream, with the service's side played by hand and pauses that end when a test says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from openhexa_contract.errors import Unavailable
from openhexa_contract.events import KEEP_ALIVE, Event, encode
from openhexa_jupyter.server.relay import RESYNC, Relay, Watcher

pytestmark = pytest.mark.anyio

RESYNCED = encode(RESYNC)
DOWN = Unavailable("The service is away.")


def event(number: int) -> Event:
    return Event(type="task", data={"task": {"id": number}}, id=str(number))


class Upstream:
    """One connection after the other; `connections` has the Last-Event-ID of each."""

    def __init__(self) -> None:
        self.connections: list[str | None] = []
        self.pauses: list[float] = []
        self.ended = 0
        self.open: Callable[[], None] = lambda: None
        self.tell: Callable[[Event], None] = lambda event: None
        self._end: asyncio.Future[str | None] | None = None
        self._pause: asyncio.Future[None] | None = None

    async def listen(
        self, last_event_id: str | None, on_open: Callable[[], None], on_event: Callable[[Event], None]
    ) -> str | None:
        self.connections.append(last_event_id)
        self.open, self.tell = on_open, on_event
        self._end = asyncio.get_running_loop().create_future()
        try:
            return await self._end
        finally:
            self.ended += 1

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self._pause = asyncio.get_running_loop().create_future()
        await self._pause

    async def end(self, error: Exception | None = None, last_id: str | None = None) -> None:
        assert self._end is not None
        if error is None:
            self._end.set_result(last_id)
        else:
            self._end.set_exception(error)
        await settle()

    async def resume(self) -> None:
        assert self._pause is not None
        self._pause.set_result(None)
        await settle()


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.fixture
def upstream() -> Upstream:
    return Upstream()


@pytest.fixture
async def relay(upstream: Upstream) -> Relay:
    return Relay(upstream.listen, queue_length=3, shortest_pause=1, longest_pause=8, sleep=upstream.sleep)


async def opened(relay: Relay, upstream: Upstream) -> Watcher:
    """A watcher on an open stream, with nothing waiting."""
    watcher = relay.watch()
    await settle()
    upstream.open()
    assert await watcher.next(1) == RESYNCED
    return watcher


async def test_the_stream_opens_with_the_first_watcher_and_closes_with_the_last(
    relay: Relay, upstream: Upstream
) -> None:
    assert upstream.connections == []
    first = await opened(relay, upstream)
    second = relay.watch()
    await settle()
    assert upstream.connections == [None]
    relay.leave(first)
    relay.leave(first)
    await settle()
    assert upstream.ended == 0
    relay.leave(second)
    await settle()
    assert upstream.ended == 1


async def test_each_watcher_gets_each_event(relay: Relay, upstream: Upstream) -> None:
    first, second = await opened(relay, upstream), relay.watch()
    upstream.tell(event(1))
    upstream.tell(event(2))
    assert await first.next(1) == await second.next(1) == encode(event(1)) + encode(event(2))


async def test_a_watcher_that_comes_back_up_to_date_misses_nothing(relay: Relay, upstream: Upstream) -> None:
    await opened(relay, upstream)
    upstream.tell(event(7))
    assert await relay.watch("7").next(0.001) == KEEP_ALIVE


async def test_a_watcher_that_comes_back_behind_is_told_to_read_again(relay: Relay, upstream: Upstream) -> None:
    await opened(relay, upstream)
    upstream.tell(event(7))
    assert await relay.watch("5").next(1) == RESYNCED


async def test_a_slow_watcher_gets_one_resync_in_place_of_many_events(relay: Relay, upstream: Upstream) -> None:
    slow = await opened(relay, upstream)
    for number in range(4):
        upstream.tell(event(number))
    assert await slow.next(1) == RESYNCED
    upstream.tell(event(9))
    assert await slow.next(1) == encode(event(9))


async def test_a_stream_that_ends_is_resumed_without_a_word(relay: Relay, upstream: Upstream) -> None:
    watcher = await opened(relay, upstream)
    upstream.tell(event(1))
    await upstream.end()
    await upstream.resume()
    assert upstream.connections == [None, "1"]
    upstream.open()
    upstream.tell(event(2))
    assert await watcher.next(1) == encode(event(1)) + encode(event(2))


async def test_a_stream_that_ends_before_any_event_may_have_missed_some(relay: Relay, upstream: Upstream) -> None:
    watcher = await opened(relay, upstream)
    await upstream.end()
    await upstream.resume()
    upstream.open()
    assert await watcher.next(1) == RESYNCED


async def test_an_id_that_came_without_an_event_is_resumed_from(relay: Relay, upstream: Upstream) -> None:
    watcher = await opened(relay, upstream)
    await upstream.end(last_id="40")
    await upstream.resume()
    assert upstream.connections == [None, "40"]
    upstream.open()
    assert await watcher.next(0.001) == KEEP_ALIVE


async def test_an_outage_is_told_once_and_its_end_too(relay: Relay, upstream: Upstream) -> None:
    watcher = await opened(relay, upstream)
    upstream.tell(event(1))
    await watcher.next(1)
    for _ in range(3):
        await upstream.end(DOWN)
        await upstream.resume()
    lost = encode(Event(type="error", data=DOWN.body(), id=None))
    assert await watcher.next(1) == lost
    assert await relay.watch().next(1) == lost
    upstream.open()
    assert await watcher.next(1) == RESYNCED


async def test_pauses_grow_up_to_the_longest_and_start_anew(relay: Relay, upstream: Upstream) -> None:
    await opened(relay, upstream)
    await upstream.end()
    await upstream.resume()
    for _ in range(5):
        await upstream.end(DOWN)
        await upstream.resume()
    upstream.open()
    await upstream.end()
    bounds = [1, 2, 4, 8, 8, 8, 1]
    assert all(bound / 2 <= pause <= bound for pause, bound in zip(upstream.pauses, bounds, strict=True))


async def test_a_fault_of_our_own_does_not_end_the_stream(
    relay: Relay, upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    await opened(relay, upstream)
    await upstream.end(ValueError("not foreseen"))
    await upstream.resume()
    assert len(upstream.connections) == 2
    assert "not foreseen" in caplog.text


async def test_closing_wakes_those_who_wait(relay: Relay, upstream: Upstream) -> None:
    watcher = await opened(relay, upstream)
    waiting = asyncio.ensure_future(watcher.next(10))
    await settle()
    relay.close()
    assert await waiting == b""
    assert watcher.closed
