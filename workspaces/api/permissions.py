from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from workspaces.principals import Principal

if TYPE_CHECKING:
    # DRF imports this module while it imports its views.
    from rest_framework.views import APIView


class IsPrincipal(BasePermission):
    """Somebody who is a member of a workspace; what they may do in it is asked by each operation."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        return isinstance(request.user, Principal)
