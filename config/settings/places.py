"""Where the platform is, on this machine and on the network."""

from pathlib import Path
from urllib.parse import urlsplit

from config import env
from config.home import Home

BASE_DIR = Path(__file__).resolve().parents[2]

HOME = Home(env.folder("SLIPWAY_HOME", BASE_DIR / "var"))
PORT = env.integer("SLIPWAY_PORT", 8000, low=1, high=65_535)
#: Only this machine by default: the first start speaks plain HTTP. 0.0.0.0 serves everybody.
BIND_ADDRESS = env.text("SLIPWAY_BIND", "127.0.0.1")
#: Proxies of yours (for TLS, say) that stand before ours and alone can reach it: their X-Forwarded-* is believed.
TRUSTED_PROXIES = env.integer("SLIPWAY_TRUSTED_PROXIES", 0, low=0, high=10)
#: The control plane's own address as people see it; set it when a load balancer or https stands before.
URL = env.text("SLIPWAY_URL", f"http://localhost:{PORT}").rstrip("/")
IS_HTTPS = urlsplit(URL).scheme == "https"
#: Apps answer at <host_label>.<APPS_DOMAIN>, never on the control plane's origin.
APPS_DOMAIN = env.text("SLIPWAY_APPS_DOMAIN", "apps.localhost").lower().lstrip(".")

# In a folder of its own: uvicorn opens its socket to everybody who can reach it.
WEB_SOCKET = HOME.run / "web" / "web.sock"
POSTGRES_SOCKETS = HOME.run / "pg"
PLATFORM_SUPERVISOR_SOCKET = HOME.run / "platform.sock"
PROXY_ADMIN_SOCKET = HOME.run / "envoy.sock"
