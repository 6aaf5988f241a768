"""A task as a live widget: it is drawn anew whenever the task changes, also while a cell is running."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import traitlets

from openhexa_contract.errors import PublicError
from openhexa_jupyter.notebook.widget import View
from openhexa_ui.labels import task_labels
from openhexa_ui.states import task_state

if TYPE_CHECKING:
    from openhexa_contract.api import Message
    from openhexa_jupyter.notebook.tasks import Task

KEPT = 200
"""Messages that a page which opens later is given; `task.messages` has them all."""


class TaskView(View):
    """The view of one task. The button "Run again" calls `again` with the task's config; without it a form opens.

    Messages are not part of `state`: each is sent once, as it comes; a page that opens later is given the last ones.
    """

    messages = traitlets.Any().tag(sync=True, to_json=lambda _value, view: view._page(len(view._messages) - KEPT))

    def __init__(self, task: Task, again: Callable[[Mapping[str, Any]], None] | None = None) -> None:
        self.task = task
        self._again = again
        self._messages: list[Message] = []
        self._stopping = False
        self._notice: str | None = None
        super().__init__("task", task_labels())
        self._unobserve = task.observe(_observer(weakref.ref(self)))
        self.aside(self.follow)

    def __repr__(self) -> str:
        return repr(self.task)

    def close(self) -> None:
        """Ends the view; the task goes on."""
        unobserve = self.__dict__.pop(
            "_unobserve", None
        )  # closing may come twice, and before the first line of __init__
        if unobserve is not None:
            unobserve()
        super().close()

    def follow(self) -> None:
        """Takes over what the task knows by now. Not for cells: the first messages may have to be fetched."""
        messages = self.task.messages
        with self._changes:
            known = len(self._messages)
            if len(messages) > known:
                self._messages = messages
                self.send({"type": "messages", **self._page(known)})
        self.redraw()

    def draw(self) -> dict[str, Any]:
        """The state that `drawTask` draws."""
        return task_state(
            self.task,
            datetime.now(UTC),
            message_count=len(self._messages),
            stopping=self._stopping,
            notice=self._notice,
        )

    def handlers(self) -> Mapping[str, Callable[[Mapping[str, Any]], None]]:
        """Stop, Run again, and messages that a page has missed."""
        return {
            "stop": lambda message: self._on_stop(),
            "again": lambda message: self._on_again(),
            "messages": lambda message: self._on_missed(message["from"]),
        }

    def complain(self, sentence: str) -> None:
        """Shows the sentence beneath the progress."""
        with self._changes:
            self._notice = sentence
        self.redraw()

    def _page(self, start: int) -> dict[str, Any]:
        """The messages from index `start` on, at most the last `KEPT`."""
        start = max(0, start, len(self._messages) - KEPT)
        return {"from": start, "rows": [msgspec.to_builtins(message) for message in self._messages[start:]]}

    def _on_missed(self, start: object) -> None:
        with self._changes:
            self.send({"type": "messages", **self._page(start if isinstance(start, int) else 0)})

    def _on_stop(self) -> None:
        with self._changes:
            if self._stopping:
                return
            self._stopping, self._notice = True, None
        self.redraw()
        self.aside(self._stop)

    def _stop(self) -> None:
        notice = None
        try:
            self.task.stop()
        except PublicError as error:
            notice = error.message
        finally:
            with self._changes:
                self._stopping, self._notice = False, notice or self._notice
            self.redraw()

    def _on_again(self) -> None:
        if self._again is not None:
            self._again(self.task.config)
        else:
            self.aside(self._open_form)

    def _open_form(self) -> None:
        from openhexa_jupyter.notebook.form import PipelineForm, usable
        from openhexa_jupyter.notebook.pipelines import pipelines

        pipeline = pipelines[self.task.pipeline_code]
        self.below = PipelineForm(pipeline, usable(pipeline.parameters, self.task.config))


def _observer(reference: weakref.ref[TaskView]) -> Callable[[Task], None]:
    """Follows the task for as long as the view is there."""

    def changed(_task: Task) -> None:
        view = reference()
        if view is not None:
            view.follow()

    return changed


_views: weakref.WeakValueDictionary[str, TaskView] = weakref.WeakValueDictionary()
_views_lock = threading.Lock()


def view_of(task: Task) -> TaskView:
    """The kernel's one view of a task: shown twice, it is one model with two drawings."""
    with _views_lock:
        view = _views.get(task.uuid)
        if view is None or view.comm is None:
            view = _views[task.uuid] = TaskView(task)
        return view
