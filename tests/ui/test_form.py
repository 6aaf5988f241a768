from __future__ import annotations

import sys

import pytest
from playwright.sync_api import expect

from openhexa_contract.errors import InvalidInput

pytestmark = pytest.mark.browser

EVERY_KIND = [
    {"code": "text", "type": "str", "name": "Text", "help": "Any words.", "required": True},
    {"code": "whole", "type": "int", "name": "Whole number", "default": 5},
    {"code": "decimal", "type": "float", "name": "Decimal number", "required": False},
    {"code": "yes", "type": "bool", "name": "Yes or no", "default": True, "disables": ["decimal"]},
    {"code": "maybe", "type": "bool", "name": "Yes, no or not set", "required": False},
    {"code": "one", "type": "str", "name": "One", "choices": ["Niger", "Mali"], "required": False},
    {"code": "one_of_many", "type": "str", "name": "One of many", "choices": [f"Country {n}" for n in range(20)]},
    {"code": "some", "type": "str", "name": "Some", "multiple": True, "choices": ["Niger", "Mali", "Chad"]},
    {
        "code": "of_many",
        "type": "int",
        "name": "Of many",
        "multiple": True,
        "choices": list(range(1990, 2020)),
        "required": False,
    },
    {"code": "free", "type": "str", "name": "Free values", "multiple": True, "required": False},
    {"code": "secret", "type": "secret", "name": "Password", "required": False},
    {"code": "json", "type": "dict", "name": "Settings", "required": False},
    {"code": "file", "type": "file", "name": "File", "required": False},
    {"code": "unknown", "type": "hologram", "name": "Hologram", "required": False},
]


def field(page, code):
    return page.locator(f'[data-code="{code}"]')


def test_each_kind_has_a_control_named_by_its_label(page, live_form) -> None:
    live_form(EVERY_KIND)
    for name in ("Text", "Whole number", "Decimal number", "One of many", "Password", "Settings", "File", "Hologram"):
        assert page.get_by_label(name, exact=False).first.is_visible(), name
    expect(page.get_by_role("radiogroup", name="Yes or no").get_by_role("radio")).to_have_count(2)
    expect(page.get_by_role("radiogroup", name="Yes, no or not set").get_by_role("radio")).to_have_count(3)
    expect(page.get_by_role("group", name="Some").get_by_role("checkbox")).to_have_count(3)
    expect(page.get_by_role("group", name="Of many").get_by_role("checkbox")).to_have_count(30)
    expect(page.get_by_label("Whole number")).to_have_attribute("inputmode", "numeric")
    expect(page.get_by_label("Password")).to_have_attribute("type", "password")


def test_typing_keeps_focus_caret_and_text_while_answers_are_late(page, live_form) -> None:
    form = live_form(EVERY_KIND)
    page.evaluate("window.delay = 60")
    control = page.get_by_label("Text")
    control.click()
    page.keyboard.type("Niamey", delay=15)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.keyboard.type("XY", delay=15)
    expect(control).to_have_value("NiamXYey")
    expect(control).to_be_focused()
    page.wait_for_timeout(200)
    expect(control).to_have_value("NiamXYey")
    assert control.evaluate("element => element.selectionStart") == 6
    assert form.form.values["text"] == "NiamXYey"


def test_an_error_is_tied_to_its_field(page, live_form) -> None:
    live_form(EVERY_KIND)
    control = page.get_by_label("Whole number")
    control.fill("many")
    expect(control).to_have_attribute("aria-invalid", "true")
    described = control.get_attribute("aria-describedby").split()
    error = page.locator(f"#{described[-1]}")
    expect(error).to_contain_text("many")
    expect(error).to_have_attribute("aria-live", "polite")
    control.fill("7")
    expect(control).not_to_have_attribute("aria-invalid", "true")
    expect(error).to_be_hidden()


def test_required_and_optional_are_marked(page, live_form) -> None:
    live_form(EVERY_KIND)
    expect(field(page, "text").locator(".openhexa-mark")).to_have_text("required")
    expect(field(page, "decimal").locator(".openhexa-mark")).to_have_text("optional")
    expect(page.get_by_label("Text")).to_have_attribute("aria-required", "true")


def test_reset_appears_with_a_change_and_takes_the_default(page, live_form) -> None:
    live_form(EVERY_KIND)
    reset = page.get_by_role("button", name="Reset Whole number")
    expect(reset).to_be_hidden()
    page.get_by_label("Whole number").fill("8")
    reset.click()
    expect(page.get_by_label("Whole number")).to_have_value("5")
    expect(reset).to_be_hidden()


