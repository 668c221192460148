"""The platform's settings: every number with its unit and its reason.

What an operator may change is read from an environment variable; ``docs/settings.md`` lists them all.
"""

import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

from config import email, env, keys, single_sign_on
from config.home import Home

BASE_DIR = Path(__file__).resolve().parent.parent

# --- Where things are -------------------------------------------------------------------------

HOME = Home(env.folder("SLIPWAY_HOME", BASE_DIR / "var"))
PORT = env.integer("SLIPWAY_PORT", 8000, low=1, high=65_535)
#: Only this machine by default: the first start speaks plain HTTP. 0.0.0.0 serves everybody.
BIND_ADDRESS = env.text("SLIPWAY_BIND", "127.0.0.1")
#: Proxies of yours (for TLS, say) that stand before ours and alone can reach it: their X-Forwarded-* is believed.
TRUSTED_PROXIES = env.integer("SLIPWAY_TRUSTED_PROXIES", 0, low=0, high=10)
#: The control plane's own address as people see it; set it when a load balancer or https stands before.
URL = env.text("SLIPWAY_URL", f"http://localhost:{PORT}").rstrip("/")
#: Apps answer at <host_label>.<APPS_DOMAIN>, never on the control plane's origin.
APPS_DOMAIN = env.text("SLIPWAY_APPS_DOMAIN", "apps.localhost").lower().lstrip(".")

# In a folder of its own: uvicorn opens its socket to everybody who can reach it.
WEB_SOCKET = HOME.run / "web" / "web.sock"
POSTGRES_SOCKETS = HOME.run / "pg"
PLATFORM_SUPERVISOR_SOCKET = HOME.run / "platform.sock"
PROXY_ADMIN_SOCKET = HOME.run / "envoy.sock"

# --- Django -----------------------------------------------------------------------------------

DEBUG = env.flag("SLIPWAY_DEBUG")
SECRET_KEY = keys.django_secret_key(HOME.keys)
#: Keys given by the environment; ``up`` writes them into the file below, which is all that the processes read.
SECRET_KEYS = env.text("SLIPWAY_SECRET_KEYS", "")
SECRET_KEYS_FILE = keys.secret_keys_file(HOME.keys, HOME.run)
ALLOW_LOST_SECRETS = env.flag("SLIPWAY_ALLOW_LOST_SECRETS")
IS_HTTPS = urlsplit(URL).scheme == "https"
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
    "deployments.views.app_hosts.AppHostMiddleware",
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

# Names start with slipway_, which the proxy removes from whatever an app receives or sets.
SESSION_COOKIE_NAME = "slipway_session"
CSRF_COOKIE_NAME = "slipway_csrf"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
#: Of an app's own origin: with this prefix no neighbour under APPS_DOMAIN can set it, which takes https.
APP_COOKIE_NAME = "__Host-slipway_app" if IS_HTTPS else "slipway_app"
APP_BROWSER_COOKIE_NAME = "__Host-slipway_browser" if IS_HTTPS else "slipway_browser"
APP_COOKIE_KEY = keys.app_cookie_key(HOME.keys)
#: The proxy believes a cookie for this long without asking; then the control plane is asked, and the cookie renewed.
#: Whoever has left is on the proxy's list for as long, so a longer life makes that list longer.
APP_COOKIE_LIFETIME_S = 300
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_HTTPS else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]

# --- Signing in -------------------------------------------------------------------------------

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

# --- Mail -------------------------------------------------------------------------------------

EMAIL = email.server(env.text("SLIPWAY_EMAIL_URL", ""))
HAS_EMAIL = EMAIL is not None
if EMAIL is not None:
    EMAIL_HOST, EMAIL_PORT, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = EMAIL.host, EMAIL.port, EMAIL.user, EMAIL.password
    EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL.starts_tls, EMAIL.is_tls
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("SLIPWAY_EMAIL_FROM", f"slipway@{urlsplit(URL).hostname}")

