"""Django's own: what it is made of, and what it lets in."""

from urllib.parse import urlsplit

from config import env, keys
from config.settings.places import APPS_DOMAIN, BASE_DIR, HOME, IS_HTTPS, URL

DEBUG = env.flag("SLIPWAY_DEBUG")
SECRET_KEY = keys.django_secret_key(HOME.keys)
#: Keys given by the environment; ``up`` writes them into the file below, which is all that the processes read.
SECRET_KEYS = env.text("SLIPWAY_SECRET_KEYS", "")
SECRET_KEYS_FILE = keys.secret_keys_file(HOME.keys, HOME.run)
ALLOW_LOST_SECRETS = env.flag("SLIPWAY_ALLOW_LOST_SECRETS")
ALLOWED_HOSTS = [
    "localhost", "127.0.0.1", "[::1]", urlsplit(URL).hostname or "localhost", f".{APPS_DOMAIN}",
    *env.words("SLIPWAY_ALLOWED_HOSTS"),
]  # fmt: skip
# The browser's own origin is checked against this, since Envoy ends TLS and the scheme is not seen here.
CSRF_TRUSTED_ORIGINS = [URL]
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
APPEND_SLASH = False  # Clients re-send a redirected POST as GET.
AUTH_USER_MODEL = "workspaces.User"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-gb"

INSTALLED_APPS = [
    "config",
    "deployments",
    "packagerepos",
    "workspaces",
    "django.contrib.postgres",
    "rest_framework",
    "drf_spectacular",
    "django_q",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "unfold.apps.BasicAppConfig",  # Before Django's admin, whose templates it replaces.
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "deployments.views.visiting.app_hosts.AppHostMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "workspaces.errors_as_pages.FormMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.content_security.ContentSecurityMiddleware",
    "workspaces.errors_as_pages.PlatformErrorMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_HTTPS else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Files are served straight from their folders: no collecting step that could be forgotten.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

# Uploads are streamed to disk by the API itself; nothing else may be large (10 MB).
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "workspaces.api.body_on_disk.UploadHandler",
]
FILE_UPLOAD_TEMP_DIR = str(HOME.uploads) if HOME.uploads.is_dir() else None
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
