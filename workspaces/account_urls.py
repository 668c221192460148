"""Signing in, passwords, second factors: the sign-in library's pages at our addresses.

The names are the library's own; it looks its pages up by them. Pages that nobody should find are left out: signing up,
changing the address.
"""

from allauth.account import views as account
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.socialaccount import views as connections
from allauth.socialaccount.providers.openid_connect import views as provider
from django.urls import path, re_path

SECURITY = "account/security"
CODES = f"{SECURITY}/recovery-codes"
PROVIDER = "sign-in/with/<str:provider_id>"

urlpatterns = [
    path("sign-in", account.login, name="account_login"),
    path("sign-in/second-step", factors.authenticate, name="mfa_authenticate"),
    path(f"{PROVIDER}/login", provider.login, name="openid_connect_login"),
    path(f"{PROVIDER}/callback", provider.callback, name="openid_connect_callback"),
    path("sign-in/unknown", connections.signup, name="socialaccount_signup"),
    path("sign-in/cancelled", connections.login_cancelled, name="socialaccount_login_cancelled"),
    path("sign-out", account.logout, name="account_logout"),
    path("password", account.password_reset, name="account_reset_password"),
    path("password/sent", account.password_reset_done, name="account_reset_password_done"),
    path("password/done", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    re_path(
        r"^password/new/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("account/password", account.password_change, name="account_change_password"),
    path("account/password/first", account.password_set, name="account_set_password"),
    path("account/confirm", account.reauthenticate, name="account_reauthenticate"),
    path("account/confirm/second-step", factors.reauthenticate, name="mfa_reauthenticate"),
    path("account/connections", connections.connections, name="socialaccount_connections"),
    path("account/inactive", account.account_inactive, name="account_inactive"),
    path(SECURITY, factors.index, name="mfa_index"),
    path(f"{SECURITY}/app", totp.activate_totp, name="mfa_activate_totp"),
    path(f"{SECURITY}/app/remove", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path(CODES, codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(f"{CODES}/new", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path(f"{CODES}/file", codes.download_recovery_codes, name="mfa_download_recovery_codes"),
]
