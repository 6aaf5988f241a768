"""Workspaces and who sees them."""

from __future__ import annotations

import secrets
import string
import uuid

from openhexa_devapp import times
from openhexa_devapp.database import Database, Row
from openhexa_devapp.principals import Principal


class Workspaces:
    """All workspaces."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, workspace_id: str) -> Row | None:
        """By id, whoever asks."""
        return self._database.one("SELECT * FROM workspace WHERE id = ?", workspace_id)

    def by_slug(self, slug: str) -> Row | None:
        """Any workspace, archived or not, whoever asks."""
        return self._database.one("SELECT * FROM workspace WHERE slug = ?", slug)

    def add(self, slug: str, name: str, description: str, creator: str | None) -> Row:
        """A new workspace without members; its database is named, not made."""
        now = times.milliseconds()
        letters = string.ascii_lowercase + string.digits
        self._database.insert(
            "workspace",
            id=str(uuid.uuid4()),
            slug=slug,
            name=name,
            description=description,
            created_by=creator,
            db_name=secrets.choice(string.ascii_lowercase) + "".join(secrets.choice(letters) for _ in range(15)),
            db_password=secrets.token_urlsafe(12),
            created_at=now,
            updated_at=now,
        )
        workspace = self.by_slug(slug)
        assert workspace is not None
        return workspace

    def visible(self, principal: Principal) -> list[Row]:
        """What this person (or run) sees, by name; archived workspaces are seen by nobody."""
        if principal.run is not None:
            return self._database.all(
                "SELECT * FROM workspace WHERE id = (SELECT workspace FROM pipeline WHERE id = ?) AND NOT archived",
                principal.run["pipeline"],
            )
        if principal.person is None:
            return []
        if principal.person["is_superuser"]:
            return self._database.all("SELECT * FROM workspace WHERE NOT archived ORDER BY name")
        return self._database.all(
            "SELECT workspace.* FROM workspace JOIN membership ON membership.workspace = workspace.id"
            " WHERE membership.person = ? AND NOT archived ORDER BY workspace.name",
            principal.person["id"],
        )

    def visible_by_slug(self, principal: Principal, slug: str) -> Row | None:
        """None for a workspace that is unknown, archived or not visible."""
        return next((row for row in self.visible(principal) if row["slug"] == slug), None)

    def all(self) -> list[Row]:
        """By name, archived ones too."""
        return self._database.all("SELECT * FROM workspace ORDER BY name")
