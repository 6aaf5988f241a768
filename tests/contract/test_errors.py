from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from openhexa_contract import errors
from openhexa_contract.errors import PUBLIC_ERRORS, InvalidInput, NotFound, PublicError, from_response


def test_the_tree() -> None:
    assert {kind.__name__: kind.status for kind in PUBLIC_ERRORS} == {
        "InvalidInput": 400,
        "NotAuthenticated": 401,
        "Forbidden": 403,
        "NotFound": 404,
        "NotAllowed": 405,
        "Conflict": 409,
        "TooLarge": 413,
        "InternalError": 500,
        "UpstreamFailed": 502,
        "Unavailable": 503,
    }
    own = {kind for kind in PublicError.__subclasses__() if kind.__module__ == errors.__name__}
    assert own == set(PUBLIC_ERRORS)
    assert len({kind.code for kind in PUBLIC_ERRORS}) == len(PUBLIC_ERRORS)


def test_the_tree_is_drawn_in_the_docstring() -> None:
    assert errors.__doc__
    for kind in PUBLIC_ERRORS:
        line = next(line for line in errors.__doc__.splitlines() if f"── {kind.__name__} " in line)
        assert str(kind.status) in line
        assert kind.code in line


def test_the_body_always_has_the_same_shape() -> None:
    assert NotFound("No pipeline x.").body() == {"error": "No pipeline x.", "code": "not_found", "fields": {}}
    body = InvalidInput("Wrong.", {"rows": "A whole number is needed."}).body()
    assert body == {"error": "Wrong.", "code": "invalid_input", "fields": {"rows": "A whole number is needed."}}


def test_the_text_of_an_exception_names_the_fields() -> None:
    assert str(InvalidInput("Wrong.", {"rows": "Too many.", "x": "No."})) == "Wrong.\n  rows: Too many.\n  x: No."


def test_fields_are_a_copy() -> None:
    fields = {"a": "b"}
    error = InvalidInput("Wrong.", fields)
    error.body()["fields"]["c"] = "d"
    fields["e"] = "f"
    assert error.fields == {"a": "b"}


@pytest.mark.parametrize("kind", PUBLIC_ERRORS)
def test_what_is_sent_is_what_is_raised_on_the_other_side(kind: type[PublicError]) -> None:
    sent = kind("Été.", {"rows": "Non."})
    for received in (from_response(kind.status, sent.body()), pickle.loads(pickle.dumps(sent)), copy.copy(sent)):
        assert type(received) is kind
        assert received.body() == sent.body()


@pytest.mark.parametrize(
    ("status", "body", "name"),
    [
        (404, "<html>nginx</html>", "NotFound"),
        (504, None, "Unavailable"),
        (418, {}, "InvalidInput"),
        (599, [], "InternalError"),
        (302, b"", "UpstreamFailed"),
        (200, {"error": ""}, "UpstreamFailed"),
        (404, {"error": 5, "code": ["x"], "fields": "no"}, "NotFound"),
    ],
)
def test_an_answer_of_another_shape_still_tells_its_status(status: int, body: Any, name: str) -> None:
    error = from_response(status, body)
    assert type(error).__name__ == name
    assert str(status) in error.message
    assert error.fields == {}


def test_the_code_decides_before_the_status() -> None:
    assert type(from_response(400, {"error": "Away.", "code": "unavailable"})).__name__ == "Unavailable"
    assert type(from_response(409, {"error": "Odd.", "code": "from_the_future"})).__name__ == "Conflict"
