"""Mail: one message to one person by the site's mail server, or a sentence why not."""

import re
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from threading import Timer
from urllib.parse import unquote, urlsplit

from lims import clock
from lims.errors import N_, LimsError

ANSWER_SECONDS = 15.0
"""How long one answer of the server is waited for."""
MESSAGE_SECONDS = 60.0
"""How long a whole conversation may last, however slowly it goes on."""
PORTS = {"smtp": 25, "smtps": 465}
READY, GO_AHEAD = 220, 354
ACCEPTED = (250, 251)
"""Taken, or taken and passed on."""


ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?=.{1,190}$)([A-Za-z0-9-]+\.)*[A-Za-z0-9-]+"
)
"""Of RFC 5321 without quotes and without letters that not every server takes."""


def is_address(text: str) -> bool:
    """Whether mail can be sent to `text`."""
    return ADDRESS.fullmatch(text) is not None


class BadServer(ValueError):
    """Not smtp://host:port or smtps://user:password@host:port."""


class NotSent(LimsError):
    """Certainly not sent: it may be tried again."""

    sentence = N_("The mail to %(address)s was not taken: %(problem)s.")


class NoMailServer(NotSent):
    """Nor is any other message sent now."""

    sentence = N_("The mail server %(server)s does not answer as it should: %(problem)s.")


class NoEncryption(NoMailServer):
    sentence = N_(
        "The mail server %(server)s offers no encryption, so it is not told the password."
        " Write smtps:// in LIMS_MAIL_SERVER, or no password."
    )


class PerhapsSent(LimsError):
    """The server was given all of it, and never said whether it took it."""

    sentence = N_("Whether the mail to %(address)s was taken, the server did not say: %(problem)s.")


@dataclass(frozen=True)
class MailServer:
    """Where messages are handed over, and as whom."""

    host: str
    port: int
    encrypted: bool
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def at(cls, url: str) -> "MailServer":
        """Raises BadServer where `url` is none."""
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError as error:
            raise BadServer from error
        beyond = parts.path.strip("/") or parts.query or parts.fragment
        if parts.scheme not in PORTS or not parts.hostname or beyond:
            raise BadServer
        given = (unquote(parts.username or ""), unquote(parts.password or ""))
        return cls(parts.hostname, port or PORTS[parts.scheme], parts.scheme == "smtps", *given)

    @property
    def is_here(self) -> bool:
        return self.host in ("localhost", "127.0.0.1", "::1")

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Mail:
    """One message in plain text."""

    sender: str
    to: str
    subject: str
    text: str

    def message(self) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        message["From"], message["To"] = self.sender, self.to
        message["Subject"] = " ".join(self.subject.split())
        message["Date"] = format_datetime(clock.now())
        message["Message-ID"] = make_msgid(domain=self.sender.rpartition("@")[2] or "localhost")
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answering machine answers
        message.set_content(self.text)
        return message


def send(server: MailServer, mail: Mail) -> None:
    """Hand `mail` over; raises NotSent where it certainly was not taken, else PerhapsSent."""
    written = mail.message().as_bytes()
    with conversation(server) as client:
        try:
            require(client.mail(mail.sender), *ACCEPTED)
            require(client.rcpt(mail.to), *ACCEPTED)
            require(client.docmd("DATA"), GO_AHEAD)
        except (smtplib.SMTPException, OSError, Refused) as error:
            raise NotSent(address=mail.to, problem=reason_of(error)) from error
        try:
            answer = hand_over(client, written)
        except (smtplib.SMTPException, OSError) as error:
            raise PerhapsSent(address=mail.to, problem=reason_of(error)) from error
        if answer[0] not in ACCEPTED:
            raise NotSent(address=mail.to, problem=reason_of(Refused(*answer)))


class Refused(Exception):
    """The server's own answer: a number and a sentence."""

    def __init__(self, code: int, text: bytes) -> None:
        super().__init__(code, text)
        self.text = f"{code} {text.decode(errors='replace')}".strip()


def require(answer: tuple[int, bytes], *wanted: int) -> None:
    if answer[0] not in wanted:
        raise Refused(*answer)


def hand_over(client: smtplib.SMTP, written: bytes) -> tuple[int, bytes]:
    """The body, its lone dots doubled, and the server's answer to it (RFC 5321 4.1.1.4)."""
    body = b"\r\n".join(
        b"." + line if line.startswith(b".") else line for line in written.split(b"\r\n")
    )
    client.send(body.removesuffix(b"\r\n") + b"\r\n.\r\n")
    return client.getreply()


@contextmanager
def conversation(server: MailServer) -> Iterator[smtplib.SMTP]:
    """A server that knows who we are; the conversation is cut when it lasts too long."""
    try:
        client = greeted(server)
    except (smtplib.SMTPException, OSError, Refused) as error:
        raise NoMailServer(server=str(server), problem=reason_of(error)) from error
    cutting = Timer(MESSAGE_SECONDS, cut, [client])
    cutting.daemon = True
    cutting.start()
    try:
        yield client
        with suppress(smtplib.SMTPException, OSError):
            client.quit()  # what was taken is taken, however it says goodbye
    finally:
        cutting.cancel()
        client.close()


def greeted(server: MailServer) -> smtplib.SMTP:
    """Encrypted where the server can be, always before a password is told."""
    trusted = ssl.create_default_context()
    if server.encrypted:
        client: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=ANSWER_SECONDS, context=trusted
        )
    else:
        client = smtplib.SMTP(server.host, server.port, timeout=ANSWER_SECONDS)
    try:
        introduce(client, server, trusted)
    except BaseException:
        client.close()
        raise
    return client


def introduce(client: smtplib.SMTP, server: MailServer, trusted: ssl.SSLContext) -> None:
    client.ehlo_or_helo_if_needed()
    encrypted = server.encrypted
    if not encrypted and client.has_extn("starttls"):
        require(client.starttls(context=trusted), READY)
        client.ehlo()
        encrypted = True
    if server.user:
        if not encrypted and not server.is_here:
            raise NoEncryption(server=str(server))
        client.login(server.user, server.password)


def cut(client: smtplib.SMTP) -> None:
    """Whoever waits for an answer is told that the connection is gone."""
    if client.sock is not None:
        with suppress(OSError):
            client.sock.shutdown(socket.SHUT_RDWR)


def reason_of(error: Exception) -> str:
    """What went wrong, as the server or the system says it."""
    if isinstance(error, Refused):
        return error.text
    if isinstance(error, smtplib.SMTPResponseException):
        return Refused(error.smtp_code, answer_of(error)).text
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return f"no answer within {ANSWER_SECONDS:.0f} s"
    return str(error) or type(error).__name__


def answer_of(error: smtplib.SMTPResponseException) -> bytes:
    said = error.smtp_error
    return said if isinstance(said, bytes) else said.encode()
