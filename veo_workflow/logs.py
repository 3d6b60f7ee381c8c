"""What is said to the log, by every process in one of two forms: lines to read, or one JSON object a line.

A line carries the id of the request it belongs to, in a worker too.  Of an exception it has the type and the place,
never its words: those may hold what somebody has typed (SAFEGUARDING C3).
"""

import json
import logging
import re
import socket
import sys
import traceback
import uuid
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType

from veo_workflow.settings import Settings

PLAIN = "%(asctime)s %(name)s %(levelname)s %(message)s"
_ID = re.compile(r"[A-Za-z0-9-]{8,64}")

log = logging.getLogger(__name__)

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


def install(settings: Settings, level: int = logging.INFO) -> None:
    """Have this process say what it says in the form that is set, to standard error: our own code from `level` up.

    What goes wrong where nobody can catch it (in a finaliser, at the very end) is said in that form too.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(formatter(settings))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for ours in ("veo_workflow", "workers"):
        logging.getLogger(ours).setLevel(level)
    sys.unraisablehook = _unraisable
    sys.excepthook = _uncaught


def _unraisable(seen: "sys.UnraisableHookArgs") -> None:
    where = getattr(seen.object, "__qualname__", type(seen.object).__name__)
    log.warning("ignored in %s", where, exc_info=(seen.exc_type, seen.exc_value or seen.exc_type(), seen.exc_traceback))


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    log.critical("it ended in an exception", exc_info=(kind, error, trace))


def formatter(settings: Settings) -> logging.Formatter:
    return JsonLines() if settings.log == "json" else DiscreetLines(PLAIN)


def new_request_id() -> str:
    return uuid.uuid4().hex


def is_request_id(given: str) -> bool:
    """Whether it is one that may be taken over from whoever stands in front."""
    return bool(_ID.fullmatch(given))


def reference(request: str) -> str:
    """The beginning of a request's id, to be read out over the telephone."""
    return f"{request[:4]} {request[4:8]}".upper()


class DiscreetLines(logging.Formatter):
    def formatException(self, ei: object) -> str:  # noqa: N802 - logging's own name
        return "\n".join(_where(ei))


class JsonLines(logging.Formatter):
    """One object a line: when, how bad, who says it, what, and of which request."""

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "host": socket.gethostname(),
            "process": record.process,
        }
        if request := request_id.get():
            said["request"] = request
        if record.exc_info:
            said["error"] = _where(record.exc_info)
        return json.dumps(said | getattr(record, "facts", {}), ensure_ascii=False)


def _where(info: object) -> list[str]:
    """The exception's type, and the places it came through, outermost first."""
    match info:
        case (type() as kind, _, trace) if isinstance(trace, TracebackType):
            places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
            return [*places, kind.__name__]
    return []
