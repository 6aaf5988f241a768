"""`/health` and `/health/ready`, on a port of their own that the hub's proxy does not serve."""

from __future__ import annotations

from openhexa_contract.errors import Unavailable
from openhexa_hub.service.api.base import BaseHandler
from openhexa_hub.service.api.routing import Routes


class AliveHandler(BaseHandler):
    """`GET /health`: the event loop runs."""

    def get(self) -> None:
        """Answer at once."""
        self.answer({"status": "alive"})


class ReadyHandler(BaseHandler):
    """`GET /health/ready`: requests can be served."""

    async def get(self) -> None:
        """Answer 200, or 503 while the database cannot be written to."""
        try:
            await self.parts.check()
        except Unavailable as error:
            self.answer({"status": "not ready", "reasons": [error.message]}, 503)
        else:
            self.answer({"status": "ready", "reasons": []})


routes: Routes = [(r"/health", AliveHandler), (r"/health/ready", ReadyHandler)]
