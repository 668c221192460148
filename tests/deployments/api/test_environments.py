import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from deployments.models import Deployment, Environment, Instance
from deployments.operations import clearing, deployments
from deployments.operations import environments as rows
from tests.deployments.api.clients import Client, is_error
from tests.world import World
from workspaces.models import AuditEvent

KEY = "ab" * 8


@pytest.fixture
def shared(world: World) -> Environment:
    """Of everybody, used by Alice's app, in which an instance runs, and by Charlie's."""
    environment = Environment.objects.create(
        key=KEY, python_version="3.11.9", packages=3, size_bytes=30, own_bytes=10, shared_bytes=20,
        built_at=timezone.now(), last_used_at=timezone.now(),
    )  # fmt: skip
    for name, by in (("hello", world.alice), ("secret-plan", world.charlie)):
        made = deployments.request(by, world.app(name, by), bundle=world.bundle(by=by))
        Deployment.objects.filter(pk=made.pk).update(environment=environment)
        Instance.objects.create(workspace=by.workspace, deployment=made, environment=environment)
    return environment


class TestList:
    def test_tells_the_use_in_this_workspace_only(self, shared: Environment, alice: Client) -> None:
        (told,) = alice.get("/api/v1/environments").json()["results"]

        assert told.pop("last_used_at")
        assert told == {
            "key": KEY, "python": "3.11.9", "packages": 3, "size_bytes": 30, "own_bytes": 10, "shared_bytes": 20,
            "shared": True, "cleared": False, "apps": ["hello"], "running": 1,
        }  # fmt: skip

    def test_shows_no_environment_that_only_others_use(self, world: World, alice: Client, charlie: Client) -> None:
        Environment.objects.create(
            key=KEY, workspace=world.charlie.workspace, python_version="3.11.9", built_at=timezone.now()
        )

        assert alice.get("/api/v1/environments").json()["results"] == []
        assert len(charlie.get("/api/v1/environments").json()["results"]) == 1
        assert is_error(alice.delete(f"/api/v1/environments/{KEY}"), 404, "not_found")


class TestClear:
    def test_clears_a_shared_one_for_this_workspace_only(
        self, world: World, shared: Environment, alice: Client, charlie: Client
    ) -> None:
        answer = alice.delete(f"/api/v1/environments/{KEY}")

        assert answer.status_code == 204
        assert alice.get("/api/v1/environments").json()["results"][0]["cleared"]
        assert not charlie.get("/api/v1/environments").json()["results"][0]["cleared"]
        assert rows.is_avoided(world.alice.workspace, shared.fingerprint)
        assert not rows.is_avoided(world.charlie.workspace, shared.fingerprint)
        assert AuditEvent.objects.get(verb="cleared").object_name == KEY

    def test_lets_the_next_deployment_make_another(self, world: World, alice: Client) -> None:
        own = Environment.objects.create(
            key=KEY, workspace=world.alice.workspace, python_version="3.11.9", built_at=timezone.now()
        )
        waiting = deployments.request(world.alice, world.app(), bundle=world.bundle())

        alice.delete(f"/api/v1/environments/{KEY}")
        claimed = rows.claim(waiting, world.alice.workspace, fingerprint=KEY, python_version="3.11.9")

        assert claimed.key != own.key
        assert claimed.built_at is None

    def test_clears_all_that_the_workspace_knows(
        self, world: World, shared: Environment, alice: Client, charlie: Client
    ) -> None:
        fields = {"python_version": "3.11.9", "built_at": timezone.now()}
        own = Environment.objects.create(key="cd" * 8, workspace=world.alice.workspace, **fields)
        theirs = Environment.objects.create(key="ef" * 8, workspace=world.charlie.workspace, **fields)
        unknown = Environment.objects.create(key="01" * 8, **fields)

        first, second = (alice.delete("/api/v1/environments").json() for _ in range(2))

        assert (first, second) == ({"cleared": 2}, {"cleared": 0})
        assert all(told["cleared"] for told in alice.get("/api/v1/environments").json()["results"])
        assert not any(told["cleared"] for told in charlie.get("/api/v1/environments").json()["results"])
        for row in (shared, own, theirs, unknown):
            row.refresh_from_db()
        assert [row.cleared_because for row in (shared, own, theirs)] == ["", "cleared by an admin", ""]
        assert not rows.is_avoided(world.alice.workspace, unknown.fingerprint)
        assert AuditEvent.objects.get(verb="cleared").details == {"environments": 2}

    def test_is_for_admins(self, world: World, shared: Environment) -> None:
        bob = Client(world.token(world.bob))

        assert is_error(bob.delete(f"/api/v1/environments/{KEY}"), 403, "forbidden")


class TestAdmin:
    def test_names_a_few_of_many_apps_in_the_admin(self, world: World, shared: Environment) -> None:
        for name in ("billing", "orders", "reports", "zoo"):
            made = deployments.request(world.alice, world.app(name), bundle=world.bundle())
            Deployment.objects.filter(pk=made.pk).update(environment=shared)
        browser = Browser()
        browser.force_login(world.alice.user)

        page = browser.get(reverse("admin:deployments_environment_changelist")).content.decode()

        assert "billing, hello, orders and 2 more" in page

    def test_tells_size_use_and_what_comes_of_it(self, world: World, shared: Environment) -> None:
        browser, address = Browser(), reverse("admin:deployments_environment_changelist")
        browser.force_login(world.alice.user)

        before = browser.get(address).content.decode()
        clearing.clear(world.alice, shared)
        after = browser.get(address).content.decode()

        for told in ("10\xa0bytes its own, 20\xa0bytes shared", "3.11.9", "hello", " UTC", "in use"):
            assert told in before, told
        assert "cleared for this workspace" in after
        assert "secret-plan" not in before + after

    def test_asks_and_clears(self, world: World, shared: Environment) -> None:
        alice, address = Browser(), reverse("admin:deployments_environment_changelist")
        alice.force_login(world.alice.user)
        form = {"action": "clear", "_selected_action": [shared.pk]}

        asked = alice.post(address, form).content.decode()
        alice.post(address, form | {"confirmed": "yes"})

        assert f"{KEY}: Python 3.11.9, 3 packages" in asked
        assert "secret-plan" not in alice.get(address).content.decode()
        assert rows.is_avoided(world.alice.workspace, shared.fingerprint)
