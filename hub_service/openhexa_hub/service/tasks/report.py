"""Reports of running pipelines about their tasks."""

from __future__ import annotations

from openhexa_contract.api import parse_task_update
from openhexa_contract.errors import NotFound
from openhexa_contract.i18n import gettext as _
from openhexa_hub.service.access import Caller
from openhexa_hub.service.catalogue import as_uuid
from openhexa_hub.service.tasks.callback_tokens import CallbackToken
from openhexa_hub.service.tasks.changes import Note
from openhexa_hub.service.tasks.rows import StoredTask
from openhexa_hub.service.tasks.store import Store, identified


class Reporter:
    """The use case. One commit per report, shared with others that come at the same time."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def report(self, reporter: CallbackToken | Caller, pipeline: str, raw: bytes) -> StoredTask:
        """Take a report over and return the task as it is then.

        NotFound, in the same words, when there is no such task, when it is not of that pipeline, or not the
        reporter's to speak of.
        """
        update, unknown = parse_task_update(raw)
        warnings = []
        if unknown:
            keys = ", ".join(sorted(unknown))[:200]
            warnings.append(
                _("The pipeline reported fields that are not understood, and they were ignored: {keys}.").format(
                    keys=keys
                )
            )
        identifier = as_uuid(pipeline)

        def allowed(task: StoredTask) -> bool:
            return task.pipeline == identifier and _may_report(reporter, task)

        note = Note(report=update.report(), by_pipeline=True, warnings=warnings)
        task = await self._store.note_if(identified(update.task_id), allowed, note)
        if task is None:
            sentence = _("This pipeline has no task {task} that you may report about.")
            raise NotFound(sentence.format(task=str(update.task_id)[:40]))
        return task


def _may_report(reporter: CallbackToken | Caller, task: StoredTask) -> bool:
    if isinstance(reporter, CallbackToken):
        return reporter.opens(task.workspace, task.id)
    return reporter.name == task.launcher and reporter.server in (None, task.workspace)
