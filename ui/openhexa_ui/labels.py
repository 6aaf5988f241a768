"""The sentences and words of the ES module, in the context's language. No I/O.

Keys are those that `ui/src` asks for; `{names}` in braces are filled in there.
"""

from __future__ import annotations

from openhexa_contract.i18n import gettext as _


def form_labels() -> dict[str, str]:
    """What a form says beside its fields' own names and errors."""
    return {
        "form.required": _("required"),
        "form.optional": _("optional"),
        "form.default": _("Default: {value}"),
        "form.reset": _("Reset"),
        "form.disabled": _("Not used with the other values."),
        "form.yes": _("Yes"),
        "form.no": _("No"),
        "form.neither": _("Not set"),
        "form.choose": _("Choose…"),
        "form.nothing": _("No choice"),
        "form.search": _("Type to search"),
        "form.chosen": _("{n} chosen"),
        "form.value": _("{label}, value {n}"),
        "form.add": _("Add a value"),
        "form.remove": _("Remove value {n}"),
        "form.secret_set": _("Set. Type to replace it."),
        "form.launch": _("Launch"),
        "form.launching": _("Launching…"),
    }


def task_labels() -> dict[str, str]:
    """What the view of a task says."""
    return {
        "status.QUEUED": _("Waiting to start"),
        "status.RUNNING": _("Running"),
        "status.SUCCESS": _("Succeeded"),
        "status.ERROR": _("Failed"),
        "status.CANCELLED": _("Stopped"),
        "level.DEBUG": _("Debug"),
        "level.INFO": _("Info"),
        "level.WARNING": _("Warning"),
        "level.ERROR": _("Error"),
        "level.CRITICAL": _("Critical"),
        "output.file": _("File"),
        "output.table": _("Table"),
        "output.generic": _("Link"),
        "task.elapsed": _("Elapsed time"),
        "task.progress": _("Progress"),
        "task.messages": _("Messages"),
        "task.earlier": _("{n} earlier messages are not shown."),
        "task.result": _("Result"),
        "task.outputs": _("Outputs"),
        "task.stop": _("Stop"),
        "task.stopping": _("Stopping…"),
        "task.stop_question": _("Stop this run? What it has done so far stays."),
        "task.stop_yes": _("Yes, stop it"),
        "task.stop_no": _("No, go on"),
        "task.again": _("Run again"),
        "task.run_link": _("See the run in OpenHEXA"),
        "result.more": _("… and {n} more"),
    }


def list_labels() -> dict[str, str]:
    """What the list of pipelines says."""
    return {
        "list.title": _("Pipelines"),
        "list.search": _("Search by name or code"),
        "list.name": _("Name"),
        "list.code": _("Code"),
        "list.version": _("Version"),
        "list.description": _("Description"),
        "list.count": _("Pipelines: {all}. Choose one to see its form."),
        "list.found": _("Pipelines found: {n} of {all}."),
    }
