"""Launching: the task first, then the App, then the run's id.

Nothing half-done stays. Before the App is asked, a failure leaves nothing. When the App refuses, or is not reached at
all, the task is removed again and the caller gets the reason: nothing was launched. When it cannot be told whether the
App started the run (the line broke while it answered), the task stays and ends as ERROR with a sentence that says so;
it is never launched a second time. When the run was started but its id cannot be stored, the task ends the same way,
and the log has the id.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from openhexa_contract.api import LaunchRequest
from openhexa_contract.errors import (
    Conflict,
    Forbidden,
    InternalError,
    InvalidInput,
    NotAuthenticated,
    NotFound,
    PublicError,
    UpstreamFailed,
)
from openhexa_contract.i18n import gettext as _
from openhexa_contract.parameters import Parameter, parse_parameters
from openhexa_contract.validation import validate
from openhexa_hub.service.access import Caller
from openhexa_hub.service.catalogue import Catalogue
from openhexa_hub.service.clock import Clock
from openhexa_hub.service.people import People
from openhexa_hub.service.platform import Headers, Pipeline, Platform, Refused, Run, Unsent, Version
from openhexa_hub.service.sealing import Sealer, hash_token, new_callback_token
from openhexa_hub.service.tasks import injection
from openhexa_hub.service.tasks.changes import Note
from openhexa_hub.service.tasks.rows import StoredTask
from openhexa_hub.service.tasks.store import LaunchKey, NewTask, Store

log = logging.getLogger(__name__)

LONGEST_KEY = 200
RECORD_PAUSES = (0.3, 1.0, 3.0)
"""Seconds between the attempts to store the id of a run that was started."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A launch that was found right. `config` lacks only the values that the service gives."""

    pipeline: Pipeline
    version: Version
    parameters: tuple[Parameter, ...]
    given: frozenset[str]
    config: dict[str, Any]
    token: str


