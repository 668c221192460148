"""Where rows are, and what is remembered beside them."""

from urllib.parse import unquote, urlsplit

from config import env
from config.settings.places import HOME, POSTGRES_SOCKETS

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
