"""Who a request comes from: a person, a pipeline's run, or nobody."""

from __future__ import annotations

import dataclasses

from openhexa_devapp.database import Database, Row
from openhexa_devapp.people import People
from openhexa_devapp.sessions import Sessions
from openhexa_devapp.tokens import BadSignature, Signer


@dataclasses.dataclass(frozen=True)
class Principal:
    """At most one of `person` and `run` is set."""

    person: Row | None = None
    run: Row | None = None
    dead_session: bool = False
    """The request had a session cookie that means nothing (any more)."""

    @property
    def is_authenticated(self) -> bool:
        """Whether it is somebody at all."""
        return self.person is not None or self.run is not None

    @property
    def person_id(self) -> str | None:
        """None for a run and for nobody."""
        return str(self.person["id"]) if self.person is not None else None


class Principals:
    """Finds the sender of a request. A usable Bearer token wins over the session cookie."""

    def __init__(self, database: Database, people: People, sessions: Sessions, signer: Signer) -> None:
        self._database = database
        self._people = people
        self._sessions = sessions
        self._signer = signer

    def identify(self, authorization: str | None, session_key: str | None) -> Principal:
        """By the value of the Authorization header and that of the session cookie."""
        return self.by_authorization(authorization) or self.by_session(session_key)

    def by_authorization(self, authorization: str | None) -> Principal | None:
        """A membership's token, or that of a run which is running; else None, whatever is wrong with it."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        try:
            access_token = self._signer.read(token)
        except BadSignature:
            return None
        person = self._people.by_access_token(access_token)
        if person is not None:
            return Principal(person=person)
        run = self.run_by_access_token(access_token)
        return Principal(run=run) if run is not None else None

    def run_by_access_token(self, access_token: str) -> Row | None:
        """A run's token works only while the run is running."""
        return self._database.one("SELECT * FROM run WHERE access_token = ? AND status = 'running'", access_token)

    def by_session(self, session_key: str | None) -> Principal:
        """The active person of a session."""
        if not session_key:
            return Principal()
        person_id = self._sessions.person_id(session_key)
        if person_id is None:
            return Principal(dead_session=True)
        person = self._people.get(person_id)
        return Principal(person=person if person is not None and person["is_active"] else None)
