"""The page of a run, where the link "See the run" of a task leads: its state, its messages, its log."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openhexa_contract.i18n import gettext as _
from openhexa_devapp.pages import render
from openhexa_devapp.web import logged_in_only, principal_of, services_of


async def run_page(request: Request) -> Response:
    """404 with a sentence unless the run belongs to the address and the person sees its workspace."""
    services = services_of(request)
    slug, code, run_id = (request.path_params[name] for name in ("slug", "code", "run_id"))
    pipeline = services.pipelines.visible_by_code(principal_of(request), slug, code)
    run = services.runs.get(run_id)
    if pipeline is None or run is None or run["pipeline"] != pipeline["id"]:
        text = _("There is no run with this address, or you are not a member of its workspace.")
        return render(request, "message.html", HTTPStatus.NOT_FOUND, title=_("No such run"), text=text)
    return render(request, "run.html", pipeline=pipeline, run=run, messages=services.runs.messages(run_id))


ROUTES = [Route("/workspaces/{slug}/pipelines/{code}/runs/{run_id}", logged_in_only(run_page), methods=["GET"])]
