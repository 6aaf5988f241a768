from __future__ import annotations

import json
import sys
import uuid
from typing import Any

import pytest

from openhexa_contract.errors import Conflict, InvalidInput, NotFound, Unavailable
from openhexa_jupyter.notebook.pipelines import Pipeline, Pipelines
from openhexa_jupyter.notebook.tasks import tasks

ID = "60fcb048-a5f6-4a79-9529-1ccfa55e75d1"
DETAIL = f"openhexa/pipelines/{ID}/"
LAUNCH = f"openhexa/pipelines/{ID}/launch/"


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def summary(code: str, name: str, description: str | None = None) -> dict[str, Any]:
    return {"id": ID, "name": name, "code": code, "description": description, "currentVersion": None}


@pytest.fixture
def pipelines(kernel: Any, samples: Any, clock: Clock) -> Pipelines:
    found = [
        {**samples.pipeline(), "currentVersion": {"id": "v", "versionNumber": 3, "versionName": None}},
        summary("indicators", "Country indicators", "Life expectancy\nby country"),
    ]
    kernel.answer("GET", "openhexa/pipelines/", {"results": found})
    kernel.answer("GET", DETAIL, samples.pipeline())
    return Pipelines(clock=clock)


@pytest.fixture
def pipeline(pipelines: Pipelines) -> Pipeline:
    return pipelines["cases-report"]


class TestList:
    def test_it_is_a_collection(self, pipelines: Pipelines) -> None:
        assert [pipeline.code for pipeline in pipelines] == ["cases-report", "indicators"]
        assert len(pipelines) == 2

    @pytest.mark.parametrize("key", ["indicators", "Country indicators"])
    def test_one_is_found_by_code_or_name(self, pipelines: Pipelines, key: str) -> None:
        assert pipelines[key].code == "indicators"

    def test_one_is_found_by_id(self, pipelines: Pipelines) -> None:
        assert pipelines[ID].code == "cases-report"

    @pytest.mark.parametrize("key", ["case-report", "Cases Report", "CASES-REPORT"])
    def test_a_near_miss_is_answered_with_the_code(self, pipelines: Pipelines, key: str) -> None:
        with pytest.raises(NotFound, match='Did you mean "cases-report"'):
            pipelines[key]

    def test_a_far_miss_is_not(self, pipelines: Pipelines) -> None:
        with pytest.raises(NotFound, match=r'There is no pipeline "zzz"\. Show'):
            pipelines["zzz"]

    @pytest.mark.parametrize(
        ("text", "codes"), [("COUNTRY", ["cases-report", "indicators"]), ("life country", ["indicators"]), ("zzz", [])]
    )
    def test_search(self, pipelines: Pipelines, text: str, codes: list[str]) -> None:
        assert [pipeline.code for pipeline in pipelines.search(text)] == codes

    def test_keys_complete(self, pipelines: Pipelines) -> None:
        assert pipelines._ipython_key_completions_() == ["cases-report", "indicators"]

    def test_showing_it_is_one_request_and_later_another(self, kernel: Any, pipelines: Pipelines, clock: Clock) -> None:
        for _ in range(3):
            assert len(list(pipelines)) == len(pipelines)
        assert len(kernel.asked("GET", "openhexa/pipelines/")) == 1
        clock.now = 6
        list(pipelines)
        assert len(kernel.asked("GET", "openhexa/pipelines/")) == 2

    def test_as_text(self, pipelines: Pipelines) -> None:
        assert repr(pipelines) == (
            "Code          Name                Version  Description\n"
            "cases-report  Cases report        3        Counts cases by country.\n"
            "indicators    Country indicators  -        Life expectancy by country"
        )

    def test_as_text_when_there_is_none(self, pipelines: Pipelines, kernel: Any) -> None:
        assert repr(pipelines.search("zzz")) == "No pipeline was found."
        kernel.answers.clear()
        kernel.answer("GET", "openhexa/pipelines/", {"results": []})
        assert repr(Pipelines()) == "This workspace has no pipelines yet."

    def test_shown_without_widgets_it_is_text(self, pipelines: Pipelines, without_widgets: None) -> None:
        assert pipelines._repr_mimebundle_() == ({"text/plain": repr(pipelines)}, {})

    def test_shown_while_the_service_is_away_it_is_a_sentence(self, kernel: Any) -> None:
        body = {"error": "The pipelines service cannot be reached.", "code": "unavailable", "fields": {}}
        kernel.answer("GET", "openhexa/pipelines/", body, status=503)
        assert Pipelines()._repr_mimebundle_() == ({"text/plain": "The pipelines service cannot be reached."}, {})

    def test_shown_with_widgets_the_text_stands_beside(self, pipelines: Pipelines) -> None:
        data, _metadata = pipelines._repr_mimebundle_()
        assert data["text/plain"] == repr(pipelines)
        assert "application/vnd.jupyter.widget-view+json" in data


