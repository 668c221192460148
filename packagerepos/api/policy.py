"""/api/v1/workspace/package-policy: what a workspace decides about its packages."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from packagerepos.api.shapes import Shape
from packagerepos.models import PackagePolicy
from packagerepos.operations import policies, rules
from packagerepos.policy import Installer, ProhibitedAction
from workspaces.api import fields
from workspaces.api.errors import answers
from workspaces.api.views import ApiView

ACTIONS = [(str(action), str(action)) for action in ProhibitedAction]
INSTALLERS = [(str(installer), str(installer)) for installer in Installer]
#: Whose empty text in the row is ``null`` in the API: as the site says.
AS_THE_SITE = frozenset({"prohibited_action", "installer"})


class InForceSerializer(Shape):
    prohibited_action = serializers.ChoiceField(ACTIONS)
    external_version_matching = serializers.BooleanField()
    installer = serializers.ChoiceField(INSTALLERS)


class PolicySerializer(Shape):
    """``null`` is as the site says; ``in_force`` is what that comes to."""

    prohibited_action = serializers.ChoiceField(ACTIONS, allow_null=True, required=False)
    external_version_matching = serializers.BooleanField(allow_null=True, required=False)
    installer = serializers.ChoiceField(INSTALLERS, allow_null=True, required=False)
    in_force = InForceSerializer(read_only=True)


class Policy(ApiView):
    @extend_schema(operation_id="get_package_policy", responses={200: PolicySerializer, **answers(403)})
    def get(self, request: Request) -> Response:
        """What becomes of prohibited packages, how external ones are matched, what chooses versions. For admins."""
        return Response(_told(policies.see(self.principal)))

    @extend_schema(
        operation_id="change_package_policy",
        request=PolicySerializer,
        responses={200: PolicySerializer, **answers(400, 403, 415)},
    )
    def patch(self, request: Request) -> Response:
        """Change what is given, for builds that are requested from now on. For admins."""
        # Among indexes decide the package repositories.
        fields.refuse_unknown(self.content, policies.CHOICES.keys() - {"index_strategy"})
        wanted = {name: "" if value is None and name in AS_THE_SITE else value for name, value in self.content.items()}
        return Response(_told(policies.change(self.principal, **wanted)))


def _told(policy: PackagePolicy) -> dict[str, Any]:
    in_force = rules.in_force(policy.workspace)
    return {
        "prohibited_action": policy.prohibited_action or None,
        "external_version_matching": policy.external_version_matching,
        "installer": policy.installer or None,
        "in_force": {
            "prohibited_action": in_force.prohibited_action,
            "external_version_matching": in_force.matches_versions,
            "installer": in_force.installer,
        },
    }
