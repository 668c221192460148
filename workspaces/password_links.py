"""Links that lead to the choice of a new password, once."""

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.urls import reverse
from django.utils.http import int_to_base36

from workspaces.models import Membership, User


class PasswordLinkTokens(PasswordResetTokenGenerator):
    """Django's tokens, which also end when their person joins a workspace.

    An admin may make a link for somebody who is in their workspace only. It must not open the door of the next one.
    """

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        joined = Membership.objects.filter(user=user).order_by("pk").values_list("pk", flat=True)
        return f"{super()._make_hash_value(user, timestamp)}{list(joined)}"


def make(user: User) -> str:
    """The address of the page; whoever holds it becomes that person, until ``PASSWORD_RESET_TIMEOUT``."""
    return address(f"{int_to_base36(user.pk)}-{PasswordLinkTokens().make_token(user)}")


def address(key: str) -> str:
    """The page of a key such as ``1f-c9x0ap-0f3e…``, on our own host whatever name the request came under."""
    uidb36, _, token = key.partition("-")
    return settings.URL + reverse("account_reset_password_from_key", args=[uidb36, token])
