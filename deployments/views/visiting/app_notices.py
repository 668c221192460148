"""A sentence at an app's address, from the platform instead of the app: as a page or as JSON."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

#: How soon a waiting page looks again.
RETRY_AFTER_S = 3
#: The page carries its own style, and nothing of it may do anything.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


@dataclass(frozen=True)
class Notice:
    """``waits`` says that looking again soon is worth it; ``way_out`` is a link: its words and where it leads."""

    code: str
    sentence: str
    hint: str
    waits: bool = False
    way_out: tuple[str, str] | None = None


def respond(request: HttpRequest, notice: Notice, *, status: int) -> HttpResponse:
    if "text/html" in request.META.get("HTTP_ACCEPT", ""):
        response = HttpResponse(_page(notice), status=status)
    else:
        content = {"code": notice.code, "message": notice.sentence, "hint": notice.hint}
        response = JsonResponse(content, status=status)
    if notice.waits:
        response["Retry-After"] = str(RETRY_AFTER_S)
    response["Cache-Control"] = "no-store"
    response["Content-Security-Policy"] = POLICY
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _page(notice: Notice) -> str:
    return render_to_string("app_host.html", {"notice": notice, "retry_s": RETRY_AFTER_S})
