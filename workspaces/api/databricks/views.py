"""The base of the dialect's views, and what answers where there is none."""

from collections.abc import Callable
from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from workspaces.api.authentication import TokenAuthentication
from workspaces.api.databricks import errors
from workspaces.api.databricks.parsers import AnyJson
from workspaces.api.negotiation import AlwaysJson
from workspaces.api.views import ApiView
from workspaces.errors import Invalid

#: What the clients, newer and older, call the workspace that they mean.
WORKSPACE_HEADERS = ("X-Databricks-Workspace-Id", "X-Databricks-Org-Id")


class DatabricksView(ApiView):
    """For programs with a token: no session, hence no CSRF token, and no redirect to where people sign in."""

    authentication_classes: tuple[type[BaseAuthentication], ...] = (TokenAuthentication,)
    parser_classes: tuple[type[BaseParser], ...] = (AnyJson,)
    renderer_classes = (JSONRenderer,)
    content_negotiation_class: type[BaseContentNegotiation] = AlwaysJson
    #: The schema is that of /api/v1; this API is described by those whose clients speak it.
    schema = None

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        return errors.handle

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self._refuse_another_workspace()

    def _refuse_another_workspace(self) -> None:
        """A client set up for one workspace, with a token of another, must not write into the wrong one."""
        own = str(self.principal.workspace.pk)
        for header in WORKSPACE_HEADERS:
            if (meant := self.request.headers.get(header)) and meant != own:
                raise Invalid(
                    f"This token belongs to workspace {own}, but {header} names another.",
                    "Use a token of that workspace, or set the client up for this one.",
                )
