"""The event stream: `GET /api/events/?workspace=`, resumable by `Last-Event-ID`."""

from __future__ import annotations

from tornado.iostream import StreamClosedError

from openhexa_contract.errors import InvalidInput, PublicError
from openhexa_contract.events import KEEP_ALIVE
from openhexa_contract.i18n import gettext as _
from openhexa_hub.scopes import PIPELINES_READ
from openhexa_hub.service.api.base import PersonHandler, needs
from openhexa_hub.service.api.routing import Routes
from openhexa_hub.service.events import Watcher, failed


class EventsHandler(PersonHandler):
    """Streams what happens to the tasks that the caller may see, until the caller leaves or may no longer see them."""

    _watcher: Watcher | None = None

    @needs(PIPELINES_READ)
    async def get(self) -> None:
        """Stream events; comments keep the line alive."""
        last = self._last_event()
        workspaces = await self.workspaces()
        self._watcher = watcher = self.parts.watchers.open(self.caller.name, workspaces)
        try:
            position, first = await self.parts.watchers.since(last, workspaces)
            self.set_header("Content-Type", "text/event-stream")
            self.set_header("X-Accel-Buffering", "no")
            self.write(KEEP_ALIVE + f"id: {position}\n\n".encode() if not first else KEEP_ALIVE + first)
            await self.flush()
            await self._stream(watcher, position)
        except StreamClosedError:
            return
        finally:
            self.parts.watchers.close(watcher)

    def on_connection_close(self) -> None:
        """Wake the stream up, so that it ends at once."""
        super().on_connection_close()
        if self._watcher is not None:
            self._watcher.end()

    async def _stream(self, watcher: Watcher, position: int) -> None:
        clock, settings = self.parts.clock, self.parts.settings
        checked = clock.monotonic()
        while not watcher.ended:
            arrived = await clock.wait(watcher.arrived, settings.keep_alive)
            if clock.monotonic() - checked >= settings.access_life:
                if not await self._may_stay(watcher):
                    return
                checked = clock.monotonic()
            position, content = watcher.take(position)
            if content or not arrived:
                self.write(content or KEEP_ALIVE)
                await self.flush()

    async def _may_stay(self, watcher: Watcher) -> bool:
        """Look again whether the caller may see all that she watches; say so on the stream when not, so that she
        connects anew.
        """
        try:
            await self.parts.identities.still(self, PIPELINES_READ)
            if set(await self.workspaces()) >= watcher.workspaces:
                return True
            reason: PublicError | None = None
        except PublicError as error:
            if error.status >= 500:
                return True
            reason = error
        if reason is not None:
            self.write(failed(reason))
            await self.flush()
        return False

    def _last_event(self) -> int | None:
        text = self.request.headers.get("Last-Event-ID", "").strip() or self.query("last_event_id")
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            raise InvalidInput(_("The address is not valid."), {"Last-Event-ID": _("This is no id of an event.")})
        return int(text)


routes: Routes = [(r"/api/events/", EventsHandler)]
