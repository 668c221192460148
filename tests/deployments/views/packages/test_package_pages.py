import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from deployments.models import Environment, State
from deployments.operations import deployments, environments
from deployments.venvs.inspecting.needs import Needs
from deployments.venvs.lock import ArtefactKind, Origin
from tests.deployments.locked import INTERNAL, deployed, package
from tests.deployments.views.limits import MOST_QUERIES
from tests.world import World

HELLO = "/w/acme/apps/hello"


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content
    return " ".join(answer.content.decode().split())


def is_shown(page: str, name: str) -> bool:
    row = page[: page.index(f'?name={name}"')].rpartition("<tr ")[2]
    return " hidden>" not in row


class TestDeploymentPackages:
    def test_lists_them_with_why_and_from_where(self, alice: Client, world: World) -> None:
        deployed(
            world, world.app(), package("flask", "3.1.0", index=INTERNAL),
            package("werkzeug", "3.1.3", origin=Origin.TRANSITIVE), package("uvicorn", "0.30", origin=Origin.PLATFORM),
        )  # fmt: skip

        page = text(alice, f"{HELLO}/deployments/1/packages")

        assert '3 packages<span class="muted"> · 1 direct · 1 transitive · 1 platform' in page
        assert 'title="https://packages.acme.test/simple">packages.acme.test</td>' in page
        assert "A notice." in page
        assert f"{HELLO}/deployments/1/requirements.lock" in page

    def test_says_which_packages_need_one_where_that_was_kept(self, alice: Client, world: World) -> None:
        names = ("cli", "forms", "login", "mail")
        parts = [package(name) for name in names] + [package("click", origin=Origin.TRANSITIVE)]
        deployment = deployed(world, world.app(), *parts)
        of = {name: ["click"] for name in names} | {"click": []}
        environments.keep_needs(deployment.lock, Needs(names, of).to_json())

        page = text(alice, f"{HELLO}/deployments/1/packages")

        assert 'Transitive <span class="muted">needed by cli, forms, login and 1 more</span>' in page
        assert page.count("needed by") == 1

    @pytest.mark.parametrize(
        ("search", "shown"),
        [("WERK", {"werkzeug"}), ("acme", {"flask"}), ("direct", {"flask"}), ("3.1.3", {"werkzeug"})],
    )
    def test_can_be_searched_without_scripts(self, alice: Client, world: World, search: str, shown: set[str]) -> None:
        deployed(
            world, world.app(), package("flask", "3.1.0", index=INTERNAL),
            package("werkzeug", "3.1.3", origin=Origin.TRANSITIVE),
        )  # fmt: skip

        page = text(alice, f"{HELLO}/deployments/1/packages?q={search}")

        assert {name for name in ("flask", "werkzeug") if is_shown(page, name)} == shown

    def test_says_that_nothing_matches(self, alice: Client, world: World) -> None:
        deployed(world, world.app(), package("flask"))

        page = text(alice, f"{HELLO}/deployments/1/packages?q=%3Cb%3E")

        assert "data-filter-empty>No package matches." in page
        assert "<b>" not in page

    def test_says_why_there_are_none(self, alice: Client, world: World) -> None:
        app = world.app()
        deployed(world, app)
        deployments.request(world.alice, app, bundle=world.bundle())

        assert "needs nothing but Python itself" in text(alice, f"{HELLO}/deployments/1/packages")
        assert "is queued; its packages are not resolved yet" in text(alice, f"{HELLO}/deployments/2/packages")
        app.deployments.get(number=2).move(State.FAILED)
        assert "ended before its packages were resolved" in text(alice, f"{HELLO}/deployments/2/packages")

    def test_tells_external_ones_from_none_at_all(self, alice: Client, world: World) -> None:
        app = world.app()
        external = {"kind": ArtefactKind.EXTERNAL, "url": "", "index": None, "hashes": (), "origin": Origin.EXTERNAL}
        deployed(world, app, package("torch", "2.9.0", **external))
        unmanaged = deployed(world, app)
        unmanaged.lock.content["is_managed"] = False
        unmanaged.lock.save()

        assert ">the machine’s Python</td>" in text(alice, f"{HELLO}/deployments/1/packages")
        assert "Packages are not managed" in text(alice, f"{HELLO}/deployments/2/packages")
        assert "<code>2.9.0</code>" in text(alice, f"{HELLO}/deployments/2")

    def test_compares_with_what_served_before_or_with_any(self, alice: Client, world: World) -> None:
        app = world.app()
        deployed(world, app, package("flask", "3.0.0"), package("six"))
        deployed(world, app, package("flask", "3.1.0"), package("six"))
        deployed(world, app, package("flask", "3.1.0"), package("six", index=INTERNAL), package("new"))

        before = text(alice, f"{HELLO}/deployments/3/packages")
        chosen = text(alice, f"{HELLO}/deployments/3/packages?with=1")

        assert "Changed since deployment 2" in before
        assert "<code>1.0 from packages.acme.test</code>" in before
        assert "<td>new</td>" in before
        assert "<td>flask</td>" not in before
        assert "Changed since deployment 1" in chosen
        assert "<code>3.0.0</code>" in chosen
        assert alice.get(f"{HELLO}/deployments/3/packages?with=9").status_code == 404

    def test_compares_with_a_deployment_of_another_app(self, alice: Client, world: World) -> None:
        deployed(world, world.app(), package("flask", "3.0.0"), package("six"))
        deployed(world, world.app("trial"), package("flask", "3.1.0"), package("six"))
        deployed(world, world.app("theirs", by=world.charlie), package("sauce"), by=world.charlie)

        page = text(alice, f"{HELLO}/deployments/1/packages?with=1&of=trial")

        assert "Compared with trial #1" in page
        assert "<th>trial #1</th><th>hello #1</th>" in page
        assert 'data-label="there"><code>3.1.0</code></td><td data-label="here"><code>3.0.0</code>' in page
        assert "<td>six</td>" not in page
        assert alice.get(f"{HELLO}/deployments/1/packages?with=1&of=theirs").status_code == 404

    def test_needs_few_queries(self, alice: Client, world: World) -> None:
        app = world.app()
        for version in ("1", "2"):
            deployed(world, app, *(package(f"p{number}", version) for number in range(100)))
        alice.get(f"{HELLO}/deployments/2/packages")

        with CaptureQueriesContext(connection) as queries:
            alice.get(f"{HELLO}/deployments/2/packages")

        assert len(queries) <= MOST_QUERIES


