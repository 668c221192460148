"""The base of SCIM's views, with SCIM's errors (RFC 7644, section 3.12)."""

from collections.abc import Callable
from typing import Any

from rest_framework.response import Response
from rest_framework.views import set_rollback

from workspaces.api.databricks import errors
from workspaces.api.databricks.scim.filters import InvalidFilter
from workspaces.api.databricks.views import DatabricksView

SCHEMA = "urn:ietf:params:scim:api:messages:2.0:Error"


class ScimView(DatabricksView):
    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        return handle


def handle(error: Exception, context: dict[str, Any]) -> Response:
    """``{"schemas", "status": "404", "scimType", "detail"}``"""
    set_rollback()
    number, _, message = errors.explain(error)
    # Always there: of a missing one, the clients make "None There is no user …".
    scim_type = "invalidFilter" if isinstance(error, InvalidFilter) else "invalidValue" if number == 400 else ""
    content = {"schemas": [SCHEMA], "status": str(number), "scimType": scim_type, "detail": message}
    return Response(content, status=number, headers=errors.headers(error))
