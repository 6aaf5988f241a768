"""How the App's answers are read."""

from __future__ import annotations

import pytest

from openhexa_contract.errors import UpstreamFailed
from openhexa_hub.app.queries import read_account, read_credentials


def test_an_account() -> None:
    assert (
        read_account({"username": "Jane.O'Neil+Test@example.org", "more": 1}).username == "Jane.O'Neil+Test@example.org"
    )


@pytest.mark.parametrize(
    "answer", [None, [], "x", {}, {"username": None}, {"username": ""}, {"username": " a "}, {"username": "a" * 255}]
)
def test_no_account(answer: object) -> None:
    with pytest.raises(UpstreamFailed):
        read_account(answer)


def test_values_of_the_environment_become_text() -> None:
    credentials = read_credentials({"env": {"A": 1, "B": None, "C": True, "D": {"e": []}, "E": "", "F": 0.5}})
    assert credentials.env == {"A": "1", "C": "true", "D": '{"e":[]}', "E": "", "F": "0.5"}


@pytest.mark.parametrize("answer", [None, [], {}, {"env": None}, {"env": []}])
def test_no_credentials(answer: object) -> None:
    with pytest.raises(UpstreamFailed):
        read_credentials(answer)


def test_image_and_hash_of_other_types_are_left_out() -> None:
    credentials = read_credentials({"env": {}, "image": 3, "notebooks_server_hash": ""})
    assert (credentials.image, credentials.server_hash) == (None, None)
