"""How an object of the notebook side shows itself: a widget where widgets exist, and plain text beside it always."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from openhexa_contract.errors import PublicError


def bundle(
    shown: object, make_view: Callable[[], Any], kwargs: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What `_repr_mimebundle_` answers: without ipywidgets the text, with the service away a sentence about it."""
    try:
        text = repr(shown)
        view = make_view()
    except PublicError as error:
        return {"text/plain": str(error)}, {}
    except ImportError:
        return {"text/plain": text}, {}
    answer = view._repr_mimebundle_(**kwargs) or {}
    data, metadata = answer if isinstance(answer, tuple) else (answer, {})
    return {**data, "text/plain": text}, metadata


def table(rows: list[tuple[str, ...]], widest: int = 60) -> str:
    """Rows as aligned text, long cells cut."""
    cut = [tuple(_one_line(cell, widest) for cell in row) for row in rows]
    widths = [max(len(row[column]) for row in cut) for column in range(len(cut[0]))] if cut else []
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cut)
    return "\n".join(line.rstrip() for line in lines)


def _one_line(text: str, widest: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= widest else f"{line[: widest - 1]}…"
