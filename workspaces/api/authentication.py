"""Who sends an API request: a program by its token, or a person by the session of their browser."""

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from workspaces import principals, sessions
from workspaces.models import AccessToken
from workspaces.operations import access_tokens
from workspaces.principals import Principal


class TokenAuthentication(authentication.BaseAuthentication):
    """``Authorization: Bearer <token>``, or Connect's ``Key <token>``. Cookies are ignored when one is sent."""

    schemes = ("bearer", "key")

    def authenticate(self, request: Request) -> tuple[Principal, AccessToken] | None:
        scheme, _, text = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if not scheme:
            return None
        token = access_tokens.authenticate(text.strip(), now=timezone.now()) if scheme.lower() in self.schemes else None
        principal = principals.of_token(token, address=sessions.address(request._request)) if token else None
        if token is None or principal is None:
            raise exceptions.AuthenticationFailed("This token is unknown, expired or revoked.")
        return principal, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="slipway"'


class SessionAuthentication(authentication.SessionAuthentication):
    """The signed-in person in the workspace their browser last opened; writes want the CSRF token."""

    def authenticate(self, request: Request) -> tuple[Principal, None] | None:
        user = getattr(request._request, "user", AnonymousUser())
        principal = sessions.current(request._request) if user.is_authenticated else None
        if principal is None:
            return None
        self.enforce_csrf(request)
        return principal, None


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "workspaces.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "workspaces.api.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "slipway_session"}
