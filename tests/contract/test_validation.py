"""By hand: list, dict and unknown types, sentences, disabling, and each intended difference from the SDK."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openhexa.sdk import Dataset, DHIS2Connection, File
from openhexa.sdk.pipelines.parameter import InvalidParameterError, Secret, validate_parameters
from openhexa.sdk.pipelines.parameter import Parameter as SdkParameter
from openhexa.sdk.pipelines.parameter import types as sdk_types

from openhexa_contract.errors import InvalidInput
from openhexa_contract.parameters import KNOWN_TYPES, Parameter, parse_parameters
from openhexa_contract.validation import DIFFERENCES, accept, disabled_codes, judge, validate


def one(kind: str, **fields: Any) -> Parameter:
    return Parameter(code="x", type=kind, **fields)


def refusal(parameter: Parameter, value: Any) -> str:
    with pytest.raises(InvalidInput) as caught:
        validate([parameter], {"x": value})
    assert list(caught.value.fields) == ["x"]
    return caught.value.fields["x"]


# list, dict and unknown types: the rules of the module's docstring


@pytest.mark.parametrize("value", [["a", 1, None, {"b": [2.5]}], [0], [""], [False]])
def test_a_list_takes_any_json_list(value: list[Any]) -> None:
    assert validate([one("list")], {"x": value}) == {"x": value}


@pytest.mark.parametrize("value", ["[1]", "a", 1, True, {"a": 1}])
def test_a_list_takes_nothing_else(value: Any) -> None:
    assert "list" in refusal(one("list"), value)


def test_a_required_list_needs_an_entry() -> None:
    assert refusal(one("list"), []) == "At least one entry is needed."
    assert refusal(one("list"), None) == "A value is needed."
    assert validate([one("list", required=False)], {"x": []}) == {"x": []}
    assert validate([one("list", required=False)], {"x": None}) == {}


def test_an_empty_list_is_not_replaced_by_the_default() -> None:
    parameter = one("list", required=False, default=[1])
    assert validate([parameter], {}) == {"x": [1]}
    assert validate([parameter], {"x": None}) == {"x": [1]}
    assert validate([parameter], {"x": []}) == {"x": []}


def test_each_entry_of_a_list_is_one_of_its_choices() -> None:
    parameter = one("list", choices=["a", 1])
    assert validate([parameter], {"x": [1, "a", 1]}) == {"x": [1, "a", 1]}
    assert refusal(parameter, ["a", "c"]) == '"c" is not one of the choices.'


@pytest.mark.parametrize("value", [{"a": None}, {"a": {"b": [1]}}, {"": 0}])
def test_a_dict_takes_any_json_object(value: dict[str, Any]) -> None:
    assert validate([one("dict")], {"x": value}) == {"x": value}


@pytest.mark.parametrize("value", ["{}", [], [["a", 1]], 0, False])
def test_a_dict_takes_nothing_else(value: Any) -> None:
    assert "object" in refusal(one("dict"), value)


def test_a_required_dict_needs_a_key_and_an_empty_one_is_not_replaced() -> None:
    assert refusal(one("dict"), {}) == "At least one entry is needed."
    parameter = one("dict", required=False, default={"a": 1})
    assert validate([parameter], {"x": {}}) == {"x": {}}
    assert validate([parameter], {"x": None}) == {"x": {"a": 1}}


def test_a_dict_may_have_choices() -> None:
    assert validate([one("dict", choices=[{"a": 1}])], {"x": {"a": 1}}) == {"x": {"a": 1}}
    assert "choices" in refusal(one("dict", choices=[{"a": 1}]), {"a": 2})


@pytest.mark.parametrize("value", [0, False, "", "a", [], {}, [None], 1.5])
def test_an_unknown_type_passes_its_value_through(value: Any) -> None:
    assert validate([one("date", multiple=True, choices=["b"])], {"x": value}) == {"x": value}


def test_an_unknown_type_that_is_required_is_not_null() -> None:
    assert refusal(one("date"), None) == "A value is needed."
    assert validate([one("date", required=False)], {"x": None}) == {}
    assert validate([one("date", default="today")], {}) == {"x": "today"}


# sentences


def test_every_wrong_value_is_named_at_once_and_unknown_keys_by_their_own_name() -> None:
    parameters = [
        Parameter(code="rows", type="int"),
        Parameter(code="ratio", type="float"),
        Parameter(code="ok", type="str"),
    ]
    with pytest.raises(InvalidInput) as caught:
        validate(parameters, {"rows": "ten", "ok": "yes", "typo": None})
    assert caught.value.fields == {
        "rows": 'A whole number is needed, not "ten".',
        "ratio": "A value is needed.",
        "typo": "The pipeline has no such parameter.",
    }


@pytest.mark.parametrize("kind", ["str", "int", "float", "bool", "list", "dict", "dataset", "file", "dhis2"])
def test_each_type_says_what_it_needs(kind: str) -> None:
    wrong: Any = {"a": 1} if kind != "dict" else [1]
    sentence = refusal(one(kind), wrong)
    assert sentence.endswith((f'not {"{"}"a": 1{"}"}.', "not [1]."))


def test_a_secret_is_never_repeated() -> None:
    assert refusal(one("secret"), ["hunter2"]) == "Text is needed."


def test_a_long_value_is_shortened() -> None:
    assert len(refusal(one("int"), "x" * 1000)) < 120


@pytest.mark.parametrize("values", [None, [], "rows", 5])
def test_values_must_be_an_object(values: Any) -> None:
    with pytest.raises(InvalidInput, match="object"):
        validate([one("int")], values)


def test_an_entry_that_does_not_fit_a_list_of_values() -> None:
    assert refusal(one("int", multiple=True), [1, "2"]) == 'A whole number is needed, not "2".'
    assert refusal(one("int", multiple=True), 1) == "A list of values is needed, not 1."


def test_a_default_that_does_not_fit_is_an_error_of_its_field() -> None:
    assert "whole number" in refusal(one("int", default="ten"), None)
    assert "list" in refusal(one("int", multiple=True, default=5), None)
    assert "finite" in refusal(one("float", default=float("nan")), None)


def test_missing_values_are_told_apart_from_wrong_ones() -> None:
    parameters = [Parameter(code="a", type="int"), Parameter(code="b", type="int"), Parameter(code="c", type="list")]
    verdict = judge(parameters, {"b": "x", "c": []})
    assert set(verdict.errors) == {"a", "b", "c"}
    assert verdict.missing == {"a", "c"}


# disabling


def switch(**fields: Any) -> list[Parameter]:
    return [Parameter(code="off", type="bool", disables=["rows"], **fields), Parameter(code="rows", type="int")]


def test_a_disabled_parameter_is_neither_judged_nor_sent() -> None:
    assert validate(switch(), {"off": True}) == {"off": True}
    assert validate(switch(), {"off": True, "rows": "junk"}) == {"off": True}
    with pytest.raises(InvalidInput):
        validate(switch(), {"off": False})


def test_the_default_of_a_switch_counts_when_it_is_not_given() -> None:
    assert validate(switch(default=True), {}) == {"off": True}
    assert validate(switch(disable_when=False), {}) == {"off": False}
    assert validate(switch(disable_when=False), {"off": True, "rows": 1}) == {"off": True, "rows": 1}


@pytest.mark.parametrize("junk", ["true", 1, [True], object()])
def test_a_switch_with_a_wrong_value_switches_nothing(junk: Any) -> None:
    assert disabled_codes(switch(), {"off": junk}) == frozenset()
    assert set(judge(switch(), {"off": junk}).errors) == {"off", "rows"}


def test_only_booleans_switch() -> None:
    assert disabled_codes([Parameter(code="x", type="int", disables=["y"])], {"x": True}) == frozenset()


# each intended difference: what the SDK does, what this does


def test_each_difference_has_a_test() -> None:
    tests = {name.removeprefix("test_difference_") for name in dir(sys.modules[__name__]) if "test_difference_" in name}
    assert tests == set(DIFFERENCES)
    assert all(reason.endswith(".") for reason in DIFFERENCES.values())


def test_difference_identifier(sdk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class EmptyWorkspace:
        def get_dataset(self, identifier: str) -> Dataset:
            raise ValueError(identifier)

    monkeypatch.setattr(sdk_types, "workspace", EmptyWorkspace())
    assert sdk.run([SdkParameter("xx", type=Dataset)], {"xx": "gone"}) == sdk.REFUSED
    assert validate([one("dataset")], {"x": "gone"}) == {"x": "gone"}


def test_difference_blank_identifier(sdk: Any) -> None:
    for kind, python_type in (("dataset", Dataset), ("file", File), ("dhis2", DHIS2Connection)):
        for blank in ("", " "):
            assert sdk.run([SdkParameter("xx", type=python_type, required=False)], {"xx": blank}) == sdk.REFUSED
            assert refusal(one(kind, required=False), blank) == "The identifier is blank."


def test_difference_dataset_choices(sdk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class RealWorkspace:
        def get_dataset(self, identifier: str) -> object:
            return object()

    monkeypatch.setattr(sdk_types, "workspace", RealWorkspace())
    declared = SdkParameter("xx", type=Dataset, choices=["a"])
    assert sdk.run([declared], {"xx": "a"}) == sdk.REFUSED
    assert validate([one("dataset", choices=["a"])], {"x": "a"}) == {"x": "a"}
    assert "choices" in refusal(one("dataset", choices=["a"]), "b")


def test_difference_null_controller(sdk: Any) -> None:
    declared = [SdkParameter("off", type=bool, default=True, disables=["rows"]), SdkParameter("rows", type=int)]
    assert sdk.run(declared, {"off": None}) == sdk.REFUSED
    assert sdk.launch(declared, {"off": None}) == {"off": True, "rows": None}
    assert validate(switch(default=True), {"off": None}) == {"off": True}


@pytest.mark.parametrize(
    ("python_type", "value"),
    [(float, float("nan")), (float, float("inf")), (str, "a\0"), (str, "\ud800"), (int, 10**5000)],
    ids=["nan", "inf", "nul", "surrogate", "digits"],
)
def test_difference_not_sendable(sdk: Any, python_type: type, value: Any) -> None:
    assert sdk.run([SdkParameter("xx", type=python_type)], {"xx": value}) != sdk.REFUSED
    assert refusal(one(python_type.__name__), value)


class Level(StrEnum):
    DISTRICT = "district"


def test_difference_as_sent(sdk: Any) -> None:
    assert sdk.run([SdkParameter("xx", type=int, multiple=True)], {"xx": (1, 2)}) == sdk.REFUSED
    assert validate([one("int", multiple=True)], {"x": (1, 2)}) == {"x": [1, 2]}
    sent = validate([one("str")], {"x": Level.DISTRICT})["x"]
    assert (type(sent), sent) == (str, "district")


@pytest.mark.parametrize(
    ("parameter", "value", "config"),
    [
        (one("int", default=10, stored=0), None, {"x": 0}),
        (one("int", default=10, stored=20), 0, {"x": 0}),
        (one("bool", default=True, stored=False), None, {"x": False}),
        (one("str", stored="a", required=False), "", {"x": ""}),
        (one("str", default="d", stored=" "), None, {"x": "d"}),
        (one("str", stored="a"), None, {"x": "a"}),
        (one("str", multiple=True, stored=["a"]), None, {"x": ["a"]}),
        (one("secret", stored="••••"), None, {}),
        (one("secret", stored="••••"), "••••", {}),
        (one("secret", stored="••••"), " •••• ", {}),
        (one("secret", stored="••••"), "own", {"x": "own"}),
        (one("secret", default="d"), None, {"x": "d"}),
        (one("list", default=[1], stored=[], required=False), None, {"x": []}),
    ],
)
def test_a_stored_value_stands_between_what_is_given_and_the_default(
    parameter: Parameter, value: Any, config: dict[str, Any]
) -> None:
    assert validate([parameter], {"x": value}) == config


def test_a_stored_boolean_switches_off() -> None:
    off, rows = switch(default=False)
    assert disabled_codes([msgspec.structs.replace(off, stored=True), rows], {}) == {"rows"}


def test_difference_unset_not_sent(sdk: Any) -> None:
    declared = SdkParameter("xx", type=str, required=False)
    assert sdk.run([declared], {}) == sdk.run([declared], {"xx": ""}) == {"xx": None}
    parameter = one("str", required=False)
    assert validate([parameter], {}) == validate([parameter], {"x": None}) == {}
    assert validate([parameter], {"x": "  "}) == {"x": ""}
    assert validate([one("secret", required=False)], {"x": ""}) == {"x": ""}


@pytest.mark.parametrize("given", ["••••", " •••• "])
def test_difference_mask(sdk: Any, given: str) -> None:
    assert sdk.run([SdkParameter("xx", type=Secret)], {"xx": given}) == {"xx": "••••"}
    sentence = "Type the secret again: its text is not kept."
    assert refusal(one("secret"), given) == sentence
    assert refusal(one("secret", required=False, default="d"), given) == sentence
    assert refusal(one("secret", stored=""), given) == sentence
    assert validate([one("str")], {"x": given}) == {"x": "••••"}


def test_difference_default_not_sent(sdk: Any) -> None:
    declared = SdkParameter("xx", type=str, default=" a ", choices=[" a "])
    assert sdk.run([declared], {}) == {"xx": " a "}
    assert sdk.run([declared], {"xx": " a "}) == sdk.REFUSED
    assert validate([one("str", default=" a ", choices=[" a "])], {}) == {}
    assert validate([one("str", default=[" a ", "b"], multiple=True)], {}) == {}


def test_difference_all_errors(sdk: Any) -> None:
    declared = [SdkParameter("aa", type=int), SdkParameter("bb", type=int)]
    assert sdk.run(declared, {}) == sdk.REFUSED
    assert set(judge([Parameter(code="aa", type="int"), Parameter(code="bb", type="int")], {}).errors) == {"aa", "bb"}


def test_difference_lenient_definitions() -> None:
    for fields in (
        {"type": bool, "choices": [True]},
        {"type": Secret, "multiple": True},
        {"type": int, "default": "a"},
    ):
        with pytest.raises(InvalidParameterError):
            SdkParameter("xx", **fields)
    assert validate([one("bool", choices=[True])], {"x": False}) == {"x": False}
    assert validate([one("secret", multiple=True)], {"x": "s"}) == {"x": "s"}
    assert validate([one("int", default="a")], {"x": 1}) == {"x": 1}
    assert validate([one("str", choices=[])], {"x": "a"}) == {"x": "a"}
    assert validate([one("float", default=1)], {}) == {"x": 1.0}
    with pytest.raises(InvalidParameterError):
        validate_parameters([SdkParameter("xx", type=bool, disables=["xx"])])
    assert validate([Parameter(code="x", type="bool", disables=["x", "gone"])], {"x": True}) == {}


# anything at all


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=5,
)


@settings(max_examples=300, deadline=None)
@given(
    raw=st.fixed_dictionaries(
        {"code": st.just("x"), "type": st.sampled_from([*sorted(KNOWN_TYPES), "date"])},
        optional={
            "default": json_values,
            "choices": st.lists(json_values, max_size=3),
            "multiple": st.booleans(),
            "required": st.booleans(),
            "disables": st.just(["x"]),
        },
    ),
    values=st.dictionaries(st.sampled_from(["x", "y"]), json_values, max_size=2),
)
def test_no_definition_and_no_value_breaks_it(raw: dict[str, Any], values: dict[str, Any]) -> None:
    parameters = parse_parameters([raw])
    verdict = judge(parameters, values)
    if not verdict.errors and not parameters[0].disables:
        assert judge(parameters, verdict.config).errors == {}
        assert judge(parameters, verdict.config).config == verdict.config


def test_accept_gives_what_the_function_sees() -> None:
    assert accept(one("float"), 3) == 3.0
    assert type(accept(one("float"), True)) is float
    assert accept(one("int"), True) is True
    assert accept(one("str", required=False), " ") is None
    assert accept(one("bool"), None) is False
