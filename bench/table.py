"""The table in which every benchmark reports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One figure: what was measured, the floor or peer measured beside it, and what the project wants.

    `ours` and `floor` are in `unit`; `spread` is the smallest and largest of the runs, in the same unit.
    """

    what: str
    unit: str
    ours: float
    floor_name: str
    floor: float
    spread: tuple[float, float]
    target: str

    def cells(self) -> tuple[str, ...]:
        """The row's texts, in the order of `HEADINGS`."""
        ratio = f"{self.ours / self.floor:.2f}" if self.floor else ""
        return (
            self.what,
            f"{self.ours:.1f} {self.unit}",
            f"{self.spread[0]:.1f} to {self.spread[1]:.1f}",
            f"{self.floor_name}: {self.floor:.1f}",
            f"{self.ours - self.floor:+.1f}",
            ratio,
            self.target,
        )


HEADINGS = ("what", "median", "from .. to", "floor or peer", "difference", "ratio", "target")


def render(rows: Iterable[Row]) -> str:
    """A Markdown table, as it stands in docs/performance.md."""
    lines = [HEADINGS, tuple("---" for _ in HEADINGS), *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    )
