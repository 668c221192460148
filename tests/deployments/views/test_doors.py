"""Who gets through which page's door. A page that this table does not know fails the test."""

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from deployments.models import AppState, DesiredState
from deployments.operations import deployments
from deployments.urls import urlpatterns
from tests.world import World
from workspaces.models import AuditEvent

#: By the page's name: what its address holds beside the workspace, and what Alice gets for GET and POST.
PAGES: dict[str, tuple[list[str], int, int]] = {
    "apps": ([], 200, 200),
    "new-app": ([], 200, 400),
    "app-name": ([], 200, 200),
    "restore-app": (["deleted"], 302, 404),
    "app": (["hello"], 200, 200),
    "app-logs": (["hello"], 200, 200),
    "app-deployments": (["hello"], 200, 200),
    "start-app": (["hello"], 302, 302),
    "stop-app": (["hello"], 302, 302),
    "app-environment": (["hello"], 200, 400),
    "remove-env-var": (["hello"], 302, 302),
    "paste-env-vars": (["hello"], 302, 400),
    "app-settings": (["hello"], 200, 400),
    "configure-app": (["hello"], 302, 302),
    "scale-app": (["hello"], 302, 302),
    "convert-app-back": (["hello"], 302, 302),
    "hand-over-app": (["hello"], 302, 302),
    "delete-app": (["hello"], 302, 400),
    "deploy": (["hello"], 200, 302),
    "deployment": (["hello", "1"], 200, 200),
    "deployment-log": (["hello", "1"], 200, 200),
    "opt-out": (["hello"], 200, 302),
    "accept-opt-out": (["hello"], 302, 302),
    "discard-opt-out": (["hello"], 302, 302),
    # Of a bundle that was never deployed.
    "draft": (["hello", "0"], 404, 404),
    "deployment-timeline": (["hello", "1"], 200, 200),
    "app-access": (["hello"], 200, 400),
    "app-packages": (["hello"], 200, 200),
    "packages": ([], 200, 200),
    "deployment-packages": (["hello", "1"], 200, 200),
    "requirements-lock": (["hello", "1"], 409, 409),
    "sbom": (["hello", "1"], 409, 409),
    "fix": (["hello", "1"], 302, 302),
    "deploy-again": (["hello", "1"], 200, 302),
    "activate": (["hello", "1"], 409, 302),
    "cancel": (["hello", "1"], 302, 302),
}


def address(page: str) -> str:
    arguments = [str(uuid.UUID(int=1)) if word == "deleted" else word for word in PAGES[page][0]]
    return reverse(page, args=["acme", *arguments])


@pytest.fixture
def app(world: World) -> None:
    deployments.request(world.alice, world.app("hello"), bundle=world.bundle())


@pytest.mark.usefixtures("app")
class TestDoors:
    def test_the_table_knows_every_page(self) -> None:
        # These are no workspace's: they lead to where their visitor belongs, or programs to an app.
        elsewhere = {
            "home", "open-app", "app-at-host", "content-address", "content-front-page", "content-bundle",
            "content-in-bundle", "content-path",
        }  # fmt: skip
        assert {pattern.name for pattern in urlpatterns} - elsewhere == PAGES.keys()

    def test_a_member_gets_in(self, alice: Client) -> None:
        answers = {
            page: (words, alice.get(address(page)).status_code, alice.post(address(page)).status_code)
            for page, (words, _, _) in PAGES.items()
        }

        assert answers == PAGES

    def test_a_stranger_finds_nothing(self, charlie: Client) -> None:
        before = AuditEvent.objects.count()

        answers = {
            (charlie.get(address(page)).status_code, charlie.post(address(page), {"name": "hello"}).status_code)
            for page in PAGES
        }

        assert answers == {(404, 404)}
        assert AuditEvent.objects.count() == before

    def test_somebody_unknown_is_asked_to_sign_in(self) -> None:
        wanted = [Client().get(address(page)).headers.get("Location") for page in PAGES]

        assert wanted == [f"/sign-in?next={address(page)}" for page in PAGES]

    def test_a_write_without_the_csrf_token_is_refused(self, world: World) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(world.alice.user)

        answers = [client.post(address(page), {"name": "hello"}) for page in PAGES]

        assert {answer.status_code for answer in answers} == {403}
        assert "open for too long" in answers[0].content.decode()

    def test_reading_changes_nothing(self, alice: Client, world: World) -> None:
        before = AuditEvent.objects.count()

        for page in PAGES:
            alice.get(address(page))

        app = world.alice.workspace.apps.get()
        assert (app.state, app.desired_state) == (AppState.STARTING, DesiredState.RUNNING)
        assert AuditEvent.objects.count() == before
