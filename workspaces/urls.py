"""The pages of this app."""

from django.urls import include, path

from workspaces.views import tokens

urlpatterns = [
    path("", include("workspaces.account_urls")),
    path("account/tokens", tokens.tokens, name="tokens"),
    path("account/tokens/<uuid:token>/revoke", tokens.revoke_token, name="revoke-token"),
]
