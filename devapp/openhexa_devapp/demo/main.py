"""`make demo`: start everything, say where to look, and end everything with Ctrl-C.

One demo runs per data folder: a lock held by this process says so, and is gone when the process is, however it ended.
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import os
import shutil
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from openhexa_contract.i18n import gettext as _
from openhexa_devapp.demo.first_start import FirstStartFailed, connect_pipelines
from openhexa_devapp.demo.processes import Process, ProcessFailed, end_all
from openhexa_devapp.demo.proxy import ProxyMissing, proxy_command
from openhexa_devapp.demo.settings import LOOPBACK, Demo
from openhexa_devapp.seeds import PASSWORD, PEOPLE

READY_WITHIN = 120.0  # seconds; the first start makes databases and pushes the sample pipelines


class Refused(Exception):
    """The demo cannot start; the message says why and what to do."""


class Stopped(Exception):
    """Somebody asked the demo to end (Ctrl-C, a signal, a closed terminal)."""


def say(text: str = "") -> None:
    """Print at once, also into a pipe."""
    print(text, flush=True)  # noqa: T201 - this is a command's output


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="openhexa-notebooks-demo", description=_("Run OpenHEXA Notebooks on this machine.")
    )
    parser.add_argument("--port", type=int, default=8000, help=_("port of the stand-in App (default: 8000)"))
    parser.add_argument("--hub-port", type=int, default=8001, help=_("port of the notebooks (default: 8001)"))
    parser.add_argument(
        "--data", type=Path, default=Path(".demo"), help=_("folder in which all is kept (default: .demo)")
    )
    parser.add_argument(
        "--forget", action="store_true", help=_("remove that folder, with the notebooks in it, and end")
    )
    return parser.parse_args()


@contextmanager
def locked(data: Path) -> Iterator[None]:
    """Hold the data folder for this process alone; raises `Refused` when another demo holds it."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise Refused(
                _("The demo already runs at {where}. Use that one, or end it with Ctrl-C in its terminal.").format(
                    where=file.read().strip() or data
                )
            ) from None
        yield


def check_port(port: int, option: str) -> None:
    """Raise `Refused` when somebody else listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            raise Refused(
                _(
                    "Port {port} is in use by another program. End that program, or choose another port:\n"
                    '    make demo DEMO="{option} {other}"'
                ).format(port=port, option=option, other=port + 10)
            ) from None


def free_port() -> int:
    """A port that nobody listens on, chosen by the system."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def answers(url: str, *statuses: int) -> Callable[[], bool]:
    """A check that the address answers HTTP with one of the statuses."""

    def check() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - http addresses of this demo
                return answer.status in statuses
        except urllib.error.HTTPError as error:
            return error.code in statuses
        except OSError:
            return False

    return check


def wait_for(ready: Callable[[], bool], watched: list[Process], what: str) -> None:
    """Wait until the check is true, as long as the watched processes live."""
    deadline = time.monotonic() + READY_WITHIN
    while not ready():
        for process in watched:
            process.check()
        if time.monotonic() > deadline:
            raise ProcessFailed(
                _("{what} did not answer within {seconds} seconds. Its log: {log}").format(
                    what=what, seconds=int(READY_WITHIN), log=watched[-1].log
                )
            )
        time.sleep(0.1)


def start(demo: Demo, processes: list[Process]) -> None:
    """Start the App and the hub (which starts the proxy and the service) and wait until all of them answer."""
    environment = demo.environment()
    logs = demo.data / "logs"
    logs.mkdir(exist_ok=True)
    app_command = ["-m", "openhexa_devapp", "--port", str(demo.app_port), "--data", str(demo.data / "app")]
    app = Process(_("The stand-in App"), [sys.executable, *app_command], environment, demo.data, logs / "app.log")
    processes.append(app)
    config = Path(__file__).with_name("jupyterhub_config.py")
    hub_command = [sys.executable, "-m", "jupyterhub", "--config", str(config)]
    hub = Process(_("JupyterHub"), hub_command, environment, demo.data, logs / "hub.log")
    processes.append(hub)
    wait_for(answers(f"{demo.app_url}/ready/", 200), [app, hub], _("The stand-in App"))
    wait_for(answers(f"{demo.hub_url}/hub/health", 200), [app, hub], _("JupyterHub"))
    wait_for(answers(f"{demo.service_url}/api/tasks/", 401, 403), [app, hub], _("The pipelines service"))
    asyncio.run(connect_pipelines(demo))


def welcome(demo: Demo) -> str:
    """What a person reads when all is ready."""
    others = "\n".join(f"              {person.email}  ({_(person.about)})" for person in PEOPLE[1:])
    return _(
        "\nOpenHEXA Notebooks is ready.\n\n"
        "    Open      {url}\n"
        "    Log in    {email}    password: {password}\n"
        '    Then      open the workspace "Sahel programme" and run the first cell\n\n'
        "    Others    (same password)\n{others}\n\n"
        "Everything is kept in {data}. This is a development set-up: it is not safe for real data.\n"
        "Press Ctrl-C to stop."
    ).format(url=demo.app_url, email=PEOPLE[0].email, password=PASSWORD, others=others, data=demo.data)


def run(demo: Demo) -> None:
    """Start everything and watch it until somebody ends it."""
    leftovers = end_all(demo.data)
    if leftovers:
        say(_("Ended {count} processes that an earlier demo had left behind.").format(count=leftovers))
    check_port(demo.app_port, "--port")
    check_port(demo.hub_port, "--hub-port")
    processes: list[Process] = []
    try:
        say(_("Starting ..."))
        start(demo, processes)
        say(welcome(demo))
        while True:
            for process in processes:
                process.check()
            time.sleep(0.5)
    except Stopped:
        say(_("\nStopping ..."))
    finally:
        for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(ignored, signal.SIG_IGN)
        end_all(demo.data, first=list(reversed(processes)))


def forget(data: Path) -> None:
    """Remove the data folder, if it is one: a mistyped `--data` must not cost anybody their files."""
    others = [path for path in data.iterdir() if path.name != "lock"]
    if others and not (data / "secrets.json").exists():
        raise Refused(_("{data} holds no demo, so nothing was removed.").format(data=data))
    end_all(data)
    shutil.rmtree(data)
    say(_("Forgot the demo in {data}.").format(data=data))


def stop(_number: int, _frame: FrameType | None) -> None:
    """Signal handler: end in good order."""
    raise Stopped


def main() -> None:
    """The command `openhexa-notebooks-demo`."""
    options = arguments()
    data = options.data.resolve()
    os.umask(0o077)  # sessions, tokens and people's notebooks are nobody else's on a shared machine
    demo = Demo(data, options.port, options.hub_port, free_port(), free_port(), free_port())
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    try:
        with locked(data):
            if options.forget:
                forget(data)
                return
            proxy_command()
            (data / "lock").write_text(f"{demo.app_url} (process {os.getpid()})")
            run(demo)
            say(_("Stopped. Nothing runs any more."))
    except Stopped:
        say(_("Stopped."))
    except (Refused, ProcessFailed, ProxyMissing, FirstStartFailed) as error:
        sys.exit(f"\n{error}")


if __name__ == "__main__":
    main()
