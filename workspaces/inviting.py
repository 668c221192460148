"""From an invitation to its link, on a page or in a mail."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse

from workspaces import mail
from workspaces.models import Invitation
from workspaces.operations import invitations
from workspaces.principals import Principal


@dataclass(frozen=True)
class Invited:
    """``url`` is known this once; whoever holds it can join."""

    invitation: Invitation
    url: str
    is_mailed: bool


def invite(principal: Principal, *, email: str, role: str, now: datetime) -> Invited:
    """Make an invitation, and mail it where mail is set up. Raises what ``invitations.create`` raises."""
    invitation, text = invitations.create(principal, email=email, role=role, now=now)
    if settings.HAS_EMAIL:
        mail.send(_message(invitation, link(text)))
    return Invited(invitation, link(text), is_mailed=settings.HAS_EMAIL)


def link(text: str) -> str:
    return settings.URL + reverse("invitation", args=[text])


def _message(invitation: Invitation, url: str) -> EmailMessage:
    words = {"invitation": invitation, "url": url}
    # A name that holds a line break would be a header of its own.
    subject = " ".join(render_to_string("workspaces/email/invitation_subject.txt", words).split())
    return EmailMessage(subject, render_to_string("workspaces/email/invitation.txt", words), to=[invitation.email])
