"""The invitation's mail, from the page People to a server that speaks SMTP."""

import socket
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from config import email
from tests.world import World
from workspaces import mail

PASSWORD = b"p@ss/word"


class Mailbox:
    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.envelopes.append(envelope)
        return "250 Message accepted for delivery"


def check(server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object) -> AuthResult:
    return AuthResult(success=given == LoginPassword(b"slipway", PASSWORD))


@pytest.fixture
def mailbox(settings: Settings) -> Iterator[Mailbox]:
    """A server that takes mail from who knows the password, and the settings that lead there."""
    mailbox = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(
        mailbox, hostname="127.0.0.1", port=port, authenticator=check, auth_required=True, auth_require_tls=False
    )
    controller.start()
    server = email.server(f"smtp://slipway:p%40ss%2Fword@127.0.0.1:{port}")
    assert server is not None
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.HAS_EMAIL = True
    settings.EMAIL_HOST, settings.EMAIL_PORT = server.host, server.port
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = server.user, server.password
    settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = server.starts_tls, server.is_tls
    yield mailbox
    controller.stop()


def join_senders() -> None:
    for thread in threading.enumerate():
        if thread.name == mail.THREAD:
            thread.join(20)


def test_an_invitation_arrives_with_a_link_that_no_page_shows(
    world: World, mailbox: Mailbox, client: Client, settings: Settings
) -> None:
    client.force_login(world.alice.user)
    page = client.post(reverse("people", args=["acme"]), {"email": "Dora@example.org", "role": "member"})
    join_senders()

    assert page.status_code == 200
    [envelope] = mailbox.envelopes
    assert envelope.rcpt_tos == ["dora@example.org"]
    assert envelope.mail_from == settings.DEFAULT_FROM_EMAIL
    message = message_from_bytes(envelope.content, _class=EmailMessage, policy=policy.default)
    assert message["To"] == "dora@example.org"
    assert "Acme" in message["Subject"]
    [link] = [word for word in message.get_content().split() if word.startswith(f"{settings.URL}/invitations/")]
    assert link.rsplit("/", 1)[-1] not in page.content.decode()

    joining = Client().get(link.removeprefix(settings.URL))
    assert joining.status_code == 200
    assert "dora@example.org" in joining.content.decode()
