"""The command that starts the App."""

import socket
import subprocess
import sys

import pytest

from openhexa_devapp import main
from openhexa_devapp.settings import from_environment

pytestmark = pytest.mark.runs


def test_a_port_in_use_is_told_with_what_to_do():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit) as caught:
            main.listen("127.0.0.1", port)
    assert f"port {port} of 127.0.0.1: another program uses it." in str(caught.value)
    assert f"--port {port + 10}" in str(caught.value)


def test_it_says_what_it_is(own_app):
    app = own_app()
    assert app.url.startswith("http://127.0.0.1:")
    process = subprocess.run(
        [sys.executable, "-m", "openhexa_devapp", "--help"], capture_output=True, text=True, check=True
    )
    assert "for development" in process.stdout
    with app.anybody() as person:
        assert person.get("/ready/").json() == {"ready": True}
    assert "Traceback" not in app.end()


def test_settings_come_from_the_apps_variables(tmp_path):
    variables = {
        "NOTEBOOKS_URL": "http://hub.example.org/", "NOTEBOOKS_HUB_URL": "http://hub:8081/hub", "HUB_API_TOKEN": "t",
        "CSRF_TRUSTED_ORIGINS": "https://a, https://b", "TRUST_FORWARDED_PROTO": "true",
    }  # fmt: skip
    settings = from_environment(variables, data=tmp_path, port=9)
    assert (settings.notebooks_url, settings.notebooks_origin) == ("http://hub.example.org",) * 2
    assert (settings.hub_api_token, settings.port, settings.local_url) == ("t", 9, "http://127.0.0.1:9")
    assert settings.csrf_trusted_origins == ("https://a", "https://b")
    assert settings.trust_forwarded_proto
    assert from_environment({}, data=tmp_path, host="0.0.0.0").local_url == "http://127.0.0.1:8000"
