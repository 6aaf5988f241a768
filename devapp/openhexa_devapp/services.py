"""Everything a request needs, made once per App."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from openhexa_devapp.connections import Connections
from openhexa_devapp.credentials import Credentials
from openhexa_devapp.database import Database
from openhexa_devapp.datasets import Datasets
from openhexa_devapp.files import Files
from openhexa_devapp.hub import Hub
from openhexa_devapp.people import People
from openhexa_devapp.permissions import Permissions
from openhexa_devapp.pipelines import Pipelines
from openhexa_devapp.postgres import Postgres
from openhexa_devapp.principals import Principals
from openhexa_devapp.runs import Runs
from openhexa_devapp.sessions import Sessions
from openhexa_devapp.settings import Settings
from openhexa_devapp.tokens import Signer
from openhexa_devapp.workspaces import Workspaces


def _nobody_listens(run_id: str) -> None:
    """Until a runner is started, runs stay queued."""


@dataclasses.dataclass
class Services:
    """The stores and helpers of one App. Close `hub` and `database` at the end."""

    settings: Settings
    database: Database
    signer: Signer
    people: People
    sessions: Sessions
    principals: Principals
    permissions: Permissions
    workspaces: Workspaces
    connections: Connections
    pipelines: Pipelines
    runs: Runs
    files: Files
    datasets: Datasets
    postgres: Postgres | None
    credentials: Credentials
    hub: Hub
    run_changed: Callable[[str], None] = _nobody_listens
    """Tells the runner, from any thread, that this run was queued or is to be stopped."""

    @classmethod
    def of(cls, settings: Settings) -> Services:
        """Everything for this data folder, without PostgreSQL yet."""
        database = Database(settings.database_file)
        signer = Signer.of(database)
        people = People(database)
        sessions = Sessions(database, settings)
        workspaces = Workspaces(database)
        files = Files(settings)
        return cls(
            settings=settings,
            database=database,
            signer=signer,
            people=people,
            sessions=sessions,
            principals=Principals(database, people, sessions, signer),
            permissions=Permissions(people),
            workspaces=workspaces,
            connections=Connections(database),
            pipelines=Pipelines(database, workspaces),
            runs=Runs(database),
            files=files,
            datasets=Datasets(database),
            postgres=None,
            credentials=Credentials(signer, files),
            hub=Hub(settings),
        )

    def use_postgres(self, postgres: Postgres) -> None:
        """From now on credentials lead to a database too."""
        self.postgres = postgres
        self.credentials.postgres = postgres
