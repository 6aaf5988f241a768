"""What forms, tasks and lists share as widgets: the ES module, the state that it draws, the messages that come back.

A view's messages arrive on whatever thread the kernel handles comms on (a subshell's, or the main one), its changes
come from there, from the cell and from the background thread; so each view has a lock. What takes time runs aside.
"""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

import anywidget
import traitlets
from ipywidgets import Widget, widget_serialization

from openhexa_contract.errors import PublicError
from openhexa_contract.i18n import gettext as _
from openhexa_contract.i18n import language, use_language
from openhexa_ui import module_path

log = logging.getLogger(__name__)


@functools.cache
def _module() -> str:
    return module_path().read_text(encoding="utf-8")


class View(anywidget.AnyWidget):
    """A widget drawn by `openhexa_ui`. Subclasses give `draw` and `handlers`, and call `redraw` after each change.

    `below` is a view that is shown beneath this one. Secrets are never in a trait: traits are saved with notebooks.
    """

    _esm = traitlets.Unicode().tag(sync=True)
    view = traitlets.Unicode().tag(sync=True)
    state = traitlets.Dict().tag(sync=True)
    labels = traitlets.Dict().tag(sync=True)
    below = traitlets.Instance(Widget, allow_none=True).tag(sync=True, **widget_serialization)

    def __init__(self, view: str, labels: Mapping[str, str]) -> None:
        self._changes = threading.RLock()
        self._language = language()
        super().__init__(view=view, labels=dict(labels), state=self.draw())
        self.on_msg(self._received)

    @traitlets.default("_esm")
    def _default_esm(self) -> str:
        return _module()

    def open(self) -> None:
        """Opens the comm, and keeps it answering to the subshell that a message was sent to.

        ipykernel 7.4 sends a comm's messages to the subshell that wrote to it last: after a write by a running cell
        they would wait for the end of that cell (`ipykernel.comm.comm.BaseComm._reply_subshell_for`).
        """
        super().open()
        if self.comm is not None:
            self.comm._reply_subshell_for = lambda _data, addressed: addressed

    def draw(self) -> dict[str, Any]:
        """The state to draw, as of now."""
        raise NotImplementedError

    def handlers(self) -> Mapping[str, Callable[[Mapping[str, Any]], None]]:
        """What to do with each type of message from the page."""
        raise NotImplementedError

    def complain(self, sentence: str) -> None:
        """Shows what went wrong."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Brings the page up to date."""
        with self._changes, use_language(self._language):
            self.state = self.draw()

    def aside(self, action: Callable[[], object]) -> None:
        """Runs what takes time on a thread of its own, so that the page's other messages are handled meanwhile."""
        threading.Thread(target=self._guarded, args=(action,), name="openhexa-action", daemon=True).start()

    def _received(self, _widget: Widget, content: Any, _buffers: Any) -> None:
        kind = content.get("type") if isinstance(content, dict) else None
        handler = self.handlers().get(kind) if isinstance(kind, str) else None
        if handler is None:
            log.warning("A page sent a message of unknown type: %.40r", kind)
            return
        self._guarded(functools.partial(handler, content))

    def _guarded(self, action: Callable[[], object]) -> None:
        """The edge of what the page asked for: every failure becomes a sentence in the page."""
        with use_language(self._language):
            try:
                action()
            except PublicError as error:
                self.complain(error.message)
            except Exception:
                log.exception("What a page asked for failed")
                self.complain(_("Something went wrong here. Run the cell again; if it stays so, restart the kernel."))
