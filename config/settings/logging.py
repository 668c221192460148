"""What the platform says of itself."""

from config import env

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.text("SLIPWAY_LOG_LEVEL", "INFO").upper()},
    "loggers": {"django.request": {"level": "CRITICAL"}, "httpx": {"level": "WARNING"}},
}
