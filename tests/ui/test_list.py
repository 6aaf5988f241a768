from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

PIPELINES = [
    {"code": "cases-report", "name": "Cases report", "version": "v3", "description": "Counts cases by country."},
    {"code": "country-indicators", "name": "Country indicators", "version": "2", "description": ""},
    {
        "code": "hostile",
        "name": '<img src=x onerror="window.hacked=1">',
        "version": "",
        "description": "<script>1</script>",
    },
]


@pytest.fixture
def draw(page, labels):
    page.evaluate("window.drawing = drawList(place, keep)")

    def update(pipelines, message=None):
        state = {"pipelines": pipelines, "message": message, "labels": labels["list"]}
        page.evaluate("(state) => drawing.update(state)", state)

    return update


def test_each_pipeline_is_a_row_and_hostile_names_stay_text(page, draw) -> None:
    draw(PIPELINES)
    expect(page.locator("tbody tr")).to_have_count(3)
    assert page.locator("#place img, #place script").count() == 0
    expect(page.get_by_text("Pipelines: 3.")).to_be_visible()


def test_the_search_looks_into_name_code_and_description(page, draw) -> None:
    draw(PIPELINES)
    search = page.get_by_role("searchbox", name="Search by name or code")
    for text, found in [("INDIC", 1), ("counts", 1), ("co", 2), ("nothing", 0), ("", 3)]:
        search.fill(text)
        expect(page.locator("tbody tr:visible")).to_have_count(found)
    search.fill("co")
    expect(page.get_by_text("Pipelines found: 2 of 3.")).to_be_visible()
    draw(PIPELINES[:2])
    expect(search).to_be_focused()


def test_choosing_one_is_sent(page, draw) -> None:
    draw(PIPELINES)
    page.get_by_role("button", name="Country indicators").press("Enter")
    assert page.evaluate("sent") == [{"type": "open", "code": "country-indicators"}]


def test_an_empty_list_is_a_sentence(page, draw) -> None:
    draw([], "There are no pipelines here yet.")
    expect(page.get_by_text("There are no pipelines here yet.")).to_be_visible()
    expect(page.get_by_role("searchbox")).to_be_hidden()
