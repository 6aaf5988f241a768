"""A notebook server that tells what it receives: headers, by HTTP and by WebSocket, and its environment."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from urllib.parse import urlsplit

from tornado import ioloop, web, websocket


def told(request: object) -> str:
    return json.dumps({"headers": dict(request.headers), "env": dict(os.environ), "argv": sys.argv})


class Tell(web.RequestHandler):
    def get(self) -> None:
        self.finish(told(self.request))


class TellByWebSocket(websocket.WebSocketHandler):
    def check_origin(self, origin: str) -> bool:
        return True

    def open(self) -> None:
        self.write_message(told(self.request))


if __name__ == "__main__":
    address = urlsplit(os.environ["JUPYTERHUB_SERVICE_URL"])
    web.Application([(r".*/socket", TellByWebSocket), (r".*", Tell)]).listen(address.port, address.hostname)
    with contextlib.suppress(KeyboardInterrupt):
        ioloop.IOLoop.current().start()
