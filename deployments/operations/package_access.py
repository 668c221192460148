"""An app's own READ on the scope that says where its workspace's packages come from.

With it the app installs packages while it runs, whoever deployed it is still there or not.
"""

from deployments.models import App
from packagerepos import index_settings
from workspaces.errors import Forbidden, NotFound
from workspaces.models import ScopeAcl, SecretScope
from workspaces.operations import scope_acls
from workspaces.principals import Principal


def grant(principal: Principal, app: App) -> bool:
    """Let the app read the scope, if there is one and ``principal`` may read it; whether it may now."""
    scope = index_settings.scope_of(app.workspace)
    if scope is None or scope.workspace_id != principal.workspace.pk:
        return False
    try:
        scope_acls.grant_app(principal, scope, app_uuid=app.uuid)
    except (Forbidden, NotFound):
        return False
    return True


def is_granted(app: App, scope: SecretScope) -> bool:
    return ScopeAcl.objects.filter(scope=scope, app_uuid=app.uuid).exists()