class TestAppPackages:
    def test_are_those_of_what_serves(self, alice: Client, world: World) -> None:
        app = world.app()
        deployed(world, app, package("flask", "3.0.0"))
        deployed(world, app, package("flask", "3.1.0"), state=State.FAILED)

        page = text(alice, f"{HELLO}/packages")

        assert "3.0.0" in page
        assert "3.1.0" not in page

    def test_tell_the_python(self, alice: Client, world: World) -> None:
        deployment = deployed(world, world.app(), package("flask"))
        deployment.environment = Environment.objects.create(key="ab" * 8, python_version="3.12.4")
        deployment.save()

        assert "runs with, on Python 3.12.4." in text(alice, f"{HELLO}/packages")

    def test_begin_with_a_deployment(self, alice: Client, world: World) -> None:
        world.app()

        assert "Nothing serves “hello” yet" in text(alice, f"{HELLO}/packages")


class TestDeploymentPage:
    def test_tells_what_changed(self, alice: Client, world: World) -> None:
        app = world.app()
        deployed(world, app, package("flask", "3.0.0"), *(package(f"p{number}") for number in range(20)))
        deployed(world, app, package("flask", "3.1.0"))

        for address in (f"{HELLO}/deployments/2", f"{HELLO}/deployments/2?part=live"):
            page = text(alice, address)

            assert "Packages changed since deployment 1" in page
            assert "<code>3.1.0</code>" in page
            assert "9 more packages" in page

    def test_tells_that_nothing_changed(self, alice: Client, world: World) -> None:
        app = world.app()
        for _ in range(2):
            deployed(world, app, package("flask"))

        assert "The packages are those of deployment 1" in text(alice, f"{HELLO}/deployments/2")
        assert "since deployment" not in text(alice, f"{HELLO}/deployments/1")


