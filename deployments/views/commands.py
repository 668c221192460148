"""What the pages offer for a terminal, with this server's address filled in."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.urls import get_script_prefix

#: The app of commands that begin with making one.
NEW = "hello"


def context(request: HttpRequest) -> dict[str, object]:
    """For ``_commands.html``."""
    server = server_of(request)
    return {"server": server, "databricks": databricks(server)}


def server_of(request: HttpRequest) -> str:
    """The platform's address as the reader's browser has it: another of its names may lead here as well.

    The scheme is the configured one: whatever ends TLS before the platform need not say that it did.
    """
    known = urlsplit(settings.URL)
    prefix = get_script_prefix().rstrip("/") or known.path
    return f"{known.scheme}://{request.get_host()}{prefix}"


def databricks(url: str) -> str | None:
    """What stands before ``databricks secrets …``, or ``None`` where that command cannot reach ``url``.

    It drops the port of its host (docs/databricks.md); a proxy's port it keeps, but only plain http can be asked so.
    """
    address = urlsplit(url)
    if address.port in {None, 443 if address.scheme == "https" else 80}:
        return ""
    return f"http_proxy={url} " if address.scheme == "http" else None
