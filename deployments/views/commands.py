"""What the pages offer for a terminal, with this server's address filled in."""

from urllib.parse import urlsplit

from django.conf import settings


def context() -> dict[str, object]:
    return {"server": settings.URL, "databricks": databricks(settings.URL)}


def databricks(url: str) -> str | None:
    """What stands before ``databricks secrets …``, or ``None`` where that command cannot reach ``url``.

    It drops the port of its host (docs/databricks.md); a proxy's port it keeps, but only plain http can be asked so.
    """
    address = urlsplit(url)
    if address.port in {None, 443 if address.scheme == "https" else 80}:
        return ""
    return f"http_proxy={url} " if address.scheme == "http" else None