class TestPipeline:
    def test_what_the_service_provides_is_no_parameter(self, pipeline: Pipeline) -> None:
        assert [parameter.code for parameter in pipeline.parameters] == ["country", "rows"]

    def test_parameters_are_read_once_and_late(self, kernel: Any, pipeline: Pipeline) -> None:
        assert (pipeline.name, pipeline.version, pipeline.can_run) == ("Cases report", "3", True)
        assert kernel.asked("GET", DETAIL) == []
        assert pipeline.parameters == pipeline.parameters
        assert len(kernel.asked("GET", DETAIL)) == 1

    def test_as_text(self, pipeline: Pipeline) -> None:
        assert repr(pipeline) == (
            "Cases report (cases-report), version 3\n"
            "Counts cases by country.\n"
            "  country: str, required, one of 'Niger', 'Mali' - Which.\n"
            "  rows: int, default 10 - rows"
        )

    def test_without_a_version(self, kernel: Any, pipelines: Pipelines, samples: Any) -> None:
        kernel.answers[("GET", DETAIL)].clear()
        kernel.answer("GET", DETAIL, samples.pipeline(currentVersion=None))
        empty = pipelines["indicators"]
        assert repr(empty).startswith("Country indicators (indicators), no version yet")
        assert empty.parameters == ()
        with pytest.raises(Conflict, match="no version yet"):
            empty.launch()

    def test_many_choices_are_cut(self, kernel: Any, pipelines: Pipelines, samples: Any) -> None:
        detail = samples.pipeline()
        detail["currentVersion"]["parameters"] = [
            {"code": "year", "type": "int", "multiple": True, "choices": list(range(2000, 2020)), "required": True},
            {"code": "key", "type": "secret", "default": "hidden", "required": False},
        ]
        kernel.answers[("GET", DETAIL)].clear()
        kernel.answer("GET", DETAIL, detail)
        text = repr(pipelines["cases-report"])
        assert "year: list[int], required, one of 2000, 2001, 2002, 2003, 2004, 2005, … - year" in text
        assert "hidden" not in text

    def test_shown_it_is_its_form(self, pipeline: Pipeline) -> None:
        data, _metadata = pipeline._repr_mimebundle_()
        assert data["text/plain"] == repr(pipeline)
        assert "application/vnd.jupyter.widget-view+json" in data

    def test_shown_without_widgets_it_is_text(self, pipeline: Pipeline, without_widgets: None) -> None:
        assert pipeline._repr_mimebundle_() == ({"text/plain": repr(pipeline)}, {})


class TestLaunch:
    @pytest.fixture(autouse=True)
    def _accepted(self, kernel: Any, samples: Any) -> None:
        kernel.answer("POST", LAUNCH, {"task": samples.task(status="QUEUED")}, status=201)

    def test_it_returns_the_task_at_once(self, kernel: Any, pipeline: Pipeline) -> None:
        task = pipeline.launch(country="Niger")
        assert (task.id, task.status) == (12, "QUEUED")
        assert tasks[12] is task
        [request] = kernel.asked("POST", LAUNCH)
        assert json.loads(request["body"]) == {
            "version": "11111111-2222-4333-8444-555555555555",
            "config": {"country": "Niger", "rows": 10},
        }
        assert uuid.UUID(request["headers"]["Idempotency-Key"])

    def test_each_launch_has_a_key_of_its_own(self, kernel: Any, pipeline: Pipeline) -> None:
        pipeline.launch(country="Niger")
        pipeline.launch(country="Niger")
        first, second = kernel.asked("POST", LAUNCH)
        assert first["headers"]["Idempotency-Key"] != second["headers"]["Idempotency-Key"]

    def test_all_that_does_not_fit_is_in_one_error_and_nothing_is_sent(self, kernel: Any, pipeline: Pipeline) -> None:
        with pytest.raises(InvalidInput) as raised:
            pipeline.launch(country="Chad", rows="ten", colour="red")
        assert set(raised.value.fields) == {"country", "rows", "colour"}
        lines = str(raised.value).splitlines()
        assert lines[0] == "Cases report was not launched: 3 values do not fit."
        assert [line.strip().split(":")[0] for line in lines[1:]] == list(raised.value.fields)
        assert kernel.asked("POST", LAUNCH) == []

    def test_what_the_service_provides_cannot_be_given(self, pipeline: Pipeline) -> None:
        with pytest.raises(InvalidInput, match="a value does not fit") as raised:
            pipeline.launch(country="Niger", task_id=3)
        assert set(raised.value.fields) == {"task_id"}

    def test_codes_may_be_any_text(self, pipeline: Pipeline) -> None:
        with pytest.raises(InvalidInput) as raised:
            pipeline.launch(**{"country": "Niger", "self": 1, "a-b": 2})
        assert set(raised.value.fields) == {"self", "a-b"}

    def test_a_lost_connection_is_tried_once_more_with_the_same_key(
        self, kernel: Any, pipeline: Pipeline, samples: Any
    ) -> None:
        kernel.answers[("POST", LAUNCH)].insert(0, (0, {}, b""))
        assert pipeline.launch(country="Niger").id == 12
        first, second = kernel.asked("POST", LAUNCH)
        assert first["headers"]["Idempotency-Key"] == second["headers"]["Idempotency-Key"]
        assert first["body"] == second["body"]

    def test_a_connection_that_stays_lost_is_an_error(self, kernel: Any, pipeline: Pipeline) -> None:
        kernel.answers[("POST", LAUNCH)] = [(0, {}, b"")]
        with pytest.raises(Unavailable):
            pipeline.launch(country="Niger")
        assert len(kernel.asked("POST", LAUNCH)) == 2

    def test_a_refusal_of_the_service_names_the_fields(self, kernel: Any, pipeline: Pipeline) -> None:
        body = {"error": "Refused.", "code": "invalid_input", "fields": {"country": "Not in this workspace."}}
        kernel.answers.pop(("POST", LAUNCH))
        kernel.answer("POST", LAUNCH, body, status=400)
        with pytest.raises(InvalidInput) as raised:
            pipeline.launch(country="Niger")
        assert raised.value.fields == {"country": "Not in this workspace."}
        assert len(kernel.asked("POST", LAUNCH)) == 1


@pytest.fixture
def without_widgets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel in which ipywidgets is not installed."""
    for name in [name for name in sys.modules if name.startswith(("openhexa_jupyter.notebook.", "ipywidgets"))]:
        if name.rpartition(".")[2] in ("form", "widget", "pipeline_list", "task_view", "ipywidgets"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    monkeypatch.setitem(sys.modules, "anywidget", None)
