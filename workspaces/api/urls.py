"""Our own API's addresses of what a workspace shares, mounted at /api/v1 before those of deployments."""

from django.urls import path

from workspaces.api import secrets

SCOPE = "/scopes/<str:name>"

app_name = "workspace-api"
urlpatterns = [
    path("/scopes", secrets.Scopes.as_view(), name="scopes"),
    path(SCOPE, secrets.ScopeDetail.as_view(), name="scope"),
    path(f"{SCOPE}/secrets", secrets.Secrets.as_view(), name="secrets"),
    path(f"{SCOPE}/secrets/<str:key>", secrets.SecretDetail.as_view(), name="secret"),
    path(f"{SCOPE}/acls", secrets.Grants.as_view(), name="scope-acls"),
    path(f"{SCOPE}/acls/<str:grantee>", secrets.GrantDetail.as_view(), name="scope-acl"),
]
