"""/content/{guid}/…: where programs with a token reach an app on the control plane's host.

The proxy leads them to the app itself and asks here whether they may pass. Whoever shows no token is sent to the app's
own origin. What else arrives here is asked of an app that does not run: the clients of Posit Connect take an answer of
500 and more for the sign that what they deployed is broken.
"""

from urllib.parse import quote
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from deployments.doors import Door
from deployments.models import App, Deployment, State
from deployments.views.visiting import visitors
from workspaces.api import error_shapes
from workspaces.operations import access_tokens

#: Connect's numbers: InternalFailure, ObjectDoesNotExist, InvalidLogin.
NOT_RUNNING, NOT_FOUND, BAD_TOKEN = 1, 4, 30


# Every method is the app's. Who may pass is told by a token, never by a cookie.
@csrf_exempt
def content(request: HttpRequest, guid: UUID, bundle: int | None = None, path: str = "") -> HttpResponse:
    app = App.objects.living().select_related("workspace", "owner").filter(uuid=guid).first()
    token = visitors.platform_token(request)
    if token is None:
        return _send_to_its_address(app, path)
    visitor = visitors.recognise(request, _door(app, bundle), now=timezone.now()) if app else None
    if app is None or visitor is None:
        return _refuse(token, guid)
    if "HTTP_X_SLIPWAY_QUESTION" in request.META:
        return HttpResponse(headers=dict(visitor.identity))
    return _told(503, NOT_RUNNING, f"The app {app.name!r} does not run, so nothing answers. Its page says why.")


def _door(app: App, bundle: int | None) -> Door:
    """A draft's, which only members may pass, where that is what the bundle is."""
    alive = Deployment.objects.filter(app=app, bundle=bundle, state__in=[State.READY, State.ACTIVE])
    newest = alive.order_by("-number").first() if bundle is not None else None
    return Door(app, newest if newest and newest.is_draft else None)


def _send_to_its_address(app: App | None, path: str) -> HttpResponse:
    """A guid cannot be guessed: nobody learns from this more than whoever gave it to them knew."""
    if app is None:
        return _told(404, NOT_FOUND, "There is no app at this address.")
    response = HttpResponseRedirect(f"{app.url}/{quote(path)}")
    response["Cache-Control"] = "no-store"
    return response


def _refuse(token: str, guid: UUID) -> HttpResponse:
    if access_tokens.authenticate(token, now=timezone.now()) is None:
        response = _told(401, BAD_TOKEN, "This token is unknown, expired or revoked.")
        response["WWW-Authenticate"] = 'Bearer realm="slipway"'
        return response
    return _told(404, NOT_FOUND, f"There is no content {str(guid)!r} that this token may use.")


def _told(status: int, code: int, text: str) -> HttpResponse:
    return JsonResponse(error_shapes.connect(code, text), status=status, headers={"Cache-Control": "no-store"})
