"""What `from openhexa_jupyter import pipelines, tasks` costs a kernel, beside ipywidgets (which a notebook loads
anyway).

Every figure is of a fresh interpreter; ours and the floor are measured in turn, so that a drift of the machine hits
both.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Iterator

from bench.table import Row

RUNS = 15
FLOOR = "import ipywidgets"
WITH_US = "import ipywidgets; from openhexa_jupyter import pipelines, tasks"
WITH_WIDGETS = f"{WITH_US}; import openhexa_jupyter.notebook.form"
PROGRAM = """
import psutil, sys, time
def resident():
    return psutil.Process().memory_info().rss / 2**20
before, start = resident(), time.perf_counter()
exec(sys.argv[1])
print((time.perf_counter() - start) * 1000, resident() - before)
"""


def once(statement: str) -> tuple[float, float]:
    """Milliseconds and MiB that the statement takes in a fresh interpreter."""
    done = subprocess.run([sys.executable, "-c", PROGRAM, statement], capture_output=True, text=True, check=True)
    milliseconds, mebibytes = done.stdout.split()
    return float(milliseconds), float(mebibytes)


def measure() -> Iterator[Row]:
    """Time and memory of our import on top of ipywidgets, without and with the widgets' modules."""
    once(WITH_WIDGETS)
    cases = {FLOOR: [], WITH_US: [], WITH_WIDGETS: []}
    for _ in range(RUNS):
        for statement, figures in cases.items():
            figures.append(once(statement))
    names = {WITH_US: "import openhexa_jupyter", WITH_WIDGETS: "the same and the form's widget"}
    for statement, name in names.items():
        for index, (unit, target) in enumerate([("ms", "ipywidgets + 60"), ("MiB", "ipywidgets + 8")]):
            ours = [figures[index] for figures in cases[statement]]
            floor = statistics.median(figures[index] for figures in cases[FLOOR])
            yield Row(name, unit, statistics.median(ours), "ipywidgets", floor, (min(ours), max(ours)), target)
