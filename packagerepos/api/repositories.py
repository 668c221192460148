"""/api/v1/workspace/package-repositories: where a workspace's packages come from."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from packagerepos import asking
from packagerepos.api.shapes import (
    FindingListSerializer,
    IndexFindingSerializer,
    RepositoriesSerializer,
    TestSerializer,
    WantedSerializer,
)
from packagerepos.operations import repositories
from packagerepos.operations.repositories import Wanted
from workspaces.api import fields
from workspaces.api.errors import answers
from workspaces.api.views import ApiView
from workspaces.errors import Invalid

FIELDS = frozenset({"index_url", "extra_index_urls", "certificates", "strategy"})


class Repositories(ApiView):
    @extend_schema(operation_id="get_package_repositories", responses={200: RepositoriesSerializer, **answers(403)})
    def get(self, request: Request) -> Response:
        """What is set, with each login masked as ``***``, and every index in order of standing. For admins."""
        return Response(RepositoriesSerializer(repositories.see(self.principal)).data)

    @extend_schema(
        operation_id="put_package_repositories",
        request=WantedSerializer,
        responses={200: RepositoriesSerializer, **answers(400, 403, 409, 413, 415)},
    )
    def put(self, request: Request) -> Response:
        """Write what is given; what is empty is removed, what is left out stays. For admins."""
        fields.refuse_unknown(self.content, FIELDS)
        repositories.save(self.principal, wanted(self.content), now=timezone.now())
        return Response(RepositoriesSerializer(repositories.see(self.principal)).data)


class Test(ApiView):
    @extend_schema(
        operation_id="test_package_repositories",
        request=TestSerializer,
        responses={200: FindingListSerializer, **answers(400, 403, 409, 413, 415)},
    )
    def post(self, request: Request) -> Response:
        """Ask every index, in order of standing, as it would be with what is given. Nothing is saved. For admins."""
        fields.refuse_unknown(self.content, FIELDS | {"package"})
        package = fields.text(self.content, "package") if "package" in self.content else ""
        found = asking.ask(repositories.candidate(self.principal, wanted(self.content)), package)
        return Response({"results": IndexFindingSerializer(found, many=True).data, "next": None})


def wanted(content: Mapping[str, Any]) -> Wanted:
    """What a body asks for. Raises ``Invalid``."""

    def text_of(name: str) -> str | None:
        return fields.text(content, name) if name in content else None

    return Wanted(
        index_url=text_of("index_url"),
        extra_index_urls=_addresses(content["extra_index_urls"]) if "extra_index_urls" in content else None,
        certificates=text_of("certificates"),
        strategy=text_of("strategy"),
    )


def _addresses(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise Invalid("extra_index_urls is not a list of addresses.", 'Send {"extra_index_urls": ["https://…"]}.')
    return value
