"""A mail server for tests on 127.0.0.1: it speaks SMTP, and fails in the ways that servers fail."""

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from lims.devices.mail import MailServer

CERTIFICATE = Path(__file__).parents[1] / "data" / "postbox.pem"
"""Of 127.0.0.1, with its key: nobody vouches for it."""


@dataclass
class Postbox:
    """What was taken, and how the server behaves to whom."""

    port: int = 0
    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)
    """(to whom, message)"""
    heard: list[str] = field(default_factory=list)
    """Every line said to it but the messages."""
    greeting: str = "220 postbox"
    offers: tuple[str, ...] = ()
    refused: frozenset[str] = frozenset()
    """Addresses nobody has here."""
    hangs_up_on: frozenset[str] = frozenset()
    """Addresses whose message is read, and never answered: the connection is closed."""
    silent_to: frozenset[str] = frozenset()
    """Addresses at which it says nothing more, and keeps the connection open."""
    user: str = ""
    encrypted: bool = False
    """From the first byte on."""
    starttls: bool = False
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def server(self) -> MailServer:
        return MailServer("127.0.0.1", self.port, self.encrypted)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def to(self, address: str) -> list[EmailMessage]:
        return [message for whom, message in self.taken if whom == address]


class Talk(socketserver.StreamRequestHandler):
    postbox: Postbox

    def handle(self) -> None:
        self.whom, self.secret = "", False
        with suppress(OSError):
            if self.postbox.encrypted:
                self.encrypt()
            self.say(self.postbox.greeting)
            self.converse()
        if self.secret:
            for each in (self.rfile, self.wfile, self.request):
                each.close()

    def encrypt(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        self.request = context.wrap_socket(self.request, server_side=True)
        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", 0)
        self.secret = True

    def converse(self) -> None:
        while line := self.rfile.readline():
            said = line.decode().rstrip("\r\n")
            self.postbox.heard.append(said)
            if not self.answer(said):
                return

    def answer(self, said: str) -> bool:
        """Whether the conversation goes on."""
        verb = said.partition(" ")[0].upper()
        if verb == "EHLO":
            starttls = ["STARTTLS"] if self.postbox.starttls and not self.secret else []
            offers = [f"250-{each}" for each in ("postbox", *starttls, *self.postbox.offers)]
            self.say("\r\n".join([*offers, "250 8BITMIME"]))
        elif verb == "STARTTLS" and self.postbox.starttls:
            self.say("220 go on")
            self.encrypt()
        elif verb == "AUTH":
            given = base64.b64decode(said.split()[2]).decode().split("\0")[1]
            self.say("235 welcome" if given == self.postbox.user else "535 wrong password")
        elif verb == "RCPT":
            return self.receiver(said.partition("<")[2].partition(">")[0])
        elif verb == "DATA":
            return self.message()
        else:
            self.say("221 bye" if verb == "QUIT" else "250 ok")
        return verb != "QUIT"

    def receiver(self, whom: str) -> bool:
        self.whom = whom
        if whom in self.postbox.silent_to:
            self.postbox.ended.wait(30)
            return False
        self.say("550 nobody of this name" if whom in self.postbox.refused else "250 ok")
        return True

    def message(self) -> bool:
        self.say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b".") else line)
        if self.whom in self.postbox.hangs_up_on:
            return False
        read = message_from_bytes(b"".join(lines), policy=policy.default)
        self.postbox.taken.append((self.whom, read))
        self.say("250 taken")
        return True

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no error of the server's."""


@contextmanager
def postbox(**behaviour: object) -> Iterator[Postbox]:
    """A server that runs meanwhile."""
    box = Postbox(**behaviour)  # type: ignore[arg-type]
    with Server(("127.0.0.1", 0), type("Talking", (Talk,), {"postbox": box})) as server:
        box.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield box
        box.ended.set()
        server.shutdown()
