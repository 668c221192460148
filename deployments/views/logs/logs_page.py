"""The log of a deployment as a tab of its app: to follow, to search, to turn pages in, to take away."""

from collections.abc import AsyncIterator, Iterator
from itertools import islice

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse

from deployments.logs.lines import Line
from deployments.logs.segments import BadOffset
from deployments.models import App, Deployment
from deployments.views.app_head import Tab, app_tab, show_tab
from deployments.views.finding import find_deployment
from deployments.views.logs import log_sections, logs, whole_log
from deployments.views.logs.logs import Search
from deployments.views.logs.whole_log import Excerpt, WholeLog
from deployments.views.numbers import number_in
from workspaces.errors import Invalid
from workspaces.principals import Principal

#: Deployments to choose from; the tab *Deployments* leads to all.
OFFERED = 30
#: Lines of a download that are held at a time.
PIECE_LINES = 500


@app_tab(Tab.LOGS)
def app_logs(request: HttpRequest, principal: Principal, app: App) -> HttpResponseBase:
    """Of the newest deployment, or of ``?deployment=``. ``?q=`` searches all that is kept of it, ``?before=`` and
    ``?after=`` turn pages of what its instances wrote, ``?download`` gives the lines as a file."""
    number = number_in(request.GET, "deployment") or app.last_deployment_number
    if not number:
        return show_tab(request, principal, app, Tab.LOGS, {})
    chosen, search = find_deployment(principal, app, number), Search(request.GET.get("q", ""))
    log = whole_log.of(chosen)
    if "download" in request.GET:
        return _download(f"{app.name}-{number}.log", log, search)
    outline = log_sections.outline(chosen)
    context: dict[str, object] = {"chosen": chosen, "outline": outline}
    if request.GET.get("part") != "live":
        excerpt = _excerpt(request, log, search)
        sections = log_sections.fill(outline, excerpt.lines, is_searched=bool(search))
        context |= {"offered": _offered(app, chosen), "search": search.text, "log": excerpt, "sections": sections}
    return show_tab(request, principal, app, Tab.LOGS, context)


def _excerpt(request: HttpRequest, log: WholeLog, search: Search) -> Excerpt:
    if search:
        return whole_log.found(log, search)
    try:
        if offset := request.GET.get("before"):
            return whole_log.before(log, offset)
        if offset := request.GET.get("after"):
            return whole_log.after(log, offset)
    except BadOffset:
        raise Invalid("This is no place in the log.", "Open the tab Logs again.") from None
    return whole_log.newest(log)


def _offered(app: App, chosen: Deployment) -> list[Deployment]:
    newest = list(app.deployments.order_by("-number")[:OFFERED])
    return newest if chosen in newest else [*newest, chosen]


def _download(filename: str, log: WholeLog, search: Search) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        _pieces(whole_log.lines_of(log, search)),
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )


async def _pieces(lines: Iterator[Line]) -> AsyncIterator[bytes]:
    """Piece by piece, so that a long log is never in memory as a whole."""
    while piece := await sync_to_async(_next, thread_sensitive=False)(lines):
        yield "".join(map(logs.as_text, piece)).encode()


def _next(lines: Iterator[Line]) -> list[Line]:
    return list(islice(lines, PIECE_LINES))
