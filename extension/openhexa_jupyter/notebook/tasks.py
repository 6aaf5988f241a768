"""Tasks: launches as live objects. `tasks[12]` finds one again from any notebook.

What a task knows is kept up to date by its feed, on the background thread. Nothing here writes to a widget from the
cell that waits: that would hold back the widget's own messages until the cell ends.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, overload
from weakref import WeakValueDictionary

from openhexa_contract.api import Message, Output, TaskAnswer, TaskPage
from openhexa_contract.api import Task as TaskData
from openhexa_contract.errors import Conflict, NotFound, PublicError
from openhexa_contract.i18n import gettext as _
from openhexa_contract.tasks import Status
from openhexa_jupyter.notebook import display, results
from openhexa_jupyter.notebook.client import client, read
from openhexa_jupyter.notebook.feed import Feed, moment

if TYPE_CHECKING:
    from IPython.display import Image
    from pandas import DataFrame

T = TypeVar("T")


class TaskFailed(PublicError):
    """Raised by `Task.raise_for_status` for a task that ended without success; `task` is that task."""

    status = 409
    code = "task_failed"

    def __init__(self, message: str, task: Task) -> None:
        super().__init__(message)
        self.task = task


class Told(Generic[T]):
    """An attribute that the service tells of a task, as of its last change."""

    def __init__(self, meaning: str) -> None:
        self.__doc__ = meaning

    def __set_name__(self, owner: type[Task], name: str) -> None:
        self._name = name

    @overload
    def __get__(self, task: None, owner: type[Task]) -> Self: ...
    @overload
    def __get__(self, task: Task, owner: type[Task]) -> T: ...
    def __get__(self, task: Task | None, owner: type[Task]) -> Self | T:
        if task is None:
            return self
        value: T = getattr(task._feed.data, self._name)
        return value


class Task:
    """One launch of a pipeline. There is one object per task in a kernel, however often it is asked for.

    Times are ISO 8601 text. `run_url` is the run's page in the App.
    """

    id = Told[int]("The task's number.")
    uuid = Told[str]("The task's identifier, unique everywhere.")
    name = Told[str]("What the task is called.")
    status = Told[Status]("QUEUED, RUNNING, SUCCESS, ERROR or CANCELLED.")
    progress_message = Told[str | None]("The last sentence of the pipeline about its progress.")
    progress_value = Told[int]("How far it is, of `end_value`.")
    end_value = Told[int]("What `progress_value` runs up to; 0 where the pipeline did not say.")
    result = Told[Any]("What the pipeline reported as its result; None before.")
    config = Told[dict[str, Any]]("The values that it was launched with; secrets are masked.")
    warnings = Told[list[str]]("What was odd about the run, in sentences.")
    outputs = Told[list[Output]]("The files, tables and links that the run wrote.")
    workspace = Told[str]("The slug of its workspace.")
    pipeline = Told[str]("The pipeline's id.")
    pipeline_code = Told[str]("The pipeline's code.")
    pipeline_name = Told[str]("The pipeline's name.")
    version = Told[str | None]("The id of the pipeline's version.")
    version_name = Told[str | None]("The name of the pipeline's version.")
    launcher = Told[str | None]("The e-mail address of who launched it.")
    created_at = Told[str]("When it was launched.")
    started_at = Told[str | None]("When its run started.")
    ended_at = Told[str | None]("When it ended.")
    updated_at = Told[str]("When it last changed.")
    stop_requested_at = Told[str | None]("When somebody asked to stop it.")
    run_id = Told[str | None]("The id of its run in the App.")
    run_url = Told[str | None]("The page of its run in the App.")
    followed = Told[bool]("Whether the run's status can be read; false when nobody's access to it is left.")

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._background = feed.client.background

    @property
    def messages(self) -> list[Message]:
        """The run's messages, oldest first. Read from the service the first time, live from then on."""
        if not self._feed.has_messages and not self._background.is_current:
            self._background.run(self._feed.read_messages())
        return list(self._feed.messages)

    def refresh(self) -> Task:
        """Reads the task again, now. It is seldom needed: an active task keeps itself up to date."""
        self._background.run(self._feed.refresh())
        return self

    def wait(self, timeout: float | None = None) -> Task:
        """Blocks until the task has ended, prints one line about how, and returns the task, however it ended.

        `timeout` is in seconds; TimeoutError after it. Interrupting the cell ends the waiting, not the task.
        """
        if not self._feed.ended.wait(timeout):
            raise TimeoutError(
                _("Task {id} has not ended after {seconds} s. It goes on; wait again, or stop it with .stop().").format(
                    id=self.id, seconds=f"{timeout:g}"
                )
            )
        if not self.status.is_terminal and self._feed.problem is not None:
            raise self._feed.problem
        print(self)  # noqa: T201 - the line remains in the saved notebook
        return self

    def raise_for_status(self) -> Task:
        """Raises TaskFailed if the task ended without success, Conflict if it has not ended; else returns it."""
        self._require_end()
        if self.status is not Status.SUCCESS:
            raise TaskFailed(repr(self), self)
        return self

    def stop(self) -> Task:
        """Stops the run. Returns at once; the task ends as CANCELLED when the run has stopped."""
        self._background.run(self._feed.stop())
        return self

    def dataframe(self) -> DataFrame:
        """The result as a pandas DataFrame if shaped like a table, else the run's first CSV, Parquet or JSON file."""
        self._require_end()
        return results.dataframe(self.result, self._files())

    def figure(self) -> Image:
        """The run's first image."""
        self._require_end()
        return results.figure(self._files())

    def observe(self, callback: Callable[[Task], None]) -> Callable[[], None]:
        """Calls `callback(task)` after each change, on the background thread, until the returned function is called.

        An observed task is followed as long as it is active, even if nobody else holds it.
        """
        return self._feed.observe(lambda: callback(self))

    def __repr__(self) -> str:
        parts = [_("Task {id}").format(id=self.id), self.name, self.status.value]
        if self.end_value:
            parts.append(f"{self.progress_value}/{self.end_value}")
        if self.started_at and self.ended_at:
            parts.append(f"{(moment(self.ended_at) - moment(self.started_at)).total_seconds():.0f} s")
        if self.progress_message:
            parts.append(self.progress_message)
        return " · ".join(parts)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        return display.bundle(self, self._view, kwargs)

    def _view(self) -> Any:
        from openhexa_jupyter.notebook.task_view import view_of

        return view_of(self)

    def _require_end(self) -> None:
        if not self.status.is_terminal:
            raise Conflict(_("Task {id} has not ended; wait for it with .wait().").format(id=self.id))

    def _files(self) -> list[Output]:
        """The outputs; they may be told some seconds after the end."""
        if not self.outputs:
            self.refresh()
        return self.outputs


