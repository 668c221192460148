"""What an app writes while it runs: to follow, to search, to take away; and the way to what its builds said."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse

from deployments import layout
from deployments.logs.segments import Page
from deployments.views import app_head, logs, rows
from deployments.views.finding import find_app
from deployments.views.logs import Search
from workspaces.pages import for_members, show
from workspaces.principals import Principal

#: Deployments whose logs are offered below that of the app; the tab *Deployments* leads to all.
BUILD_LOGS = 10


@for_members
def app_logs(request: HttpRequest, principal: Principal, name: str) -> HttpResponseBase:
    """The page; ``?q=`` searches all that is kept, ``?download`` gives the lines as a file, ``?part=live`` the head."""
    app = find_app(principal, name)
    folder, search = layout.app_log(app), Search(request.GET.get("q", ""))
    if "download" in request.GET:
        return _download(f"{app.name}.log", folder, search)
    context = app_head.of(app)
    if request.GET.get("part") == "live":
        return show(request, principal, "deployments/_app_head.html", context)
    context |= {
        "log": logs.tail(folder, search),
        "search": search.text,
        "builds": rows.page_of(app, None).rows[:BUILD_LOGS],
    }
    return show(request, principal, "deployments/logs.html", context)


def _download(filename: str, folder: Path, search: Search) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        _lines(folder, search),
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )


async def _lines(folder: Path, search: Search) -> AsyncIterator[bytes]:
    """Piece by piece, so that a long log is never in memory as a whole."""
    pages = logs.pages(folder)
    while (page := await sync_to_async(_next, thread_sensitive=False)(pages)) is not None:
        yield "".join(logs.as_text(line) for line in page.lines if search.matches(line)).encode()


def _next(pages: Iterator[Page]) -> Page | None:
    return next(pages, None)
