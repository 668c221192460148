"""Who asks, as Connect tells it."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from workspaces.api.connect.times import rfc3339
from workspaces.api.connect.views import ConnectView
from workspaces.models import Role, User
from workspaces.principals import Principal

ROLES = {Role.ADMIN: "administrator", Role.MEMBER: "publisher"}


class Me(ConnectView):
    def get(self, request: Request) -> Response:
        """The person behind the token. Clients take ``username`` for the sign that the token is good."""
        return Response(_me(self.principal))


def owner(user: User) -> dict[str, str]:
    """Whoever content belongs to, for those who ask to have it included."""
    first_name, last_name = _names(user)
    return {"guid": str(user.uuid), "username": user.email, "first_name": first_name, "last_name": last_name}


def _me(principal: Principal) -> dict[str, Any]:
    user = principal.user
    times = dict.fromkeys(("created_time", "updated_time", "active_time"), rfc3339(user.created_at))
    return {
        **owner(user),
        "email": user.email,
        "user_role": ROLES[principal.role],
        **times,
        "confirmed": True,
        "locked": False,
    }


def _names(user: User) -> tuple[str, str]:
    """A name is one text here, and two there."""
    first_name, _, last_name = user.name.strip().partition(" ")
    return first_name, last_name
