import html
import re

from flask.testing import FlaskClient

from veo_workflow.database import now
from veo_workflow.people.operations import hash_token
from veo_workflow.people.signing_in import CONFIRMED


def confirmed(browser: FlaskClient) -> FlaskClient:
    """In which the person has just given their password once more."""
    with browser.session_transaction() as cookie:
        cookie[CONFIRMED] = [hash_token(cookie["_user_id"])[:16], int(now().timestamp())]
    return browser


def carried_on(page: str, action: str = 'action="/confirm"') -> list[tuple[str, str]]:
    """What a form, that which asks for the password, sends on, by the names of its hidden fields."""
    form = page.partition(action)[2].partition("</form>")[0]
    return [
        (name, html.unescape(value))
        for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
        if name not in {"csrf_token", "username"}
    ]
