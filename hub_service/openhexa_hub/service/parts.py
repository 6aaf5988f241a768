"""The service put together: what needs what, started and stopped in order."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

from sqlalchemy import text

from openhexa_hub.app.client import AppClient, AppUrls
from openhexa_hub.service.access import Access
from openhexa_hub.service.auth import Identities, ServiceOAuth
from openhexa_hub.service.catalogue import Catalogue
from openhexa_hub.service.clock import Clock
from openhexa_hub.service.events import Watchers
from openhexa_hub.service.hub import Hub
from openhexa_hub.service.migrate import check_schema, migrate
from openhexa_hub.service.people import People
from openhexa_hub.service.platform import Platform
from openhexa_hub.service.sealing import Sealer
from openhexa_hub.service.settings import Settings
from openhexa_hub.service.tasks.authorizations import Authorizations
from openhexa_hub.service.tasks.callback_tokens import CallbackTokens
from openhexa_hub.service.tasks.database import Database
from openhexa_hub.service.tasks.housekeeping import Housekeeping
from openhexa_hub.service.tasks.launch import Launcher
from openhexa_hub.service.tasks.reader import Reader
from openhexa_hub.service.tasks.reconciler import Reconciler
from openhexa_hub.service.tasks.report import Reporter
from openhexa_hub.service.tasks.rows import StoredTask
from openhexa_hub.service.tasks.runs import RunReader
from openhexa_hub.service.tasks.stop import Stopper
from openhexa_hub.service.tasks.store import Store
from openhexa_hub.service.tasks.writer import StoredEvent, Transaction, Writer


class Parts:
    """Everything that handlers use. Make it, `start` it on the event loop, `stop` it in the end."""

    def __init__(self, settings: Settings, oauth: ServiceOAuth, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock = clock or Clock()
        monotonic = self.clock.monotonic
        sealer = Sealer(settings.keys)
        self.cookie_secret = sealer.cookie_secret
        self._hub = Hub(str(oauth.api_url), str(oauth.api_token), timeout=settings.upstream_timeout, tls=oauth.tls())
        oauth.remember(self._hub.owner, settings.token_life, monotonic)
        self.identities = Identities(oauth)
        self.database = Database(settings.database_url, settings.readers)
        self._reader = Reader(self.database.reader, settings.readers)
        self._writer = Writer(self.database.writer, self._published, batch=settings.batch, backlog=settings.backlog)
        self.store = Store(self._writer, self._reader, self.clock, settings.app_public_url)
        self.callback_tokens = CallbackTokens(self._writer, self._reader, self.clock)
        urls = AppUrls.from_base(settings.app_url)
        self._app = AppClient(urls, timeout=settings.upstream_timeout, connections=settings.upstream_connections)
        self._platform = Platform(self._app)
        self._people = People(self._hub, monotonic, settings.headers_life)
        self.access = Access(self._people, self._platform, monotonic, settings.access_life)
        self.catalogue = Catalogue(self.access, self._people, self._platform, monotonic, settings.list_life)
        self.watchers = Watchers(
            self._reader,
            limit=settings.watcher_queue,
            per_person=settings.watchers_per_person,
            opened=self._watched_now,
        )
        self.reconciler = self._make_reconciler(sealer)
        self.launcher = self._make_launcher(sealer)
        self.stopper = Stopper(self.store, self._people, self._platform, self.reconciler, self.clock)
        self.reporter = Reporter(self.store)
        self.housekeeping = Housekeeping(self._writer, self.clock, settings)
        self._loops: list[asyncio.Task[None]] = []

    async def start(self, *, loops: bool = True) -> None:
        """Migrate if that is wanted, and begin. `loops`: also what runs by itself (the reconciler and the
        housekeeping).
        """
        await asyncio.to_thread(migrate if self.settings.migrate else check_schema, self.database)
        self._writer.start()
        if loops:
            self._loops = [
                asyncio.ensure_future(self.reconciler.run()),
                asyncio.ensure_future(self.housekeeping.run()),
            ]

    async def stop(self) -> None:
        """End streams and loops, finish what is to be written, close every connection."""
        self.watchers.end()
        for loop in self._loops:
            loop.cancel()
        for loop in self._loops:
            with contextlib.suppress(asyncio.CancelledError):
                await loop
        await self._writer.close()
        await self._hub.close()
        await self._app.close()
        await asyncio.to_thread(self._reader.close)
        self.database.dispose()

    async def check(self) -> None:
        """Return when the database takes writes; Unavailable otherwise."""
        await self._writer.run(_touch)

    def _published(self, events: Sequence[StoredEvent]) -> None:
        self.watchers.publish(events)

    def _watched_now(self, workspace: str) -> None:
        self.reconciler.look(workspace)

    def _followed(self, task: StoredTask) -> None:
        self.reconciler.follow(task)

    def _make_reconciler(self, sealer: Sealer) -> Reconciler:
        return Reconciler(
            self.store,
            RunReader(self._platform, self.settings.follow_batch),
            Authorizations(self._people, sealer),
            self.clock,
            self.settings,
            watched=self.watchers.is_watched,
            launching=lambda: self.launcher.launching,
        )

    def _make_launcher(self, sealer: Sealer) -> Launcher:
        return Launcher(
            self.store,
            self.catalogue,
            self._people,
            self._platform,
            sealer,
            self.clock,
            public_url=self.settings.public_url,
            task_token_life=self.settings.task_token_life,
            followed=self._followed,
            unrecorded=self.reconciler.interrupted,
        )


def _touch(transaction: Transaction) -> None:
    transaction.connection.execute(text("SELECT 1"))
