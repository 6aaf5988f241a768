"""Answers kept for a short while, asked for once however many wait for them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Memo(Generic[K, V]):
    """A cache with single-flight: callers that come while the answer is under way share it.

    `life` is in seconds from the moment the answer came. Failures are given to all who waited and are not kept. At
    most `most` answers are kept; the oldest go first. `life_of` may give an answer a life of its own.
    """

    def __init__(
        self,
        life: float,
        monotonic: Callable[[], float],
        *,
        most: int = 10_000,
        life_of: Callable[[V], float] | None = None,
    ) -> None:
        self._life = life
        self._monotonic = monotonic
        self._most = most
        self._life_of = life_of
        self._kept: dict[K, tuple[float, V]] = {}
        self._flights: dict[K, asyncio.Task[V]] = {}

    async def get(self, key: K, ask: Callable[[], Awaitable[V]]) -> V:
        """Return the kept answer, or wait for `ask`, which is called at most once at a time for a key."""
        kept = self._kept.get(key)
        if kept is not None and kept[0] > self._monotonic():
            return kept[1]
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.ensure_future(self._ask(key, ask))
            self._flights[key] = flight
        return await asyncio.shield(flight)

    def drop(self, key: K) -> None:
        """Forget an answer; one that is under way is given to those who wait for it, but not kept."""
        self._kept.pop(key, None)
        self._flights.pop(key, None)

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()
        self._flights.clear()

    async def _ask(self, key: K, ask: Callable[[], Awaitable[V]]) -> V:
        mine = asyncio.current_task()
        try:
            answer = await ask()
            if self._flights.get(key) is mine:
                self._keep(key, answer)
            return answer
        finally:
            if self._flights.get(key) is mine:
                del self._flights[key]

    def _keep(self, key: K, answer: V) -> None:
        life = self._life if self._life_of is None else self._life_of(answer)
        self._kept.pop(key, None)
        if life <= 0:
            return
        self._kept[key] = (self._monotonic() + life, answer)
        while len(self._kept) > self._most:
            del self._kept[next(iter(self._kept))]
