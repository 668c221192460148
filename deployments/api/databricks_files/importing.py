"""Files on their way in: /api/2.0/workspace/import, and /api/2.0/workspace-files/import-file."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from deployments.api.databricks_files.parsers import AnyBytes, FormOrJson, JsonWithFile, body_of, chunks_of, flag
from deployments.api.databricks_files.refusals import refusals
from deployments.operations import workspace_files
from deployments.source import notebooks
from workspaces.api.databricks import fields
from workspaces.api.databricks.views import DatabricksView
from workspaces.errors import Invalid

#: SOURCE is a notebook where a language is given; the others keep a file as it is.
FORMATS = ("SOURCE", "AUTO", "RAW", "JUPYTER")


class Import(DatabricksView):
    """As a form by the SDK's ``upload``, as JSON by ``import_`` and the legacy client."""

    parser_classes = (MultiPartParser, JsonWithFile)
    content_negotiation_class = FormOrJson

    def post(self, request: Request) -> Response:
        how = _format(self.content)
        with refusals():
            workspace_files.write(
                self.principal,
                fields.text(self.content, "path"),
                chunks_of(request, self.content),
                now=timezone.now(),
                overwrite=flag(self.content, "overwrite"),
                language=_language(self.content) if how == "SOURCE" else "",
                recognise=how == "AUTO",
            )
        return Response({})


class ImportFile(DatabricksView):
    """As ``databricks sync`` sends files: the path in the address, the file as the body."""

    parser_classes = (AnyBytes,)

    def post(self, request: Request, file: str) -> Response:
        overwrite = flag(request.query_params, "overwrite")
        request.data  # noqa: B018 (reads the body into FILES)
        with refusals(exists=409):
            workspace_files.write(
                self.principal, file, body_of(request), now=timezone.now(), overwrite=overwrite, recognise=True
            )
        return Response({})


def _format(content: Mapping[str, Any]) -> str:
    word = (fields.optional_text(content, "format") or "SOURCE").upper()
    if word not in FORMATS:
        raise Invalid(f"Slipway cannot import the format {word[:40]!r}.", f"It knows {', '.join(FORMATS)}.")
    return word


def _language(content: Mapping[str, Any]) -> str:
    word = (fields.optional_text(content, "language") or "").upper()
    if word and word not in notebooks.EXTENSIONS:
        raise Invalid(f"There is no language {word[:40]!r}.", f"It is one of {', '.join(notebooks.EXTENSIONS)}.")
    return word
