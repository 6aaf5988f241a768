from __future__ import annotations

import re
from pathlib import Path

import pytest

from openhexa_contract.tasks import Status
from openhexa_ui.labels import form_labels, list_labels, task_labels

SOURCES = Path(__file__).parents[2] / "ui" / "src"
MADE = {
    "status": set(Status),
    "level": {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"},
    "output": {"file", "table", "generic"},
}


def keys(source: str) -> set[str]:
    found = set(re.findall(r'"((?:form|task|list|result)\.[a-z_]+)"', source))
    for prefix in re.findall(r"`(status|level|output|list)\.\$\{", source):
        words = {"name", "code", "version", "description"} if prefix == "list" else MADE[prefix]
        found |= {f"{prefix}.{word}" for word in words}
    return found


def test_the_page_asks_for_the_sentences_that_there_are() -> None:
    asked = keys("\n".join(path.read_text() for path in SOURCES.glob("*.ts")))
    assert asked == {*form_labels(), *task_labels(), *list_labels()}


@pytest.mark.parametrize("labels", [form_labels(), task_labels(), list_labels()])
def test_every_sentence_has_words(labels) -> None:
    assert all(text.strip() for text in labels.values())


def test_the_module_parses_no_html() -> None:
    for path in SOURCES.glob("*.ts"):
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", path.read_text()), path
