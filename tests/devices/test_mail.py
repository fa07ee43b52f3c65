"""Mail handed to a real server on 127.0.0.1: taken, refused, left without an answer."""

import socket
import time
from dataclasses import replace

import pytest

from lims.devices import mail
from lims.devices.mail import BadServer, Mail, MailServer, NotSent, PerhapsSent, is_address
from tests.devices.postbox import CERTIFICATE, postbox

TO = "ivan@clinic.example"
MAIL = Mail(sender="lims@clinic.example", to=TO, subject="Сегодня: 3", text="Первая\n.\nТретья\n")


@pytest.fixture
def impatient(monkeypatch):
    """Nobody is waited for longer than half a second."""
    monkeypatch.setattr(mail, "ANSWER_SECONDS", 0.5)


def test_a_mail_arrives_as_it_was_written():
    with postbox() as box:
        mail.send(box.server, MAIL)

    (message,) = box.to(TO)
    assert (message["From"], message["To"], message["Subject"]) == (MAIL.sender, TO, MAIL.subject)
    assert message.get_content().splitlines() == MAIL.text.splitlines()
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime.tzinfo is not None


def test_an_address_that_nobody_has_is_told_as_the_server_says_it():
    with postbox(refused=frozenset({TO})) as box, pytest.raises(NotSent) as told:
        mail.send(box.server, MAIL)

    assert told.value.english() == (
        "The mail to ivan@clinic.example was not taken: 550 nobody of this name."
    )
    assert not box.taken


def test_a_server_that_closes_half_way_may_have_taken_the_mail():
    with postbox(hangs_up_on=frozenset({TO})) as box, pytest.raises(PerhapsSent):
        mail.send(box.server, MAIL)


def test_a_server_that_hangs_is_not_waited_for(impatient):
    began = time.monotonic()
    with postbox(silent_to=frozenset({TO})) as box, pytest.raises(NotSent, match="within"):
        mail.send(box.server, MAIL)

    assert time.monotonic() - began < 5


def test_a_conversation_that_goes_on_for_too_long_is_cut(monkeypatch):
    monkeypatch.setattr(mail, "MESSAGE_SECONDS", 0.5)
    began = time.monotonic()
    with postbox(silent_to=frozenset({TO})) as box, pytest.raises(NotSent):
        mail.send(box.server, MAIL)

    assert time.monotonic() - began < 5


def test_a_server_that_is_not_there_is_told():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(mail.NoMailServer, match=f"127.0.0.1:{port}"):
        mail.send(MailServer("127.0.0.1", port, encrypted=False), MAIL)


def test_a_server_that_says_nothing_at_all_is_not_waited_for(impatient):
    with socket.create_server(("127.0.0.1", 0)) as mute, pytest.raises(mail.NoMailServer):
        mail.send(MailServer("127.0.0.1", mute.getsockname()[1], encrypted=False), MAIL)


def test_a_server_that_is_full_is_told():
    with (
        postbox(greeting="421 too busy") as box,
        pytest.raises(mail.NoMailServer, match="too busy"),
    ):
        mail.send(box.server, MAIL)


def test_a_password_is_told_to_a_server_on_this_machine():
    with postbox(offers=("AUTH PLAIN",), user="lims") as box:
        mail.send(replace(box.server, user="lims", password="word"), MAIL)

    assert len(box.taken) == 1


def test_a_wrong_password_is_told_as_the_server_says_it():
    refused = pytest.raises(mail.NoMailServer, match="535 wrong password")
    with postbox(offers=("AUTH PLAIN",), user="lims") as box, refused:
        mail.send(replace(box.server, user="other", password="word"), MAIL)


def test_a_password_is_never_told_in_the_clear_to_another_machine(monkeypatch):
    monkeypatch.setattr(MailServer, "is_here", False)
    with postbox(offers=("AUTH PLAIN",), user="lims") as box, pytest.raises(mail.NoEncryption):
        mail.send(replace(box.server, user="lims", password="word"), MAIL)

    assert not [line for line in box.heard if line.startswith("AUTH")]


@pytest.fixture
def trusted(monkeypatch):
    """The certificate of the postbox is one that this machine trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))


@pytest.mark.parametrize("encrypted", [False, True], ids=["STARTTLS", "from the first byte"])
def test_what_can_be_encrypted_is(trusted, encrypted, monkeypatch):
    monkeypatch.setattr(MailServer, "is_here", False)
    with postbox(offers=("AUTH PLAIN",), user="lims", encrypted=encrypted, starttls=True) as box:
        mail.send(replace(box.server, user="lims", password="word"), MAIL)

    assert len(box.taken) == 1


@pytest.mark.parametrize("encrypted", [False, True], ids=["STARTTLS", "from the first byte"])
def test_a_server_that_nobody_vouches_for_gets_nothing(encrypted):
    with postbox(encrypted=encrypted, starttls=True) as box, pytest.raises(mail.NoMailServer):
        mail.send(box.server, MAIL)

    assert not box.taken


def test_no_mail_is_sent_past_an_encryption_that_fails():
    with postbox(offers=("STARTTLS",), user="lims") as box, pytest.raises(mail.NoMailServer):
        mail.send(box.server, MAIL)

    assert not box.taken


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", MailServer("mail.example", 25, False)),
        ("smtp://mail.example:587", MailServer("mail.example", 587, False)),
        ("smtps://a%40b:w%2Frd@mail.example", MailServer("mail.example", 465, True, "a@b", "w/rd")),
    ],
)
def test_a_server_is_named_by_an_address(url, server):
    assert MailServer.at(url) == server


@pytest.mark.parametrize(
    "url", ["mail.example", "http://mail.example", "smtp://", "smtp://m:x", "smtp://m/inbox"]
)
def test_what_names_no_server_is_refused(url):
    with pytest.raises(BadServer):
        MailServer.at(url)


def test_the_password_shows_in_no_message():
    assert "word" not in repr(MailServer("mail.example", 465, True, "lims", "word"))


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("ivan@clinic.example", True),
        ("ivan.petrov+lims@clinic.example", True),
        ("lims@localhost", True),
        ("ivan", False),
        ("ivan@", False),
        ("ivan@clinic.example\nBcc: all@x.example", False),
        ("Ivan <ivan@clinic.example>", False),
        ("иван@clinic.example", False),
    ],
)
def test_an_address_is_one_that_every_server_takes(text, good):
    assert is_address(text) is good
