"""Cookies of the control plane, and of apps."""

from config import keys
from config.settings.places import HOME, IS_HTTPS

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
