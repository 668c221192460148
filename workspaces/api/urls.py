"""Our own API's addresses of what a workspace shares, mounted at /api/v1 before those of deployments."""

from django.urls import path

from workspaces.api import audit, people, secrets, tokens

SCOPE = "/scopes/<str:name>"

app_name = "workspace-api"
urlpatterns = [
    path("/audit", audit.Audit.as_view(), name="audit"),
    path("/tokens", tokens.Tokens.as_view(), name="tokens"),
    path("/tokens/<uuid:token>", tokens.TokenDetail.as_view(), name="token"),
    path("/members", people.Members.as_view(), name="members"),
    path("/members/<uuid:member>", people.MemberDetail.as_view(), name="member"),
    path("/invitations", people.Invitations.as_view(), name="invitations"),
    path("/invitations/<uuid:invitation>", people.InvitationDetail.as_view(), name="invitation"),
    path("/groups", people.Groups.as_view(), name="groups"),
    path("/groups/<uuid:group>", people.GroupDetail.as_view(), name="group"),
    path("/groups/<uuid:group>/members/<uuid:member>", people.GroupMember.as_view(), name="group-member"),
    path("/scopes", secrets.Scopes.as_view(), name="scopes"),
    path(SCOPE, secrets.ScopeDetail.as_view(), name="scope"),
    path(f"{SCOPE}/secrets", secrets.Secrets.as_view(), name="secrets"),
    path(f"{SCOPE}/secrets/<str:key>", secrets.SecretDetail.as_view(), name="secret"),
    path(f"{SCOPE}/acls", secrets.Grants.as_view(), name="scope-acls"),
    path(f"{SCOPE}/acls/<str:grantee>", secrets.GrantDetail.as_view(), name="scope-acl"),
]
