"""Follows the runs of tasks until they have ended: the platform's word decides, whatever the pipeline reported.

Only the run that was launched is followed, by its own id. Runs of one person and workspace are read in one request,
fast while somebody watches the workspace, slowly otherwise. An outage of the App changes no task; it only makes the
pauses longer. What is followed is read from the store at start, so a restart takes up where the last process ended.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence

import msgspec

from openhexa_contract.errors import PublicError, Unavailable
from openhexa_contract.i18n import gettext as _
from openhexa_hub.service.clock import Clock
from openhexa_hub.service.settings import Settings
from openhexa_hub.service.tasks.authorizations import Authorizations, NotFollowed
from openhexa_hub.service.tasks.changes import Note
from openhexa_hub.service.tasks.pace import Backoff, Followed
from openhexa_hub.service.tasks.rows import StoredTask
from openhexa_hub.service.tasks.runs import RunReader, Seen, vanished
from openhexa_hub.service.tasks.store import Store

log = logging.getLogger(__name__)

FIRST_LOOK = 0.3
WATCHED_BY_LOOKING = 10.0
LONGEST_PAUSE = 5.0
TRIES = 3


class Interrupted(msgspec.Struct, frozen=True):
    """A launch that was left half-done: when to give it up (monotonic seconds), and what to say then."""

    due: float
    sentence: str


class Reconciler:
    """Reads the runs that are due and notes what they say. `watched` tells whether somebody watches a workspace.

    `launching` are the tasks whose launch is under way in this process.
    """

    def __init__(
        self,
        store: Store,
        runs: RunReader,
        authorizations: Authorizations,
        clock: Clock,
        settings: Settings,
        *,
        watched: Callable[[str], bool],
        launching: Callable[[], Collection[int]] = tuple,
        chance: random.Random | None = None,
    ) -> None:
        self._store = store
        self._runs = runs
        self._authorizations = authorizations
        self._clock = clock
        self._settings = settings
        self._watched = watched
        self._launching = launching
        self._chance = chance or random.Random()  # noqa: S311
        self._followed: dict[int, Followed] = {}
        self._backoffs: dict[tuple[str, str], Backoff] = {}
        self._looked: dict[str, float] = {}
        self._interrupted: dict[int, Interrupted] = {}
        self._wake = asyncio.Event()
        self._loading = Backoff(1.0, settings.retry_most, self._chance)

    def __len__(self) -> int:
        return len(self._followed)

    def follow(self, task: StoredTask) -> None:
        """Follow a task from now on."""
        if task.run_id is None or task.settled:
            return
        due = self._clock.monotonic() + FIRST_LOOK
        self._followed[task.id] = Followed(task.id, task.run_id, task.launcher, task.workspace, task.authorization, due)
        self._wake.set()

    def interrupted(self, task: int, sentence: str) -> None:
        """End a task whose run is not known to the store, as soon as the store takes it, with this sentence."""
        self._interrupted[task] = Interrupted(self._clock.monotonic(), sentence)
        self._wake.set()

    def hurry(self, task: int) -> None:
        """Look at a task as soon as possible."""
        followed = self._followed.get(task)
        if followed is not None and not self._failing(followed.group):
            followed.due = self._clock.monotonic()
            self._wake.set()

    def look(self, workspace: str) -> None:
        """Take note that somebody is interested in a workspace's tasks for the next seconds."""
        now = self._clock.monotonic()
        was_watched = self._is_watched(workspace)
        self._looked[workspace] = now + WATCHED_BY_LOOKING
        if not was_watched:
            for followed in self._followed.values():
                if followed.workspace == workspace and not self._failing(followed.group):
                    followed.due = min(followed.due, now)
            self._wake.set()

    async def run(self) -> None:
        """Follow for ever; cancel to end. Failures of a turn are logged, and the next turn comes."""
        await self._load_patiently()
        while True:
            try:
                await self.turn()
            except Exception:  # the edge of the loop
                log.exception("Following runs failed; the next turn comes in a moment")
                await self._clock.wait(asyncio.Event(), 1.0)
            self._wake.clear()
            await self._clock.wait(self._wake, self._pause())

    async def load(self) -> None:
        """Take up every task that has not been read to its end."""
        now = self._clock.monotonic()
        for task in await self._store.unsettled():
            if task.run_id is None:
                waited = self._clock.now() - task.created_at
                due = now + max(0.0, self._settings.launch_patience - waited)
                self._interrupted.setdefault(task.id, Interrupted(due, _not_known()))
            elif task.id not in self._followed:
                self.follow(task)

    async def turn(self) -> None:
        """Look at every run that is due, once."""
        now = self._clock.monotonic()
        groups: defaultdict[tuple[str, str], list[Followed]] = defaultdict(list)
        for followed in self._followed.values():
            if followed.due <= now:
                groups[followed.group].append(followed)
        if groups:
            await asyncio.gather(*(self._turn_of(group, members) for group, members in groups.items()))
        await self._give_up(now)

    async def _turn_of(self, group: tuple[str, str], members: list[Followed]) -> None:
        """Look at a group's runs. What fails is logged with its name, and puts off this group alone."""
        backoff = self._backoffs.setdefault(group, Backoff(1.0, self._settings.retry_most, self._chance))
        watched = self._is_watched(group[1])
        try:
            readable = await self._look_at(group, members, watched=watched)
        except Exception as error:  # the edge of the group: the others go on
            pause = backoff.failed()
            reason, unexpected = (error.code, False) if isinstance(error, PublicError) else ("unexpected", True)
            log.warning(
                "Runs of %s in %s cannot be read (%s); again in %.1f s", *group, reason, pause, exc_info=unexpected
            )
            self._put_off(members, pause)
            return
        if not readable:
            return
        backoff.succeeded()
        pause = self._settings.follow_fast if watched else self._settings.follow_slow * self._chance.uniform(0.8, 1.0)
        self._put_off(members, pause)
        if not any(other.group == group for other in self._followed.values()):
            self._backoffs.pop(group, None)
            self._authorizations.release(*group)

    async def _look_at(self, group: tuple[str, str], members: list[Followed], *, watched: bool) -> bool:
        """Note what a group's runs say; False when nobody's authorization is left to read them."""
        person, workspace = group
        try:
            headers = await self._authorizations.headers(person, workspace, [member.sealed for member in members])
            seen = await self._runs.read(headers, workspace, [member.run_id for member in members], watched=watched)
            if not seen.authorized:
                headers = await self._authorizations.renewed(person, workspace)
                seen = await self._runs.read(headers, workspace, [member.run_id for member in members], watched=watched)
            if not seen.authorized:
                raise NotFollowed
            await self._note_all(members, seen, self._authorizations.sealed(headers))
        except NotFollowed:
            self._authorizations.forget(person, workspace)
            await self._unfollowed(members)
            return False
        return True

    async def _note_all(self, members: list[Followed], seen: Seen, sealed: str) -> None:
        notes = {member.task: self._note_of(member, seen, sealed) for member in members}
        told = [(task, note) for task, note in notes.items() if note is not None]
        for task in await asyncio.gather(*(self._store.note(task, note) for task, note in told)):
            if task is not None and task.settled:
                self._followed.pop(task.id, None)

    def _note_of(self, member: Followed, seen: Seen, sealed: str) -> Note | None:
        if member.run_id in seen.missing:
            member.missing += 1
            if member.missing < TRIES:
                return None
            return vanished()
        note = seen.notes.get(member.run_id)
        if note is None:
            return None
        member.missing = 0
        if note.settled is True and note.warnings and member.unread + 1 < TRIES:
            member.unread += 1
            note.settled, note.warnings, note.authorization = msgspec.UNSET, (), msgspec.UNSET
        note.followed = True
        if note.settled is msgspec.UNSET and member.sealed != sealed:
            member.sealed = note.authorization = sealed
        return note

    async def _unfollowed(self, members: Sequence[Followed]) -> None:
        """Show that nobody's authorization is left, and try again later: the launcher may log in again."""
        self._put_off(members, self._settings.authorization_retry)
        for member in members:
            sentence = _(
                "OpenHEXA no longer lets {person} see this run, so its end cannot be "
                "read. It is looked at again when {person} logs in."
            ).format(person=member.launcher)
            await self._store.note(member.task, Note(followed=False, warnings=[sentence]))

    async def _give_up(self, now: float) -> None:
        """End launches that were left half-done. One whose run was recorded after all is followed."""
        recorded = False
        for task, known in [(task, known) for task, known in self._interrupted.items() if known.due <= now]:
            if task not in self._launching() and await self._store.give_up(task, known.sentence) is None:
                recorded = True
            del self._interrupted[task]
        if recorded:
            await self.load()

    async def _load_patiently(self) -> None:
        while True:
            try:
                await self.load()
            except Unavailable as error:
                log.warning("Tasks cannot be read: %s", error.message)
            except Exception:  # the edge of the loop
                log.exception("Tasks cannot be read")
            else:
                return
            await self._clock.wait(asyncio.Event(), self._loading.failed())

    def _put_off(self, members: Sequence[Followed], seconds: float) -> None:
        due = self._clock.monotonic() + seconds
        for member in members:
            member.due = due

    def _pause(self) -> float:
        now = self._clock.monotonic()
        next_due = [followed.due for followed in self._followed.values()]
        next_due += [known.due for known in self._interrupted.values()]
        return min(LONGEST_PAUSE, max(0.02, min(next_due, default=now + LONGEST_PAUSE) - now))

    def _is_watched(self, workspace: str) -> bool:
        return self._watched(workspace) or self._looked.get(workspace, 0.0) > self._clock.monotonic()

    def _failing(self, group: tuple[str, str]) -> bool:
        backoff = self._backoffs.get(group)
        return backoff is not None and backoff.failures > 0


def _not_known() -> str:
    return _(
        "The service was interrupted while it launched this task, and "
        "it is not known whether the run was started. "
        "Look at the pipeline's runs in OpenHEXA before you launch it again."
    )
