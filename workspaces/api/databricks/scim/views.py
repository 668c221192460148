"""The base of SCIM's views, with SCIM's errors (RFC 7644, section 3.12)."""

from collections.abc import Callable
from typing import Any

from rest_framework.response import Response
from rest_framework.views import set_rollback

from workspaces.api import error_shapes
from workspaces.api.databricks import errors
from workspaces.api.databricks.scim.filters import InvalidFilter
from workspaces.api.databricks.views import DatabricksView


class ScimView(DatabricksView):
    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        return handle


def handle(error: Exception, context: dict[str, Any]) -> Response:
    """``{"schemas", "status": "404", "scimType", "detail"}``"""
    set_rollback()
    number, _, message = errors.explain(error)
    scim_type = "invalidFilter" if isinstance(error, InvalidFilter) else "invalidValue" if number == 400 else ""
    return Response(error_shapes.scim(number, message, scim_type), status=number, headers=errors.headers(error))
