"""In a real kernel: a view answers on its subshell while a cell is running, also when that cell has written to it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from jupyter_client import BlockingKernelClient, KernelManager

CELL = """
import time
from openhexa_contract.parameters import parse_parameters
from openhexa_jupyter.notebook.form import PipelineForm

class Pipeline:
    code = name = "cases"
    description = version = None
    can_run = True
    parameters = parse_parameters([{"code": "rows", "type": "int"}])

form = PipelineForm(Pipeline())
form["rows"].value = 1
"""
BUSY = """
form["rows"].value = 2
while form["rows"].value != 7:
    time.sleep(0.02)
"""
PATIENCE = 20.0


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Iterator[BlockingKernelClient]:
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    manager = KernelManager()
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    manager.cleanup_resources()


def published(client: BlockingKernelClient, wanted: Any) -> dict[str, Any]:
    """The first published message that is `wanted`."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        message = client.get_iopub_msg(timeout=PATIENCE)
        assert message["msg_type"] != "error", message["content"]
        if wanted(message):
            return message
    raise AssertionError("nothing of the kind was published")


def test_typing_is_answered_while_a_cell_runs_that_wrote_to_the_form(kernel: BlockingKernelClient) -> None:
    request = kernel.session.msg("create_subshell_request", {})
    kernel.control_channel.send(request)
    subshell = kernel.get_control_msg(timeout=PATIENCE)["content"]["subshell_id"]

    kernel.execute(CELL)
    opened = published(
        kernel, lambda message: message["msg_type"] == "comm_open" and "state" in message["content"]["data"]["state"]
    )
    comm_id = opened["content"]["comm_id"]
    kernel.execute(BUSY)
    published(kernel, lambda message: typed(message) == "2")

    content = {"method": "custom", "content": {"type": "typed", "code": "rows", "typed": "7"}}
    typing = kernel.session.msg("comm_msg", {"comm_id": comm_id, "data": content})
    typing["header"]["subshell_id"] = subshell
    kernel.shell_channel.send(typing)
    published(kernel, lambda message: typed(message) == "7")


def typed(message: dict[str, Any]) -> Any:
    """What the form's field shows by this message."""
    if message["msg_type"] != "comm_msg":
        return None
    state = message["content"]["data"].get("state", {}).get("state")
    return state["form"]["fields"][0]["typed"] if state else None
