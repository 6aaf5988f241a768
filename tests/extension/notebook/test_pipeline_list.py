from __future__ import annotations

import pytest

from openhexa_contract.errors import NotFound
from openhexa_jupyter.notebook.form import PipelineForm
from openhexa_jupyter.notebook.pipeline_list import PipelineList


class Shelf(dict):
    """Pipelines by code, iterated as objects."""

    def __iter__(self):
        return iter(self.values())

    def __missing__(self, code):
        raise NotFound(f'There is no pipeline "{code}".')

    def __repr__(self):
        return "Code  Name"


@pytest.fixture
def shelf(pipeline):
    pipeline.form = lambda: PipelineForm(pipeline)
    return Shelf({pipeline.code: pipeline})


def test_it_shows_each_pipeline(comms, shelf) -> None:
    view = PipelineList(shelf)
    assert view.state == {
        "pipelines": [
            {"code": "cases-report", "name": "Cases report", "version": "v3", "description": "Counts cases by country."}
        ],
        "message": None,
    }


def test_a_pipeline_without_version_and_description(comms, shelf, pipeline) -> None:
    pipeline.version = pipeline.description = None
    assert PipelineList(shelf).state["pipelines"][0]["version"] == ""


def test_an_empty_list_says_so(comms) -> None:
    assert PipelineList(Shelf()).state["message"] == "There are no pipelines here yet."


def test_choosing_one_opens_its_form_beneath(comms, shelf, poll) -> None:
    view = PipelineList(shelf)
    comms.receive(view, {"type": "open", "code": "cases-report"})
    poll(lambda: view.below is not None)
    assert isinstance(view.below, PipelineForm)


def test_choosing_one_that_is_gone_is_a_sentence(comms, shelf, poll) -> None:
    view = PipelineList(shelf)
    comms.receive(view, {"type": "open", "code": "gone"})
    poll(lambda: view.state["message"])
    assert view.state["message"] == 'There is no pipeline "gone".'


def test_it_has_a_plain_text(comms, shelf) -> None:
    data, _ = PipelineList(shelf)._repr_mimebundle_()
    assert data["text/plain"] == "Code  Name"
