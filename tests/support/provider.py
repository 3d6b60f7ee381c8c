"""An identity provider of our own, as a process: OpenID Connect by the book, and wrong on demand.

`python -m tests.support.provider` prints the address it serves at.  What it says of the next person, and what is wrong
with that, is told to it by a POST to `/behave`.
"""

import base64
import contextlib
import hashlib
import hmac
import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus, urlencode

import requests
from flask import Flask, Response, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from werkzeug.serving import make_server

CLIENT, SECRET = "coaching", "a secret of the two of us"


class Provider:
    """The process, from outside."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer

    def says(self, **what: Any) -> None:
        requests.post(f"{self.issuer}/behave", json=what, timeout=60).raise_for_status()


@contextlib.contextmanager
def private_provider() -> Iterator[Provider]:
    with subprocess.Popen([sys.executable, "-m", __name__], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Provider(process.stdout.readline().strip())
        finally:
            process.terminate()


def serve() -> None:
    ours = RSAKey.generate_key(2048, {"kid": "ours", "use": "sig"}, private=True)
    app, behaviour, codes = Flask(__name__), dict[str, Any](), dict[str, dict[str, str]]()

    @app.post("/behave")
    def behave() -> tuple[str, int]:
        behaviour.clear()
        behaviour.update(request.get_json())
        return "", 204

    @app.get("/.well-known/openid-configuration")
    def described() -> Response:
        issuer = request.host_url.rstrip("/")
        named = "https://elsewhere.example" if behaviour.get("wrong") == "described" else issuer
        places = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        return jsonify({"issuer": named, **{name: f"{issuer}/{place}" for name, place in places.items()}})

    @app.get("/keys")
    def keys() -> Response:
        return jsonify(keys=[ours.as_dict(private=False)])

    @app.get("/authorize")
    def authorize() -> Any:
        """Whoever it is has signed in here already."""
        asked = request.args
        assert (asked["client_id"], asked["response_type"], asked["code_challenge_method"]) == (CLIENT, "code", "S256")
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        codes[code] = dict(asked)
        answer = {"error": "access_denied"} if behaviour.get("wrong") == "refused" else {"code": code}
        return redirect(f"{asked['redirect_uri']}?{urlencode({**answer, 'state': asked['state']})}")

    @app.post("/token")
    def token() -> Any:
        asked, login = codes.pop(request.form["code"], None), request.authorization
        proof = hashlib.sha256(request.form["code_verifier"].encode()).digest()
        challenge = _base64(proof)
        known = login is not None and (login.username, unquote_plus(login.password or "")) == (CLIENT, SECRET)
        if asked is None or not known or challenge != asked["code_challenge"]:
            return jsonify(error="invalid_grant"), 400
        issuer, at = request.host_url.rstrip("/"), int(time.time())
        right = {"iss": issuer, "aud": CLIENT, "nonce": asked["nonce"], "iat": at, "exp": at + 300}
        id_token = signed({**right, **behaviour["claims"]}, str(behaviour.get("wrong")), ours)
        return jsonify(access_token="nothing", token_type="Bearer", id_token=id_token)

    server = make_server("127.0.0.1", 0, app, threaded=True)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


FORGED: dict[str, dict[str, Any]] = {
    "audience": {"aud": "another client"},
    "issuer": {"iss": "https://elsewhere.example"},
    "nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "expired": {"iat": 1_000_000_000, "exp": 1_000_000_300},
}


def signed(claims: dict[str, Any], wrong: str, ours: RSAKey) -> str:
    """An ID token, with something wrong with it if that is asked for."""
    claims = {name: value for name, value in {**claims, **FORGED.get(wrong, {})}.items() if value is not None}
    header = {"alg": "RS256", "kid": "ours"}
    if wrong == "none":
        return jwt.encode({"alg": "none"}, claims, OctKey.import_key("x"), algorithms=["none"])
    if wrong == "shared key":  # with what everybody can read: the public half, taken for a shared secret
        said = ".".join(_base64(json.dumps(part).encode()) for part in ({**header, "alg": "HS256"}, claims))
        return f"{said}.{_base64(hmac.digest(ours.as_pem(private=False), said.encode(), 'sha256'))}"
    if wrong == "key":
        return jwt.encode(header, claims, RSAKey.generate_key(2048, {"kid": "ours"}, private=True))
    token = jwt.encode(header, claims, ours)
    if wrong == "changed":
        head, _, signature = token.split(".")
        return ".".join((head, jwt.encode(header, {**claims, "sub": "the head"}, ours).split(".")[1], signature))
    return token


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


if __name__ == "__main__":
    serve()
