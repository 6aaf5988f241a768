"""The errors that may reach a person, in one tree. No I/O.

    PublicError                  500 internal_error
    ├── InvalidInput             400 invalid_input       the values or the request do not fit; `fields` says which
    ├── NotAuthenticated         401 not_authenticated   nobody is logged in, or the token is unknown
    ├── Forbidden                403 forbidden           known, but not allowed
    ├── NotFound                 404 not_found
    ├── NotAllowed               405 not_allowed         this method does not exist here
    ├── Conflict                 409 conflict            the state of the thing forbids it
    ├── TooLarge                 413 too_large
    ├── InternalError            500 internal_error      our own fault
    ├── UpstreamFailed           502 upstream_failed     the App answered nonsense
    └── Unavailable              503 unavailable         the App or the service is out of reach; try again

The message is a translated sentence that is safe to show; nothing else of an error leaves the process.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from .i18n import gettext as _


class PublicError(Exception):
    """An error whose message may be shown. `fields` maps the name of a field to the sentence that stands beside it."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"

    def __init__(self, message: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fields = dict(fields or {})

    def body(self) -> dict[str, Any]:
        """The JSON body of every error answer; `fields` is always there."""
        return {"error": self.message, "code": self.code, "fields": dict(self.fields)}

    def __str__(self) -> str:
        return "\n".join([self.message, *(f"  {name}: {sentence}" for name, sentence in self.fields.items())])

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.message, self.fields))


class InvalidInput(PublicError):
    """The request or its values do not fit; `fields` says which and why."""

    status = 400
    code = "invalid_input"


class NotAuthenticated(PublicError):
    """Nobody is logged in, or the token is not known."""

    status = 401
    code = "not_authenticated"


class Forbidden(PublicError):
    """The person is known, but may not do this."""

    status = 403
    code = "forbidden"


class NotFound(PublicError):
    """There is no such thing, or not for this person."""

    status = 404
    code = "not_found"


class NotAllowed(PublicError):
    """The address exists, the method does not."""

    status = 405
    code = "not_allowed"


class Conflict(PublicError):
    """The state of the thing forbids it."""

    status = 409
    code = "conflict"


class TooLarge(PublicError):
    """The request is larger than what is read."""

    status = 413
    code = "too_large"


class InternalError(PublicError):
    """A fault of ours; nothing of it is told but that it happened."""

    status = 500
    code = "internal_error"


class UpstreamFailed(PublicError):
    """The App answered, but not what was to be expected."""

    status = 502
    code = "upstream_failed"


class Unavailable(PublicError):
    """The App or the service is out of reach; trying again later may help."""

    status = 503
    code = "unavailable"


PUBLIC_ERRORS: tuple[type[PublicError], ...] = (
    InvalidInput,
    NotAuthenticated,
    Forbidden,
    NotFound,
    NotAllowed,
    Conflict,
    TooLarge,
    InternalError,
    UpstreamFailed,
    Unavailable,
)
_BY_CODE = {kind.code: kind for kind in PUBLIC_ERRORS}
_BY_STATUS = {kind.status: kind for kind in PUBLIC_ERRORS} | {504: Unavailable}


def from_response(status: int, body: object) -> PublicError:
    """The error that an answer carries, for the client's side: the inverse of `PublicError.body`.

    A body of another shape (a proxy's HTML page, say) becomes a sentence that tells the status. The body's `code`
    decides the class where it is known, else the status; an unknown 4xx is an InvalidInput, an unknown 5xx an
    InternalError, all else UpstreamFailed.
    """
    content: Mapping[Any, Any] = body if isinstance(body, Mapping) else {}
    message, code, fields = content.get("error"), content.get("code"), content.get("fields")
    if not isinstance(message, str) or not message:
        message = _("The server answered with status {status} and no explanation.").format(status=status)
    kind = (_BY_CODE.get(code) if isinstance(code, str) else None) or _class_of(status)
    known = fields if isinstance(fields, Mapping) else {}
    return kind(message, {str(name): str(sentence) for name, sentence in known.items()})


def _class_of(status: int) -> type[PublicError]:
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if 400 <= status < 500:
        return InvalidInput
    return InternalError if status >= 500 else UpstreamFailed
