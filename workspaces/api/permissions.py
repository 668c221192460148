from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from workspaces.principals import Principal


class IsPrincipal(BasePermission):
    """Somebody who is a member of a workspace; what they may do in it is asked by each operation."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.user, Principal)
