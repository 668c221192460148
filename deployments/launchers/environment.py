"""The environment variables that every app gets, whoever chose its command."""

from collections.abc import Mapping
from types import MappingProxyType

#: The proxy runs on the same machine, so nobody else needs to reach an instance.
LISTEN_HOST = "127.0.0.1"
#: An instance is killed 15 s after it was asked to stop; its server gives up on open streams before that.
GRACEFUL_STOP_S = 10

#: Each framework's own names for host and port, so that a bare ``flask run`` or ``python app.py`` listens where the
#: proxy looks. The command line of Databricks emulates its Apps with the same ones.
EVERY_APP: Mapping[str, str] = MappingProxyType(
    {
        "HOST": LISTEN_HOST,  # Dash, and by custom many more; the engine sets PORT beside it
        "PYTHONUNBUFFERED": "1",  # a print shows in the log at once
        "PYTHONDONTWRITEBYTECODE": "1",  # the source is read-only
        "FORWARDED_ALLOW_IPS": LISTEN_HOST,  # uvicorn and gunicorn believe X-Forwarded-* from the proxy alone
        "UVICORN_HOST": LISTEN_HOST,
        "UVICORN_PORT": "$PORT",
        "UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN": str(GRACEFUL_STOP_S),
        "GUNICORN_CMD_ARGS": f"--bind={LISTEN_HOST}:$PORT --graceful-timeout={GRACEFUL_STOP_S}",
        "GRANIAN_HOST": LISTEN_HOST,
        "GRANIAN_PORT": "$PORT",
        "FLASK_RUN_HOST": LISTEN_HOST,
        "FLASK_RUN_PORT": "$PORT",
        "GRADIO_SERVER_NAME": LISTEN_HOST,
        "GRADIO_SERVER_PORT": "$PORT",
        "GRADIO_ANALYTICS_ENABLED": "False",
        "STREAMLIT_SERVER_ADDRESS": LISTEN_HOST,
        "STREAMLIT_SERVER_PORT": "$PORT",
        "STREAMLIT_SERVER_HEADLESS": "true",
        # An app has an origin of its own and the proxy keeps the Host header, so both protections work and stay on.
        "STREAMLIT_SERVER_ENABLE_CORS": "true",
        "STREAMLIT_SERVER_ENABLE_XSRF_PROTECTION": "true",
        "STREAMLIT_SERVER_FILE_WATCHER_TYPE": "none",  # a deployed source never changes; watches are scarce
        "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false",
    }
)
