"""From what an upload carries to what a version holds: the zip file and the parameters.

The parameters come with the upload, or openhexa.sdk's own parser reads them from `pipeline.py`, without running it.
"""

from __future__ import annotations

import base64
import io
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any


class UploadRefused(ValueError):
    """`code` is a word of GraphQL's PipelineError; the message is its `details`."""

    def __init__(self, code: str, details: str) -> None:
        super().__init__(details)
        self.code = code


def read_upload(given: Mapping[str, Any]) -> tuple[bytes, list[dict[str, Any]]]:
    """Zip file and parameters of an upload. Raises UploadRefused."""
    archive = _archive(given)
    parameters = given.get("parameters")
    return archive, [complete(one) for one in (_parse(archive) if parameters is None else parameters)]


def complete(parameter: Mapping[str, Any]) -> dict[str, Any]:
    """A parameter with every field that GraphQL's `PipelineParameter` has."""
    choices_from_file = parameter.get("choicesFromFile")
    fields = {name: parameter.get(name) for name in ("choices", "help", "default", "widget", "connection", "directory")}
    return {
        "code": parameter["code"],
        "name": parameter.get("name") or parameter["code"],
        "type": parameter["type"],
        "required": parameter.get("required", True) is not False,
        "multiple": bool(parameter.get("multiple")),
        **fields,
        "disables": list(parameter.get("disables") or ()),
        "disableWhen": parameter.get("disableWhen", True) is not False,
        "choicesFromFile": dict(choices_from_file) if choices_from_file else None,
    }


def _archive(given: Mapping[str, Any]) -> bytes:
    if given.get("files"):
        return _zip(given["files"])
    try:
        archive = base64.b64decode(given.get("zipfile") or "", validate=True)
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            names = opened.namelist()
    except (ValueError, zipfile.BadZipFile) as error:
        raise UploadRefused("INVALID_VERSION_FILES", str(error)) from error
    if any(not _is_inside(name) for name in names):
        raise UploadRefused("INVALID_VERSION_FILES", "A file of the archive lies outside of it.")
    return archive


def _zip(files: Sequence[Mapping[str, Any]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            if not _is_inside(file["path"]):
                raise UploadRefused("INVALID_VERSION_FILES", f"The path {file['path']} leads outside.")
            archive.writestr(file["path"], _content(file))
    return buffer.getvalue()


def _content(file: Mapping[str, Any]) -> str | bytes:
    if file.get("encoding", "TEXT") == "TEXT":
        return str(file["content"])
    try:
        return base64.b64decode(file["content"], validate=True)
    except ValueError as error:
        raise UploadRefused("INVALID_VERSION_FILES", f"{file['path']}: {error}") from error


def _is_inside(path: str) -> bool:
    parts = PurePosixPath(path)
    return bool(path) and not parts.is_absolute() and ".." not in parts.parts


def _parse(archive: bytes) -> list[dict[str, Any]]:
    from openhexa.sdk.pipelines.exceptions import InvalidParameterError, PipelineNotFound
    from openhexa.sdk.pipelines.runtime import get_pipeline

    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            opened.extractall(folder)
        try:
            return [parameter.to_dict() for parameter in get_pipeline(Path(folder)).parameters]
        except (SyntaxError, ValueError, TypeError, InvalidParameterError, PipelineNotFound) as error:
            raise UploadRefused("PIPELINE_CODE_PARSING_ERROR", str(error)) from error
