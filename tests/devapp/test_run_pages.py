"""The page of a run, where a task's link leads."""

import pytest

pytestmark = pytest.mark.runs

CODE = """
from openhexa.sdk import current_run, pipeline

@pipeline("Says something")
def says_something():
    current_run.log_info("<b>hello</b>")
"""


def test_a_run_shows_its_state_messages_and_log(app, aissata):
    pipeline = aissata.add_pipeline("Says something", CODE)
    run = aissata.launch(pipeline, {})
    aissata.wait_for(run)
    code = aissata.ask("query($id: UUID!) { pipeline(id: $id) { code } }", id=pipeline)["pipeline"]["code"]
    address = f"/workspaces/sahel-programme/pipelines/{code}/runs/{run}"
    page = aissata.get(address).text
    assert "success" in page
    assert "INFO: &lt;b&gt;hello&lt;/b&gt;" in page
    assert "Successfully completed pipeline" in page
    for wrong in (address.replace(code, "other"), address[:-1], address.replace("sahel-programme", "coastal-clinics")):
        missing = aissata.get(wrong)
        assert missing.status_code == 404
        assert "There is no run with this address" in missing.text
    with app.anybody() as nobody:
        assert nobody.get(address).headers["location"] == f"/login?next={address}"
