"""The hub's configuration in the demo. Read by JupyterHub, which provides `c`; addresses come from the environment."""

from __future__ import annotations

import functools
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openhexa_hub
from openhexa_devapp.demo import home
from openhexa_devapp.demo.proxy import proxy_command
from openhexa_devapp.demo.settings import LOOPBACK, MARKER

if TYPE_CHECKING:
    c: Any = None

data = Path(os.environ[MARKER])

c.JupyterHub.bind_url = f"http://{LOOPBACK}:{os.environ['OPENHEXA_DEMO_HUB_PORT']}"
c.JupyterHub.hub_bind_url = f"http://{LOOPBACK}:{os.environ['OPENHEXA_DEMO_HUB_API_PORT']}"
c.JupyterHub.db_url = f"sqlite:///{data / 'hub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(data / "hub_cookie_secret")
c.ConfigurableHTTPProxy.api_url = f"http://{LOOPBACK}:{os.environ['OPENHEXA_DEMO_PROXY_API_PORT']}"
c.ConfigurableHTTPProxy.command = proxy_command()
c.ConfigurableHTTPProxy.pid_file = str(data / "proxy.pid")

c.JupyterHub.spawner_class = "simple"
c.Spawner.cmd = [sys.executable, "-m", "jupyterhub.singleuser"]
c.Spawner.args = ["--allow-root"] if os.geteuid() == 0 else []
c.Spawner.env_keep = ["PATH", "LANG", "LC_ALL", MARKER]
c.Spawner.pre_spawn_hook = functools.partial(home.before_spawn, data / "homes")
c.Spawner.start_timeout = 120
c.Spawner.http_timeout = 60

openhexa_hub.configure(c)
