"""When to look at what again. No I/O."""

from __future__ import annotations

import random


class Backoff:
    """The pause after failures: doubled each time up to `most` seconds, with jitter, so that services do not come
    back all at once.
    """

    def __init__(self, first: float, most: float, chance: random.Random) -> None:
        self._first = first
        self._most = most
        self._chance = chance
        self.failures = 0

    def failed(self) -> float:
        """Count a failure and return the seconds to wait."""
        longest = min(self._most, self._first * 2.0 ** min(self.failures, 30))
        self.failures += 1
        return longest * self._chance.uniform(0.5, 1.0)

    def succeeded(self) -> None:
        """Begin anew."""
        self.failures = 0


class Followed:
    """A run that is followed. `due` is when to look at it next (monotonic seconds).

    `missing` counts how often in a row the App did not know it, `unread` how often its messages could not be read
    after its end.
    """

    __slots__ = ("due", "launcher", "missing", "run_id", "sealed", "task", "unread", "workspace")

    def __init__(self, task: int, run_id: str, launcher: str, workspace: str, sealed: str | None, due: float) -> None:
        self.task = task
        self.run_id = run_id
        self.launcher = launcher
        self.workspace = workspace
        self.sealed = sealed
        self.due = due
        self.missing = 0
        self.unread = 0

    @property
    def group(self) -> tuple[str, str]:
        """Runs of one group are read with one authorization, in one request."""
        return self.launcher, self.workspace
