"""Stopping: the App is asked as the person who stops; the task ends when the App says that the run has."""

from __future__ import annotations

from openhexa_contract.errors import Conflict, Forbidden, NotFound
from openhexa_contract.i18n import gettext as _
from openhexa_hub.service.access import Caller
from openhexa_hub.service.clock import Clock
from openhexa_hub.service.people import People
from openhexa_hub.service.platform import Platform, Refused
from openhexa_hub.service.tasks.changes import Note
from openhexa_hub.service.tasks.reconciler import Reconciler
from openhexa_hub.service.tasks.rows import StoredTask
from openhexa_hub.service.tasks.store import Store


class Stopper:
    """The use case."""

    def __init__(self, store: Store, people: People, platform: Platform, reconciler: Reconciler, clock: Clock) -> None:
        self._store = store
        self._people = people
        self._platform = platform
        self._reconciler = reconciler
        self._clock = clock

    async def stop(self, caller: Caller, task: StoredTask) -> StoredTask:
        """Ask for a run's end. Conflict when it has ended; Forbidden when the App does not let the caller stop it."""
        run = task.run_id
        if task.settled or run is None:
            raise _ended(task)
        try:
            await self._people.act(
                caller.name, task.workspace, "stop a run", lambda headers: self._platform.stop(headers, run)
            )
        except Refused as refused:
            self._reconciler.hurry(task.id)
            _judge(refused, task)
        moment = task.stop_requested_at or self._clock.now()
        noted = await self._store.note(task.id, Note(stop_requested_at=moment))
        self._reconciler.hurry(task.id)
        if noted is None:
            raise NotFound(_("The task {task} exists no longer.").format(task=task.id))
        return noted


def _judge(refused: Refused, task: StoredTask) -> None:
    if "PIPELINE_ALREADY_STOPPED" in refused.codes:
        return
    if "PIPELINE_ALREADY_COMPLETED" in refused.codes:
        raise _ended(task)
    if "PERMISSION_DENIED" in refused.codes:
        raise Forbidden(
            _("OpenHEXA does not let you stop the task {task}: viewers of a workspace cannot stop runs.").format(
                task=task.id
            )
        )
    if "PIPELINE_NOT_FOUND" in refused.codes:
        raise NotFound(_("OpenHEXA knows the run of the task {task} no longer.").format(task=task.id))
    sentence = _("OpenHEXA refused to stop the task {task}, and gave this reason: {codes}.")
    raise Conflict(sentence.format(task=task.id, codes=", ".join(refused.codes)[:200]))


def _ended(task: StoredTask) -> Conflict:
    return Conflict(_("The task {task} has ended already; there is nothing to stop.").format(task=task.id))
