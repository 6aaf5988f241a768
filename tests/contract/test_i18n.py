from __future__ import annotations

import asyncio
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from openhexa_contract import i18n
from openhexa_contract.errors import InvalidInput
from openhexa_contract.i18n import gettext, language, mark, ngettext, use_language
from openhexa_contract.parameters import Parameter
from openhexa_contract.validation import validate


def write_catalogue(folder: Path, tag: str, sentences: dict[str, str]) -> None:
    """A compiled catalogue (GNU MO, version 0)."""
    head = "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n > 1);\n"
    pairs = sorted({"": head, **sentences}.items())
    texts = [text.encode() for pair in zip(*pairs, strict=True) for text in pair]
    offset = 28 + 8 * len(texts)
    table = b""
    for text in texts:
        table += struct.pack("<II", len(text), offset)
        offset += len(text) + 1
    count = len(pairs)
    header = struct.pack("<7I", 0x950412DE, 0, count, 28, 28 + 8 * count, 0, 0)
    path = folder / tag / "LC_MESSAGES" / "openhexa.mo"
    path.parent.mkdir(parents=True)
    path.write_bytes(header + table + b"".join(text + b"\0" for text in texts))


@pytest.fixture
def french(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    sentences = {"A value is needed.": "Une valeur est requise.", "{n} task\0{n} tasks": "{n} tâche\0{n} tâches"}
    write_catalogue(tmp_path, "fr", sentences)
    monkeypatch.setattr(i18n, "_LOCALE_DIR", tmp_path)
    i18n._catalogue.cache_clear()
    yield
    i18n._catalogue.cache_clear()


def test_english_is_the_source() -> None:
    assert language() == "en"
    assert gettext("A value is needed.") == mark("A value is needed.") == "A value is needed."
    assert ngettext("{n} task", "{n} tasks", 1) == "{n} task"
    assert ngettext("{n} task", "{n} tasks", 0) == "{n} tasks"


def test_no_catalogue_means_english() -> None:
    with use_language("sw"):
        assert gettext("A value is needed.") == "A value is needed."


@pytest.mark.usefixtures("french")
@pytest.mark.parametrize("tag", ["fr", "fr-CA", "fr_SN"])
def test_a_language_and_its_regions_read_its_catalogue(tag: str) -> None:
    with use_language(tag):
        assert gettext("A value is needed.") == "Une valeur est requise."
        assert ngettext("{n} task", "{n} tasks", 0) == "{n} tâche"
    assert gettext("A value is needed.") == "A value is needed."


@pytest.mark.usefixtures("french")
def test_sentences_are_translated_when_they_are_made() -> None:
    with use_language("fr"), pytest.raises(InvalidInput) as caught:
        validate([Parameter(code="rows", type="int")], {})
    assert caught.value.fields == {"rows": "Une valeur est requise."}


@pytest.mark.parametrize("tag", ["", "../../etc", "fr/../..", "e", "français", "fr;q=0.5", "\0"])
def test_what_is_no_language_tag_means_english(tag: str) -> None:
    with use_language("fr"), use_language(tag):
        assert language() == "en"


@pytest.mark.usefixtures("french")
def test_two_requests_on_one_loop_speak_two_languages() -> None:
    async def speak(tag: str) -> str:
        with use_language(tag):
            await asyncio.sleep(0)
            return gettext("A value is needed.")

    async def both() -> list[str]:
        return await asyncio.gather(speak("fr"), speak("en"))

    assert asyncio.run(both()) == ["Une valeur est requise.", "A value is needed."]
