from __future__ import annotations

import json
from collections import OrderedDict
from enum import IntEnum, StrEnum
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhexa_contract.json_value import as_json, shown


class Level(StrEnum):
    DISTRICT = "district"


class Size(IntEnum):
    TWO = 2


class Half(float):
    pass


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (None, None),
        (True, True),
        (0, 0),
        (1.0, 1.0),
        ("é", "é"),
        ((1, (2,)), [1, [2]]),
        (OrderedDict(a=(1,)), {"a": [1]}),
        (Level.DISTRICT, "district"),
        (Size.TWO, 2),
        (Half(0.5), 0.5),
    ],
)
def test_values_as_the_receiver_sees_them(value: Any, plain: Any) -> None:
    found = as_json(value)
    assert found == plain
    assert type(found) is type(plain)
    assert json.loads(json.dumps(found)) == plain


def nested(depth: int) -> Any:
    return [nested(depth - 1)] if depth else []


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        [-float("inf")],
        "a\0",
        {"a\0": 1},
        "\ud800",
        {1: 2},
        {None: 1},
        object(),
        {1, 2},
        b"bytes",
        [lambda: None],
        pytest.param(10**5000, id="5000 digits"),
        nested(101),
    ],
)
def test_what_cannot_be_sent_is_refused_with_a_sentence(value: Any) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        as_json(value)


def test_a_circle_is_refused() -> None:
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(ValueError, match="deep"):
        as_json(circle)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=6,
    )
)
def test_whatever_passes_survives_the_wire(value: Any) -> None:
    try:
        plain = as_json(value)
    except ValueError:
        return
    assert msgspec.json.decode(msgspec.json.encode(plain)) == plain


def test_shown() -> None:
    assert shown("é") == '"é"'
    assert shown({"a": [1]}) == '{"a": [1]}'
    assert shown("x" * 100) == '"' + "x" * 58 + "…"
    assert shown(object()) == "object"