class TestFiles:
    def test_are_those_of_the_api(self, alice: Client, world: World) -> None:
        deployed(world, world.app(), package("flask", "3.1.0"))

        lock = alice.get(f"{HELLO}/deployments/1/requirements.lock")
        bill = alice.get(f"{HELLO}/deployments/1/sbom.json")

        assert "flask==3.1.0 \\" in lock.content.decode()
        assert bill.json()["components"][0]["purl"] == "pkg:pypi/flask@3.1.0"


class TestInventory:
    def test_lists_what_serves(self, alice: Client, world: World) -> None:
        shop, site = world.app("shop"), world.app("site")
        deployed(world, shop, package("requests", "2.30.0"), package("old"))
        deployed(world, shop, package("requests", "2.31.0"))
        deployed(world, site, package("requests", "2.32.0", origin=Origin.TRANSITIVE))

        page = text(alice, "/w/acme/packages")

        assert "<code>2.31.0</code>, <code>2.32.0</code>" in page
        assert '<td data-label="apps">2</td>' in page
        assert "2.30.0" not in page
        assert "?name=old" not in page

    def test_searches_and_goes_on(self, alice: Client, world: World) -> None:
        deployed(world, world.app(), *(package(f"p{number:03}") for number in range(60)), package("zebra"))

        first = text(alice, "/w/acme/packages")
        second = text(alice, "/w/acme/packages?after=p049")

        assert "?after=p049" in first
        assert "?name=p050" not in first
        assert "?name=p050" in second
        assert "?name=zebra" in text(alice, "/w/acme/packages?q=Zeb")
        assert "?name=p0" not in text(alice, "/w/acme/packages?q=zeb")
        assert "holds “nosuch”" in text(alice, "/w/acme/packages?q=nosuch")

    def test_names_who_uses_a_package(self, alice: Client, world: World) -> None:
        shop = world.app("shop")
        deployed(world, shop, package("requests", "2.30.0", index=INTERNAL))
        deployed(world, shop, package("six"))

        assert "No app runs with requests now" in text(alice, "/w/acme/packages?name=Requests")
        everything = text(alice, "/w/acme/packages?name=Requests&all=1")
        assert "/w/acme/apps/shop/deployments/1/packages?q=requests" in everything
        assert INTERNAL in everything
        assert "has ever held nosuch" in text(alice, "/w/acme/packages?name=nosuch&all=1")

    def test_shows_nothing_of_another_workspace(self, alice: Client, world: World) -> None:
        deployed(world, world.app("theirs", by=world.charlie), package("secret-sauce"), by=world.charlie)

        for query in ("", "?q=secret", "?name=secret-sauce", "?name=secret-sauce&all=1"):
            page = text(alice, f"/w/acme/packages{query}")
            assert "theirs" not in page
            assert "<tr>" not in page

    @pytest.mark.parametrize("query", ["", "?name=flask&all=1"])
    def test_asks_as_often_for_many_as_for_few(self, alice: Client, world: World, query: str) -> None:
        counts = []
        text(alice, f"/w/acme/packages{query}")
        for number in range(2):
            for each in range(1 + 15 * number):
                app = world.app(f"a{number}-{each}")
                deployed(world, app, package("flask"), *(package(f"p{app.pk}-{one}") for one in range(3)))
            with CaptureQueriesContext(connection) as queries:
                text(alice, f"/w/acme/packages{query}")
            counts.append(len(queries))

        assert counts[0] == counts[1]
