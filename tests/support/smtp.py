"""A private, real mail server on loopback, for as long as a `with` block: TLS, sign-in, and what it has taken."""

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "coaching", "a word for the post"


@dataclass
class PostOffice:
    """`refused` is an address that it takes nothing for."""

    port: int = 0
    taken: list[Envelope] = field(default_factory=list)
    signed_in: list[bool] = field(default_factory=list)
    refused: str = "nobody@example.org"

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address == self.refused:
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.taken.append(envelope)
        self.signed_in.append(bool(session.authenticated))
        return "250 OK"


@contextlib.contextmanager
def post_office(certificate: str, key: str, *, security: str = "starttls") -> Iterator[PostOffice]:
    """`security` is `starttls`, `tls`, or `none`: then it offers no encryption at all."""
    office, loop = PostOffice(), asyncio.new_event_loop()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)

    def speaker() -> SMTP:
        return SMTP(
            office,
            hostname="localhost",
            loop=loop,
            tls_context=context if security == "starttls" else None,
            require_starttls=security == "starttls",
            authenticator=_authenticate,
            auth_required=security == "starttls",
            auth_require_tls=security == "starttls",
        )

    listening = loop.create_server(speaker, "127.0.0.1", 0, ssl=context if security == "tls" else None)
    server = loop.run_until_complete(listening)
    office.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield office
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _authenticate(_server: SMTP, _session: Session, _envelope: Envelope, _way: str, given: Any) -> AuthResult:
    assert isinstance(given, LoginPassword)
    return AuthResult(success=(given.login, given.password) == (USER.encode(), PASSWORD.encode()), handled=False)
