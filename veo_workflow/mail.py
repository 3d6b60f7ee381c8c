"""Sending a letter through the school's own mail server, always encrypted on the way there.

Whatever goes wrong is one sentence and a remedy: most of it is a setting.
"""

import contextlib
import enum
import logging
import smtplib
import ssl
from collections.abc import Iterator
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from redis import Redis

from veo_workflow.errors import VeoError
from veo_workflow.settings import Settings

log = logging.getLogger(__name__)

TIMEOUT = 20  # seconds for each answer
REFUSED = "mail_address_refused"
PAUSED = "veo:mail:paused"
PAUSE_SECONDS = 900


class Outcome(enum.Enum):
    """What became of a letter: the server has it, will not have it for that address, or did not answer."""

    TAKEN = enum.auto()
    REFUSED = enum.auto()
    LATER = enum.auto()


class MailNotSent(VeoError):
    """`message` says what happened, `remedy` what to do about it; the code is `REFUSED` for an address alone."""

    status = 503
    code = "mail_not_sent"
    retryable = True

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


def send(settings: Settings, to: str, subject: str, text: str) -> None:
    """Hand one letter to the mail server, which has taken it when this returns. Raises MailNotSent."""
    if not (settings.smtp_host and settings.mail_from):
        raise MailNotSent("no mail server is set", "Set VEO_SMTP_HOST and VEO_MAIL_FROM.")
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = settings.mail_from, to, subject
    letter["Date"], letter["Message-ID"] = formatdate(), make_msgid(domain=settings.mail_from.rpartition("@")[2])
    letter.set_content(text)
    try:
        with _connected(settings) as server:
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password)
            server.send_message(letter)
    except (OSError, smtplib.SMTPException) as error:
        raise _in_our_words(error, settings, to) from error


def may_send(settings: Settings, redis: Redis) -> bool:
    """Whether there is a mail server, and it is not being left alone."""
    return bool(settings.smtp_host) and not redis.exists(PAUSED)


def try_to_send(settings: Settings, redis: Redis, to: str, subject: str, text: str) -> Outcome:
    """Hand one letter over if the server takes it; one that does not answer is left alone for a quarter of an hour."""
    if not may_send(settings, redis):
        return Outcome.LATER
    try:
        send(settings, to, subject, text)
    except MailNotSent as error:
        log.warning("a letter was not sent: %s", error.code)
        if error.code == REFUSED:
            return Outcome.REFUSED
        redis.set(PAUSED, 1, ex=PAUSE_SECONDS)
        return Outcome.LATER
    return Outcome.TAKEN


@contextlib.contextmanager
def _connected(settings: Settings) -> Iterator[smtplib.SMTP]:
    trusted = ssl.create_default_context()
    host, port = settings.smtp_host, settings.smtp_port
    if settings.smtp_security == "tls":
        with smtplib.SMTP_SSL(host, port, timeout=TIMEOUT, context=trusted) as server:
            yield server
    else:
        with smtplib.SMTP(host, port, timeout=TIMEOUT) as server:
            server.starttls(context=trusted)
            yield server


def _in_our_words(error: Exception, settings: Settings, to: str) -> MailNotSent:
    where = f"{settings.smtp_host}:{settings.smtp_port}"
    told: list[tuple[type[Exception], str, str]] = [
        (
            ssl.SSLCertVerificationError,
            f"the certificate of {where} is not one that this machine trusts",
            "Set VEO_SMTP_HOST to the name in the certificate, or SSL_CERT_FILE to its authority.",
        ),
        (ssl.SSLError, f"{where} does not speak TLS from the first byte", "Set VEO_SMTP_SECURITY=starttls."),
        (smtplib.SMTPNotSupportedError, f"{where} offers no encryption", "Set VEO_SMTP_SECURITY=tls and its port."),
        (
            smtplib.SMTPAuthenticationError,
            f"{where} does not accept user and password",
            "Correct VEO_SMTP_USER and VEO_SMTP_PASSWORD.",
        ),
        (
            smtplib.SMTPSenderRefused,
            f"{where} does not take mail from {settings.mail_from}",
            "Correct VEO_MAIL_FROM, or set VEO_SMTP_USER and VEO_SMTP_PASSWORD.",
        ),
        (smtplib.SMTPRecipientsRefused, f"{where} does not take mail for {to}", "Try another address."),
        (
            smtplib.SMTPServerDisconnected,
            f"{where} hung up",
            "Set VEO_SMTP_SECURITY=tls where the port wants TLS from the first byte (465).",
        ),
        (smtplib.SMTPException, f"{where} refused the letter", "See the mail server's own log."),
    ]
    for kind, sentence, remedy in told:
        if isinstance(error, kind):
            told_so = MailNotSent(sentence, remedy)
            told_so.code = REFUSED if kind is smtplib.SMTPRecipientsRefused else MailNotSent.code
            return told_so
    return MailNotSent(
        f"{where} does not answer", "Correct VEO_SMTP_HOST and VEO_SMTP_PORT, and see that this machine may reach it."
    )
