from __future__ import annotations

import threading

import pytest

from openhexa_contract.errors import Conflict, Forbidden, InvalidInput, NotFound, Unavailable
from openhexa_jupyter.notebook.form import PipelineForm
from openhexa_jupyter.notebook.task_view import TaskView

SECRET = "correct-horse-battery"


def fields(view):
    return {field["code"]: field for field in view.state["form"]["fields"]}


def test_the_form_has_a_field_per_parameter_but_what_the_service_provides(comms, pipeline) -> None:
    view = PipelineForm(pipeline)
    assert list(fields(view)) == ["country", "rows", "password", "quiet"]
    assert view.state["title"] == "Cases report"
    assert view.state["subtitle"] == "cases-report · version v3"
    assert view.state["description"] == "Counts cases by country."
    assert not view.state["form"]["ready"]
    assert "Country" in view.state["form"]["reason"]


def test_it_starts_from_given_values(comms, pipeline) -> None:
    view = PipelineForm(pipeline, {"country": "Mali", "rows": 3})
    assert fields(view)["rows"]["typed"] == "3"
    assert fields(view)["rows"]["changed"]
    assert not fields(view)["quiet"]["changed"]
    assert view.values["country"] == "Mali"
    assert view.errors == {}


def test_an_unknown_value_is_refused(comms, pipeline) -> None:
    with pytest.raises(InvalidInput) as caught:
        PipelineForm(pipeline, {"contry": "Mali"})
    assert list(caught.value.fields) == ["contry"]


def test_what_is_typed_is_judged_at_once(comms, pipeline) -> None:
    view = PipelineForm(pipeline)
    comms.receive(view, {"type": "typed", "code": "rows", "typed": "many"})
    assert fields(view)["rows"]["typed"] == "many"
    assert fields(view)["rows"]["error"]
    comms.receive(view, {"type": "typed", "code": "rows", "typed": "7"})
    assert fields(view)["rows"]["error"] is None
    assert view.values["rows"] == 7


def test_each_message_is_answered_even_when_nothing_changes(comms, pipeline) -> None:
    view = PipelineForm(pipeline)
    for _ in range(2):
        comms.receive(view, {"type": "typed", "code": "rows", "typed": "7"})
    assert len(comms.states(view)) == 2


def test_reset_takes_the_default(comms, pipeline) -> None:
    view = PipelineForm(pipeline, {"rows": 3})
    comms.receive(view, {"type": "reset", "code": "rows"})
    assert view.values["rows"] == 10
    assert not fields(view)["rows"]["changed"]


def test_a_field_that_is_switched_off_says_by_what(comms, pipeline) -> None:
    view = PipelineForm(pipeline)
    comms.receive(view, {"type": "typed", "code": "quiet", "typed": True})
    assert not fields(view)["rows"]["enabled"]
    assert fields(view)["rows"]["reason"] == "Not used while “Quiet” is yes."
    assert fields(view)["country"]["reason"] is None


@pytest.mark.parametrize(
    "content",
    [
        {"type": "typed", "code": "rows", "typed": {"a": 1}},
        {"type": "typed", "code": "none", "typed": "x"},
        {"type": "reset", "code": "none"},
    ],
)
def test_nonsense_from_the_page_becomes_a_sentence(comms, pipeline, content) -> None:
    view = PipelineForm(pipeline)
    comms.receive(view, content)
    assert view.state["message"]


def test_a_program_fills_fields(comms, pipeline) -> None:
    view = PipelineForm(pipeline)
    view["country"].value = "Niger"
    assert fields(view)["country"]["typed"]
    assert view["country"].value == "Niger"
    view["rows"].value = "no number"
    assert view["rows"].error == view.errors["rows"]
    view["rows"].reset()
    assert view["rows"].value == 10
    assert repr(view["rows"]) == "rows = 10"
    with pytest.raises(NotFound, match="country, rows"):
        view["contry"]
    assert list(view) == ["country", "rows", "password", "quiet"]


def test_launching_from_python_shows_the_task_beneath(comms, pipeline) -> None:
    view = PipelineForm(pipeline, {"country": "Niger"})
    task = view.launch()
    assert pipeline.launches == [{"country": "Niger", "rows": 10, "quiet": False}]
    assert isinstance(view.below, TaskView)
    assert view.below.task is task
    assert not view.state["launching"]
    assert view.state["attempts"] == 1


def test_launching_what_does_not_fit_raises_and_shows_every_error(comms, pipeline) -> None:
    view = PipelineForm(pipeline)
    with pytest.raises(InvalidInput) as caught:
        view.launch()
    assert "country" in caught.value.fields
    assert fields(view)["country"]["error"]
    assert pipeline.launches == []


def test_the_button_launches_aside(comms, pipeline, poll) -> None:
    allowed = threading.Event()
    task = pipeline.answer()
    pipeline.answer = lambda: task if allowed.wait(5) else None
    view = PipelineForm(pipeline, {"country": "Niger"})
    comms.receive(view, {"type": "launch"})
    assert view.state["launching"]
    comms.receive(view, {"type": "typed", "code": "rows", "typed": "4"})
    assert view.values["rows"] == 4, "the form answers during the launch"
    allowed.set()
    poll(lambda: not view.state["launching"])
    assert view.below.task is task


