import asyncio
import re

import pytest
from django.db import connection
from django.http import StreamingHttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from deployments import layout
from deployments.logs.lines import Line
from deployments.logs.segments import Writer
from deployments.models import App
from deployments.views import logs
from tests.deployments.views.test_app_list import MOST_QUERIES
from tests.deployments.views.test_app_page import deployed
from tests.world import World

PAGE = "/w/acme/apps/hello/logs"


def write(app: App, *texts: str) -> None:
    Writer(layout.app_log(app)).append([Line(1.0, "web-1", text) for text in texts])


def shown(page: str) -> list[str]:
    return re.findall(r"</time><span>(.*?)</span></div>", page)


class TestAppLogs:
    def test_shows_the_end_of_the_log_as_text(self, alice: Client, world: World) -> None:
        write(world.app("hello"), "<script>alert(1)</script>")

        page = alice.get(PAGE).content.decode()

        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "<script>alert" not in page

    def test_searches_without_scripts_whatever_the_case(self, alice: Client, world: World) -> None:
        write(world.app("hello"), "GET /a <b>", "POST /b", "get /c")

        page = alice.get(PAGE, {"q": " get "}).content.decode()

        assert shown(page) == ["<mark>GET</mark> /a &lt;b&gt;", "<mark>get</mark> /c"]

    def test_takes_a_search_as_text_and_not_as_a_pattern(self, alice: Client, world: World) -> None:
        write(world.app("hello"), "aaaa", "a (.*) b")

        page = alice.get(PAGE, {"q": "(.*)"}).content.decode()

        assert shown(page) == ["a <mark>(.*)</mark> b"]

    def test_searches_what_lies_before_the_lines_shown(self, alice: Client, world: World) -> None:
        write(world.app("hello"), "needle", *["hay"] * logs.TAIL_LINES)

        assert shown(alice.get(PAGE, {"q": "needle"}).content.decode()) == ["<mark>needle</mark>"]

    def test_says_that_nothing_was_found(self, alice: Client, world: World) -> None:
        write(world.app("hello"), "hay")

        assert "No line that is kept holds “a&lt;b”." in alice.get(PAGE, {"q": "a<b"}).content.decode()

    def test_follows_from_where_the_search_ended(self, alice: Client, world: World) -> None:
        app = world.app("hello")
        write(app, "hay", "needle")
        end = logs.tail(layout.app_log(app)).next_offset

        assert f'data-offset="{end}"' in alice.get(PAGE, {"q": "needle"}).content.decode()

    @pytest.mark.parametrize(("query", "texts"), [("", ["one", "two"]), ("&q=TWO", ["two"])])
    def test_gives_the_lines_as_a_file(self, query: str, texts: list[str], alice: Client, world: World) -> None:
        write(world.app("hello"), "one", "two")

        answer = alice.get(f"{PAGE}?download{query}")

        assert answer["Content-Type"] == "text/plain; charset=utf-8"
        assert answer["Content-Disposition"] == 'attachment; filename="hello.log"'
        assert asyncio.run(content(answer)) == "".join(f"1970-01-01T00:00:01.000Z web-1 {text}\n" for text in texts)

    def test_leads_to_the_logs_of_builds(self, alice: Client, world: World) -> None:
        deployed(world, world.app("hello"))

        assert 'href="/w/acme/apps/hello/deployments/1#log-title"' in alice.get(PAGE).content.decode()

    def test_needs_as_many_queries_for_many_deployments_as_for_few(self, alice: Client, world: World) -> None:
        app = world.app("hello")
        counts = []
        for times in (2, 8):
            deployed(world, app, times=times)
            alice.get(PAGE)
            with CaptureQueriesContext(connection) as queries:
                alice.get(PAGE)
            counts.append(len(queries))

        assert counts[1] == counts[0] <= MOST_QUERIES


async def content(answer: StreamingHttpResponse) -> str:
    return b"".join([piece async for piece in answer]).decode()
