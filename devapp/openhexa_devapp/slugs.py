"""Slugs and codes made from names. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable


def slugify(name: str) -> str:
    """`Cases Report!` becomes `cases-report`; `Aïssata` becomes `aissata`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def free(wanted: str, is_taken: Callable[[str], bool]) -> str:
    """`wanted`, or with the first number behind it that makes it free."""
    slug, number = wanted, 1
    while is_taken(slug):
        number += 1
        slug = f"{wanted}-{number}"
    return slug
