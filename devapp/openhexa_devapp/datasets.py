"""Datasets, in their smallest form: made, listed and linked to their workspace; without versions."""

from __future__ import annotations

import uuid

from openhexa_devapp import slugs, times
from openhexa_devapp.database import Database, Row


class Datasets:
    """The datasets of all workspaces. Who may do what is decided by the callers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, dataset_id: str) -> Row | None:
        """By id."""
        return self._database.one("SELECT * FROM dataset WHERE id = ?", dataset_id)

    def add(self, workspace_id: str, name: str, description: str | None, person_id: str | None) -> Row:
        """A dataset with its link to its own workspace."""

        def is_taken(slug: str) -> bool:
            sql = "SELECT count(*) FROM dataset WHERE workspace = ? AND slug = ?"
            return self._database.number(sql, workspace_id, slug) > 0

        dataset_id, now = str(uuid.uuid4()), times.milliseconds()
        with self._database.transaction():
            self._database.insert(
                "dataset",
                id=dataset_id,
                workspace=workspace_id,
                slug=slugs.free(slugs.slugify(name) or "dataset", is_taken),
                name=name,
                description=description,
                person=person_id,
                created_at=now,
                updated_at=now,
            )
            self._database.insert(
                "dataset_link",
                id=str(uuid.uuid4()),
                dataset=dataset_id,
                workspace=workspace_id,
                person=person_id,
                created_at=now,
            )
        dataset = self.get(dataset_id)
        assert dataset is not None
        return dataset

    def links_of_workspace(self, workspace_id: str, query: str | None = None) -> list[Row]:
        """Links to datasets whose name contains `query`, by name."""
        return self._database.all(
            "SELECT dataset_link.* FROM dataset_link JOIN dataset ON dataset.id = dataset_link.dataset"
            " WHERE dataset_link.workspace = ? AND instr(lower(dataset.name), ?) ORDER BY dataset.name",
            workspace_id,
            (query or "").lower(),
        )

    def links(self, dataset_id: str) -> list[Row]:
        """To every workspace that has the dataset."""
        return self._database.all("SELECT * FROM dataset_link WHERE dataset = ?", dataset_id)

    def link_by_slug(self, workspace_id: str, slug: str) -> Row | None:
        """The workspace's link to the dataset with this slug."""
        return self._database.one(
            "SELECT dataset_link.* FROM dataset_link JOIN dataset ON dataset.id = dataset_link.dataset"
            " WHERE dataset_link.workspace = ? AND dataset.slug = ?",
            workspace_id,
            slug,
        )

    def of_workspaces(self, workspace_ids: list[str], query: str | None = None) -> list[Row]:
        """Datasets made in these workspaces whose name contains `query`, by name."""
        marks = ", ".join("?" * len(workspace_ids))
        return self._database.all(
            f"SELECT * FROM dataset WHERE workspace IN ({marks}) AND instr(lower(name), ?) ORDER BY name",  # noqa: S608
            *workspace_ids,
            (query or "").lower(),
        )
