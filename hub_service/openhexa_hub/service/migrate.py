"""Bringing the database to this release's schema, by Alembic."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from openhexa_hub.service.tasks.database import Database


class WrongSchema(Exception):
    """The database is not as this release needs it."""


def migrate(database: Database) -> None:
    """Apply every migration that is missing, in one transaction. A newer release's database is left alone."""
    config = _config()
    with database.writer.begin() as connection:
        config.attributes["connection"] = connection
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if set(MigrationContext.configure(connection).get_current_heads()) <= known:
            command.upgrade(config, "head")


def check_schema(database: Database) -> None:
    """Raise WrongSchema when the database has not been migrated. A newer one is accepted: releases can be mixed for
    a while.
    """
    script = ScriptDirectory.from_config(_config())
    with database.reader.connect() as connection:
        current = MigrationContext.configure(connection).get_current_heads()
    older = {revision.revision for revision in script.walk_revisions()} - set(script.get_heads())
    if not current or set(current) & older:
        raise WrongSchema(
            "The database's schema is older than this release. Run `python "
            "-m openhexa_hub.service --migrate-only` once."
        )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config
