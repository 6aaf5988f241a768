"""Watchers of tasks: whoever holds an event stream open. Slow ones never hold up the others, nor the writer.

Publishing encodes an event once and puts it into the bounded queue of each watcher of its workspace, a few hundred
watchers at a time. A queue that is full is emptied: its watcher is told to fetch everything again (`resync`).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence

import msgspec
from sqlalchemy import Connection, func, select

from openhexa_contract.errors import Conflict, PublicError
from openhexa_contract.events import Event, encode
from openhexa_contract.i18n import gettext as _
from openhexa_hub.service.tasks.reader import Reader
from openhexa_hub.service.tasks.schema import EVENTS
from openhexa_hub.service.tasks.writer import StoredEvent

AT_ONCE = 200
MOST_RESUMED = 2000


class Watcher:
    """One open stream: encoded events with their ids. `arrived` is set while some wait, or once it `ended`."""

    def __init__(self, person: str, workspaces: Iterable[str], limit: int) -> None:
        self.person = person
        self.workspaces = frozenset(workspaces)
        self._limit = limit
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._overrun: int | None = None
        self.arrived = asyncio.Event()
        self.ended = False

    def put(self, number: int, encoded: bytes) -> None:
        """Queue an event; drop everything when too much waits."""
        if len(self._waiting) >= self._limit:
            self._waiting.clear()
            self._overrun = number
        elif self._overrun is not None:
            self._overrun = number
        else:
            self._waiting.append((number, encoded))
        self.arrived.set()

    def end(self) -> None:
        """Let the stream end at once."""
        self.ended = True
        self.arrived.set()

    def take(self, after: int) -> tuple[int, bytes]:
        """Return what waits and is newer than the event `after`, and the id of its last event."""
        self.arrived.clear()
        overrun, self._overrun = self._overrun, None
        if overrun is not None:
            self._waiting.clear()
            return max(after, overrun), resync(max(after, overrun))
        parts = []
        while self._waiting:
            number, encoded = self._waiting.popleft()
            if number > after:
                parts.append(encoded)
                after = number
        return after, b"".join(parts)


class Watchers:
    """All open streams. `opened` is told the workspace that somebody has begun to watch."""

    def __init__(
        self, reader: Reader, *, limit: int, per_person: int, opened: Callable[[str], None] = lambda _slug: None
    ) -> None:
        self._reader = reader
        self._limit = limit
        self._per_person = per_person
        self._opened = opened
        self._watching: defaultdict[str, set[Watcher]] = defaultdict(set)
        self._people: defaultdict[str, int] = defaultdict(int)
        self._backlog: deque[tuple[int, bytes, list[Watcher]]] = deque()
        self._fan_out: asyncio.Task[None] | None = None

    def open(self, person: str, workspaces: Iterable[str]) -> Watcher:
        """Begin to watch; `close` it in the end. Conflict: the person has too many streams open."""
        if self._people[person] >= self._per_person:
            raise Conflict(_("You have too many event streams open. Close notebooks or pages that you no longer need."))
        watcher = Watcher(person, workspaces, self._limit)
        self._people[person] += 1
        for slug in watcher.workspaces:
            self._opened(slug)
            self._watching[slug].add(watcher)
        return watcher

    def close(self, watcher: Watcher) -> None:
        """End watching."""
        for slug in watcher.workspaces:
            self._watching[slug].discard(watcher)
            if not self._watching[slug]:
                del self._watching[slug]
        self._people[watcher.person] -= 1
        if self._people[watcher.person] <= 0:
            del self._people[watcher.person]

    def is_watched(self, workspace: str) -> bool:
        """Say whether anybody watches a workspace now."""
        return bool(self._watching.get(workspace))

    def end(self) -> None:
        """End every stream: the service stops. Their clients come back by themselves."""
        for watchers in list(self._watching.values()):
            for watcher in watchers:
                watcher.end()

    def __len__(self) -> int:
        return sum(self._people.values())

    def publish(self, events: Sequence[StoredEvent]) -> None:
        """Give events to their watchers, in order. Called on the event loop, after the commit."""
        for event in events:
            watchers = self._watching.get(event.workspace)
            if watchers:
                self._backlog.append((event.id, encode_stored(event), list(watchers)))
        if self._backlog and (self._fan_out is None or self._fan_out.done()):
            if sum(len(watchers) for _id, _data, watchers in self._backlog) <= AT_ONCE:
                self._put_all()
            else:
                self._fan_out = asyncio.ensure_future(self._put_slowly())

    def _put_all(self) -> None:
        while self._backlog:
            number, encoded, watchers = self._backlog.popleft()
            for watcher in watchers:
                watcher.put(number, encoded)

    async def _put_slowly(self) -> None:
        while self._backlog:
            number, encoded, watchers = self._backlog.popleft()
            for start in range(0, len(watchers), AT_ONCE):
                for watcher in watchers[start : start + AT_ONCE]:
                    watcher.put(number, encoded)
                await asyncio.sleep(0)

    async def since(self, last: int | None, workspaces: Sequence[str]) -> tuple[int, bytes]:
        """Return what came after the event `last` and the id of its last; None: only where the stream stands.

        Where that cannot be told any more, because the events are too old, too many, or those of another database,
        the answer is one `resync`.
        """
        return await self._reader.run(lambda connection: _since(connection, last, workspaces))


def encode_stored(event: StoredEvent) -> bytes:
    """Return an event as bytes of the stream."""
    return encode(Event(event.type, msgspec.Raw(event.data), str(event.id)))


def resync(number: int) -> bytes:
    """Return the event that tells a watcher to fetch everything again."""
    return encode(Event("resync", {}, str(number)))


def failed(error: PublicError) -> bytes:
    """Return an error as an event."""
    return encode(Event("error", error.body()))


def _since(connection: Connection, last: int | None, workspaces: Sequence[str]) -> tuple[int, bytes]:
    lowest, highest = connection.execute(select(func.min(EVENTS.c.id), func.max(EVENTS.c.id))).one()
    highest = highest or 0
    if last is None or (last == highest):
        return highest, b""
    if last > highest or last < (lowest or 0) - 1:
        return highest, resync(highest)
    columns = (EVENTS.c.id, EVENTS.c.workspace, EVENTS.c.type, EVENTS.c.data)
    query = select(*columns).where(EVENTS.c.id > last, EVENTS.c.workspace.in_(workspaces)).order_by(EVENTS.c.id)
    rows = connection.execute(query.limit(MOST_RESUMED + 1)).all()
    if len(rows) > MOST_RESUMED:
        return highest, resync(highest)
    events = [StoredEvent(row.id, row.workspace, row.type, row.data.encode()) for row in rows]
    return max([highest, *(event.id for event in events)]), b"".join(encode_stored(event) for event in events)
