"""Whether the platform can take a deployment now."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django_q.status import Stat

from deployments.controller import pulse


def healthz(request: HttpRequest) -> JsonResponse:
    """200 once a deployment can be accepted and will be worked on, else 503 with what is missing."""
    missing = _missing()
    status = 503 if missing else 200
    return JsonResponse({"status": "starting" if missing else "ok", "missing": missing}, status=status)


def _missing() -> list[str]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        parts = {"worker": bool(Stat.get_all()), "controller": pulse.is_beating()}
    except DatabaseError:
        return ["database"]
    return [name for name, is_there in parts.items() if not is_there]
