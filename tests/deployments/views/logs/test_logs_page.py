import asyncio
import re
from datetime import timedelta

import pytest
from django.http import StreamingHttpResponse
from django.test import Client
from django.utils import timezone

from deployments import layout
from deployments.logs import shared
from deployments.logs.lines import Line
from deployments.logs.segments import Writer
from deployments.models import App, Deployment, State
from deployments.operations import deployments
from deployments.views.logs import whole_log
from tests.deployments.served import deployed
from tests.deployments.views.limits import MOST_QUERIES, queries_of
from tests.world import World

PAGE = "/w/acme/apps/hello/logs"


@pytest.fixture
def app(world: World) -> App:
    return world.app("hello")


@pytest.fixture
def serving(world: World, app: App) -> Deployment:
    """With an instance."""
    [deployment] = deployed(world, app)
    return deployment


def write(deployment: Deployment, *texts: str) -> None:
    """As its one instance does."""
    [instance] = deployment.instances.all()
    at = timezone.now().timestamp()
    Writer(layout.app_log(deployment.app)).append([Line(at, instance.engine_id, text) for text in texts])


def build(deployment: Deployment, *texts: str) -> None:
    at = deployment.created_at.timestamp()
    Writer(layout.build_log(deployment)).append([Line(at, "slipway", text) for text in texts])


def shown(page: str) -> list[str]:
    return re.findall(r"</time><span>(.*?)</span></div>", page)


def sections(page: str) -> dict[str, bool]:
    """Which there are, and whether they are open."""
    log = page[page.index("data-log-lines") :]
    found = re.findall(r'data-section="(\w+)" data-from="[^"]+"( open)?', log)
    return {name: bool(is_open) for name, is_open in found}


class TestTimeline:
    def test_begins_with_the_build_and_goes_on_with_the_app(self, alice: Client, serving: Deployment) -> None:
        build(serving, "── Resolving packages", "flask 3.1.0")
        write(serving, "Listening", "<script>alert(1)</script>")

        page = alice.get(PAGE).content.decode()

        assert shown(page) == [
            "── Resolving packages", "flask 3.1.0", "Listening", "&lt;script&gt;alert(1)&lt;/script&gt;"
        ]  # fmt: skip
        assert sections(page) == {"queued": False, "serving": True}

    def test_holds_no_line_of_another_deployment(self, alice: Client, world: World, app: App) -> None:
        old, new = deployed(world, app, times=2)
        for deployment in (old, new):
            build(deployment, f"build {deployment.number}")
            write(deployment, f"run {deployment.number}")

        newest, older = (shown(alice.get(f"{PAGE}{query}").content.decode()) for query in ("", "?deployment=1"))

        assert newest == ["build 2", "run 2"]
        assert older == ["build 1", "run 1"]

    def test_keeps_open_what_went_wrong_and_what_goes_on(self, alice: Client, world: World, app: App) -> None:
        for end in (State.FAILED, State.BUILDING):
            deployment = deployments.request(world.alice, app, bundle=world.bundle())
            build(deployment, "waiting")
            deployment.move(State.BUILDING)
            at = timezone.now().timestamp()
            Writer(layout.build_log(deployment)).append([Line(at, "slipway", "building")])
            deployment.move(end)

        for number in (1, 2):
            page = alice.get(f"{PAGE}?deployment={number}").content.decode()
            assert sections(page) == {"queued": False, "building": True}

    def test_is_followed_from_where_it_ends(self, alice: Client, serving: Deployment) -> None:
        build(serving, "one")
        write(serving, "two")
        end = whole_log.newest(whole_log.of(serving)).next_offset

        page = alice.get(PAGE).content.decode()

        assert f'data-log="/w/acme/apps/hello/deployments/1/timeline" data-offset="{end}"' in page

    def test_offers_the_other_deployments(self, alice: Client, world: World, app: App) -> None:
        deployed(world, app, times=2)

        page = alice.get(f"{PAGE}?deployment=1").content.decode()

        assert re.findall(r'<option value="(\d+)"( selected)?', page) == [("2", ""), ("1", " selected")]

    def test_teaches_while_there_is_none(self, alice: Client, app: App) -> None:
        page = alice.get(PAGE).content.decode()

        assert "Nothing to read yet" in page
        assert "data-log=" not in page

    def test_says_that_there_is_no_such_deployment(self, alice: Client, serving: Deployment) -> None:
        assert alice.get(f"{PAGE}?deployment=7").status_code == 404


