from flask.testing import FlaskClient

from veo_workflow.database import now
from veo_workflow.people.operations import hash_token
from veo_workflow.people.signing_in import CONFIRMED


def confirmed(browser: FlaskClient) -> FlaskClient:
    """In which the person has just given their password once more."""
    with browser.session_transaction() as cookie:
        cookie[CONFIRMED] = [hash_token(cookie["_user_id"])[:16], int(now().timestamp())]
    return browser
