"""A letter reaches a real mail server, encrypted; where it does not, one sentence says why, and what to do."""

import email
from pathlib import Path

import pytest

from tests.commands.processes import veo
from tests.support.ports import free_port
from tests.support.smtp import PASSWORD, USER, post_office
from veo_workflow.commands import tls
from veo_workflow.mail import MailNotSent, send
from veo_workflow.settings import Settings


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """One for localhost that this test trusts, and its key."""
    settings = Settings(data=tmp_path)
    made, key = map(str, tls.ensure_certificate(settings))
    monkeypatch.setenv("SSL_CERT_FILE", made)
    return made, key


def through(port: int, **other: object) -> Settings:
    given = {"smtp_host": "localhost", "smtp_port": port, "smtp_user": USER, "smtp_password": PASSWORD}
    return Settings.model_validate({**given, "mail_from": "coaching@school.example", **other})


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_letter_arrives_encrypted_and_signed_in(certificate: tuple[str, str], security: str) -> None:
    with post_office(*certificate, security=security) as office:
        send(through(office.port, smtp_security=security), "asha@school.example", "Hallo", "Grüße aus dem Kollegium")
    (taken,) = office.taken
    assert office.signed_in == [True]
    assert (taken.mail_from, taken.rcpt_tos) == ("coaching@school.example", ["asha@school.example"])
    letter = email.message_from_bytes(bytes(taken.content or b""), policy=email.policy.default)
    assert letter["Subject"] == "Hallo"
    assert letter.get_content().strip() == "Grüße aus dem Kollegium"


@pytest.mark.parametrize(
    ("offered", "other", "sentence", "remedy"),
    [
        ("starttls", {"smtp_password": "wrong"}, "does not accept user and password", "VEO_SMTP_PASSWORD"),
        ("starttls", {"smtp_user": ""}, "does not take mail from coaching@school.example", "VEO_SMTP_USER"),
        ("starttls", {"smtp_security": "tls"}, "does not speak TLS from the first byte", "VEO_SMTP_SECURITY=starttls"),
        ("none", {}, "offers no encryption", "VEO_SMTP_SECURITY=tls"),
        ("starttls", {"smtp_host": "127.0.0.2"}, "does not answer", "VEO_SMTP_HOST"),
    ],
)
def test_what_goes_wrong_is_said_with_a_remedy(
    certificate: tuple[str, str], offered: str, other: dict[str, str], sentence: str, remedy: str
) -> None:
    with post_office(*certificate, security=offered) as office, pytest.raises(MailNotSent, match=sentence) as told:
        send(through(office.port, **other), "asha@school.example", "Hello", "Hello")
    assert remedy in told.value.remedy
    assert office.taken == []
    assert PASSWORD not in told.value.message + told.value.remedy


def test_a_certificate_that_nobody_vouches_for_is_not_believed(
    certificate: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with post_office(*certificate) as office, pytest.raises(MailNotSent, match="not one that this machine trusts"):
        send(through(office.port), "asha@school.example", "Hello", "Hello")


def test_an_address_that_is_refused_is_named(certificate: tuple[str, str]) -> None:
    with post_office(*certificate) as office, pytest.raises(MailNotSent, match="does not take mail for nobody@"):
        send(through(office.port), office.refused, "Hello", "Hello")


def test_the_doctor_sends_a_letter_when_asked_and_says_what_became_of_it(
    certificate: tuple[str, str], tmp_path: Path
) -> None:
    with post_office(*certificate) as office:
        settings = {
            "VEO_DATA": str(tmp_path / "data"),
            "VEO_PORT": str(free_port()),
            "VEO_SMTP_HOST": "localhost",
            "VEO_SMTP_PORT": str(office.port),
            "VEO_SMTP_USER": USER,
            "VEO_SMTP_PASSWORD": PASSWORD,
            "VEO_MAIL_FROM": "coaching@school.example",
        }
        well = veo("doctor", "--mail", "ruth@school.example", **settings)
        ill = veo("doctor", "--mail", "ruth@school.example", **{**settings, "VEO_SMTP_PASSWORD": "wrong"})
    assert well.returncode == 0
    assert "✓ mail" in well.stdout
    assert [taken.rcpt_tos for taken in office.taken] == [["ruth@school.example"]]
    assert ill.returncode == 1
    assert "→ Correct VEO_SMTP_USER and VEO_SMTP_PASSWORD." in ill.stdout


def test_the_password_is_not_shown_with_the_settings() -> None:
    assert PASSWORD not in repr(through(25))
