"""Tasks: a list, one, its messages, and stopping it."""

from __future__ import annotations

from openhexa_contract.api import MessagePage, TaskAnswer, TaskPage
from openhexa_contract.errors import NotFound
from openhexa_contract.i18n import gettext as _
from openhexa_contract.tasks import status_from_word
from openhexa_hub.scopes import PIPELINES_LAUNCH, PIPELINES_READ
from openhexa_hub.service.api.base import PersonHandler, needs
from openhexa_hub.service.api.routing import Routes
from openhexa_hub.service.tasks.rows import StoredTask
from openhexa_hub.service.tasks.store import Filter

MOST_TASKS = 200
MOST_MESSAGES = 1000


class TasksHandler(PersonHandler):
    """`GET /api/tasks/?workspace=&status=&pipeline=&limit=&before=`"""

    @needs(PIPELINES_READ)
    async def get(self) -> None:
        """Answer tasks, newest first, a page at a time."""
        status = self.query("status")
        limit = self.number("limit", 50, 1, MOST_TASKS) or 50
        which = Filter(
            workspaces=await self.workspaces(),
            status=None if status is None else status_from_word(status),
            pipeline=self.query("pipeline"),
            before=self.number("before", None, 1, 2**62),
            limit=limit + 1,
        )
        found = await self.parts.store.page(which)
        page = found[:limit]
        self.answer(
            TaskPage([self.parts.store.show(task) for task in page], str(page[-1].id) if len(found) > limit else None)
        )


class OneTaskHandler(PersonHandler):
    """Finds the task of a path."""

    async def find(self, task: str) -> StoredTask:
        """Return the task of this id or uuid, provided that the caller may see it.

        NotFound otherwise, in the same words whether or not it exists.
        """
        is_number = task.isascii() and task.isdigit() and len(task) < 20
        found = await self.parts.store.find(int(task) if is_number else task, await self.workspaces())
        if found is None:
            raise NotFound(_("You have no task {task}.").format(task=task[:40]))
        return found


class TaskHandler(OneTaskHandler):
    """`GET /api/tasks/{id}/`"""

    @needs(PIPELINES_READ)
    async def get(self, task: str) -> None:
        """Answer one task."""
        found = await self.find(task)
        self.parts.reconciler.look(found.workspace)
        self.answer(TaskAnswer(self.parts.store.show(found)))


class LogsHandler(OneTaskHandler):
    """`GET /api/tasks/{id}/logs/?from=`"""

    @needs(PIPELINES_READ)
    async def get(self, task: str) -> None:
        """Answer the messages of the task's run, in order."""
        first = self.number("from", 0, 0, 2**31 - 1) or 0
        found = await self.find(task)
        messages = await self.parts.store.messages(found.id, first, MOST_MESSAGES)
        self.answer(MessagePage(messages, first + len(messages)))


class StopHandler(OneTaskHandler):
    """`POST /api/tasks/{id}/stop/`"""

    @needs(PIPELINES_LAUNCH)
    async def post(self, task: str) -> None:
        """Ask the App to stop the run, and answer 202: the task ends once the App says so."""
        stopped = await self.parts.stopper.stop(self.caller, await self.find(task))
        self.answer(TaskAnswer(self.parts.store.show(stopped)), 202)


routes: Routes = [
    (r"/api/tasks/", TasksHandler),
    (r"/api/tasks/([^/]+)/", TaskHandler),
    (r"/api/tasks/([^/]+)/logs/", LogsHandler),
    (r"/api/tasks/([^/]+)/stop/", StopHandler),
]
