"""How the sign-in library fits this platform: addresses, limits, sentences, mail."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context, ratelimit
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.contrib.sites.shortcuts import get_current_site
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from workspaces import mail, password_links, sessions, sign_in_audit
from workspaces.models import User


class SignIn(DefaultAccountAdapter):  # type: ignore[misc]
    """By e-mail address and password. Nobody learns here whether an address has an account."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "This e-mail and password do not belong together. Check both, or choose a new "
        "password.",
        "too_many_login_attempts": "Too many wrong passwords. Try again in 15 minutes.",
        "incorrect_password": "This is not your password.",
        "enter_current_password": "This is not your password.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return sessions.address(request) or "127.0.0.1"

    def is_safe_url(self, url: str | None) -> bool:
        """Our own host only. The library would also trust ALLOWED_HOSTS, and with it every app of every tenant."""
        request = context.request
        return url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        super().pre_authenticate(request, **credentials)
        account = str(credentials.get("email", "")).lower()
        if not ratelimit.consume(request, action="guess_at_account", key=account):
            raise self.validation_error("too_many_login_attempts")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """``None`` for somebody deactivated as well: a page of their own would say that the password was right."""
        user = super().authenticate(request, **credentials)
        return user if isinstance(user, User) and user.is_active else None

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        sign_in_audit.record_failure(request, str(credentials.get("email", "")))

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Counted by account *and* address, so that a stranger elsewhere cannot lock somebody out."""
        return f"{str(credentials.get('email', '')).lower()} {self.get_client_ip(request)}"

    def get_reset_password_from_key_url(self, key: str) -> str:
        return password_links.address(key)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        if settings.HAS_EMAIL:
            request = context["request"]
            words = {"email": email, "current_site": get_current_site(request)} | context
            mail.send(self.render_mail(template_prefix, email, words))


class SingleSignOn(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """For people who have an account already: joining takes an invitation."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: object) -> bool:
        return False