# --- Administration ---------------------------------------------------------------------------

UNFOLD = {
    "SITE_TITLE": "Slipway",
    "SITE_HEADER": "Slipway",
    "SITE_SUBHEADER": "workspaces.admin.branding.whose",
    "SITE_DROPDOWN": "workspaces.admin.branding.switcher",
    "DASHBOARD_CALLBACK": "deployments.admin.dashboard.fill",
    "SITE_SYMBOL": "sailing",
    "SITE_URL": "/",
    # The blue of the pages; unfold's own is purple.
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 254.6)",
            "100": "oklch(93.2% .032 255.6)",
            "200": "oklch(88.2% .059 254.1)",
            "300": "oklch(80.9% .105 251.8)",
            "400": "oklch(70.7% .165 254.6)",
            "500": "oklch(62.3% .17 255)",
            "600": "oklch(49% .16 257)",
            "700": "oklch(44% .15 258)",
            "800": "oklch(38% .13 259)",
            "900": "oklch(33% .11 260)",
            "950": "oklch(26% .08 262)",
        }
    },
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "ACCOUNT": {"navigation": [{"title": "Password", "link": "/account/password"}]},
}

# --- Static files -----------------------------------------------------------------------------

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

# --- Database ---------------------------------------------------------------------------------

DATABASE_URL = env.text("DATABASE_URL", "")


def _database() -> dict[str, object]:
    options: dict[str, object] = {
        "ENGINE": "django.db.backends.postgresql",
        # Under ASGI each request has a thread of its own, so a kept connection would never be used again.
        "CONN_MAX_AGE": 0,
        # Only the workers keep theirs (commands/worker.py): the database may be restarted between two builds.
        "CONN_HEALTH_CHECKS": True,
    }
    if not DATABASE_URL:
        return options | {"NAME": "slipway", "USER": "slipway", "HOST": str(POSTGRES_SOCKETS)}
    url = urlsplit(DATABASE_URL)
    if url.scheme not in {"postgres", "postgresql"} or not url.path.strip("/"):
        raise env.BadSetting(
            "DATABASE_URL", f"{url.scheme}://…", "it must be postgresql://user:password@host:port/name"
        )
    return options | {
        "NAME": unquote(url.path.strip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname or "",
        "PORT": str(url.port or ""),
    }


DATABASES = {"default": _database()}

# Files, not the database: the cluster's sentinel writes its sign of life here twice a second.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": str(HOME.run / "cache"),
        # Counts of wrong passwords lie here as well: with Django's 300, strangers could have them thrown away.
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}

# --- Queue ------------------------------------------------------------------------------------

#: One build after another in each; a build is mostly waiting for the network and one compiler.
WORKERS = env.integer("SLIPWAY_WORKERS", 2, low=1, high=32)
#: The longest a build may take before it is ended and says so.
BUILD_TIMEOUT_S = env.seconds("SLIPWAY_BUILD_TIMEOUT_S", 1800, low=10)
Q_CLUSTER = {
    "name": "slipway",
    "orm": "default",
    "workers": WORKERS,
    "bulk": 1,
    "queue_limit": 1,
    "poll": 0.2,
    # A row is only a bell, and ringing twice is harmless: what to build is decided by a lease (models/deployment.py).
    # The worker's own deadline must lie behind the build's, or it would be cut without its sentence.
    "timeout": int(BUILD_TIMEOUT_S) + 300,
    "retry": 4 * (int(BUILD_TIMEOUT_S) + 300),
    "ack_failures": True,
    "max_attempts": 1,
    "save_limit": 250,
    "scheduler": False,
    "catch_up": False,
}
#: A worker renews its lease this often; a build without a living lease is taken over after the second number.
LEASE_RENEWAL_S = 3.0
LEASE_S = 12.0
#: A build whose worker died this many times is given up, and says so.
BUILD_ATTEMPTS = 3

# --- Apps -------------------------------------------------------------------------------------

