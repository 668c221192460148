"""What the Databricks clients find here. No address ends with a slash, and none ever redirects.

Whatever else speaks this dialect is to be mounted before this: the last patterns take every address of that API.
"""

from django.urls import path, re_path

from workspaces.api.databricks import errors, scope_acls, secret_scopes, secrets, tokens, well_known
from workspaces.api.databricks.scim import groups, users

SECRETS = "api/2.0/secrets"
SCIM = "api/2.0/preview/scim/v2"

app_name = "databricks"
urlpatterns = [
    path(".well-known/databricks-config", well_known.HostMetadata.as_view(), name="host-metadata"),
    path(f"{SECRETS}/scopes/create", secret_scopes.CreateScope.as_view(), name="create-scope"),
    path(f"{SECRETS}/scopes/list", secret_scopes.ListScopes.as_view(), name="list-scopes"),
    path(f"{SECRETS}/scopes/delete", secret_scopes.DeleteScope.as_view(), name="delete-scope"),
    path(f"{SECRETS}/put", secrets.PutSecret.as_view(), name="put-secret"),
    path(f"{SECRETS}/get", secrets.GetSecret.as_view(), name="get-secret"),
    path(f"{SECRETS}/list", secrets.ListSecrets.as_view(), name="list-secrets"),
    path(f"{SECRETS}/delete", secrets.DeleteSecret.as_view(), name="delete-secret"),
    path(f"{SECRETS}/acls/put", scope_acls.PutAcl.as_view(), name="put-acl"),
    path(f"{SECRETS}/acls/get", scope_acls.GetAcl.as_view(), name="get-acl"),
    path(f"{SECRETS}/acls/list", scope_acls.ListAcls.as_view(), name="list-acls"),
    path(f"{SECRETS}/acls/delete", scope_acls.DeleteAcl.as_view(), name="delete-acl"),
    path(f"{SCIM}/Me", users.Me.as_view(), name="me"),
    path(f"{SCIM}/Users", users.Users.as_view(), name="users"),
    path(f"{SCIM}/Users/<str:number>", users.UserDetail.as_view(), name="user"),
    path(f"{SCIM}/Groups", groups.Groups.as_view(), name="groups"),
    path(f"{SCIM}/Groups/<str:number>", groups.GroupDetail.as_view(), name="group"),
    path("api/2.0/token/create", tokens.CreateToken.as_view(), name="create-token"),
    path("api/2.0/token/list", tokens.ListTokens.as_view(), name="list-tokens"),
    path("api/2.0/token/delete", tokens.DeleteToken.as_view(), name="delete-token"),
    re_path(r"^oidc/", errors.no_oauth, name="no-oauth"),
    re_path(r"^api/(?:1\.2|2\.\d)(?:/.*)?$", errors.unknown_address, name="unknown"),
]
