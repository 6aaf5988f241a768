"""How the hub shows a sentence."""

from __future__ import annotations

from openhexa_contract.errors import Forbidden, NotFound, Unavailable
from openhexa_hub.errors import page_error, refusal


def test_a_page_shows_the_sentence_and_a_link_and_escapes_both() -> None:
    error = page_error(Unavailable("a <b> & c 100%"), '/hub/login?next="x"', "Again")
    assert error.status_code == 503
    assert error.jupyterhub_message == "a <b> & c 100%"
    assert "a &lt;b&gt; &amp; c 100%" in error.jupyterhub_html_message
    assert 'href="/hub/login?next=&quot;x&quot;"' in error.jupyterhub_html_message
    assert "100%" in str(error)


def test_a_refusal_carries_status_and_sentence() -> None:
    error = refusal(Forbidden("No."))
    assert (error.status_code, error.jupyterhub_message) == (403, "No.")


def test_no_refusal_is_404_whose_page_has_a_text_of_its_own() -> None:
    assert refusal(NotFound("Nowhere.")).status_code == 403
