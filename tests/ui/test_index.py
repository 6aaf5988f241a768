"""The module as anywidget uses it, over models that behave like those of the notebook."""

from __future__ import annotations

import gzip

import pytest
from playwright.sync_api import expect

import openhexa_ui
from openhexa_contract.forms import Form
from openhexa_contract.parameters import parse_parameters
from openhexa_ui.states import form_state

pytestmark = pytest.mark.browser

MODELS = """
class Model {
  constructor(values, models) {
    Object.assign(this, { values, sent: [], callbacks: {}, widget_manager: { get_model: async (id) => models[id] } });
  }
  get(name) { return this.values[name]; }
  set(name, value) { this.values[name] = value; this.fire(`change:${name}`); }
  send(content) { this.sent.push(content); }
  on(event, callback) { (this.callbacks[event] ??= []).push(callback); }
  off(event, callback) { this.callbacks[event] = (this.callbacks[event] ?? []).filter((known) => known !== callback); }
  fire(event, content) { for (const callback of this.callbacks[event] ?? []) callback(content); }
  get listening() { return Object.values(this.callbacks).flat().length; }
}
window.models = {};
window.makeModel = (id, values) => {
  models[id] = new Model({ below: null, ...values }, models);
  models[id].end = widget.initialize({ model: models[id] });
};
window.render = (id) => { window.cleanup = widget.render({ model: models[id], el: place }); };
"""


@pytest.fixture
def models(page, labels):
    """A form, a task and a list, by id."""
    page.evaluate(f"() => {{ {MODELS} }}")
    parameters = parse_parameters([{"code": "country", "type": "str", "name": "Country"}])
    form = Form(parameters)
    state = {
        "title": "Cases",
        "subtitle": "",
        "description": "",
        "launching": False,
        "attempts": 0,
        "heard": 0,
        "message": None,
    }
    state["form"] = form_state(form, parameters, form.state())
    task = {
        "id": 1,
        "name": "Task one",
        "status": "RUNNING",
        "progress_value": 0,
        "end_value": 0,
        "warnings": [],
        "outputs": [],
    }
    nothing = ("progress_message", "result", "created_at", "started_at", "ended_at", "run_url")
    shown = {
        "task": {**task, **dict.fromkeys(nothing)},
        "subtitle": "",
        "ended": False,
        "now": "2026-11-22T10:00:00+00:00",
    }
    shown |= {
        "can_stop": True,
        "stopping": False,
        "can_run_again": False,
        "notice": None,
        "result_note": None,
        "message_count": 0,
    }
    make = "([id, values]) => makeModel(id, values)"
    page.evaluate(make, ["form", {"view": "form", "state": state, "labels": labels["form"]}])
    page.evaluate(
        make, ["task", {"view": "task", "state": shown, "labels": labels["task"], "messages": {"from": 0, "rows": []}}]
    )
    page.evaluate(
        make, ["list", {"view": "list", "state": {"pipelines": [], "message": "None."}, "labels": labels["list"]}]
    )
    return page


def test_a_form_is_drawn_and_what_is_typed_is_sent(models) -> None:
    models.evaluate("render('form')")
    models.get_by_label("Country").fill("Niger")
    assert models.evaluate("models.form.sent") == [{"type": "typed", "code": "country", "typed": "Niger"}]
    models.evaluate("models.form.fire('msg:custom', { type: 'focus' })")
    expect(models.get_by_label("Country")).to_be_focused()


def test_what_stands_below_comes_changes_and_goes(models) -> None:
    models.evaluate("render('form')")
    models.evaluate("models.form.set('below', 'IPY_MODEL_task')")
    expect(models.get_by_role("heading", name="Task one")).to_be_visible()
    models.get_by_role("button", name="Stop").click()
    models.get_by_role("button", name="Yes, stop it").click()
    assert models.evaluate("models.task.sent") == [{"type": "stop"}]
    models.evaluate("models.form.set('below', 'IPY_MODEL_list')")
    expect(models.get_by_role("heading", name="Pipelines")).to_be_visible()
    expect(models.get_by_role("heading", name="Task one")).to_have_count(0)
    models.evaluate("models.form.set('below', null)")
    expect(models.get_by_role("heading", name="Pipelines")).to_have_count(0)


def test_messages_are_kept_for_views_drawn_later(models) -> None:
    message = "{ priority: 'INFO', message: 'one', timestamp: null }"
    models.evaluate(f"models.task.fire('msg:custom', {{ type: 'messages', from: 0, rows: [{message}, {message}] }})")
    models.evaluate("render('task')")
    expect(models.get_by_role("log").get_by_role("listitem")).to_have_count(2)
    models.evaluate(f"models.task.fire('msg:custom', {{ type: 'messages', from: 1, rows: [{message}, {message}] }})")
    expect(models.get_by_role("log").get_by_role("listitem")).to_have_count(3)


def test_missed_messages_are_asked_for(models) -> None:
    models.evaluate("render('task')")
    models.evaluate("models.task.set('state', { ...models.task.get('state'), message_count: 4 })")
    assert models.evaluate("models.task.sent") == [{"type": "messages", "from": 0}]


def test_cleanup_takes_everything_away(models) -> None:
    models.evaluate("models.form.values.below = 'IPY_MODEL_task'; render('form')")
    expect(models.get_by_role("heading", name="Task one")).to_be_visible()
    models.evaluate("cleanup()")
    expect(models.locator("#place > *")).to_have_count(0)
    models.evaluate("models.form.end(); models.task.end()")
    assert models.evaluate("[models.form.listening, models.task.listening]") == [0, 0]


def test_keys_typed_in_a_view_are_no_shortcuts_of_the_notebook(models) -> None:
    models.evaluate("render('form')")
    models.evaluate("models.form.set('below', 'IPY_MODEL_task')")
    expect(models.get_by_role("heading", name="Task one")).to_be_visible()
    expect(models.locator("#place > .openhexa-root")).to_have_attribute("data-lm-suppress-shortcuts", "true")
    focusable = "a, button, input, select, textarea, [tabindex]"
    unmarked = models.locator("#place").locator(f":is({focusable}):not([data-lm-suppress-shortcuts])")
    expect(unmarked).to_have_count(0)


def test_the_module_is_small() -> None:
    module = openhexa_ui.module_path().read_bytes()
    assert len(module) < 40_000
    assert len(gzip.compress(module)) < 13_000
