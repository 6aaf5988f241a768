"""What `validate` accepts, and as what, against openhexa.sdk's own classes over generated definitions and values."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openhexa.sdk import (
    CustomConnection,
    Dataset,
    DHIS2Connection,
    File,
    GCSConnection,
    IASOConnection,
    PostgreSQLConnection,
    S3Connection,
)
from openhexa.sdk.pipelines.parameter import InvalidParameterError, Parameter, Secret, validate_parameters

from openhexa_contract.parameters import SDK_TYPES, parse_parameters
from openhexa_contract.validation import judge, validate

TYPES: dict[str, type] = {
    "str": str,
    "int": int,
    "float": float,
    "bool": bool,
    "secret": Secret,
    "dataset": Dataset,
    "file": File,
    "dhis2": DHIS2Connection,
    "iaso": IASOConnection,
    "postgresql": PostgreSQLConnection,
    "s3": S3Connection,
    "gcs": GCSConnection,
    "custom": CustomConnection,
}
CHOOSABLE = ("str", "int", "float", "dataset")

letters = st.sampled_from(["a", "b", "é", " a ", "a b", "", " ", "\t\n", "0", "12", "1.5", "true", "null", "[]", "ñ✓"])
texts = st.one_of(letters, st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=4))
integers = st.one_of(st.sampled_from([0, 1, -1, 2**31, 2**63, -(2**64), 10**400]), st.integers(-5, 5))
floats = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, 1.5, 1e308]), st.floats(allow_nan=False, allow_infinity=False, width=16)
)
scalars = st.one_of(st.none(), st.booleans(), integers, floats, texts)
anything = st.one_of(scalars, st.lists(scalars, max_size=3), st.dictionaries(texts, scalars, max_size=2))


def fitting(kind: str) -> st.SearchStrategy[Any]:
    return {"int": integers, "float": floats, "bool": st.booleans()}.get(kind, texts)


@st.composite
def definitions(draw: st.DrawFn, code: str, targets: list[str]) -> Parameter | None:
    """One parameter of the SDK, or None where it refuses the definition."""
    kind = draw(st.sampled_from(sorted(TYPES)))
    usual = fitting(kind)
    choices = draw(st.none() | st.lists(usual, min_size=1, max_size=4)) if kind in CHOOSABLE else None
    multiple = kind in CHOOSABLE and draw(st.booleans())
    one = st.sampled_from(choices) if choices else usual
    default = draw(st.none() | (st.lists(one, max_size=3) if multiple else one))
    if kind == "secret" and default is not None:
        default = Secret(default)
    disables = draw(st.none() | st.lists(st.sampled_from(targets), max_size=2)) if kind == "bool" and targets else None
    try:
        return Parameter(
            code,
            type=TYPES[kind],
            choices=choices,
            multiple=multiple,
            default=default,
            required=draw(st.booleans()),
            disables=disables,
            disable_when=draw(st.booleans()),
        )
    except InvalidParameterError:
        return None


@st.composite
def pipelines(draw: st.DrawFn, largest: int) -> list[Parameter]:
    codes = [f"p_{index}" for index in range(draw(st.integers(1, largest)))]
    drawn = [draw(definitions(code, [other for other in codes if other != code])) for code in codes]
    parameters = [parameter for parameter in drawn if parameter is not None]
    try:
        validate_parameters(parameters)
    except InvalidParameterError:
        for parameter in parameters:
            parameter.disables = None
    return parameters


@st.composite
def configs(draw: st.DrawFn, parameters: list[Parameter]) -> dict[str, Any]:
    config = {}
    for parameter in parameters:
        usual = fitting(parameter.type.spec_type)
        if parameter.choices:
            usual = st.sampled_from(parameter.choices) | usual
        if parameter.multiple:
            usual = st.lists(usual, max_size=3)
        if draw(st.integers(0, 4)):
            config[parameter.code] = draw(st.one_of(usual, usual, usual, st.none(), anything))
    if not draw(st.integers(0, 15)):
        config[draw(st.sampled_from(["stranger", "p_0 ", "", "P_0"]))] = draw(anything)
    return config


def exactly(value: Any) -> Any:
    """The value with its types, so that true is not 1 and 1 is not 1.0; -0.0 stays itself."""
    if isinstance(value, dict):
        return {key: exactly(item) for key, item in value.items()}
    if isinstance(value, list):
        return [exactly(item) for item in value]
    return (type(value).__name__, repr(value))


def compare(sdk: Any, parameters: list[Parameter], config: dict[str, Any]) -> bool:
    expected = sdk.launch(parameters, config)
    ours = parse_parameters(json.loads(json.dumps([parameter.to_dict() for parameter in parameters])))
    verdict = judge(ours, config)
    assert bool(verdict.errors) == (expected == sdk.REFUSED), verdict.errors
    if verdict.errors:
        return False
    sent = validate(ours, config)
    arrived = sdk.launch(parameters, json.loads(json.dumps(sent)))
    assert exactly(arrived) == exactly(expected)
    for code, value in sent.items():
        assert value is not None
        assert exactly(value) == exactly(expected[code]) or (value == "" and expected[code] is None)
    return True


def test_every_type_of_the_sdk_is_generated() -> None:
    assert set(TYPES) == set(SDK_TYPES)


@settings(max_examples=1400, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_one_parameter_is_judged_as_the_sdk_judges_it(sdk: Any, data: st.DataObject) -> None:
    parameters = data.draw(pipelines(1))
    compare(sdk, parameters, data.draw(configs(parameters)))


@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_pipeline_is_judged_as_the_sdk_judges_it(sdk: Any, data: st.DataObject) -> None:
    parameters = data.draw(pipelines(4))
    compare(sdk, parameters, data.draw(configs(parameters)))


CORNERS: list[Any] = [
    None, "", " ", "a", " a ", "0", "1", "1.5", "true", 0, 1, -1, 2**70, 10**400, 0.0, -0.0, 1.0, 1.5, True, False,
    [], [None], [""], [" "], ["a"], ["a", None], [1], [1.0], [True], [[]], {}, {"a": 1},
]  # fmt: skip
"""Values that tell the types apart."""

DEFAULTS: dict[str, list[Any]] = {
    "str": ["a", " a ", " "],
    "int": [0, 1, True],
    "float": [0.0, 1.5],
    "bool": [True, False],
}
CHOICES: dict[str, list[Any]] = {"str": [["a", "0"], [" a "]], "int": [[0, 1], [True]], "float": [[0.0, 1.5], [1.0]]}


def test_every_corner_of_every_type(sdk: Any) -> None:
    accepted = compared = 0
    for parameter in corner_definitions():
        for value in CORNERS:
            accepted += compare(sdk, [parameter], {parameter.code: value})
            compared += 1
        accepted += compare(sdk, [parameter], {})
    assert compared > 3000
    assert 500 < accepted < compared - 500


def corner_definitions() -> list[Parameter]:
    found = []
    for kind, python_type in TYPES.items():
        defaults = DEFAULTS.get(kind, [Secret("a")] if kind == "secret" else ["a"])
        for choices in [None, *CHOICES.get(kind, [])]:
            for multiple in (False, True):
                for default in [None, *([[item] for item in defaults] + [[]] if multiple else defaults)]:
                    for required in (True, False):
                        try:
                            found.append(
                                Parameter("p_0", type=python_type, choices=choices, multiple=multiple, default=default,
                                          required=required)
                            )  # fmt: skip
                        except InvalidParameterError:
                            continue
    return found