ALLOW_UNSANDBOXED = env.flag("SLIPWAY_ALLOW_UNSANDBOXED")
#: Further interpreters or folders with interpreters, beside those that are found.
INTERPRETERS = env.paths("SLIPWAY_INTERPRETERS")
DEFAULT_PYTHON = env.text("SLIPWAY_DEFAULT_PYTHON", f"{sys.version_info.major}.{sys.version_info.minor}")
#: Unix users of apps and builds when the platform runs as root; never given twice (a database sequence).
FIRST_APP_UID = env.integer("SLIPWAY_FIRST_APP_UID", 200_000, low=1_000, high=2_000_000_000)
#: Loopback ports of instances: above the well-known ones, below the kernel's own range (32768).
INSTANCE_PORTS = range(
    env.integer("SLIPWAY_FIRST_INSTANCE_PORT", 20_000, low=1_024, high=65_000),
    env.integer("SLIPWAY_LAST_INSTANCE_PORT", 29_999, low=1_025, high=65_535) + 1,
)
#: What a new app starts with; each app may say otherwise.
DEFAULT_ACCESS = env.choice("SLIPWAY_DEFAULT_ACCESS", "members", among=("members", "everyone"))
STARTUP_S = env.seconds("SLIPWAY_STARTUP_S", 5, low=0, high=600)
START_TIMEOUT_S = env.seconds("SLIPWAY_START_TIMEOUT_S", 60, low=1, high=3600)
#: After SIGTERM an instance has this long to finish what it does.
DRAIN_S = env.seconds("SLIPWAY_DRAIN_S", 15, low=0, high=600)
#: Before SIGTERM the proxy's open requests to an old deployment may take this long to end by themselves.
IDLE_WAIT_S = DRAIN_S
#: Of one horizontally scaled app; the whole engine holds some hundred.
MAX_INSTANCES = env.integer("SLIPWAY_MAX_INSTANCES", 5, low=1, high=50)
INSTANCE_OPEN_FILES = env.integer("SLIPWAY_INSTANCE_OPEN_FILES", 4096, low=64, high=1_048_576)
INSTANCE_PROCESSES = env.integer("SLIPWAY_INSTANCE_PROCESSES", 512, low=8, high=100_000)

# --- Packages ---------------------------------------------------------------------------------

#: The scope that holds a workspace's default package repositories; Databricks' clients know it under this name.
PACKAGE_SCOPE = env.text("SLIPWAY_PACKAGE_SCOPE", "databricks-package-management")
#: Where pip's own configuration lies on this machine; what stands there holds for every build, the later file winning.
PIP_CONF = env.paths("SLIPWAY_PIP_CONF") or (Path("/etc/xdg/pip/pip.conf"), Path("/etc/pip.conf"))
#: As every program of the machine reads them: how builds reach indexes.
HTTPS_PROXY = env.text("HTTPS_PROXY", env.text("https_proxy", ""))
HTTP_PROXY = env.text("HTTP_PROXY", env.text("http_proxy", ""))
NO_PROXY = env.text("NO_PROXY", env.text("no_proxy", ""))
#: host:port of this machine or of its links that indexes may be reached at all the same: nothing else there may.
ALLOWED_INTERNAL = env.words("SLIPWAY_ALLOWED_INTERNAL")

