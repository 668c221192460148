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
#: The admin's script library evaluates the attributes of its own templates. What users wrote is escaped there as
#: everywhere, and stands in no such attribute.
ADMIN_POLICY = RELAXED_POLICY.replace("script-src 'self'", "script-src 'self' 'unsafe-eval'")
POLICIES = {"/api/": RELAXED_POLICY, "/admin/": ADMIN_POLICY}


class ContentSecurityMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        policies = (policy for prefix, policy in POLICIES.items() if request.path.startswith(prefix))
        response.headers.setdefault("Content-Security-Policy", next(policies, POLICY))
        return response
