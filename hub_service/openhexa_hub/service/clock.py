"""Time as the service knows it, so that tests can give it another."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime


class Clock:
    """The real clock. `now` is for people and the database, `monotonic` for intervals; both in seconds."""

    def now(self) -> float:
        """Return the seconds since 1970 (UTC)."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()

    async def wait(self, event: asyncio.Event, seconds: float) -> bool:
        """Wait for the event, `seconds` at most; return whether it came."""
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return False
        return True


def iso(seconds: float | None) -> str | None:
    """Return a moment as ISO 8601 in UTC, such as `2026-11-22T10:00:00.250Z`; None stays None."""
    if seconds is None:
        return None
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
