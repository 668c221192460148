import re

from django.test import Client

from deployments.models import State
from deployments.operations import deployments
from tests.deployments import locked
from tests.deployments.locked import package
from tests.deployments.served import deployed
from tests.deployments.views.limits import MOST_QUERIES, queries_of
from tests.world import World

PAGE = "/w/acme/apps/hello/deployments"


class TestAppDeployments:
    def test_teaches_while_there_are_none(self, alice: Client, world: World) -> None:
        world.app("hello")

        page = alice.get(PAGE).content.decode()

        assert "Nothing has been deployed yet" in page
        assert 'href="/w/acme/apps/hello/deploy"' in page

    def test_turns_pages(self, alice: Client, world: World) -> None:
        deployed(world, world.app("hello"), times=22)

        first, second = (alice.get(f"{PAGE}{query}").content.decode() for query in ("", "?before=3"))

        assert "?before=3" in first
        assert "deployments/3/again" not in second
        assert "deployments/2/" in second

    def test_says_why_one_failed(self, alice: Client, world: World) -> None:
        failed = deployments.request(world.alice, world.app("hello"), bundle=world.bundle())
        failed.move(State.FAILED, failure_message="It <broke>.")

        page = alice.get(PAGE).content.decode()

        assert "It &lt;broke&gt;." in page
        assert f"{PAGE}/1/again" in page

    def test_says_what_each_is_made_of_and_how_many_packages_it_changed(self, alice: Client, world: World) -> None:
        app = world.app("hello")
        locked.deployed(world, app, package("flask", "3.0.3"), package("jinja2"))
        locked.deployed(world, app, package("flask", "3.1.0"), package("click"), package("jinja2"))
        locked.deployed(world, app, package("flask", "3.1.0"), package("click"), package("jinja2"))

        page = alice.get(PAGE).content.decode()

        said = re.findall(r'/deployments/(\d)/packages\?with=(\d)#changes"[^>]*>([^<]*)<', page)
        assert said == [("3", "2", "same packages"), ("2", "1", "2 packages changed")]
        assert page.count(f'<code title="The source that was uploaded: {world.bundle().digest}') == 3

    def test_can_activate_and_deploy_again(self, alice: Client, world: World) -> None:
        app = world.app("hello")
        for version in ("3.0.3", "3.1.0"):
            locked.deployed(world, app, package("flask", version))

        page = alice.get(PAGE).content.decode()

        assert f"{PAGE}/1/activate" in page
        assert f"{PAGE}/1/again" in page
        assert f"{PAGE}/2/activate" not in page

    def test_needs_as_many_queries_for_many_as_for_few(self, alice: Client, world: World) -> None:
        app = world.app("hello")
        counts = []
        for times in (2, 15):
            deployed(world, app, times=times)
            counts.append(queries_of(alice, PAGE))

        assert counts[1] == counts[0] <= MOST_QUERIES

    def test_refreshes_only_what_changes(self, alice: Client, world: World) -> None:
        deployments.request(world.alice, world.app("hello"), bundle=world.bundle())

        part = alice.get(f"{PAGE}?part=live").content.decode()

        assert "data-poll" in part
        assert "<html" not in part
