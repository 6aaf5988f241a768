"""JSON as it is kept in the database: keys in the order PostgreSQL's jsonb gives them. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def dump(value: Any) -> str:
    """JSON text; the keys of the outermost object are sorted by length, then by letters."""
    if isinstance(value, Mapping):
        value = {key: value[key] for key in sorted(value, key=lambda key: (len(key), key))}
    return json.dumps(value, ensure_ascii=False)


def load(text: str) -> Any:
    """What `dump` wrote."""
    return json.loads(text)
