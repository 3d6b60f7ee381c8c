"""The certificate made on the spot: a client that trusts it gets through, under each of the copy's names."""

import socket
import ssl
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from veo_workflow.commands import tls
from veo_workflow.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path, host="0.0.0.0", trusted_hosts="coaching.school.example")


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "coaching.school.example"])
def test_a_client_that_trusts_it_gets_through(settings: Settings, name: str) -> None:
    certificate, key = tls.ensure_certificate(settings)
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            accepted, _ = server.accept()
            with server_side.wrap_socket(accepted, server_side=True) as secured:
                secured.sendall(b"welcome")

        thread = threading.Thread(target=serve)
        thread.start()
        client_side = ssl.create_default_context(cafile=str(certificate))
        client_side.verify_flags |= ssl.VERIFY_X509_STRICT
        with (
            socket.create_connection(server.getsockname(), timeout=60) as plain,
            client_side.wrap_socket(plain, server_hostname=name) as secured,
        ):
            assert secured.recv(7) == b"welcome"
        thread.join(60)


def test_it_is_kept_until_shortly_before_it_ends(settings: Settings) -> None:
    now = datetime.now(UTC)
    first = tls.ensure_certificate(settings, now)[0].read_bytes()
    assert tls.ensure_certificate(settings, now + timedelta(days=300))[0].read_bytes() == first
    assert tls.ensure_certificate(settings, now + timedelta(days=380))[0].read_bytes() != first


def test_a_new_name_gets_a_new_certificate(settings: Settings) -> None:
    tls.ensure_certificate(settings)
    renamed = settings.model_copy(update={"trusted_hosts": "another.example"})
    certificate = x509.load_pem_x509_certificate(tls.ensure_certificate(renamed)[0].read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "another.example" in names.get_values_for_type(x509.DNSName)


def test_the_key_is_for_its_owner_alone(settings: Settings) -> None:
    _, key = tls.ensure_certificate(settings)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
