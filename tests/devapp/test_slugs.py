import pytest

from openhexa_devapp import slugs


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Cases Report", "cases-report"), (" Aïssata's  2nd! ", "aissata-s-2nd"), ("--a--b--", "a-b"), ("日本", "")],
)
def test_slugify(name, slug):
    assert slugs.slugify(name) == slug


def test_free_counts_up():
    taken = {"a", "a-2"}
    assert slugs.free("a", taken.__contains__) == "a-3"
    assert slugs.free("b", taken.__contains__) == "b"