def test_a_disabled_field_is_off_and_says_why(page, live_form) -> None:
    live_form(EVERY_KIND)
    decimal = page.get_by_label("Decimal number")
    expect(decimal).to_be_disabled()
    expect(field(page, "decimal").locator(".openhexa-error")).to_have_text("Not used while “Yes or no” is yes.")
    page.get_by_role("radiogroup", name="Yes or no").get_by_label("No", exact=True).check()
    expect(decimal).to_be_enabled()


def test_every_control_sends_what_the_contract_reads(page, live_form) -> None:
    form = live_form(EVERY_KIND)
    page.get_by_label("Text").fill("words")
    page.get_by_role("radiogroup", name="Yes or no").get_by_label("No", exact=True).check()
    page.get_by_label("Decimal number").fill("1,5")
    page.get_by_role("radiogroup", name="Yes, no or not set").get_by_label("Yes", exact=True).check()
    page.get_by_label("One", exact=False).first.select_option("Mali")
    page.get_by_label("One of many").fill("Country 7")
    page.get_by_role("group", name="Some").get_by_label("Mali").check()
    page.get_by_role("group", name="Some").get_by_label("Chad").check()
    page.get_by_role("group", name="Of many").get_by_label("1993").check()
    page.get_by_label("Password").fill("correct-horse")
    page.get_by_label("Settings").fill('{"a": [1]}')
    expect(page.get_by_role("button", name="Launch")).to_be_enabled()
    config = form.form.config()
    assert config["text"] == "words"
    assert config["decimal"] == 1.5
    assert (config["yes"], config["maybe"]) == (False, True)
    assert config["one"] == "Mali"
    assert config["one_of_many"] == "Country 7"
    assert config["some"] == ["Mali", "Chad"]
    assert config["of_many"] == [1993]
    assert config["secret"] == "correct-horse"
    assert config["json"] == {"a": [1]}
    assert "correct-horse" not in str(form.state())


def test_free_values_are_added_removed_and_pasted(page, live_form) -> None:
    form = live_form(EVERY_KIND)
    group = page.get_by_role("group", name="Free values")
    group.get_by_role("button", name="Add a value").click()
    page.keyboard.type("one")
    page.keyboard.press("Enter")
    page.keyboard.type("two")
    expect(group.get_by_role("textbox")).to_have_count(2)
    assert form.form.values["free"] == ["one", "two"]
    group.get_by_role("button", name="Remove value 1").click()
    expect(group.get_by_role("textbox")).to_have_count(1)
    expect(group.get_by_role("textbox")).to_be_focused()
    group.get_by_role("textbox").evaluate(
        """(input) => {
            const data = new DataTransfer();
            data.setData("text", "a\\nb\\nc\\n");
            input.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }"""
    )
    expect(group.get_by_role("textbox")).to_have_count(4)
    page.wait_for_timeout(50)
    assert form.form.values["free"] == ["two", "a", "b", "c"]


def test_many_choices_are_searched(page, live_form) -> None:
    live_form(EVERY_KIND)
    group = page.get_by_role("group", name="Of many")
    group.get_by_role("searchbox").fill("199")
    expect(group.get_by_role("checkbox")).to_have_count(10)
    group.get_by_label("1993").check()
    expect(group).to_contain_text("1 chosen: 1993")


def test_text_that_is_no_choice_is_an_error_once_left(page, live_form) -> None:
    live_form(EVERY_KIND)
    control = page.get_by_label("One of many")
    control.fill("Atlantis")
    expect(control).not_to_have_attribute("aria-invalid", "true")
    control.blur()
    expect(control).to_have_attribute("aria-invalid", "true")
    expect(control).to_have_value("Atlantis")


def test_the_launch_button_says_why_it_is_off(page, live_form) -> None:
    form = live_form(EVERY_KIND[:2])
    button = page.get_by_role("button", name="Launch")
    expect(button).to_be_disabled()
    reason = page.locator(f"#{button.get_attribute('aria-describedby')}")
    expect(reason).to_contain_text("Text")
    button.click(force=True)
    assert form.launches() == 0
    page.get_by_label("Text").fill("words")
    expect(button).to_be_enabled()
    expect(reason).to_be_hidden()


def test_a_double_click_sends_one_launch(page, live_form) -> None:
    form = live_form(EVERY_KIND[:2], {"text": "words"})
    page.evaluate("window.delay = 100")
    page.get_by_role("button", name="Launch").dblclick()
    page.get_by_role("button", name="Launching…").click(force=True)
    page.wait_for_timeout(300)
    assert form.launches() == 1
    expect(page.get_by_role("button", name="Launching…")).to_be_disabled()


