"""Actions on chosen rows: the page asks, says what will be touched, and only then calls the operation."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse

from workspaces.errors import PlatformError
from workspaces.principals import Principal

#: One page of questions; more at once is a program's work, with the API.
MAX_ROWS = 200
#: What an action does to one row: the table's admin, who asks, the row.
Act = Callable[[Any, Principal, Any], object]


def asks_first(description: str, *, consequence: str, touches: Callable[[Any], str] = str) -> Callable[[Act], Any]:
    """Make ``act`` an action of a table. ``consequence`` is the question's sentence, ``touches`` a row's line in it.

    A row that the operation refuses leaves its sentence; the others are done.
    """

    def decorate(act: Act) -> Any:
        @admin.action(description=description)
        @wraps(act)
        def action(table: Any, request: HttpRequest, queryset: QuerySet[Any]) -> TemplateResponse | None:
            rows = list(queryset.select_related(*table.list_select_related)[: MAX_ROWS + 1])
            if len(rows) > MAX_ROWS:
                messages.error(request, f"More than {MAX_ROWS} rows are chosen. Choose fewer, or use the API.")
                return None
            if request.POST.get("confirmed") != "yes":
                lines = [(row.pk, touches(row)) for row in rows]
                return _question(table, request, act.__name__, description, consequence, lines)
            done = sum(_do(act, table, request, row) for row in rows)
            if done:
                messages.success(request, f"{description}: {done} of {len(rows)} done.")
            return None

        return action

    return decorate


def _do(act: Act, table: Any, request: HttpRequest, row: Any) -> bool:
    try:
        act(table, table.principal_for(request, row), row)
    except PlatformError as error:
        messages.error(request, f"{error.message} {error.hint}".strip())
        return False
    return True


def _question(
    table: Any, request: HttpRequest, name: str, description: str, consequence: str, lines: list[tuple[int, str]]
) -> TemplateResponse:
    context = {
        **table.admin_site.each_context(request),
        "title": description,
        "opts": table.model._meta,
        "action": name,
        "consequence": consequence,
        "lines": lines,
        "checkbox": ACTION_CHECKBOX_NAME,
    }
    return TemplateResponse(request, "admin/ask_first.html", context)
