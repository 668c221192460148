"""What an app writes while it runs: to follow, to search, to take away; and the way to what its builds said."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse

from deployments import layout
from deployments.logs.segments import Page
from deployments.models import App
from deployments.views import logs, rows
from deployments.views.app_head import Tab, app_tab, show_tab
from deployments.views.logs import Search
from workspaces.principals import Principal

#: Deployments whose logs are offered below that of the app; the tab *Deployments* leads to all.
BUILD_LOGS = 10


@app_tab(Tab.LOGS)
def app_logs(request: HttpRequest, principal: Principal, app: App) -> HttpResponseBase:
    """The page; ``?q=`` searches all that is kept, ``?download`` gives the lines as a file."""
    folder, search = layout.app_log(app), Search(request.GET.get("q", ""))
    if "download" in request.GET:
        return _download(f"{app.name}.log", folder, search)
    context = {
        "log": logs.tail(folder, search),
        "search": search.text,
        "builds": rows.page_of(app, None).rows[:BUILD_LOGS],
    }
    return show_tab(request, principal, app, Tab.LOGS, context)


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