class Launcher:
    """The use case. `public_url` is the service's address for pipelines; `followed` is told of each launched task;
    `unrecorded` of each whose run was started and cannot be followed, with the sentence for its end.
    """

    def __init__(
        self,
        store: Store,
        catalogue: Catalogue,
        people: People,
        platform: Platform,
        sealer: Sealer,
        clock: Clock,
        *,
        public_url: str,
        task_token_life: float,
        followed: Callable[[StoredTask], None],
        unrecorded: Callable[[int, str], None],
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._people = people
        self._platform = platform
        self._sealer = sealer
        self._clock = clock
        self._public_url = public_url
        self._task_token_life = task_token_life
        self._followed = followed
        self._unrecorded = unrecorded
        self._under_way: dict[tuple[str, str], asyncio.Task[StoredTask]] = {}
        self.launching: set[int] = set()

    async def launch(
        self, caller: Caller, pipeline: str, request: LaunchRequest, key: str | None, workspace: str | None
    ) -> StoredTask:
        """Launch a pipeline as the caller, and return its task.

        With a key, the same request again returns the same task; Conflict when the request differs. Raises
        InvalidInput with the fields at fault, NotFound, Forbidden, Conflict, UpstreamFailed or Unavailable.
        """
        if key is None:
            return await asyncio.shield(asyncio.ensure_future(self._launch(caller, pipeline, request, None, workspace)))
        if not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
            sentence = _("An Idempotency-Key has 1 to {longest} printable characters.").format(longest=LONGEST_KEY)
            raise InvalidInput(_("The request is not valid."), {"Idempotency-Key": sentence})
        asked = [pipeline, request.version, request.config, workspace or caller.home]
        known = LaunchKey(caller.name, key, self._sealer.fingerprint(asked))
        while (other := self._under_way.get((caller.name, key))) is not None:
            await asyncio.wait([other])
        mine = asyncio.ensure_future(self._launch_once(caller, pipeline, request, known, workspace))
        self._under_way[caller.name, key] = mine
        mine.add_done_callback(lambda _done: self._under_way.pop((caller.name, key), None))
        return await asyncio.shield(mine)

    async def _launch_once(
        self, caller: Caller, pipeline: str, request: LaunchRequest, key: LaunchKey, workspace: str | None
    ) -> StoredTask:
        used = await self._store.keyed(key)
        if used is not None:
            return _same(key, *used)
        return await self._launch(caller, pipeline, request, key, workspace)

    async def _launch(
        self, caller: Caller, pipeline: str, request: LaunchRequest, key: LaunchKey | None, workspace: str | None
    ) -> StoredTask:
        plan = await self._plan(caller, pipeline, request, workspace)
        masked, secrets = injection.split_secrets(plan.parameters, plan.config, plan.given)
        has_token = "connection_token" in plan.given
        task, fingerprint = await self._store.create(
            NewTask(
                workspace=plan.pipeline.workspace,
                name=f"{plan.pipeline.name} {plan.version.version_name or ''}".strip(),
                launcher=caller.name,
                pipeline=plan.pipeline.id,
                pipeline_code=plan.pipeline.code,
                pipeline_name=plan.pipeline.name,
                version=plan.version.id,
                version_name=plan.version.version_name,
                config=masked,
                secrets=self._sealer.seal(secrets) if secrets else None,
                token_hash=hash_token(plan.token) if has_token else None,
                token_expires_at=self._clock.now() + self._task_token_life if has_token else None,
            ),
            key,
        )
        if key is not None and fingerprint is not None:
            return _same(key, fingerprint, task)
        self.launching.add(task.id)
        try:
            return await self._start(caller, plan, task)
        finally:
            self.launching.discard(task.id)

    async def _plan(self, caller: Caller, pipeline: str, request: LaunchRequest, workspace: str | None) -> Plan:
        found, version = await self._catalogue.for_launch(caller, pipeline, request.version, workspace)
        if not found.may_run:
            raise Forbidden(_("OpenHEXA does not let you run the pipeline {name}.").format(name=found.name))
        stored = version.config or {}
        parameters = parse_parameters(injection.with_stored(version.parameters or [], stored))
        given = injection.provided(parameters)
        token = new_callback_token()
        stand_ins = injection.values(parameters, given, 1, found.id, token, self._public_url)
        undeclared = {key: value for key, value in stored.items() if key not in {p.code for p in parameters}}
        asked = injection.without_injected(request.config, parameters, given)
        config = validate(parameters, {**undeclared, **asked, **stand_ins})
        return Plan(pipeline=found, version=version, parameters=parameters, given=given, config=config, token=token)

    async def _start(self, caller: Caller, plan: Plan, task: StoredTask) -> StoredTask:
        given = injection.values(plan.parameters, plan.given, task.id, plan.pipeline.id, plan.token, self._public_url)
        try:
            headers, run = await self._run(caller, plan, {**plan.config, **given})
        except Refused as refused:
            await self._store.discard(task.id)
            raise _refusal(refused, plan.pipeline.name) from None
        except _NotAsked as not_asked:
            await self._store.discard(task.id)
            raise not_asked.reason from None
        except PublicError:
            sentence = _(
                "OpenHEXA failed while it was asked to launch, and it is not known whether the run was started. "
                "Look at the pipeline's runs in OpenHEXA before you launch it again."
            )
            await self._store.give_up(task.id, sentence)
            raise UpstreamFailed(sentence) from None
        launched = await self._record(task, Note(run_id=run.id, authorization=self._sealer.seal(dict(headers))))
        if launched is None:
            raise self._lost(task, run)
        self._followed(launched)
        return launched

    async def _record(self, task: StoredTask, note: Note) -> StoredTask | None:
        """Store what is known of a run that was started; None when the store has refused it for some seconds."""
        for pause in (0.0, *RECORD_PAUSES):
            if pause:
                await self._clock.wait(asyncio.Event(), pause)
            try:
                launched = await self._store.note(task.id, note)
            except Exception as error:  # whatever it was, the run goes on
                unexpected = not isinstance(error, PublicError)
                log.warning("The run of task %s could not be recorded: %s", task.id, error, exc_info=unexpected)
            else:
                assert launched is not None
                return launched
        return None

    def _lost(self, task: StoredTask, run: Run) -> InternalError:
        """Leave a task whose run cannot be followed to its end, and return what to say."""
        log.error("The run %s was started for task %s, which could not record it", run.id, task.id)
        sentence = _(
            "The run was started, but its task could not record it, so it is not followed here. "
            "Look at the pipeline's runs in OpenHEXA before you launch it again."
        )
        self.launching.discard(task.id)
        self._unrecorded(task.id, sentence)
        return InternalError(sentence)

    async def _run(self, caller: Caller, plan: Plan, config: Mapping[str, Any]) -> tuple[Headers, Run]:
        """Return the run and as whom it was launched. `_NotAsked`: nothing can have been launched."""
        workspace = plan.pipeline.workspace
        for attempt in (1, 2):
            try:
                headers = await self._people.headers(caller.name, workspace, "launch a pipeline")
            except PublicError as error:
                raise _NotAsked(error) from None
            try:
                return headers, await self._platform.run(headers, plan.pipeline.id, plan.version.id, config)
            except NotAuthenticated as error:
                self._people.drop(caller.name, workspace)
                if attempt == 2:
                    raise _NotAsked(error) from None
            except Unsent as error:
                raise _NotAsked(error) from None
        raise AssertionError


class _NotAsked(Exception):
    def __init__(self, reason: PublicError) -> None:
        super().__init__(reason.message)
        self.reason = reason


def _same(key: LaunchKey, fingerprint: str, task: StoredTask) -> StoredTask:
    if fingerprint != key.fingerprint:
        raise Conflict(
            _("This Idempotency-Key was used before for another launch (task {task}). Use a new key.").format(
                task=task.id
            )
        )
    return task


def _refusal(refused: Refused, pipeline: str) -> PublicError:
    if "INVALID_CONFIG" in refused.codes:
        return InvalidInput(_("OpenHEXA refused the values for the pipeline {pipeline}.").format(pipeline=pipeline))
    if "PIPELINE_RUNS_LIMIT_REACHED" in refused.codes:
        sentence = _("The workspace has used up its pipeline runs for this month, so {pipeline} was not launched.")
        return Conflict(sentence.format(pipeline=pipeline))
    if "PIPELINE_VERSION_NOT_FOUND" in refused.codes:
        return Conflict(
            _("That version of {pipeline} exists no longer. Load the pipeline again.").format(pipeline=pipeline)
        )
    if "PIPELINE_NOT_FOUND" in refused.codes:
        return NotFound(_("OpenHEXA has no pipeline {pipeline} for you any more.").format(pipeline=pipeline))
    if "PERMISSION_DENIED" in refused.codes:
        return Forbidden(_("OpenHEXA does not let you run the pipeline {pipeline}.").format(pipeline=pipeline))
    sentence = _("OpenHEXA refused to launch {pipeline}, and gave this reason: {codes}.")
    return Conflict(sentence.format(pipeline=pipeline, codes=", ".join(refused.codes)[:200]))
