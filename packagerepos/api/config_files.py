"""The workspace's package repositories as files for any machine: pip.conf, uv.toml and the certificates for both."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request

from packagerepos import config_files, index_settings, pip_conf, public_roots, site_indexes
from packagerepos.indexes import Indexes, IndexStrategy, Transport
from packagerepos.operations import policies
from workspaces.api.errors import answers
from workspaces.api.views import ApiView, ErrorsAsJson
from workspaces.errors import Conflict, Invalid
from workspaces.permissions import Permission, require

MAX_PATH = 1024
CERT = OpenApiParameter("cert", str, description="Where ca.pem lies on your machine.")
ANSWERS: dict[Any, Any] = {(200, "text/plain"): OpenApiTypes.STR, **answers(400, 403, 409)}


class PlainText(BaseRenderer):
    media_type = "text/plain"
    format = "txt"
    charset = "utf-8"

    def render(self, data: str, accepted_media_type: str | None = None, renderer_context: object = None) -> str:
        return data


class FileView(ErrorsAsJson, ApiView):
    """For whoever may READ the scope: the files hold its logins."""

    renderer_classes: ClassVar[tuple[type[BaseRenderer], ...]] = (PlainText, JSONRenderer)  # type: ignore[misc]

    def indexes(self) -> Indexes:
        """What holds in the workspace, without what holds on this platform's machine alone: its logins and proxy."""
        require(self.principal, Permission.VIEW_APPS)
        try:
            site = site_indexes.read()
        except pip_conf.BadPipConf as error:
            raise Conflict(str(error), "Ask the operator of this site to correct it.") from None
        elsewhere = replace(site, credentials=(), transport=Transport(certificates=site.transport.certificates))
        strategy = policies.of(self.principal.workspace).index_strategy
        return replace(index_settings.read(self.principal).over(elsewhere), strategy=IndexStrategy(strategy))

    def file(self, comments: Iterable[str], text: str) -> HttpResponse:
        lines = "".join(f"# {line}\n" for line in comments)
        return HttpResponse(f"{lines}{text}", content_type="text/plain; charset=utf-8")

    @property
    def title(self) -> str:
        return f"The package repositories of {self.principal.workspace.slug}. It may hold logins: keep it to yourself."


class PipConf(FileView):
    @extend_schema(operation_id="get_pip_conf", parameters=[CERT], responses=ANSWERS)
    def get(self, request: Request) -> HttpResponse:
        """A ``pip.conf`` with the logins. Takes READ on the scope."""
        indexes, cert = self.indexes(), _path(request)
        lines = [self.title, "Save it as ~/.config/pip/pip.conf, or name it in PIP_CONFIG_FILE."]
        if indexes.transport.certificates and not cert:
            lines += _how_to_save("ask for this file again with ?cert= and the full path of ca.pem.")
        return self.file(lines, config_files.pip_conf(indexes, cert if indexes.transport.certificates else None))


class UvToml(FileView):
    @extend_schema(operation_id="get_uv_toml", responses=ANSWERS)
    def get(self, request: Request) -> HttpResponse:
        """A ``uv.toml`` with the logins. Takes READ on the scope."""
        indexes = self.indexes()
        lines = [self.title, "Save it as ~/.config/uv/uv.toml, or name it in UV_CONFIG_FILE."]
        if indexes.transport.certificates:
            lines += _how_to_save("name its full path in the variable SSL_CERT_FILE.")
        return self.file(lines, config_files.uv_toml(indexes))


class CaBundle(FileView):
    @extend_schema(operation_id="get_ca_bundle", responses=ANSWERS)
    def get(self, request: Request) -> HttpResponse:
        """The public roots and the workspace's certificates, in one file. Takes READ on the scope."""
        return self.file([], public_roots.with_added(self.indexes().transport.certificates))


def _how_to_save(then: str) -> list[str]:
    return [
        "Its indexes need a certificate. Save it, together with the public ones, by",
        f'  curl -H "Authorization: Bearer $TOKEN" -o ca.pem {settings.URL}/api/v1/workspace/ca.pem',
        f"and {then}",
    ]


def _path(request: HttpRequest | Request) -> str | None:
    path = request.GET.get("cert", "")
    if len(path) > MAX_PATH or not path.isprintable():
        raise Invalid("cert is no path of a file.", "Send the full path of ca.pem on your machine.")
    return path.strip() or None
