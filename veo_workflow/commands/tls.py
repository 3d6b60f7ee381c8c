"""A certificate made on the spot, for `VEO_TLS=1`: browsers refuse an insecure page the wake lock and other powers.

It is signed by itself, so a browser warns once; a school that serves others puts a real one in front.
"""

import ipaddress
import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from veo_workflow.settings import Settings

LIFETIME = timedelta(days=397)  # the longest that browsers accept of a server certificate
RENEW_BEFORE = timedelta(days=30)


def certificate_path(settings: Settings) -> Path:
    return settings.data / "tls" / "certificate.pem"


def key_path(settings: Settings) -> Path:
    return settings.data / "tls" / "key.pem"


def ensure_certificate(settings: Settings, now: datetime | None = None) -> tuple[Path, Path]:
    """The paths of a certificate and its key that are good for this copy's names for some time yet."""
    now = now or datetime.now(UTC)
    certificate, key = certificate_path(settings), key_path(settings)
    names = _names(settings)
    if not (key.exists() and _still_good(certificate, names, now)):
        _make(certificate, key, names, now)
    return certificate, key


def _names(settings: Settings) -> list[x509.GeneralName]:
    extra = [name.strip() for name in settings.trusted_hosts.split(",")]
    wanted = dict.fromkeys([settings.host, socket.gethostname(), "localhost", "127.0.0.1", "::1", *extra])
    return [_general_name(name) for name in wanted if name]


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name.encode("idna").decode())


def _still_good(path: Path, names: list[x509.GeneralName], now: datetime) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        held = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    return set(names) <= set(held) and now + RENEW_BEFORE < certificate.not_valid_after_utc


def _make(certificate: Path, key: Path, names: list[x509.GeneralName], now: datetime) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "veo-workflow")])
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)  # vouches for itself alone
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(private.public_key()), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(private, hashes.SHA256())
    )
    certificate.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    secret = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write_private(key, secret)
    _write_private(certificate, signed.public_bytes(serialization.Encoding.PEM))


def _write_private(path: Path, content: bytes) -> None:
    fresh = path.with_suffix(".fresh")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    fresh.replace(path)
