"""Connections of a workspace and their fields."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from openhexa_devapp import slugs, times
from openhexa_devapp.database import Database, Row

SLUG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")


class InvalidSlug(ValueError):
    """The slug has another shape than `iaso-pipeline`, or is taken in the workspace."""


class Connections:
    """The connections of all workspaces. Who may do what is decided by the callers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, connection_id: str) -> Row | None:
        """By id."""
        return self._database.one("SELECT * FROM connection WHERE id = ?", connection_id)

    def of_workspace(self, workspace_id: str) -> list[Row]:
        """By name."""
        return self._database.all("SELECT * FROM connection WHERE workspace = ? ORDER BY name", workspace_id)

    def by_slug(self, workspace_id: str, slug: str) -> Row | None:
        """The workspace's connection with this slug."""
        return self._database.one("SELECT * FROM connection WHERE workspace = ? AND slug = ?", workspace_id, slug)

    def fields(self, connection_id: str) -> list[Row]:
        """In the order in which they were given."""
        return self._database.all("SELECT * FROM connection_field WHERE connection = ? ORDER BY id", connection_id)

    def add(self, workspace_id: str, given: Mapping[str, Any], person_id: str | None) -> Row:
        """`given` has the keys of GraphQL's CreateConnectionInput. Raises InvalidSlug."""
        slug = given.get("slug") or slugs.slugify(given["name"])
        self._check_slug(workspace_id, slug)
        connection_id, now = str(uuid.uuid4()), times.milliseconds()
        with self._database.transaction():
            self._database.insert(
                "connection",
                id=connection_id,
                workspace=workspace_id,
                slug=slug,
                name=given["name"],
                description=given.get("description") or "",
                type=given["type"],
                person=person_id,
                created_at=now,
                updated_at=now,
            )
            self._set_fields(connection_id, given.get("fields") or ())
        connection = self.get(connection_id)
        assert connection is not None
        return connection

    def change(self, connection: Row, given: Mapping[str, Any]) -> Row:
        """Set what is given; `fields` replaces all of them. Raises InvalidSlug."""
        columns = {key: given[key] for key in ("name", "slug", "description") if given.get(key) is not None}
        if columns.get("slug", connection["slug"]) != connection["slug"]:
            self._check_slug(connection["workspace"], columns["slug"])
        with self._database.transaction():
            self._database.update("connection", connection["id"], updated_at=times.milliseconds(), **columns)
            if given.get("fields") is not None:
                self._database.run("DELETE FROM connection_field WHERE connection = ?", connection["id"])
                self._set_fields(connection["id"], given["fields"])
        changed = self.get(connection["id"])
        assert changed is not None
        return changed

    def delete(self, connection_id: str) -> None:
        """With its fields."""
        self._database.run("DELETE FROM connection WHERE id = ?", connection_id)

    def _check_slug(self, workspace_id: str, slug: str) -> None:
        if not SLUG.fullmatch(slug) or self.by_slug(workspace_id, slug) is not None:
            raise InvalidSlug(slug)

    def _set_fields(self, connection_id: str, fields: Sequence[Mapping[str, Any]]) -> None:
        now = times.milliseconds()
        for field in fields:
            self._database.insert(
                "connection_field",
                connection=connection_id,
                code=field["code"],
                value=field.get("value"),
                secret=bool(field["secret"]),
                created_at=now,
                updated_at=now,
            )
