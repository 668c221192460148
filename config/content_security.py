"""Nothing on our pages comes from elsewhere."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)
#: DRF's browsable API and the admin write small scripts into their pages; both stand behind sign-in.
RELAXED_POLICY = POLICY.replace(
    "default-src 'self'", "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'"
)
RELAXED_PATHS = ("/api/", "/admin/")


class ContentSecurityMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        policy = RELAXED_POLICY if request.path.startswith(RELAXED_PATHS) else POLICY
        response.headers.setdefault("Content-Security-Policy", policy)
        return response
