"""Pages of lists, with the App's habits (`perPage: 0` divides by zero, a page beyond the end is an error). Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

MAX_PER_PAGE = 10_000


class NoSuchPage(ValueError):
    """The message is the one Django's paginator gives."""


def page_of(items: Sequence[Any], page: int | None, per_page: int | None, default: int = 10) -> dict[str, Any]:
    """One page in the shape of GraphQL's page types. Raises NoSuchPage and ZeroDivisionError, as the App does."""
    size = min(default if per_page is None else per_page, MAX_PER_PAGE)
    number = 1 if page is None else page
    if number < 1:
        raise NoSuchPage("That page number is less than 1")
    pages = max(1, math.ceil(len(items) / size))
    if number > pages:
        raise NoSuchPage("That page contains no results")
    return {
        "page_number": number,
        "total_pages": pages,
        "total_items": len(items),
        "items": items[(number - 1) * size : number * size],
    }
