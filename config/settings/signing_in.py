"""Who comes in, and how."""

from config import env, single_sign_on

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
#: A link to choose a new password lives this long: an admin hands it over, or it is mailed.
PASSWORD_RESET_TIMEOUT = 24 * 3600
ACCOUNT_ADAPTER = "workspaces.sign_in.SignIn"
ACCOUNT_FORMS = {"login": "workspaces.forms.SignInForm"}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # Nobody signs up: people join by an invitation.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # Nor does the platform write to strangers.
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "workspaces.password_links.PasswordLinkTokens"  # noqa: S105
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_AUTHENTICATED_LOGIN_REDIRECTS = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
# Wrong passwords of an account from one address come first (SignIn), so that a stranger elsewhere cannot easily
# lock its owner out; one address may not try many accounts, nor many addresses one account.
ACCOUNT_RATE_LIMITS = {
    "login": "120/m/ip",
    "login_failed": "10/15m/key,50/15m/ip",
    "guess_at_account": "100/15m/key",
    "reset_password": "20/h/ip,5/h/key",
}
MFA_ADAPTER = "workspaces.second_factors.SecondFactors"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Slipway"
MFA_TOTP_TOLERANCE = 1  # Clocks of telephones are some seconds off.
MFA_ALLOW_UNVERIFIED_EMAIL = True
SOCIALACCOUNT_ADAPTER = "workspaces.sign_in.SingleSignOn"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True  # The operator's own provider is believed about addresses it has verified.
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
# A form that ends at the provider would need its origin in the Content-Security-Policy.
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_PROVIDERS = single_sign_on.providers(
    server_url=env.text("SLIPWAY_OIDC_SERVER_URL", ""),
    client_id=env.text("SLIPWAY_OIDC_CLIENT_ID", ""),
    secret_file=env.text("SLIPWAY_OIDC_CLIENT_SECRET_FILE", ""),
    name=env.text("SLIPWAY_OIDC_NAME", "Single sign-on"),
)
