"""The workspace's pipelines as a widget: search, choose one, and its form opens beneath."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from openhexa_contract.i18n import gettext as _
from openhexa_jupyter.notebook.widget import View
from openhexa_ui.labels import list_labels

if TYPE_CHECKING:
    from openhexa_jupyter.notebook.pipelines import Pipelines


class PipelineList(View):
    """The list as it was when it was made; running the cell again reads it anew."""

    def __init__(self, pipelines: Pipelines) -> None:
        self.pipelines = pipelines
        self._rows = [
            {
                "code": pipeline.code,
                "name": pipeline.name,
                "version": pipeline.version or "",
                "description": pipeline.description or "",
            }
            for pipeline in pipelines
        ]
        self._message = None if self._rows else _("There are no pipelines here yet.")
        super().__init__("list", list_labels())

    def __repr__(self) -> str:
        return repr(self.pipelines)

    def draw(self) -> dict[str, Any]:
        """The state that `drawList` draws."""
        return {"pipelines": self._rows, "message": self._message}

    def handlers(self) -> Mapping[str, Callable[[Mapping[str, Any]], None]]:
        """Choosing a pipeline opens its form."""
        return {"open": lambda message: self.aside(lambda: self._open(str(message["code"])))}

    def complain(self, sentence: str) -> None:
        """Shows the sentence above the list."""
        with self._changes:
            self._message = sentence
        self.redraw()

    def _open(self, code: str) -> None:
        form = self.pipelines[code].form()
        with self._changes:
            self._message = None
            self.below = form
        self.redraw()