#: What no deployment needs any more is looked for this often; 0 looks never.
ENVIRONMENT_REAP_EVERY_S = env.seconds("SLIPWAY_ENVIRONMENT_REAP_EVERY_S", 3600, low=0, high=30 * 86_400)
#: An environment that nothing needs stays this long after its last use: 30 days, as people come back from holidays.
ENVIRONMENT_KEEP_S = env.seconds("SLIPWAY_ENVIRONMENT_KEEP_S", 2_592_000, low=0, high=10 * 365 * 86_400)
#: Of each app, deployments that can serve again without a build, and those that can after one.
KEPT_DEPLOYMENTS = env.integer("SLIPWAY_KEPT_DEPLOYMENTS", 10, low=1, high=10_000)
KEPT_BUNDLES = env.integer("SLIPWAY_KEPT_BUNDLES", 50, low=1, high=100_000)
#: A trial of opting out of pre-installed libraries runs this long beside its app: a working day, and the night.
TRIAL_KEEP_S = env.seconds("SLIPWAY_TRIAL_KEEP_S", 86_400, low=60, high=30 * 86_400)
#: Whether builds install what sources ask for; an app and its bundle may say otherwise.
ENVIRONMENT_MANAGEMENT = env.flag("SLIPWAY_ENVIRONMENT_MANAGEMENT", default=True)
#: External packages: missing ones stop the start, and only the very version that is asked for is used.
EXTERNALS_CHECK_IS_FATAL = env.flag("SLIPWAY_EXTERNALS_CHECK_IS_FATAL", default=True)
EXTERNAL_VERSION_MATCHING = env.flag("SLIPWAY_EXTERNAL_VERSION_MATCHING")
#: What happens to a build that asks for a prohibited package, where the workspace says nothing.
PROHIBITED_ACTION = env.choice("SLIPWAY_PROHIBITED_ACTION", "drop", among=("drop", "refuse"))

MEBIBYTE = 1024 * 1024
#: Uploaded archives, packed and unpacked; the ratio ends a bomb long before the disk is full.
UPLOAD_MAX_BYTES = env.integer("SLIPWAY_UPLOAD_MAX_MIB", 512, low=1, high=102_400) * MEBIBYTE
SOURCE_MAX_BYTES = env.integer("SLIPWAY_SOURCE_MAX_MIB", 2048, low=1, high=102_400) * MEBIBYTE
SOURCE_MAX_FILES = env.integer("SLIPWAY_SOURCE_MAX_FILES", 50_000, low=1, high=10_000_000)
SOURCE_MAX_RATIO = env.integer("SLIPWAY_SOURCE_MAX_RATIO", 200, low=2, high=100_000)
#: What one workspace may keep to deploy from: many apps' sources, without their data.
WORKSPACE_FILES_MAX_BYTES = env.integer("SLIPWAY_WORKSPACE_FILES_MAX_MIB", 4096, low=1, high=10_240_000) * MEBIBYTE
WORKSPACE_FILES_MAX = env.integer("SLIPWAY_WORKSPACE_FILES_MAX", 100_000, low=1, high=10_000_000)

#: Retention: days until a deleted app is purged with all it had, bytes of runtime log per app.
UNDO_DAYS = env.integer("SLIPWAY_UNDO_DAYS", 7, low=0, high=3650)
LOG_MAX_BYTES = env.integer("SLIPWAY_LOG_MAX_MIB", 64, low=1, high=102_400) * MEBIBYTE

#: What apps do and use is looked at this often, which is also the finest that a graph shows; 0 looks never. One look
#: costs about 0.1 s of one core with 300 instances.
SAMPLE_EVERY_S = env.integer("SLIPWAY_SAMPLE_EVERY_S", 30, low=0, high=300)
SAMPLE_KEEP_DAYS = env.integer("SLIPWAY_SAMPLE_KEEP_DAYS", 14, low=1, high=3650)

# --- API --------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "workspaces.api.authentication.TokenAuthentication",
        "workspaces.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["workspaces.api.permissions.IsPrincipal"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "workspaces.api.errors.handle",
    "DEFAULT_RENDERER_CLASSES": [
        "rest_framework.renderers.JSONRenderer",
        "rest_framework.renderers.BrowsableAPIRenderer",
    ],
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Slipway",
    "DESCRIPTION": "From uploaded source to a running, routed Python app.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {"DeploymentState": "deployments.models.State"},
}

# --- Logging ----------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.text("SLIPWAY_LOG_LEVEL", "INFO").upper()},
    "loggers": {"django.request": {"level": "CRITICAL"}, "httpx": {"level": "WARNING"}},
}
