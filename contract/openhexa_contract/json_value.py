"""Values as JSON carries them: what can be sent, and how a person reads it. No I/O."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from .i18n import gettext as _

_MAX_DEPTH = 100
_MAX_INTEGER_BITS = 14_000


def as_json(value: object) -> Any:
    """The value as the receiver sees it: tuples are lists, and subclasses of str, int, float (enumerations, numpy's
    float64) are plain.

    Raises ValueError with a sentence for what cannot be sent, or not kept: NaN and infinities (no JSON), text with a
    NUL or half a surrogate pair (PostgreSQL and UTF-8 refuse it), keys that are no text, whole numbers beyond about
    4,200 digits, nesting beyond 100.
    """
    return _as_json(value, 0)


def shown(value: object, limit: int = 60) -> str:
    """The value in a sentence: JSON where it is JSON, shortened."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = type(value).__name__
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _as_json(value: object, depth: int) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        if value.bit_length() > _MAX_INTEGER_BITS:
            raise ValueError(_("The number has too many digits."))
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(_("The number must be finite."))
        return float(value)
    if depth >= _MAX_DEPTH:
        raise ValueError(_("The value is nested too deeply."))
    if isinstance(value, list | tuple):
        return [_as_json(item, depth + 1) for item in value]
    if isinstance(value, Mapping):
        return {_key(key): _as_json(item, depth + 1) for key, item in value.items()}
    raise ValueError(_("A value of the type {type} cannot be sent.").format(type=type(value).__name__))


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise ValueError(_("The keys of an object must be text."))
    return _text(key)


def _text(value: str) -> str:
    if "\0" in value:
        raise ValueError(_("The text contains a NUL character."))
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(_("The text contains half a character (a lone surrogate).")) from None
    return "".join(value)
