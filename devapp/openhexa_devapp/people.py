"""People, their passwords and their memberships."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import uuid

from openhexa_devapp import times
from openhexa_devapp.database import Database, Row

COST = 2**13
ROLES = ("ADMIN", "EDITOR", "VIEWER")


def hash_password(password: str, salt: bytes | None = None) -> str:
    """Salt and scrypt digest, both in base64."""
    salt = salt or secrets.token_bytes(16)
    digest = hashlib.scrypt(password.encode(), salt=salt, n=COST, r=8, p=1)
    return f"{base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def check_password(password: str, stored: str) -> bool:
    """In constant time."""
    salt = base64.b64decode(stored.partition("$")[0])
    return hmac.compare_digest(hash_password(password, salt), stored)


def display_name(person: Row) -> str:
    """First and last name, the address if there is neither."""
    return " ".join(filter(None, (person["first_name"], person["last_name"]))) or str(person["email"])


class People:
    """Everybody, with passwords and memberships."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, person_id: str | None) -> Row | None:
        """By id."""
        return self._database.one("SELECT * FROM person WHERE id = ?", person_id)

    def by_email(self, email: str) -> Row | None:
        """Case and spaces around the address do not matter, as on the App."""
        return self._database.one("SELECT * FROM person WHERE email = ?", email.strip())

    def add(self, email: str, first_name: str, last_name: str, password: str) -> Row:
        """A new active person. Raises sqlite3.IntegrityError when the address is taken."""
        self._database.insert(
            "person",
            id=str(uuid.uuid4()),
            email=email,
            first_name=first_name,
            last_name=last_name,
            password=hash_password(password),
            date_joined=times.milliseconds(),
        )
        person = self.by_email(email)
        assert person is not None
        return person

    def log_in(self, email: str, password: str) -> Row | None:
        """The active person with this address and password, else None."""
        person = self.by_email(email)
        if person is None or not check_password(password, person["password"]) or not person["is_active"]:
            return None
        self._database.update("person", person["id"], last_login=times.milliseconds())
        return person

    def membership(self, person_id: str, workspace_id: str) -> Row | None:
        """None when the person is no member."""
        return self._database.one(
            "SELECT * FROM membership WHERE person = ? AND workspace = ?", person_id, workspace_id
        )

    def memberships_of(self, workspace_id: str) -> list[Row]:
        """Of a workspace, by address."""
        return self._database.all(
            "SELECT membership.* FROM membership JOIN person ON person.id = membership.person"
            " WHERE workspace = ? ORDER BY person.email",
            workspace_id,
        )

    def join(self, person_id: str, workspace_id: str, role: str) -> None:
        """Make the person a member of the workspace, or change her role."""
        if role not in ROLES:
            raise ValueError(f"{role} is no role; roles are {', '.join(ROLES)}")
        if self._database.run(
            "UPDATE membership SET role = ? WHERE person = ? AND workspace = ?", role, person_id, workspace_id
        ):
            return
        self._database.insert(
            "membership",
            id=str(uuid.uuid4()),
            workspace=workspace_id,
            person=person_id,
            role=role,
            access_token=str(uuid.uuid4()),
            notebooks_server_hash=hashlib.md5(
                f"{workspace_id}_{person_id}".encode(), usedforsecurity=False
            ).hexdigest(),
            created_at=times.milliseconds(),
        )

    def by_access_token(self, access_token: str) -> Row | None:
        """The active person whose membership has this token."""
        return self._database.one(
            "SELECT person.* FROM person JOIN membership ON membership.person = person.id"
            " WHERE membership.access_token = ? AND person.is_active",
            access_token,
        )
