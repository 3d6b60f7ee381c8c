from flask import Blueprint, redirect, render_template, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from veo_workflow.errors import InvalidInput, NotFound, Unavailable
from veo_workflow.people.arriving import go_on
from veo_workflow.people.providers import kept, waiting
from veo_workflow.people.providers.client import Client
from veo_workflow.people.providers.operations import person_meant
from veo_workflow.people.signing_in import me
from veo_workflow.people.views import sign_in_page
from veo_workflow.web import db, release, services, writing

blueprint = Blueprint("provider", __name__, url_prefix="/sign-in/provider")

STATE = "provider_state"


@blueprint.get("")
def leave() -> Response | tuple[str, int]:
    """To the provider; who is signed in here already has to say there who they are."""
    client, onward = _client(), request.args.get("next", "")
    state, asked = waiting.begin(services().redis, url_for("provider.come_back", _external=True), onward)
    release()  # nothing is held while the provider is asked
    try:
        address = client.address(asked.asked, state, again=current_user.is_authenticated)
    except (InvalidInput, Unavailable) as problem:
        return sign_in_page(problem=problem.message, onward=onward), problem.status
    session[STATE] = state
    return redirect(address)


@blueprint.get("/back")
def come_back() -> Response | tuple[str, int]:
    """From the provider, with a code that only we can redeem, or with a refusal."""
    client, onward = _client(), ""
    try:
        came = waiting.take(services().redis, request.args.get("state", ""), session.pop(STATE, ""))
        onward = came.onward
        if "code" not in request.args:
            raise InvalidInput("You were sent back without a word. Try again, or use your password.")
        release()
        told = client.redeem(request.args["code"], came.asked)
        writing()
        person = person_meant(db(), told)
    except (InvalidInput, Unavailable) as problem:
        return sign_in_page(problem=problem.message, onward=onward), problem.status
    return go_on(person, onward, by_provider=True)


@blueprint.get("/typed/<word>")
def typed(word: str) -> str:
    """Back from the provider with a form in hand: whoever typed it sends it with one more press."""
    found = kept.given_back(services().redis, services().settings.sealing(), me().id, word)
    return render_template("people/typed.html", onward=found.onward, sent=found.fields)


def _client() -> Client:
    """Raises NotFound where no provider is set up."""
    if not services().settings.oidc_issuer:
        raise NotFound()
    return Client(services().settings)