def test_a_refused_launch_keeps_everything_and_may_be_tried_again(page, live_form) -> None:
    form = live_form(EVERY_KIND[:2], {"text": "words"})
    page.get_by_role("button", name="Launch").click()
    expect(page.get_by_role("button", name="Launching…")).to_be_visible()
    form.fail(InvalidInput("The values were refused.", {"text": "Not these words."}))
    expect(page.get_by_role("alert")).to_have_text("The values were refused.")
    expect(field(page, "text").locator(".openhexa-error")).to_have_text("Not these words.")
    expect(page.get_by_label("Text")).to_have_value("words")
    page.get_by_role("button", name="Launch").click()
    page.wait_for_timeout(50)
    assert form.launches() == 2


def test_the_keyboard_goes_from_top_to_bottom(page, live_form) -> None:
    form = live_form([EVERY_KIND[0], EVERY_KIND[1], EVERY_KIND[5]])
    page.get_by_label("Text").focus()
    page.keyboard.type("words")
    page.keyboard.press("Enter")
    assert form.launches() == 0, "Enter in a field does not launch"
    seen = []
    for _ in range(4):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate(
                "document.activeElement.closest('.openhexa-field')?.dataset.code ?? document.activeElement.textContent"
            )
        )
    assert seen == ["text", "whole", "one", "Launch"]
    page.keyboard.press("Enter")
    page.wait_for_timeout(50)
    assert form.launches() == 1


HOSTILE = [
    '<img src=x onerror="window.hacked=1">',
    "<script>window.hacked=1</script>",
    "</style><svg onload=window.hacked=1>",
    "javascript:window.hacked=1",
    "{{ 7*7 }} ${window.hacked=1} \u202eesrever \U0001f469\U0001f3fd\u200d\U0001f52c " + "x" * 500,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(page, live_form, text) -> None:
    parameters = [
        {"code": text, "type": "str", "name": text, "help": text, "default": text},
        {"code": "choice", "type": "str", "name": text, "choices": [text, *HOSTILE]},
        {"code": "many", "type": "str", "multiple": True, "choices": [text, "b"]},
    ]
    form = live_form(parameters)
    form.message = text
    form.update()
    page.wait_for_timeout(30)
    assert page.evaluate("window.hacked") is None
    assert page.locator("#place img, #place script, #place svg").count() == 0
    expect(page.get_by_role("alert")).to_have_text(text)
    width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width[0] <= width[1], "long text does not widen the page"


def test_a_field_that_changes_its_kind_is_drawn_anew_and_one_that_goes_is_removed(page, live_form) -> None:
    form = live_form(EVERY_KIND[:3])
    state = form.state()
    state["form"]["fields"] = [{**state["form"]["fields"][0], "kind": "json"}, state["form"]["fields"][1]]
    page.evaluate("(state) => drawing.update(state)", state)
    expect(page.locator(".openhexa-field")).to_have_count(2)
    expect(page.locator("textarea")).to_have_count(1)


@pytest.mark.parametrize("count", [50, 200])
def test_many_fields_are_drawn(page, live_form, count, record_property) -> None:
    parameters = [{**EVERY_KIND[n % len(EVERY_KIND)], "code": f"p{n}", "disables": []} for n in range(count)]
    form = live_form(parameters)
    expect(page.locator(".openhexa-field")).to_have_count(count)
    times = page.evaluate(
        """(state) => {
            const drawn = performance.now();
            const other = document.createElement("div");
            document.body.append(other);
            drawForm(other, keep).update(state);
            other.getBoundingClientRect();
            const updated = performance.now();
            drawing.update(state);
            return [updated - drawn, performance.now() - updated];
        }""",
        form.state(),
    )
    record_property("milliseconds", times)
    sys.stdout.write(f"{count} fields: drawn in {times[0]:.0f} ms, updated in {times[1]:.0f} ms\n")


def test_two_drawings_of_one_form_agree(page, live_form) -> None:
    form = live_form(EVERY_KIND[:2])
    page.evaluate(
        """(state) => {
            const other = document.createElement("div");
            other.id = "other";
            document.body.append(other);
            window.second = drawForm(other, keep);
            second.update(state);
        }""",
        form.state(),
    )
    page.locator("#place").get_by_label("Text").fill("words")
    expect(page.locator("#place").get_by_role("button", name="Launch")).to_be_enabled()
    page.evaluate("(state) => second.update(state)", form.state())
    expect(page.locator("#other").get_by_label("Text")).to_have_value("words")
