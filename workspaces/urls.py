"""The pages of this app."""

from django.urls import include, path

from workspaces.views import groups, joining, people, scopes, tokens

WORKSPACE = "w/<slug:workspace>"
SCOPES = f"{WORKSPACE}/scopes"
SCOPE = f"{SCOPES}/<str:name>"
PEOPLE = f"{WORKSPACE}/people"
GROUPS = f"{PEOPLE}/groups"

urlpatterns = [
    path("", include("workspaces.account_urls")),
    path("account/tokens", tokens.tokens, name="tokens"),
    path("account/tokens/<uuid:token>/revoke", tokens.revoke_token, name="revoke-token"),
    path("invitations/<str:text>", joining.invitation, name="invitation"),
    path(PEOPLE, people.people, name="people"),
    path(f"{PEOPLE}/<uuid:member>/role", people.change_role, name="change-role"),
    path(f"{PEOPLE}/<uuid:member>/deactivate", people.deactivate, name="deactivate-member"),
    path(f"{PEOPLE}/<uuid:member>/reactivate", people.reactivate, name="reactivate-member"),
    path(f"{PEOPLE}/<uuid:member>/password-link", people.password_link, name="password-link"),
    path(f"{PEOPLE}/invitations/<uuid:invitation>/revoke", people.revoke_invitation, name="revoke-invitation"),
    path(GROUPS, groups.create, name="new-group"),
    path(f"{GROUPS}/<uuid:group>", groups.group, name="group"),
    path(f"{GROUPS}/<uuid:group>/delete", groups.delete, name="delete-group"),
    path(f"{GROUPS}/<uuid:group>/members/<uuid:member>/remove", groups.remove_member, name="remove-group-member"),
    path(SCOPES, scopes.scope_list, name="scopes"),
    path(SCOPE, scopes.scope, name="scope"),
    path(f"{SCOPE}/secrets", scopes.put_secret, name="put-secret"),
    path(f"{SCOPE}/secrets/<str:key>/delete", scopes.delete_secret, name="delete-secret"),
    path(f"{SCOPE}/grants", scopes.put_grant, name="put-grant"),
    path(f"{SCOPE}/grants/delete", scopes.delete_grant, name="delete-grant"),
    path(f"{SCOPE}/delete", scopes.delete_scope, name="delete-scope"),
]
