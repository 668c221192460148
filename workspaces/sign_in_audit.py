"""Signing in and out, passwords and second steps, in the audit of each workspace that the person is in.

An account belongs to no workspace, but who came in with it concerns every one it opens. No row names another one.
"""

from typing import Any

from allauth.account import signals as account
from allauth.account.authentication import get_authentication_records
from allauth.mfa import signals as factors
from allauth.mfa.models import Authenticator
from allauth.socialaccount import signals as providers
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from workspaces import audit, sessions
from workspaces.models import User


def record_failure(request: HttpRequest, email: str) -> None:
    """Somebody gave a wrong password. The same work, and nothing to wait for, whether or not there is an account."""
    audit.record_everywhere(email, None, "failed to sign in as", address=sessions.address(request), is_awaited=False)


@receiver(account.user_logged_in)
def _signed_in(request: HttpRequest, user: User, **_: Any) -> None:
    steps = [str(record.get("method", "")) for record in get_authentication_records(request, user)]
    _record(request, user, "signed in as", steps=steps)


@receiver(user_logged_out)
def _signed_out(request: HttpRequest, user: User | None, **_: Any) -> None:
    if user is not None:
        _record(request, user, "signed out as")


@receiver(account.password_changed)
@receiver(account.password_set)
@receiver(account.password_reset)
def _changed_password(request: HttpRequest, user: User, **_: Any) -> None:
    _record(request, user, "changed the password of")


@receiver(providers.social_account_added)
def _connected_provider(request: HttpRequest, sociallogin: Any, **_: Any) -> None:
    _record(request, sociallogin.user, "connected single sign-on to", provider=str(sociallogin.account.provider))


@receiver(factors.authenticator_added)
def _added_step(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    _record(request, user, "added a second step to", kind=str(authenticator.type))


@receiver(factors.authenticator_removed)
def _removed_step(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    _record(request, user, "removed a second step from", kind=str(authenticator.type))


@receiver(factors.authenticator_reset)
def _renewed_step(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    _record(request, user, "renewed a second step of", kind=str(authenticator.type))


@receiver(factors.authentication_failed)
def _failed_step(request: HttpRequest, user: User, **_: Any) -> None:
    """The password was right; whose hand it was is not known."""
    audit.record_everywhere(user.email, None, "failed the second step of", address=sessions.address(request))


def _record(request: HttpRequest, user: User, verb: str, **details: object) -> None:
    audit.record_everywhere(user.email, user, verb, address=sessions.address(request), details=details)