class TestPages:
    @pytest.fixture(autouse=True)
    def short(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(whole_log, "PAGE_LINES", 4)
        monkeypatch.setattr(shared, "STRIDE_LINES", 4)

    def test_turn_back_and_forth_without_scripts(self, alice: Client, serving: Deployment) -> None:
        texts = [f"line {number}" for number in range(10)]
        write(serving, *texts)
        page = alice.get(PAGE).content.decode()
        back = [shown(page)]
        while links := re.findall(r'href="([^"]+)">Older lines', page):
            page = alice.get(PAGE + links[0].replace("&amp;", "&")).content.decode()
            assert "data-log=" not in page
            back.append(shown(page))

        forth = [shown(page)]
        while links := re.findall(r'href="([^"]+)">Newer lines', page):
            page = alice.get(PAGE + links[0].replace("&amp;", "&")).content.decode()
            forth.append(shown(page))

        assert len(back) > 2
        assert [text for lines in reversed(back) for text in lines] == texts
        assert [text for lines in forth for text in lines] == texts

    @pytest.mark.parametrize("query", ["before=x", "after=../1", "before=1-%00"])
    def test_say_that_there_is_no_such_place(self, query: str, alice: Client, serving: Deployment) -> None:
        answer = alice.get(f"{PAGE}?{query}")

        assert answer.status_code == 400
        assert "This is no place in the log." in answer.content.decode()


class TestSearch:
    def test_works_without_scripts_whatever_the_case(self, alice: Client, serving: Deployment) -> None:
        build(serving, "Getting flask", "other")
        write(serving, "GET /a <b>", "POST /b")

        page = alice.get(PAGE, {"q": " get "}).content.decode()

        assert shown(page) == ["<mark>Get</mark>ting flask", "<mark>GET</mark> /a &lt;b&gt;"]
        assert sections(page) == {"queued": True, "serving": True}

    def test_takes_text_as_text_and_not_as_a_pattern(self, alice: Client, serving: Deployment) -> None:
        write(serving, "aaaa", "a (.*) b")

        assert shown(alice.get(PAGE, {"q": "(.*)"}).content.decode()) == ["a <mark>(.*)</mark> b"]

    def test_finds_what_lies_before_the_lines_shown(self, alice: Client, serving: Deployment) -> None:
        write(serving, "needle", *["hay"] * (whole_log.PAGE_LINES + shared.STRIDE_LINES))

        assert "needle" not in shown(alice.get(PAGE).content.decode())
        assert shown(alice.get(PAGE, {"q": "needle"}).content.decode()) == ["<mark>needle</mark>"]

    def test_says_that_nothing_was_found(self, alice: Client, serving: Deployment) -> None:
        write(serving, "hay")

        page = alice.get(PAGE, {"q": "a<b"}).content.decode()

        assert "No line of deployment 1 that is kept holds “a&lt;b”." in page

    def test_ends_where_following_goes_on(self, alice: Client, serving: Deployment) -> None:
        write(serving, "hay", "needle")
        end = whole_log.newest(whole_log.of(serving)).next_offset

        assert f'data-offset="{end}"' in alice.get(PAGE, {"q": "needle"}).content.decode()


class TestDownload:
    def test_gives_the_lines_of_both_in_the_order_of_their_time(self, alice: Client, serving: Deployment) -> None:
        [instance] = serving.instances.all()
        start = serving.created_at.replace(microsecond=0)

        def line(seconds: int, source: str) -> Line:
            return Line((start + timedelta(seconds=seconds)).timestamp(), source, f"at {seconds}")

        Writer(layout.build_log(serving)).append([line(1, "slipway"), line(3, "slipway")])
        Writer(layout.app_log(serving.app)).append(
            [line(2, instance.engine_id), line(2, "stranger"), line(4, instance.engine_id)]
        )

        answer = alice.get(f"{PAGE}?download")

        assert answer["Content-Type"] == "text/plain; charset=utf-8"
        assert answer["Content-Disposition"] == 'attachment; filename="hello-1.log"'
        text = asyncio.run(content(answer))
        assert re.findall(r"at \d", text) == ["at 1", "at 2", "at 3", "at 4"]
        first = (start + timedelta(seconds=1)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        assert text.startswith(f"{first} slipway at 1\n")

    def test_of_a_search_gives_what_it_finds(self, alice: Client, serving: Deployment) -> None:
        write(serving, "one", "two")

        answer = alice.get(f"{PAGE}?download&q=TWO")

        assert asyncio.run(content(answer)).endswith(" two\n")
        assert asyncio.run(content(alice.get(f"{PAGE}?download&q=three"))) == ""


def test_needs_as_many_queries_for_many_deployments_as_for_few(alice: Client, world: World, app: App) -> None:
    counts = []
    for times in (2, 8):
        deployed(world, app, times=times)
        counts.append(queries_of(alice, PAGE))

    assert counts[1] == counts[0] <= MOST_QUERIES


async def content(answer: StreamingHttpResponse) -> str:
    return b"".join([piece async for piece in answer]).decode()
