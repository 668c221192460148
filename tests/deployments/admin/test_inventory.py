"""The admin's page "Packages in use": one query for everybody, and each admin's own view of it."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from deployments.admin.inventory import PAGE_SIZE
from deployments.models import State
from deployments.venvs.lock import Origin
from tests.clients import signed_in
from tests.deployments.locked import INTERNAL, deployed, package
from tests.world import World
from workspaces.models import User

PAGE = "/admin/packages/"


@pytest.fixture
def alice(world: World) -> Client:
    return signed_in(world.alice.user)


@pytest.fixture
def root(world: World) -> Client:
    return signed_in(User.objects.create_superuser("root@example.org", "correct horse battery staple", name="Root"))


@pytest.fixture
def both(world: World) -> None:
    """Acme's shop asks for numpy 2.1 itself, after 2.0; Globex's lab has 1.26 because another package needs it."""
    shop, lab = world.app("shop"), world.app("lab", by=world.charlie)
    deployed(world, shop, package("numpy", "2.0"))
    deployed(world, shop, package("numpy", "2.1", index=INTERNAL))
    deployed(world, lab, package("numpy", "1.26", origin=Origin.TRANSITIVE), by=world.charlie)


def text(client: Client, query: str = "") -> str:
    answer = client.get(PAGE + query)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.usefixtures("both")
class TestPackagesInUse:
    def test_lists_what_serves_in_the_admins_own_workspace(self, alice: Client) -> None:
        page = text(alice)

        assert "numpy" in page
        assert "2.1" in page
        assert "1.26" not in page
        assert "Globex" not in page

    def test_tells_version_why_and_from_where(self, alice: Client) -> None:
        page = text(alice, "?name=NumPy")

        for told in ("shop", "#2", "2.1", "Direct", INTERNAL):
            assert told in page
        for other in ("lab</a>", "1.26", "2.0</code>"):
            assert other not in page

    def test_shows_earlier_deployments_on_demand(self, alice: Client) -> None:
        page = text(alice, "?name=numpy&all=1")

        assert "2.0</code>" in page
        assert State.RETIRED.label in page

    def test_knows_no_other_workspace(self, alice: Client) -> None:
        assert alice.get(f"{PAGE}?name=numpy&workspace=globex").status_code == 404
        assert alice.get(f"{PAGE}?name=numpy&workspace=nowhere").status_code == 404

    def test_shows_all_workspaces_to_site_admins(self, root: Client) -> None:
        page = text(root, "?name=numpy")

        for told in ("Acme", "shop", "2.1", "Globex", "lab</a>", "1.26", "Transitive"):
            assert told in page

    def test_lets_site_admins_choose_one(self, root: Client) -> None:
        page = text(root, "?name=numpy&workspace=globex")

        assert "1.26" in page
        assert "2.1</code>" not in page

    def test_searches_by_a_part_of_the_name(self, alice: Client) -> None:
        assert "numpy</a>" in text(alice, "?q=ump")
        assert "numpy</a>" not in text(alice, "?q=pandas")

    def test_takes_no_word_for_markup(self, alice: Client) -> None:
        page = text(alice, "?name=%3Cscript%3Ealert(1)%3C/script%3E")

        assert "<script>alert" not in page


class TestPages:
    def test_follow_one_another_with_what_was_chosen(self, world: World, root: Client) -> None:
        deployed(world, world.app("big"), *(package(f"pkg-{number:03}") for number in range(PAGE_SIZE + 1)))

        page = text(root, "?workspace=acme&q=pkg")

        assert f"pkg-{PAGE_SIZE - 1:03}</a>" in page
        assert f"pkg-{PAGE_SIZE:03}</a>" not in page
        assert f'href="?workspace=acme&amp;q=pkg&amp;after=pkg-{PAGE_SIZE - 1:03}"' in page
        assert f"pkg-{PAGE_SIZE:03}</a>" in text(root, f"?workspace=acme&q=pkg&after=pkg-{PAGE_SIZE - 1:03}")

    def test_ask_as_much_for_many_as_for_one(self, world: World, root: Client) -> None:
        numbers = []
        for name in ("one", "two", "three"):
            deployed(world, world.app(name), package("numpy"))
            with CaptureQueriesContext(
                connection,
            ) as queries:
                text(root, "?name=numpy")
            numbers.append(len(queries))

        assert numbers[0] == numbers[1] == numbers[2]
