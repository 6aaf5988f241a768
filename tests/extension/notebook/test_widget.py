from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any

import pytest

import openhexa_ui
from openhexa_contract.errors import Unavailable
from openhexa_contract.i18n import language, use_language
from openhexa_jupyter.notebook.widget import View


class Counter(View):
    def __init__(self) -> None:
        self.count = 0
        self.sentence: str | None = None
        self.spoke = ""
        self.done = threading.Event()
        super().__init__("form", {"a": "b"})

    def draw(self) -> dict[str, Any]:
        return {"count": self.count, "sentence": self.sentence}

    def handlers(self) -> Mapping[str, Callable[[Mapping[str, Any]], None]]:
        return {
            "more": lambda message: self._more(message["by"]),
            "aside": lambda message: self.aside(self._late),
            "broken": lambda message: self._more(1 // 0),
            "refused": lambda message: self._refuse(),
        }

    def complain(self, sentence: str) -> None:
        self.sentence = sentence
        self.redraw()

    def _more(self, by: int) -> None:
        self.count += by
        self.spoke = language()
        self.redraw()

    def _late(self) -> None:
        self.done.set()

    def _refuse(self) -> None:
        raise Unavailable("The service sleeps.")


def test_the_page_gets_module_state_and_labels(comms) -> None:
    view = Counter()
    opened = comms.opened(view)
    assert opened["_esm"] == openhexa_ui.module_path().read_text()
    assert opened["view"] == "form"
    assert opened["state"] == {"count": 0, "sentence": None}
    assert opened["labels"] == {"a": "b"}
    assert opened["below"] is None


def test_a_message_is_handled_and_drawn(comms) -> None:
    view = Counter()
    comms.receive(view, {"type": "more", "by": 2})
    assert comms.states(view) == [{"count": 2, "sentence": None}]


@pytest.mark.parametrize("content", [{}, {"type": "unknown"}, {"type": 3}, {"type": ["more"]}, "more", None])
def test_messages_that_are_not_understood_change_nothing(comms, content) -> None:
    view = Counter()
    comms.receive(view, content)
    assert comms.states(view) == []


def test_a_refusal_is_shown(comms) -> None:
    view = Counter()
    comms.receive(view, {"type": "refused"})
    assert view.state["sentence"] == "The service sleeps."


def test_a_failure_of_ours_is_shown_as_a_sentence_and_logged(comms, caplog) -> None:
    view = Counter()
    comms.receive(view, {"type": "broken"})
    assert "restart the kernel" in view.state["sentence"]
    assert "ZeroDivisionError" in caplog.text


def test_what_takes_time_runs_on_another_thread(comms) -> None:
    view = Counter()
    comms.receive(view, {"type": "aside"})
    assert view.done.wait(5)


def test_a_view_keeps_the_language_it_was_made_in(comms) -> None:
    with use_language("fr"):
        view = Counter()
    comms.receive(view, {"type": "more", "by": 1})
    assert view.spoke == "fr"


def test_many_threads_lose_no_change(comms) -> None:
    view = Counter()
    threads = [threading.Thread(target=view.redraw) for _ in range(8)]
    view.count = 5
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert view.state["count"] == 5


def test_messages_stay_on_the_subshell_they_were_sent_to(comms) -> None:
    view = Counter()
    assert view.comm._reply_subshell_for({"method": "custom"}, "subshell-1") == "subshell-1"
    assert view.comm._reply_subshell_for(None, None) is None


def test_a_missing_module_is_explained(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(openhexa_ui, "_MODULE", tmp_path / "none.js")
    with pytest.raises(openhexa_ui.ModuleMissing, match="npm ci && npm run build"):
        openhexa_ui.module_path()


def test_importing_the_package_loads_no_widgets() -> None:
    code = "import sys, openhexa_jupyter; print('ipywidgets' in sys.modules, 'openhexa_ui' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
