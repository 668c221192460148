"""The pages of this app."""

from django.urls import include, path

from workspaces.views import scopes, tokens

SCOPE = "w/<slug:workspace>/scopes/<str:name>"

urlpatterns = [
    path("", include("workspaces.account_urls")),
    path("account/tokens", tokens.tokens, name="tokens"),
    path("account/tokens/<uuid:token>/revoke", tokens.revoke_token, name="revoke-token"),
    path("w/<slug:workspace>/scopes", scopes.scope_list, name="scopes"),
    path(SCOPE, scopes.scope, name="scope"),
    path(f"{SCOPE}/secrets", scopes.put_secret, name="put-secret"),
    path(f"{SCOPE}/secrets/<str:key>/delete", scopes.delete_secret, name="delete-secret"),
    path(f"{SCOPE}/grants", scopes.put_grant, name="put-grant"),
    path(f"{SCOPE}/grants/delete", scopes.delete_grant, name="delete-grant"),
    path(f"{SCOPE}/delete", scopes.delete_scope, name="delete-scope"),
]
