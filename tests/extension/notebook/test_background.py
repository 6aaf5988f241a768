from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

import pytest

from openhexa_contract.errors import Unavailable
from openhexa_jupyter.notebook.background import Background

PATIENCE = 10


@pytest.fixture
def background() -> Iterator[Background]:
    made = Background()
    yield made
    made.close()


async def answer() -> int:
    return threading.get_ident()


def test_work_runs_on_one_other_thread(background: Background) -> None:
    assert background.run(answer()) == background.run(answer()) != threading.get_ident()
    assert not background.is_current


def test_an_error_of_the_work_is_raised_where_it_is_waited_for(background: Background) -> None:
    async def fail() -> None:
        raise Unavailable("Away.")

    with pytest.raises(Unavailable, match="Away"):
        background.run(fail())


@pytest.mark.parametrize(("error", "level"), [(Unavailable("Away."), logging.INFO), (ValueError("!"), logging.ERROR)])
def test_what_goes_wrong_unseen_is_logged(
    background: Background, caplog: pytest.LogCaptureFixture, error: Exception, level: int
) -> None:
    async def fail() -> None:
        raise error

    caplog.set_level(logging.INFO, "openhexa_jupyter")
    background.spawn(fail())
    background.run(answer())
    background.run(answer())
    assert [record.levelno for record in caplog.records if record.name.startswith("openhexa_jupyter")] == [level]


def test_later_is_not_now(background: Background) -> None:
    called = threading.Event()
    background.later(0.0, called.set)
    assert called.wait(PATIENCE)


def test_closed_it_starts_anew_when_it_is_used_and_not_for_finalizers(background: Background) -> None:
    first = background.run(answer())
    background.close()
    background.call_if_running(lambda: None)
    assert first not in [thread.ident for thread in threading.enumerate()]
    assert background.run(answer()) != threading.get_ident()
