"""From an invitation to its link: in a mail where mail is set up, else on the page of whoever made it."""

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
    """``url`` is known this once; ``None`` when it was mailed, for the mailbox alone to know."""

    invitation: Invitation
    url: str | None

    @property
    def note(self) -> str:
        """What became of the link, for whoever made it."""
        if self.url is None:
            return f"The link was mailed to {self.invitation.email}, and is shown nowhere else. It works once."
        if self.invitation.begins_account:
            return "Hand the link over: it is shown this once and works once."
        return (
            "Hand the link over: it is shown this once and works once. Somebody who is new here then waits until a "
            "site admin lets them in."
        )


def invite(principal: Principal, *, email: str, role: str, now: datetime) -> Invited:
    """Make an invitation, and mail it where mail is set up. Raises what ``invitations.create`` raises."""
    is_mailed = settings.HAS_EMAIL
    invitation, text = invitations.create(principal, email=email, role=role, now=now, is_mailed=is_mailed)
    if is_mailed:
        mail.send(_message(invitation, link(text)))
    return Invited(invitation, None if is_mailed else link(text))


def link(text: str) -> str:
    return settings.URL + reverse("invitation", args=[text])


def _message(invitation: Invitation, url: str) -> EmailMessage:
    words = {"invitation": invitation, "url": url}
    # A name that holds a line break would be a header of its own.
    subject = " ".join(render_to_string("workspaces/email/invitation_subject.txt", words).split())
    return EmailMessage(subject, render_to_string("workspaces/email/invitation.txt", words), to=[invitation.email])
