"""`make bench [BENCH=name]`: run the benchmarks and print one table."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterable

from bench import import_cost
from bench.table import Row, render

BENCHMARKS: dict[str, Callable[[], Iterable[Row]]] = {"import_cost": import_cost.measure}


def main() -> None:
    """Run the benchmarks named on the command line, or all."""
    names = sys.argv[1:] or list(BENCHMARKS)
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        sys.exit(f"No benchmark {', '.join(unknown)}. There are: {', '.join(BENCHMARKS)}")
    print(f"{platform.python_implementation()} {platform.python_version()}, {platform.machine()}\n")
    print(render(row for name in names for row in BENCHMARKS[name]()))


if __name__ == "__main__":
    main()
