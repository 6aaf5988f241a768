"""The errors of the hub's side.

    PublicError (openhexa_contract.errors)   what may be said to people, with a status and a code
    traitlets.TraitError
    └── BadSetting                           a setting is wrong or missing: the hub stops at start and says which
    tornado.web.HTTPError
    └── what `refusal` and `page_error` make of a PublicError, so that JupyterHub shows its sentence as it is

JupyterHub's pages and API read the sentence of an HTTPError from its attribute `jupyterhub_message` (5.x and 6.x). On
6.x a spawn that is refused is a `SpawnException`, which is counted as a refusal and not as a failure of the hub.
"""

from __future__ import annotations

import html
from typing import Any

from jupyterhub import spawner as hub_spawner
from tornado import web
from traitlets import TraitError

from openhexa_contract.errors import PublicError
from openhexa_contract.i18n import gettext as _


class BadSetting(TraitError):
    """A setting is wrong or missing. The message names it, as trait and environment variable, and gives an example."""


def page_error(error: PublicError, retry_url: str | None = None, retry_label: str | None = None) -> web.HTTPError:
    """Return the exception by which a page of the hub shows an error, with a link to go on where there is one."""
    exception = web.HTTPError(error.status, "%s", error.message)
    sentence = html.escape(error.message)
    if retry_url is not None:
        label = html.escape(retry_label or _("Try again"))
        sentence += f'</p><p><a class="btn btn-primary" href="{html.escape(retry_url)}">{label}</a>'
    _attach(exception, jupyterhub_message=error.message, jupyterhub_html_message=sentence)
    return exception


def refusal(error: PublicError) -> web.HTTPError:
    """Return the exception by which a spawn is refused: pages and the API's answer show its sentence."""
    # JupyterHub's page for 404 has a text of its own instead of the sentence.
    status = 403 if error.status == 404 else error.status
    spawn_exception = getattr(hub_spawner, "SpawnException", None)
    if spawn_exception is not None:
        refused: web.HTTPError = spawn_exception(error.message, reason=error.code, status_code=status)
    else:
        refused = web.HTTPError(status, "%s", error.message)
    _attach(refused, jupyterhub_message=error.message)
    return refused


def not_a_failure_of_the_hub(handler: Any) -> None:
    """Keep a refusal out of the count that stops a hub of 5.x (`Spawner.consecutive_failure_limit`, 5 on Kubernetes).

    That hub counts every exception of a start, so a few viewers could end it. Call this just before the refusal is
    raised: the hub adds one when it sees it. 6.x counts no `SpawnException`.
    """
    if handler is not None and not hasattr(hub_spawner, "SpawnException"):
        handler.settings["failure_count"] = handler.settings.get("failure_count", 0) - 1


def _attach(exception: Exception, **attributes: Any) -> None:
    for name, value in attributes.items():
        setattr(exception, name, value)
