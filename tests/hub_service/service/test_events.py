"""Watchers: order, bounds, and that none holds up another."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from openhexa_contract.events import Decoder
from openhexa_hub.service.events import AT_ONCE, Watchers
from openhexa_hub.service.tasks.writer import StoredEvent

pytestmark = pytest.mark.anyio


def event(number: int, workspace: str = "sahel") -> StoredEvent:
    return StoredEvent(number, workspace, "task", b'{"n":%d}' % number)


@pytest.fixture
def watchers(service: Any) -> Watchers:
    return Watchers(service.parts._reader, limit=3, per_person=1000)


async def test_events_are_taken_in_order_and_once(watchers: Watchers) -> None:
    watcher = watchers.open("a", ["sahel"])
    watchers.publish([event(1), event(2, "coast"), event(3)])
    position, content = watcher.take(0)
    assert [entry.id for entry in Decoder().feed(content)] == ["1", "3"]
    assert watcher.take(position) == (3, b"")
    watchers.publish([event(3), event(4)])
    assert [entry.id for entry in Decoder().feed(watcher.take(position)[1])] == ["4"]


async def test_a_slow_watcher_is_told_to_resync_and_holds_up_nobody(watchers: Watchers) -> None:
    slow, quick = watchers.open("slow", ["sahel"]), watchers.open("quick", ["sahel"])
    heard, position = [], 0
    for number in range(1, 8):
        watchers.publish([event(number)])
        position, content = quick.take(position)
        heard += [entry.id for entry in Decoder().feed(content)]
    assert heard == [str(number) for number in range(1, 8)]
    position, content = slow.take(0)
    (resync,) = Decoder().feed(content)
    assert (resync.type, resync.id, position) == ("resync", "7", 7)
    watchers.publish([event(8)])
    assert [entry.id for entry in Decoder().feed(slow.take(position)[1])] == ["8"]


async def test_many_watchers_are_served_in_parts(watchers: Watchers) -> None:
    many = [watchers.open("a", ["sahel"]) for _ in range(2 * AT_ONCE + 1)]
    watchers.publish([event(1)])
    watchers.publish([event(2)])
    assert not many[-1].arrived.is_set()
    await asyncio.wait_for(asyncio.gather(*(watcher.arrived.wait() for watcher in many)), 5)
    assert watchers._fan_out is not None
    await watchers._fan_out
    assert {watcher.take(0)[0] for watcher in many} == {2}


async def test_opening_tells_which_workspace_is_watched(service: Any) -> None:
    opened: list[str] = []
    watchers = Watchers(service.parts._reader, limit=3, per_person=10, opened=opened.append)
    watcher = watchers.open("a", ["sahel", "coast"])
    assert sorted(opened) == ["coast", "sahel"]
    assert watchers.is_watched("sahel")
    watchers.close(watcher)
    assert not watchers.is_watched("sahel")
    assert len(watchers) == 0
