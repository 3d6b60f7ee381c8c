"""What every room's views share: the request's one transaction, its services, and reading what was sent.

A request opens its session when it first asks for one: for reading on GET and HEAD, for writing otherwise, unless
its view says that what it changes is in no database.  It is
committed once, after the view has returned, and rolled back when anything was raised.  A view that goes on to stream
or to wait calls `release()` first, so that no transaction is held across I/O.
"""

import ipaddress
import re
import uuid
from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Flask, Response, current_app, g, request
from sqlalchemy.orm import Session

from veo_workflow import database
from veo_workflow.errors import InvalidInput
from veo_workflow.services import Services

READING = {"GET", "HEAD", "OPTIONS"}
PAGE_SIZE = 20

View = TypeVar("View", bound=Callable[..., Any])
_only_reading: set[Callable[..., Any]] = set()


def install(app: Flask, services: Services) -> None:
    app.extensions["veo"] = services
    app.after_request(_commit)
    app.teardown_request(lambda _error: rollback())


def services() -> Services:
    return cast(Services, current_app.extensions["veo"])


def db() -> Session:
    """This request's session."""
    session: Session | None = g.get("session")
    if session is None:
        session = g.session = services().database.open(writing=_writes())
    return session


def writes_no_rows(view: View) -> View:
    """Marks a view that is posted to and only reads rows: it must not wait for who writes, nor make them wait."""
    _only_reading.add(view)
    return view


def _writes() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return request.method not in READING and view not in _only_reading


def writing() -> None:
    """A GET has to write after all, such as one that comes back from elsewhere with news: from here on it may."""
    release()
    g.session = services().database.open(writing=True)


def is_this_machine(address: str | None) -> bool:
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:  # a proxy that says something else than an address
        return False


def release() -> None:
    """Commit what has been done so far, ring the bells, and hold nothing any longer."""
    session: Session | None = g.pop("session", None)
    if session is not None:
        with session:
            database.commit(session)


def rollback() -> None:
    """Undo what this request did. What it has read stays readable: the page that says why still needs the person."""
    session: Session | None = g.pop("session", None)
    if session is not None:
        session.expunge_all()
        session.rollback()
        session.close()


def _commit(response: Response) -> Response:
    release()
    return response


def speaks_json() -> bool:
    """Whether a script asks rather than a person who reads pages."""
    return request.path.startswith(("/api/", "/storage/", "/media/", "/metrics"))


def sent_json() -> dict[str, Any]:
    """The JSON object in the request's body. Raises InvalidInput."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise InvalidInput("The request did not carry what this address needs. Reload the page and try again.")
    if b"\\u" in request.get_data(cache=True):
        _mend_halves(body)
    return body


def _mend_halves(value: Any) -> Any:
    """Half of an emoji, as a text cut off by a script ends in, becomes the sign for what cannot be read: no database
    and no page can hold it."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        for key in list(value):
            value[_mend_halves(key)] = _mend_halves(value.pop(key))
    if isinstance(value, list):
        value[:] = map(_mend_halves, value)
    return value


def sent_id(value: object) -> uuid.UUID:
    """An id from a form or a body. Raises InvalidInput."""
    try:
        return uuid.UUID(str(value))
    except ValueError:
        raise InvalidInput("Something that was chosen is no longer there. Reload the page and try again.") from None


def version_sent(name: str, *, none: int = 0) -> int:
    """The version a form says it was filled from; `none` where it says nothing that can be read."""
    sent = request.form.get(name, "")
    return int(sent) if re.fullmatch(r"[0-9]{1,9}", sent) else none


def asked_id(name: str) -> uuid.UUID | None:
    """An id that an address asks for by `name`; None where it names nothing that could be one."""
    try:
        return uuid.UUID(request.args.get(name, ""))
    except ValueError:
        return None


def page_number(name: str = "page") -> int:
    """Which page of a list is asked for, from 1; a screen with two lists gives them two names."""
    try:
        return min(max(1, int(request.args.get(name, "1"))), 100_000)
    except ValueError:
        return 1
