from __future__ import annotations

import asyncio
from typing import Any

import pytest

from openhexa_hub.service.memo import Memo

pytestmark = pytest.mark.anyio


class Source:
    """Counts how often it is asked; answers when `open` is set."""

    def __init__(self) -> None:
        self.asked = 0
        self.open = asyncio.Event()
        self.open.set()
        self.error: Exception | None = None

    async def __call__(self) -> int:
        self.asked += 1
        mine = self.asked
        await self.open.wait()
        if self.error is not None:
            raise self.error
        return mine


async def test_an_answer_is_kept_for_its_life(clock: Any) -> None:
    memo: Memo[str, int] = Memo(10, clock.monotonic)
    source = Source()
    assert [await memo.get("a", source), await memo.get("a", source)] == [1, 1]
    clock.forward(10)
    assert await memo.get("a", source) == 2


async def test_simultaneous_callers_share_one_question(clock: Any) -> None:
    memo: Memo[str, int] = Memo(0, clock.monotonic)
    source = Source()
    source.open.clear()
    callers = [asyncio.ensure_future(memo.get("a", source)) for _ in range(50)]
    await asyncio.sleep(0)
    source.open.set()
    assert set(await asyncio.gather(*callers)) == {1}
    assert await memo.get("a", source) == 2


async def test_a_failure_reaches_all_who_wait_and_is_not_kept(clock: Any) -> None:
    memo: Memo[str, int] = Memo(10, clock.monotonic)
    source = Source()
    source.error = ValueError("no")
    results = await asyncio.gather(*(memo.get("a", source) for _ in range(3)), return_exceptions=True)
    assert [type(result) for result in results] == [ValueError] * 3
    assert source.asked == 1
    source.error = None
    assert await memo.get("a", source) == 2


async def test_one_impatient_caller_does_not_end_the_question_for_others(clock: Any) -> None:
    memo: Memo[str, int] = Memo(10, clock.monotonic)
    source = Source()
    source.open.clear()
    impatient = asyncio.ensure_future(memo.get("a", source))
    patient = asyncio.ensure_future(memo.get("a", source))
    await asyncio.sleep(0)
    impatient.cancel()
    source.open.set()
    assert await patient == 1


async def test_what_was_dropped_under_way_is_not_kept(clock: Any) -> None:
    memo: Memo[str, int] = Memo(10, clock.monotonic)
    source = Source()
    source.open.clear()
    old = asyncio.ensure_future(memo.get("a", source))
    await asyncio.sleep(0)
    memo.drop("a")
    source.open.set()
    assert await old == 1
    assert await memo.get("a", source) == 2


async def test_the_oldest_answers_go_first(clock: Any) -> None:
    memo: Memo[int, int] = Memo(10, clock.monotonic, most=2)
    source = Source()
    for key in (1, 2, 3):
        await memo.get(key, source)
    assert [await memo.get(key, source) for key in (3, 2, 1)] == [3, 2, 4]
    memo.clear()
    assert await memo.get(1, source) == 5


async def test_an_answer_may_have_a_life_of_its_own(clock: Any) -> None:
    memo: Memo[str, int] = Memo(10, clock.monotonic, life_of=lambda answer: 0.0 if answer == 1 else 10.0)
    source = Source()
    assert [await memo.get("a", source) for _ in range(3)] == [1, 2, 2]
