from __future__ import annotations

import signal
import socket
import threading
from typing import Any

import pytest

from openhexa_contract.errors import Forbidden, InvalidInput, Unavailable, UpstreamFailed
from openhexa_jupyter.notebook.background import Background
from openhexa_jupyter.notebook.client import Client, client, use_client


def test_a_request_carries_the_token_and_its_query(kernel: Any) -> None:
    kernel.answer("GET", "tasks/", {"results": []})
    assert client().get("tasks/", limit=5, status="RUNNING") == {"results": []}
    [seen] = kernel.requests
    assert seen["headers"]["Authorization"] == "token server-token"
    assert seen["query"] == "limit=5&status=RUNNING"


def test_a_body_is_sent_as_json(kernel: Any) -> None:
    kernel.answer("POST", "tasks/12/stop/", {"task": {}}, status=202)
    assert client().post("tasks/12/stop/", {"a": "é"}, {"Idempotency-Key": "k"}) == {"task": {}}
    [seen] = kernel.requests
    assert seen["body"] == '{"a":"é"}'.encode()
    assert seen["headers"]["Content-Type"] == "application/json"
    assert seen["headers"]["Idempotency-Key"] == "k"


def test_a_refusal_is_raised_as_the_class_it_was(kernel: Any) -> None:
    body = {"error": "Values do not fit.", "code": "invalid_input", "fields": {"rows": "A number is needed."}}
    kernel.answer("GET", "tasks/", body, status=400)
    with pytest.raises(InvalidInput) as raised:
        client().get("tasks/")
    assert raised.value.fields == {"rows": "A number is needed."}
    assert str(raised.value) == "Values do not fit.\n  rows: A number is needed."


@pytest.mark.parametrize(("status", "kind"), [(403, Forbidden), (503, Unavailable), (200, UpstreamFailed)])
def test_a_page_in_place_of_json(kernel: Any, status: int, kind: type[Exception]) -> None:
    kernel.answer("GET", "tasks/", b"<html>", status=status, Content_Type="text/html")
    with pytest.raises(kind):
        client().get("tasks/")


def test_a_server_that_breaks_off_is_unavailable(kernel: Any) -> None:
    kernel.answer("GET", "tasks/", b"", status=0)
    with pytest.raises(Unavailable, match="restart your server"):
        client().get("tasks/")


def test_a_server_that_does_not_listen_is_unavailable() -> None:
    background = Background()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        away = Client(f"http://127.0.0.1:{free.getsockname()[1]}", "", background)
    with pytest.raises(Unavailable, match="cannot be reached"):
        away.get("tasks/")
    background.close()


def test_outside_a_server_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENHEXA_EXTENSION_URL", raising=False)
    use_client(None)
    with pytest.raises(Unavailable, match="does not run in an OpenHEXA server"):
        client()


@pytest.mark.parametrize(("own", "hub", "sent"), [("own", "hub", "own"), ("", "hub", "hub"), (None, None, None)])
def test_the_environment_says_where_and_with_which_token(
    monkeypatch: pytest.MonkeyPatch, own: str | None, hub: str | None, sent: str | None
) -> None:
    monkeypatch.setenv("OPENHEXA_EXTENSION_URL", "http://127.0.0.1:1/openhexa/api/")
    for name, value in (("OPENHEXA_EXTENSION_TOKEN", own), ("JUPYTERHUB_API_TOKEN", hub)):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
    use_client(None)
    found = client()
    use_client(None)
    assert found.url == "http://127.0.0.1:1/openhexa/api"
    assert found.headers == ({} if sent is None else {"Authorization": f"token {sent}"})
    assert "hub" not in repr(found)


def test_threads_ask_at_the_same_time(kernel: Any) -> None:
    kernel.answer("GET", "tasks/", {"results": []})
    answers: list[Any] = []
    threads = [threading.Thread(target=lambda: answers.append(client().get("tasks/"))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert answers == [{"results": []}] * 20


def test_a_cell_that_waits_for_an_answer_can_be_interrupted(kernel: Any) -> None:
    kernel.hangs = True
    main = threading.get_ident()

    def interrupt() -> None:
        kernel.until(lambda: kernel.requests)
        signal.pthread_kill(main, signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - the interrupt may come at once
        threading.Thread(target=interrupt).start()
        client().get("tasks/")


def test_an_observer_that_would_wait_for_itself_is_told(kernel: Any) -> None:
    done = threading.Event()
    raised: list[BaseException] = []

    def observer() -> None:
        try:
            client().get("tasks/")
        except RuntimeError as error:
            raised.append(error)
        done.set()

    client().background.call(observer)
    assert done.wait(10)
    assert "must not wait" in str(raised[0])
