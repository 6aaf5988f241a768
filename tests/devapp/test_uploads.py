import base64
import io
import zipfile

import pytest

from openhexa_devapp.uploads import UploadRefused, complete, read_upload

CODE = """
from openhexa.sdk import parameter, pipeline

raise RuntimeError("this code is read, never run")

@pipeline("Cases")
@parameter("period", name="Period", type=str, help="YYYYMM")
@parameter("rows", type=int, default=10, required=False)
@parameter("skip", type=bool, default=False, disables=["rows"], disable_when=False)
def cases(period, rows, skip):
    pass
"""


def archive(**files: str) -> str:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        for name, text in files.items():
            opened.writestr(name, text)
    return base64.b64encode(buffer.getvalue()).decode()


@pytest.mark.parametrize(
    "given",
    [{"files": [{"path": "pipeline.py", "content": CODE}]}, {"zipfile": archive(**{"pipeline.py": CODE})}],
    ids=["files", "zipfile"],
)
def test_the_sdk_reads_the_parameters(given):
    raw, parameters = read_upload(given)
    assert zipfile.ZipFile(io.BytesIO(raw)).read("pipeline.py").decode() == CODE
    assert [(one["code"], one["name"], one["type"], one["required"], one["default"]) for one in parameters] == [
        ("period", "Period", "str", True, None),
        ("rows", "rows", "int", False, 10),
        ("skip", "skip", "bool", True, False),
    ]
    assert (parameters[2]["disables"], parameters[2]["disableWhen"]) == (["rows"], False)


def test_given_parameters_are_believed():
    given = {"files": [{"path": "pipeline.py", "content": "def x(:"}], "parameters": [{"code": "a", "type": "str"}]}
    assert read_upload(given)[1] == [complete({"code": "a", "type": "str"})]


def test_every_field_has_a_value():
    assert complete({"code": "a", "type": "str"}) == {
        "code": "a", "name": "a", "type": "str", "required": True, "multiple": False, "choices": None, "help": None,
        "default": None, "widget": None, "connection": None, "directory": None, "disables": [], "disableWhen": True,
        "choicesFromFile": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"files": [{"path": "pipeline.py", "content": "def x(:\n"}]}, "PIPELINE_CODE_PARSING_ERROR"),
        ({"files": [{"path": "pipeline.py", "content": "x = 1"}]}, "PIPELINE_CODE_PARSING_ERROR"),
        ({"files": [{"path": "other.py", "content": CODE}]}, "PIPELINE_CODE_PARSING_ERROR"),
        ({"files": [{"path": "../pipeline.py", "content": CODE}]}, "INVALID_VERSION_FILES"),
        ({"files": [{"path": "/etc/pipeline.py", "content": CODE}]}, "INVALID_VERSION_FILES"),
        ({"zipfile": archive(**{"../x.py": ""})}, "INVALID_VERSION_FILES"),
        ({"zipfile": "bm90IGEgemlw"}, "INVALID_VERSION_FILES"),
        ({"zipfile": "é"}, "INVALID_VERSION_FILES"),
        ({}, "INVALID_VERSION_FILES"),
    ],
)
def test_refusals(given, code):
    with pytest.raises(UploadRefused) as caught:
        read_upload(given)
    assert caught.value.code == code


def test_a_syntax_error_is_told_as_recorded():
    with pytest.raises(UploadRefused, match=r"^invalid syntax \(<unknown>, line 1\)$"):
        read_upload({"files": [{"path": "pipeline.py", "content": "def x(:\n"}]})
