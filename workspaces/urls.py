"""The pages of this app."""

from django.urls import path

from workspaces import views

urlpatterns = [
    path("sign-in", views.sign_in, name="sign-in"),
    path("sign-out", views.sign_out, name="sign-out"),
    path("account/tokens", views.tokens, name="tokens"),
    path("account/tokens/<uuid:token>/revoke", views.revoke_token, name="revoke-token"),
]
