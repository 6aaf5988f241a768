"""Reads, in a small pool of threads beside the writer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from openhexa_hub.service.tasks.writer import database_unavailable

T = TypeVar("T")


class Reader:
    """Runs functions of a connection in threads; each sees what was committed before it began."""

    def __init__(self, engine: Engine, threads: int) -> None:
        self._engine = engine
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="openhexa-reader")

    async def run(self, read: Callable[[Connection], T]) -> T:
        """Return what `read` returned. Unavailable: the database cannot be reached."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, read)

    def close(self) -> None:
        """End the threads once they are idle."""
        self._threads.shutdown(wait=True)

    def _read(self, read: Callable[[Connection], T]) -> T:
        try:
            with self._engine.connect() as connection:
                return read(connection)
        except (DBAPIError, PoolTimeout):
            raise database_unavailable() from None
