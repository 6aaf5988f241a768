import pytest

from openhexa_devapp.paging import NoSuchPage, page_of

ITEMS = list(range(12))


@pytest.mark.parametrize(
    ("page", "per_page", "pages", "items"),
    [(None, None, 2, ITEMS[:10]), (2, None, 2, ITEMS[10:]), (1, 5, 3, ITEMS[:5]), (1, 20_000, 1, ITEMS)],
)
def test_pages(page, per_page, pages, items):
    found = page_of(ITEMS, page, per_page)
    assert found == {"page_number": page or 1, "total_pages": pages, "total_items": 12, "items": items}


def test_an_empty_list_has_one_page():
    assert page_of([], 1, 10) == {"page_number": 1, "total_pages": 1, "total_items": 0, "items": []}


def test_traps():
    with pytest.raises(NoSuchPage, match="That page contains no results"):
        page_of(ITEMS, 99, None)
    with pytest.raises(NoSuchPage, match="less than 1"):
        page_of(ITEMS, 0, None)
    with pytest.raises(ZeroDivisionError, match="division"):
        page_of(ITEMS, 1, 0)
