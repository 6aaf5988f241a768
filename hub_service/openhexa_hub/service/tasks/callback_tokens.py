"""Tokens by which running pipelines report: of one task, or of a workspace's tasks. Stored as hashes; good for
nothing else.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from sqlalchemy import Connection, insert, select

from openhexa_hub.service.clock import Clock
from openhexa_hub.service.memo import Memo
from openhexa_hub.service.sealing import hash_token, new_callback_token
from openhexa_hub.service.tasks.reader import Reader
from openhexa_hub.service.tasks.schema import CALLBACK_TOKENS
from openhexa_hub.service.tasks.writer import Transaction, Writer

BELIEVED_SECONDS = 5.0


class CallbackToken(msgspec.Struct, frozen=True):
    """What a token is good for. `task` None: every task of the workspace. `expires_at` in seconds since 1970, or
    None.
    """

    workspace: str
    task: int | None
    expires_at: float | None

    def opens(self, workspace: str, task: int) -> bool:
        """Say whether the token may report about a task."""
        return self.workspace == workspace and self.task in (None, task)


class CallbackTokens:
    """Issues tokens and recognises them."""

    def __init__(self, writer: Writer, reader: Reader, clock: Clock) -> None:
        self._writer = writer
        self._reader = reader
        self._clock = clock
        self._known: Memo[str, CallbackToken | None] = Memo(
            BELIEVED_SECONDS, clock.monotonic, life_of=lambda token: 0.0 if token is None else BELIEVED_SECONDS
        )

    async def issue(self, workspace: str, person: str) -> str:
        """Return a new token for a workspace's tasks: shown once, never again."""
        token = new_callback_token()
        values = {
            "hash": hash_token(token),
            "workspace": workspace,
            "created_by": person,
            "created_at": self._clock.now(),
        }

        def write(transaction: Transaction) -> None:
            transaction.connection.execute(insert(CALLBACK_TOKENS).values(values))

        await self._writer.run(write)
        return token

    async def recognise(self, token: str) -> CallbackToken | None:
        """Return what a token is good for; None for one that is unknown or has expired."""
        hashed = hash_token(token)
        found = await self._known.get(hashed, lambda: self._reader.run(_lookup(hashed)))
        if found is None or (found.expires_at is not None and found.expires_at <= self._clock.now()):
            return None
        return found


def _lookup(hashed: str) -> Callable[[Connection], CallbackToken | None]:
    columns = (CALLBACK_TOKENS.c.workspace, CALLBACK_TOKENS.c.task, CALLBACK_TOKENS.c.expires_at)
    query = select(*columns).where(CALLBACK_TOKENS.c.hash == hashed)

    def read(connection: Connection) -> CallbackToken | None:
        row = connection.execute(query).first()
        return None if row is None else CallbackToken(*row)

    return read
