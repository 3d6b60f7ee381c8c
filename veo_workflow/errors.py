"""The few things that can go wrong, named for the people they happen to.

Every error carries one plain sentence with a remedy; its class decides the HTTP status.  They are rendered in one
place, `veo_workflow.failing`, as a page or as JSON `{error, message, retryable}`, and by the command line as one line.
"""

from typing import Any


class VeoError(Exception):
    """Something a person can be told about in one sentence."""

    status = 500
    code = "error"
    retryable = False

    def __init__(self, message: str, *, code: str | None = None, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.details = details


class InvalidInput(VeoError):
    """What was sent cannot be used; `fields` names the form fields and what to do about each."""

    status = 422
    code = "invalid"

    def __init__(
        self, message: str, *, code: str | None = None, fields: dict[str, str] | None = None, **details: Any
    ) -> None:
        super().__init__(message, code=code, **details)
        self.fields = fields or {}


class SignInNeeded(VeoError):
    status = 401
    code = "sign_in_needed"

    def __init__(self, message: str = "Please sign in first.") -> None:
        super().__init__(message)


class ConfirmationNeeded(VeoError):
    """For this the person has to give their password once more."""

    status = 403
    code = "confirmation_needed"

    def __init__(self, message: str = "Give your password once more for this, then try again.") -> None:
        super().__init__(message)


class NotAllowed(VeoError):
    """The asker may know of the thing, but not do this with it."""

    status = 403
    code = "not_allowed"


class NotFound(VeoError):
    """Not there, or not for the asker: outsiders cannot tell the two apart."""

    status = 404
    code = "not_found"

    def __init__(self, message: str = "There is nothing here, or it is not shared with you.", **details: Any) -> None:
        super().__init__(message, **details)


class Conflict(VeoError):
    """Somebody or something got there first; `details` carries what stands now."""

    status = 409
    code = "conflict"


class Gone(VeoError):
    status = 410
    code = "gone"


class TooLarge(VeoError):
    status = 413
    code = "too_large"


class UnsupportedType(VeoError):
    status = 415
    code = "unsupported_type"


class TooManyRequests(VeoError):
    status = 429
    code = "too_many"
    retryable = True


class TooManyTries(VeoError):
    """`seconds` is how long to wait; said in whole minutes."""

    status = 429
    code = "too_many_tries"
    retryable = True

    def __init__(self, seconds: int) -> None:
        minutes = -(-seconds // 60)
        wait = "a minute" if minutes == 1 else f"{minutes} minutes"
        super().__init__(
            f"That was tried too often. Wait {wait} and try again, or ask for a new link if you have forgotten the "
            "password."
        )
        self.seconds = seconds


class Unavailable(VeoError):
    """A part of the machinery does not answer for the moment."""

    status = 503
    code = "unavailable"
    retryable = True


class StorageFull(VeoError):
    status = 507
    code = "storage_full"
    retryable = True