def test_a_double_click_launches_once(comms, pipeline, poll) -> None:
    allowed = threading.Event()
    task = pipeline.answer()
    pipeline.answer = lambda: task if allowed.wait(5) else None
    view = PipelineForm(pipeline, {"country": "Niger"})
    comms.receive(view, {"type": "launch"})
    comms.receive(view, {"type": "launch"})
    with pytest.raises(Conflict):
        view.launch()
    allowed.set()
    poll(lambda: not view.state["launching"])
    assert len(pipeline.launches) == 1


def test_the_button_with_missing_values_shows_them(comms, pipeline) -> None:
    view = PipelineForm(pipeline)
    comms.receive(view, {"type": "launch"})
    assert fields(view)["country"]["error"]
    assert view.state["attempts"] == 1
    assert not view.state["launching"]


def test_what_the_service_refuses_stands_beside_its_field_and_nothing_is_lost(comms, pipeline, poll) -> None:
    def refuse():
        raise InvalidInput("The values were refused.", {"rows": "At most 5 rows.", "task_id": "Is not known."})

    pipeline.answer = refuse
    view = PipelineForm(pipeline, {"country": "Niger", "rows": 7})
    comms.receive(view, {"type": "launch"})
    poll(lambda: view.state["message"])
    assert fields(view)["rows"]["error"] == "At most 5 rows."
    assert fields(view)["rows"]["typed"] == "7"
    assert view.state["message"] == "The values were refused."
    assert view.state["form"]["ready"], "it may be tried again"
    comms.receive(view, {"type": "typed", "code": "rows", "typed": "5"})
    assert view.state["message"] is None
    assert fields(view)["rows"]["error"] is None


def test_a_service_out_of_reach_is_a_sentence_above_the_button(comms, pipeline, poll) -> None:
    def fail():
        raise Unavailable("The service cannot be reached.")

    pipeline.answer = fail
    view = PipelineForm(pipeline, {"country": "Niger"})
    comms.receive(view, {"type": "launch"})
    poll(lambda: view.state["message"])
    assert view.state["message"] == "The service cannot be reached."
    assert not view.state["launching"]
    assert view.below is None


def test_who_may_not_run_the_pipeline_sees_why_and_launches_nothing(comms, pipeline) -> None:
    sentence = "OpenHEXA does not let you run this pipeline. Ask an administrator of the workspace."
    pipeline.can_run = False
    view = PipelineForm(pipeline, {"country": "Niger"})
    assert (view.state["form"]["ready"], view.state["form"]["reason"]) == (False, sentence)
    assert fields(view)["country"]["enabled"], "the form may still be read and filled in"
    assert repr(view).endswith(sentence)
    with pytest.raises(Forbidden, match="does not let you run"):
        view.launch()
    comms.receive(view, {"type": "launch"})
    assert pipeline.launches == []
    assert not view.state["launching"]


def test_a_secret_is_never_in_what_leaves_for_the_page(comms, pipeline) -> None:
    view = PipelineForm(pipeline, {"country": "Niger"})
    comms.receive(view, {"type": "typed", "code": "password", "typed": SECRET})
    assert fields(view)["password"]["typed"] == "set"
    view.launch()
    assert pipeline.launches[0]["password"] == SECRET
    assert view["password"].value == SECRET
    assert SECRET not in repr(view.values) + repr(view) + repr(view["password"])
    assert SECRET not in comms.everything(view) + comms.everything(view.below)


def test_run_again_fills_the_form_and_asks_for_secrets_anew(comms, pipeline) -> None:
    view = PipelineForm(pipeline, {"country": "Niger"})
    view.launch()
    view.below.task.data.config.update({"country": "Mali", "rows": 2, "password": "••••", "task_id": 12})
    comms.receive(view.below, {"type": "again"})
    assert view.values["country"] == "Mali"
    assert view.values["rows"] == 2
    assert view.values["password"] is None
    assert comms.messages(view) == [{"type": "focus"}]


def test_it_has_a_plain_text(comms, pipeline) -> None:
    data, _ = PipelineForm(pipeline, {"country": "Niger", "password": SECRET})._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/plain"].startswith("Form of Cases report\n  Country (country): Niger\n  Rows (rows): 10")


def test_a_hundred_parameters_are_one_model(comms, make_pipeline) -> None:
    many = [{"code": f"p{number}", "type": "str", "required": False} for number in range(100)]
    view = PipelineForm(make_pipeline(many))
    assert len(view.state["form"]["fields"]) == 100


def test_it_starts_from_the_values_that_the_version_stores(comms, make_pipeline) -> None:
    pipeline = make_pipeline(
        [
            {"code": "rows", "type": "int", "default": 10, "stored": 20},
            {"code": "password", "type": "secret", "required": True, "stored": "••••"},
        ]
    )
    view = PipelineForm(pipeline)
    assert fields(view)["rows"]["typed"] == "20"
    assert not fields(view)["rows"]["changed"]
    assert view.state["form"]["ready"]
    view.launch()
    assert pipeline.launches == [{"rows": 20}]
