"""What is logged: in two forms, with the request it belongs to, and without anybody's words."""

import json
import logging
import subprocess
import sys
from typing import Literal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from veo_workflow import logs
from veo_workflow.services import Services
from veo_workflow.settings import Settings


def said(form: Literal["plain", "json"]) -> str:
    """A line about an exception that has somebody's words in it, as it is logged in that form."""
    try:
        raise ValueError("canary-words")
    except ValueError:
        record = logging.LogRecord("veo_workflow.x", logging.ERROR, "", 1, "it %s", ("failed",), sys.exc_info())
    return logs.formatter(Settings(log=form)).format(record)


@pytest.mark.parametrize("form", ["plain", "json"])
def test_an_exception_is_logged_by_type_and_place_alone(form: Literal["plain", "json"]) -> None:
    line = said(form)
    assert "canary-words" not in line
    assert "it failed" in line
    assert "ValueError" in line
    assert "test_logs.py" in line


def test_a_line_of_json_says_when_who_what_and_of_which_request() -> None:
    logs.request_id.set("0123456789abcdef")
    line = json.loads(said("json"))
    assert line.keys() >= {"at", "level", "logger", "message", "host", "process", "error"}
    assert (line["level"], line["request"]) == ("error", "0123456789abcdef")


@pytest.mark.parametrize("given", ["", "short", "with space in it", "x" * 65, "new\nline-in-it", "<script>alert"])
def test_nonsense_is_no_request_id(given: str) -> None:
    assert not logs.is_request_id(given)


def test_what_a_statement_was_given_is_not_in_its_error(services: Services) -> None:
    with services.database.reading() as session, pytest.raises(SQLAlchemyError) as refused:
        session.execute(text("SELECT nothing FROM nowhere WHERE a = :a"), {"a": "canary-words"})
    assert "canary-words" not in str(refused.value)


UNRAISABLE = """
from veo_workflow import logs
from veo_workflow.settings import Settings

logs.install(Settings(log="json"))


class Thing:
    def __del__(self):
        raise ValueError("canary-words")


Thing()
raise LookupError("canary-words")
"""


def test_what_nobody_can_catch_is_a_line_like_any_other() -> None:
    ended = subprocess.run([sys.executable, "-c", UNRAISABLE], capture_output=True, text=True, check=False, timeout=60)
    in_finaliser, at_the_end = [json.loads(line) for line in ended.stderr.splitlines()]
    assert (in_finaliser["level"], in_finaliser["error"][-1]) == ("warning", "ValueError")
    assert "Thing.__del__" in in_finaliser["message"]
    assert (at_the_end["level"], at_the_end["error"][-1]) == ("critical", "LookupError")
    assert "canary-words" not in ended.stderr
    assert ended.returncode == 1