class Tasks:
    """The workspace's tasks: iterate, newest first, or `tasks[12]` by number or uuid."""

    def __getitem__(self, key: int | str) -> Task:
        if not str(key).replace("-", "").isalnum():
            raise NotFound(_("A task is found by its number or its uuid."))
        return attach(read(TaskAnswer, client().get(f"tasks/{key}/")).task)

    def __iter__(self) -> Iterator[Task]:
        query: dict[str, str | int] = {}
        while True:
            page = read(TaskPage, client().get("tasks/", **query))
            yield from map(attach, page.results)
            if not page.next:
                return
            query = {"before": page.next}

    def running(self) -> list[Task]:
        """The tasks that have not ended, newest first."""
        pages = [read(TaskPage, client().get("tasks/", status=status)) for status in (Status.QUEUED, Status.RUNNING)]
        return [attach(data) for page in pages for data in page.results]

    def __repr__(self) -> str:
        rows = [
            (str(data.id), data.name, data.status.value, data.created_at[:16].replace("T", " "), data.launcher or "")
            for data in read(TaskPage, client().get("tasks/", limit=20)).results
        ]
        if not rows:
            return _("No tasks yet. Launch a pipeline, as in pipelines[…].launch(…).")
        return display.table([(_("Task"), _("Name"), _("Status"), _("Created"), _("By")), *rows])


tasks = Tasks()

# By the address of the server and the task's uuid.
_known: WeakValueDictionary[tuple[str, str], Task] = WeakValueDictionary()
_lock = threading.Lock()


def attach(data: TaskData) -> Task:
    """The kernel's one object of this task, brought up to date with `data`. Not for the background thread."""
    from openhexa_jupyter.notebook.stream import stream  # see notebook.client

    key = client().url, data.uuid
    with _lock:
        task = _known.get(key)
        if task is None:
            task = _known[key] = Task(Feed(data, client(), stream()))
            return task
    task._background.run(_accept(task._feed, data))
    return task


async def _accept(feed: Feed, data: TaskData) -> None:
    feed.accept(data)
