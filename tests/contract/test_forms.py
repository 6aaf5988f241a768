"""The form as a person lives it: `field` is tested through it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openhexa_contract.controls import KINDS
from openhexa_contract.errors import InvalidInput
from openhexa_contract.forms import SECRET_IS_SET, FieldState, Form
from openhexa_contract.parameters import KNOWN_TYPES, ChoicesFromFile, Parameter, parse_parameters


def one(kind: str, **fields: Any) -> Parameter:
    return Parameter(code="x", type=kind, **fields)


def field(form: Form, code: str = "x") -> FieldState:
    return next(field for field in form.state().fields if field.code == code)


def typed(kind: str, text: Any, **fields: Any) -> Form:
    form = Form([one(kind, **fields)])
    form.type("x", text)
    return form


def test_a_fresh_form_shows_defaults_and_says_what_it_still_needs() -> None:
    form = Form(
        [
            Parameter(code="period", type="str", name="Period", help="YYYYMM"),
            Parameter(code="rows", type="int", default=10, required=False),
            Parameter(code="dry", type="bool", default=True),
        ]
    )
    state = form.state()
    assert [(f.code, f.kind, f.label, f.typed, f.error, f.enabled) for f in state.fields] == [
        ("period", "text", "Period", "", None, True),
        ("rows", "integer", "rows", "10", None, True),
        ("dry", "boolean", "dry", True, None, True),
    ]
    assert (state.fields[0].help, state.fields[1].default_text, state.fields[2].default_text) == ("YYYYMM", "10", "yes")
    assert (state.ready, state.reason) == (False, "Still needed: Period.")
    form.type("period", "202401")
    assert (form.state().ready, form.state().reason) == (True, None)
    assert form.config() == {"period": "202401", "rows": 10, "dry": True}


def test_what_was_typed_is_kept_as_typed() -> None:
    form = typed("int", " 12x ")
    assert (field(form).typed, field(form).error) == (" 12x ", "“ 12x ” is no whole number.")
    assert form.state().reason == "To be corrected: x."
    assert form.values == {}
    with pytest.raises(InvalidInput) as caught:
        form.config()
    assert caught.value.fields == {"x": "“ 12x ” is no whole number."}
    form.type("x", "12")
    assert (field(form).typed, field(form).error, form.config()) == ("12", None, {"x": 12})


def test_empty_null_zero_and_false_are_four_things() -> None:
    seen = {}
    for name, value in (("empty", ""), ("null", None), ("zero", 0), ("false", False)):
        form = Form([one("date", required=False)], {"x": value})
        seen[name] = (field(form).typed, form.config())
    assert seen == {
        "empty": ('""', {"x": ""}),
        "null": ("", {}),
        "zero": ("0", {"x": 0}),
        "false": ("false", {"x": False}),
    }


def test_a_required_zero_or_false_is_a_value() -> None:
    assert typed("int", "0").config() == {"x": 0}
    assert typed("float", "0").config() == {"x": 0.0}
    assert typed("bool", False).config() == {"x": False}


def test_an_emptied_optional_number_is_not_zero() -> None:
    assert typed("int", "", required=False).config() == {}
    assert typed("str", "", required=False).config() == {"x": ""}
    assert typed("int", "", default=5).config() == {"x": 5}
    assert field(typed("int", "", default=5)).placeholder == "Default: 5"


def test_a_missing_value_is_no_error_before_the_field_or_launch_was_touched() -> None:
    form = Form([one("int")])
    assert field(form).error is None
    assert form.errors == {"x": "A value is needed."}
    with pytest.raises(InvalidInput):
        form.config()
    assert field(form).error == "A value is needed."
    form = typed("int", "")
    assert field(form).error == "A value is needed."
    form.reset("x")
    assert field(form).error is None


@pytest.mark.parametrize("text", ["1,5", "1.5"])
def test_decimals_in_either_writing(text: str) -> None:
    form = typed("float", text)
    assert (field(form).typed, form.config()) == (text, {"x": 1.5})


def test_several_values() -> None:
    form = typed("int", ["1", "", " 2 "], multiple=True)
    assert (field(form).kind, field(form).multiple, field(form).typed) == ("integer", True, ["1", "", " 2 "])
    assert form.config() == {"x": [1, 2]}
    form.type("x", ["1", "b"])
    assert field(form).error == "Entry 2: “b” is no whole number."
    form.type("x", [])
    assert field(form).error == "A value is needed."
    assert typed("str", ["a", ""], multiple=True).config() == {"x": ["a"]}
    assert typed("int", ["0"], multiple=True).config() == {"x": [0]}


def test_choices_go_by_string_keys() -> None:
    form = Form([one("int", choices=[1, 10], required=False)])
    assert field(form).kind == "choice"
    assert field(form).choices == [{"key": "1", "label": "1"}, {"key": "10", "label": "10"}]
    assert field(form).typed == ""
    form.type("x", "10")
    assert form.config() == {"x": 10}
    form.type("x", "")
    assert form.config() == {}
    form.type("x", "7")
    assert field(form).error == "This is not one of the choices."
    assert field(form).typed == "7"


def test_several_choices_and_a_list_of_choices() -> None:
    assert typed("float", ["0.5", "1.0"], choices=[0.5, 1.0], multiple=True).config() == {"x": [0.5, 1.0]}
    form = typed("list", ["true", "1"], choices=[1, True])
    assert (field(form).kind, field(form).multiple, form.config()) == ("choice", True, {"x": [True, 1]})


def test_json_keeps_a_broken_text_and_names_the_line() -> None:
    form = typed("dict", '{\n  "a": }')
    assert field(form).typed == '{\n  "a": }'
    assert "line 2" in (field(form).error or "")
    form.type("x", '{"a": 1}')
    assert form.config() == {"x": {"a": 1}}
    form.type("x", "[1]")
    assert field(form).error == "A JSON object is needed, not [1]."


def test_an_unknown_type_is_no_dead_end() -> None:
    (parameter,) = parse_parameters([{"code": "x", "type": "date", "default": "2024-01-01"}])
    form = Form([parameter])
    assert (field(form).kind, field(form).type, field(form).typed) == ("json", "date", '"2024-01-01"')
    form.type("x", '"2025-01-01"')
    assert form.config() == {"x": "2025-01-01"}


def test_a_secret_never_shows() -> None:
    form = typed("secret", "hunter2", default="swordfish")
    assert field(form).typed == SECRET_IS_SET
    assert form.config() == form.values == {"x": "hunter2"}
    form.fail({"x": "Refused."})
    for said in (repr(form.state()), repr(form), msgspec.json.encode(form.state()).decode()):
        assert "hunter2" not in said
        assert "swordfish" not in said
    form.reset("x")
    assert (field(form).typed, field(form).default_text, field(form).placeholder) == ("", None, "A default is set")
    assert form.config() == {"x": "swordfish"}
    form = Form([one("secret")], {"x": ["hunter2"]})
    assert field(form).error == "Text is needed."
    assert "hunter2" not in repr(form.state())


def test_a_switch_works_live_and_keeps_what_was_typed() -> None:
    form = Form([Parameter(code="all", type="bool", disables=["rows"]), Parameter(code="rows", type="int")])
    form.type("rows", "many")
    assert (field(form, "rows").enabled, form.state().ready) == (True, False)
    form.type("all", True)
    rows = field(form, "rows")
    assert (rows.enabled, rows.error, rows.typed, form.state().ready) == (False, None, "many", True)
    assert form.config() == {"all": True}
    form.type("all", False)
    assert (field(form, "rows").enabled, field(form, "rows").error) == (True, "“many” is no whole number.")


def test_an_enabling_switch() -> None:
    parameters = [
        Parameter(code="on", type="bool", disables=["rows"], disable_when=False),
        Parameter(code="rows", type="int"),
    ]
    assert Form(parameters).config() == {"on": False}
    assert not Form(parameters, {"on": True}).state().ready


def test_errors_of_the_server_stand_beside_their_field_until_it_is_edited() -> None:
    form = Form([Parameter(code="a", type="str", default="x"), Parameter(code="b", type="str", default="y")])
    form.fail({"a": "No such country.", "version": "Gone."})
    state = form.state()
    assert [f.error for f in state.fields] == ["No such country.", None]
    assert (state.ready, state.reason) == (True, "version: Gone.")
    form.type("b", "z")
    assert (field(form, "a").error, form.state().reason) == ("No such country.", None)
    form.type("a", "w")
    assert field(form, "a").error is None
    form.fail({"a": "No."})
    form.set_value("a", "v")
    assert field(form, "a").error is None
    form.fail({"a": "No."})
    form.reset("a")
    assert field(form, "a").error is None
    form.fail({"a": "No."})
    form.fail({})
    assert field(form, "a").error is None


@pytest.mark.parametrize(
    ("parameter", "value", "shown"),
    [
        (one("int"), "12x", "12x"),
        (one("int"), 1.5, "1.5"),
        (one("int"), [1], "[1]"),
        (one("float"), "1,5", "1,5"),
        (one("float"), float("nan"), "nan"),
        (one("str"), 5, "5"),
        (one("str"), {"a": 1}, '{"a": 1}'),
        (one("bool"), "yes", None),
        (one("int", multiple=True), 5, ["5"]),
        (one("int", multiple=True), [1, "b"], ["1", "b"]),
        (one("str", choices=["a"]), "z", "?0:z"),
        (one("str", choices=["a"], multiple=True), ["a", "z"], ["a", "?0:z"]),
        (one("dict"), [1], "[\n  1\n]"),
        (one("dhis2"), 5, "5"),
        (one("date"), object, "type"),
    ],
)
def test_values_that_do_not_fit_are_shown_with_an_error(parameter: Parameter, value: Any, shown: Any) -> None:
    form = Form([parameter], {"x": value})
    assert field(form).typed == shown
    assert field(form).error
    assert form.values == {"x": value} or value != value
    assert not form.state().ready
    form.reset("x")
    assert not field(form).error


def test_a_value_outside_the_choices_can_be_seen_and_left() -> None:
    form = Form([one("str", choices=["a", "b"])], {"x": "z"})
    assert field(form).choices == [
        {"key": "a", "label": "a"},
        {"key": "b", "label": "b"},
        {"key": "?0:z", "label": "z (not one of the choices)"},
    ]
    form.type("x", "?0:z")
    assert field(form).error == '"z" is not one of the choices.'
    form.type("x", "b")
    assert form.config() == {"x": "b"}


def test_values_that_fit_are_taken_as_they_are() -> None:
    form = Form([one("int")], {"x": True})
    assert form.config() == {"x": True}
    assert field(form).typed == "true"


def test_unknown_codes_are_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        Form([one("int")], {"x": 1, "rosw": 2})
    assert caught.value.fields == {"rosw": "The pipeline has no such parameter."}
    form = Form([one("int")])
    for act in (lambda: form.type("y", "1"), lambda: form.reset("y"), lambda: form.set_value("y", 1)):
        with pytest.raises(InvalidInput) as caught:
            act()
        assert list(caught.value.fields) == ["y"]


@pytest.mark.parametrize(
    ("parameter", "wrong"),
    [
        (one("str"), 5),
        (one("str"), None),
        (one("str"), ["a"]),
        (one("str", multiple=True), "a"),
        (one("str", multiple=True), [1]),
        (one("bool"), "true"),
        (one("bool"), 1),
    ],
)
def test_what_no_control_can_send_is_refused_and_changes_nothing(parameter: Parameter, wrong: Any) -> None:
    form = Form([parameter])
    before = form.state()
    with pytest.raises(InvalidInput) as caught:
        form.type("x", wrong)
    assert list(caught.value.fields) == ["x"]
    assert form.state() == before


def test_placeholders() -> None:
    source = ChoicesFromFile("data/districts.csv")
    assert field(Form([one("str", choices_from_file=source)])).placeholder == "One of the values in data/districts.csv"
    assert field(Form([one("str")])).placeholder == ""
    assert field(Form([one("str", required=False)])).placeholder == "Optional"
    assert field(Form([one("str", default=["a", "b"], multiple=True)])).default_text == "a, b"
    assert field(Form([one("bool", default=False)])).default_text == "no"


def test_an_undecided_boolean_is_false() -> None:
    form = Form([one("bool")])
    assert (field(form).typed, form.config()) == (False, {"x": False})
    form.type("x", None)
    assert (field(form).typed, form.config()) == (None, {"x": False})


def test_a_pipeline_without_parameters_is_ready() -> None:
    form = Form([])
    assert (form.state().ready, form.config()) == (True, {})


def test_the_state_is_json() -> None:
    form = Form([Parameter(code=kind, type=kind) for kind in sorted(KNOWN_TYPES)])
    state = msgspec.to_builtins(form.state())
    assert state["fields"][0].keys() == set(FieldState.__struct_fields__)
    assert {found["kind"] for found in state["fields"]} <= set(KINDS)
    assert msgspec.json.decode(msgspec.json.encode(state)) == state


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=4,
)
definitions = st.fixed_dictionaries(
    {"code": st.just("x"), "type": st.sampled_from([*sorted(KNOWN_TYPES), "date"])},
    optional={
        "default": json_values,
        "choices": st.lists(json_values, max_size=3),
        "multiple": st.booleans(),
        "required": st.booleans(),
    },
)


@settings(max_examples=200, deadline=None)
@given(raw=definitions, value=json_values, text=st.text(max_size=5))
def test_any_form_can_be_drawn_filled_and_retyped(raw: dict[str, Any], value: Any, text: str) -> None:
    """Whatever a form shows can be typed back, and means the same, but where a control cannot show the difference."""
    (parameter,) = parse_parameters([raw])
    form = Form([parameter], {"x": value})
    state = field(form)
    msgspec.json.encode(form.state())
    config = None if form.errors else form.config()
    if state.kind != "secret":
        form.type("x", state.typed)
        assert field(form).typed == state.typed
        given = value if isinstance(value, list) else [value]
        a_boolean_as_a_number = state.kind in ("integer", "decimal") and any(isinstance(item, bool) for item in given)
        null_as_no_choice = value is None and parameter.type == "list" and state.multiple
        if config is not None and not a_boolean_as_a_number and not null_as_no_choice:
            assert comparable(form.config()) == comparable(config)
    if state.kind != "boolean":
        form.type("x", [text] if state.multiple else text)
        assert form.state().ready == (not form.errors)


def comparable(config: dict[str, Any]) -> dict[str, Any]:
    """Emptied text is no value, and typed slugs are trimmed."""
    plain = {code: value.strip() if isinstance(value, str) else value for code, value in config.items()}
    return {code: value for code, value in plain.items() if value != ""}


def test_a_form_starts_from_what_the_version_stores() -> None:
    stored = Form([one("int", default=10, stored=20)])
    assert (field(stored).typed, field(stored).default_text) == ("20", "20")
    assert stored.config() == {"x": 20}
    stored.type("x", "")
    assert stored.config() == {"x": 20}
    stored.type("x", "5")
    assert stored.config() == {"x": 5}
    stored.reset("x")
    assert field(stored).typed == "20"


def test_a_stored_secret_is_not_shown_not_needed_and_not_sent() -> None:
    form = Form([one("secret", stored="••••")])
    assert (field(form).typed, field(form).placeholder) == ("", "A default is set")
    assert form.state().ready
    assert form.config() == {}
    form.type("x", "own")
    assert form.config() == {"x": "own"}
