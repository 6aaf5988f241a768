"""Pipelines and their versions."""

from __future__ import annotations

import difflib
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from openhexa_devapp import documents, slugs, times
from openhexa_devapp.database import Database, Row
from openhexa_devapp.principals import Principal
from openhexa_devapp.workspaces import Workspaces

DEFAULT_TIMEOUT_SECONDS = 14_400
MAX_TIMEOUT_SECONDS = 43_200


class Pipelines:
    """The pipelines of all workspaces. Who may change them is decided by the callers."""

    def __init__(self, database: Database, workspaces: Workspaces) -> None:
        self._database = database
        self._workspaces = workspaces

    def get(self, pipeline_id: str) -> Row | None:
        """By id, whoever asks."""
        return self._database.one("SELECT * FROM pipeline WHERE id = ?", pipeline_id)

    def visible(self, principal: Principal, workspace_slug: str | None = None) -> list[Row]:
        """By name; of one workspace, or of every one that the principal sees."""
        ids = [row["id"] for row in self._workspaces.visible(principal) if workspace_slug in (None, row["slug"])]
        marks = ", ".join("?" * len(ids))
        return self._database.all(
            f"SELECT * FROM pipeline WHERE workspace IN ({marks}) ORDER BY name COLLATE NOCASE, id",  # noqa: S608
            *ids,
        )

    def visible_by_id(self, principal: Principal, pipeline_id: str) -> Row | None:
        """None for a pipeline that is unknown or not visible."""
        return next((row for row in self.visible(principal) if row["id"] == pipeline_id), None)

    def visible_by_code(self, principal: Principal, workspace_slug: str, code: str) -> Row | None:
        """None for a pipeline that is unknown or not visible."""
        return next((row for row in self.visible(principal, workspace_slug) if row["code"] == code), None)

    def add(self, workspace_id: str, name: str, code: str | None = None, **columns: Any) -> Row:
        """A pipeline without version. The code comes from the name, unless one is wanted; it is made unique."""
        pipeline_id, now = str(uuid.uuid4()), times.milliseconds()

        def is_taken(candidate: str) -> bool:
            sql = "SELECT count(*) FROM pipeline WHERE workspace = ? AND code = ?"
            return self._database.number(sql, workspace_id, candidate) > 0

        self._database.insert(
            "pipeline",
            id=pipeline_id,
            workspace=workspace_id,
            code=slugs.free(code or slugs.slugify(name) or "pipeline", is_taken),
            name=name,
            created_at=now,
            updated_at=now,
            **columns,
        )
        pipeline = self.get(pipeline_id)
        assert pipeline is not None
        return pipeline

    def change(self, pipeline_id: str, **columns: Any) -> None:
        """Set columns."""
        self._database.update("pipeline", pipeline_id, updated_at=times.milliseconds(), **columns)

    def delete(self, pipeline_id: str) -> None:
        """With versions, runs and all that belongs to them."""
        self._database.run("DELETE FROM pipeline WHERE id = ?", pipeline_id)

    def versions(self, pipeline_id: str) -> list[Row]:
        """Newest first."""
        return self._database.all("SELECT * FROM pipeline_version WHERE pipeline = ? ORDER BY number DESC", pipeline_id)

    def version(self, version_id: str | None) -> Row | None:
        """By id."""
        return self._database.one("SELECT * FROM pipeline_version WHERE id = ?", version_id)

    def current_version(self, pipeline_id: str) -> Row | None:
        """The newest; None when there is none yet."""
        return self._database.one(
            "SELECT * FROM pipeline_version WHERE pipeline = ? ORDER BY number DESC LIMIT 1", pipeline_id
        )

    def has_version_named(self, pipeline_id: str, name: str) -> bool:
        """Names of versions are unique in a pipeline."""
        sql = "SELECT count(*) FROM pipeline_version WHERE pipeline = ? AND name = ?"
        return self._database.number(sql, pipeline_id, name) > 0

    def add_version(
        self,
        pipeline_id: str,
        zipfile: bytes,
        parameters: Sequence[Mapping[str, Any]],
        person_id: str | None,
        given: Mapping[str, Any],
    ) -> Row:
        """The next version. `given` has the optional keys of GraphQL's input; the config defaults to the defaults."""
        config = given.get("config")
        if config is None:
            config = {one["code"]: one["default"] for one in parameters if one["default"] is not None}
        version_id = str(uuid.uuid4())
        with self._database.transaction():
            self._database.insert(
                "pipeline_version",
                id=version_id,
                pipeline=pipeline_id,
                number=1 + self._highest(pipeline_id),
                name=given.get("name"),
                description=given.get("description"),
                external_link=given.get("externalLink"),
                zipfile=zipfile,
                parameters=documents.dump(list(parameters)),
                config=documents.dump(config),
                timeout=given.get("timeout"),
                person=person_id,
                created_at=times.milliseconds(),
            )
        version = self.version(version_id)
        assert version is not None
        return version

    def _highest(self, pipeline_id: str) -> int:
        return self._database.number(
            "SELECT coalesce(max(number), 0) FROM pipeline_version WHERE pipeline = ?", pipeline_id
        )

    def delete_version(self, version_id: str) -> None:
        """Its runs stay, without version."""
        self._database.run("DELETE FROM pipeline_version WHERE id = ?", version_id)


def version_name(version: Row) -> str:
    """`v-two [v2]`, or `v2` for a version without a name."""
    number = f"v{version['number']}"
    return f"{version['name']} [{number}]" if version["name"] else number


def by_similarity(pipelines: Sequence[Row], name: str) -> list[Row]:
    """The most similar name first: what the CLI numbers in its menu."""

    def likeness(row: Row) -> float:
        return difflib.SequenceMatcher(None, row["name"].lower(), name.lower()).ratio()

    return sorted(pipelines, key=likeness, reverse=True)


def is_schedulable(version: Row | None) -> bool:
    """A pipeline can run by a clock only if no parameter needs a person's answer."""
    if version is None:
        return False
    config = documents.load(version["config"])
    return all(
        not one["required"] or one["default"] is not None or one["code"] in config
        for one in documents.load(version["parameters"])
    )
