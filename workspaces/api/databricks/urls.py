"""What the Databricks clients find here. No address ends with a slash, and none ever redirects.

Whatever else speaks this dialect is to be mounted before this: the last patterns take every address of that API.
"""

from django.urls import path, re_path

from workspaces.api.databricks import errors, groups, scope_acls, secret_scopes, secrets, tokens, well_known
from workspaces.api.databricks.scim import groups as scim_groups
from workspaces.api.databricks.scim import users as scim_users

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
    path(f"{SCIM}/Me", scim_users.Me.as_view(), name="me"),
    path(f"{SCIM}/Users", scim_users.Users.as_view(), name="scim-users"),
    path(f"{SCIM}/Users/<str:number>", scim_users.UserDetail.as_view(), name="scim-user"),
    path(f"{SCIM}/Groups", scim_groups.Groups.as_view(), name="scim-groups"),
    path(f"{SCIM}/Groups/<str:number>", scim_groups.GroupDetail.as_view(), name="scim-group"),
    path("api/2.0/groups/create", groups.CreateGroup.as_view(), name="create-group"),
    path("api/2.0/groups/list", groups.ListGroups.as_view(), name="list-groups"),
    path("api/2.0/groups/delete", groups.DeleteGroup.as_view(), name="delete-group"),
    path("api/2.0/groups/add-member", groups.AddMember.as_view(), name="add-member"),
    path("api/2.0/groups/remove-member", groups.RemoveMember.as_view(), name="remove-member"),
    path("api/2.0/groups/list-members", groups.ListMembers.as_view(), name="list-members"),
    path("api/2.0/groups/list-parents", groups.ListParents.as_view(), name="list-parents"),
    path("api/2.0/token/create", tokens.CreateToken.as_view(), name="create-token"),
    path("api/2.0/token/list", tokens.ListTokens.as_view(), name="list-tokens"),
    path("api/2.0/token/delete", tokens.DeleteToken.as_view(), name="delete-token"),
    re_path(r"^oidc/", errors.no_oauth, name="no-oauth"),
    re_path(r"^api/(?:1\.2|2\.\d)(?:/.*)?$", errors.unknown_address, name="unknown"),
]
