"""The results of a task as Python data: tables from its result or its files, figures from its files.

Files are read where the workspace is mounted: `WORKSPACE_FILES_PATH`, else `~/workspace`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openhexa_contract.api import Output
from openhexa_contract.errors import NotFound
from openhexa_contract.i18n import gettext as _

if TYPE_CHECKING:
    from IPython.display import Image
    from pandas import DataFrame

_TABLES = (".csv", ".parquet", ".json")
_IMAGES = (".png", ".jpg", ".jpeg", ".gif")


def dataframe(result: Any, outputs: Sequence[Output]) -> DataFrame:
    """The result if shaped like a table, else the first table among the files. NotFound when there is neither."""
    if _is_table(result):
        import pandas

        columns = result.get("columns") if isinstance(result, Mapping) and "data" in result else None
        return pandas.DataFrame(result["data"] if columns is not None else result, columns=columns)
    path = _first_file(outputs, _TABLES)
    if path is None:
        raise NotFound(
            _("This task has no table: neither is its result one, nor did it write a CSV, Parquet or JSON file.")
        )
    return _reader(path.suffix.lower())(path)


def figure(outputs: Sequence[Output]) -> Image:
    """The first image among the files. NotFound when there is none."""
    path = _first_file(outputs, _IMAGES)
    if path is None:
        raise NotFound(_("This task has no figure: it wrote no PNG, JPEG or GIF file."))
    from IPython import display

    image: Image = display.Image(data=path.read_bytes())  # type: ignore[no-untyped-call]
    return image


def workspace_folder() -> Path:
    """Where the workspace's files are mounted."""
    return Path(os.environ.get("WORKSPACE_FILES_PATH") or "~/workspace").expanduser()


def _is_table(result: Any) -> bool:
    """A list of objects, an object of equally long lists, or `{"columns": […], "data": [[…]]}`."""
    if isinstance(result, Mapping):
        if set(result) >= {"columns", "data"}:
            return isinstance(result["columns"], list) and isinstance(result["data"], list)
        lengths = {len(column) if isinstance(column, list) else -1 for column in result.values()}
        return len(lengths) == 1 and -1 not in lengths
    return isinstance(result, list) and bool(result) and all(isinstance(row, Mapping) for row in result)


def _first_file(outputs: Sequence[Output], suffixes: tuple[str, ...]) -> Path | None:
    """The first output of such a kind. NotFound when it was written, but is not in the workspace's folder."""
    for output in outputs:
        name = output.path or output.name or ""
        if output.kind == "file" and name.lower().endswith(suffixes):
            return _present(name)
    return None


def _present(name: str) -> Path:
    folder = workspace_folder()
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise NotFound(
            _(
                "The task wrote {name}, but it is not in {folder}: the file was moved, or the folder is not mounted."
            ).format(name=name, folder=folder)
        )
    return path


def _reader(suffix: str) -> Callable[[Path], DataFrame]:
    import pandas

    readers: dict[str, Callable[[Path], DataFrame]] = {
        ".csv": pandas.read_csv,
        ".parquet": pandas.read_parquet,
        ".json": pandas.read_json,
    }
    return readers[suffix]
