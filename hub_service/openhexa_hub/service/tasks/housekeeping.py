"""Removes what is kept for a time only: events, Idempotency-Keys and expired tokens."""

from __future__ import annotations

import asyncio
import logging

from sqlalchemy import delete, func, select

from openhexa_contract.errors import PublicError
from openhexa_hub.service.clock import Clock
from openhexa_hub.service.settings import Settings
from openhexa_hub.service.tasks.schema import CALLBACK_TOKENS, EVENTS, LAUNCH_KEYS
from openhexa_hub.service.tasks.writer import Transaction, Writer

log = logging.getLogger(__name__)
EVERY_SECONDS = 900.0


class Housekeeping:
    """Runs by and by, in small transactions."""

    def __init__(self, writer: Writer, clock: Clock, settings: Settings) -> None:
        self._writer = writer
        self._clock = clock
        self._settings = settings

    async def run(self) -> None:
        """Tidy for ever; cancel to end."""
        while True:
            try:
                await self.tidy()
            except PublicError as error:
                log.warning("Old events could not be removed: %s", error.message)
            except Exception:  # the edge of the loop
                log.exception("Old events could not be removed")
            await self._clock.wait(asyncio.Event(), EVERY_SECONDS)

    async def tidy(self) -> None:
        """Remove what is too old. The newest event always stays: its id tells where the stream stands."""
        await self._writer.run(self._tidy)

    def _tidy(self, transaction: Transaction) -> None:
        now = self._clock.now()
        newest = select(func.max(EVENTS.c.id)).scalar_subquery()
        old = EVENTS.c.created_at < now - self._settings.event_retention
        for statement in (
            delete(EVENTS).where(old, EVENTS.c.id < newest),
            delete(LAUNCH_KEYS).where(LAUNCH_KEYS.c.created_at < now - self._settings.launch_key_retention),
            delete(CALLBACK_TOKENS).where(CALLBACK_TOKENS.c.expires_at < now),
        ):
            transaction.connection.execute(statement)
