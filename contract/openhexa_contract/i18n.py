"""Translated sentences. No I/O, except that the catalogues of this package are read once, when a language is first
used.

English is the source language: without a catalogue for a language, its people read English. The language belongs to
the context (`contextvars`), so two requests on one event loop may speak two languages.

Every sentence a person sees is written `_("No pipeline {code}.").format(code=code)`, with `from .i18n import gettext
as _`.
"""

from __future__ import annotations

import functools
import gettext as catalogues
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

DOMAIN = "openhexa"
SOURCE_LANGUAGE = "en"

_LOCALE_DIR = Path(__file__).parent / "locale"
_TAG = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*")
_language: ContextVar[str] = ContextVar("openhexa_language", default=SOURCE_LANGUAGE)


def gettext(message: str) -> str:
    """The sentence in the context's language, or itself."""
    return _catalogue(_language.get()).gettext(message)


def ngettext(one: str, many: str, n: int) -> str:
    """The sentence for `n` things, by the plural rule of the context's language."""
    return _catalogue(_language.get()).ngettext(one, many, n)


def mark(message: str) -> str:
    """Mark a sentence of a module-level table for extraction; `gettext` translates it where it is shown."""
    return message


def language() -> str:
    """The language tag of the context, such as "en" or "fr-CA"."""
    return _language.get()


@contextmanager
def use_language(language: str) -> Iterator[None]:
    """Speak `language` (a tag such as "fr" or "fr-CA") inside the block. What is no language tag means English."""
    token = _language.set(language if _TAG.fullmatch(language) else SOURCE_LANGUAGE)
    try:
        yield
    finally:
        _language.reset(token)


@functools.lru_cache(maxsize=64)
def _catalogue(language: str) -> catalogues.NullTranslations:
    return catalogues.translation(DOMAIN, _LOCALE_DIR, [language.replace("-", "_")], fallback=True)
