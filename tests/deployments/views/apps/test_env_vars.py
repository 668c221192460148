from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from deployments.models import App, EnvVar, Instance, InstanceState, SecretReference
from deployments.operations import deployments, env_vars
from tests.clients import signed_in
from tests.deployments.locked import deployed
from tests.world import World
from workspaces.models import SecretScope
from workspaces.operations import secret_scopes, secrets

PAGE = "/w/acme/apps/hello/environment"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
PASSWORD = SecretReference("prod", "db-password")


@pytest.fixture
def app(world: World) -> App:
    scope = secret_scopes.create(world.alice, name="prod")
    secrets.put(world.alice, scope, key="db-password", value=b"correct horse", now=NOW)
    return world.app("hello")


def stored(app: App) -> dict[str, object]:
    return {row.name: row.reference if row.is_secret else row.value for row in app.env_vars.all()}


class TestEnvironment:
    def test_shows_values_and_where_secrets_come_from(self, alice: Client, world: World, app: App) -> None:
        env_vars.replace(world.alice, app, {"COLOUR": "<b>blue</b>", "DB_PASSWORD": PASSWORD})

        page = alice.get(PAGE).content.decode()

        assert "&lt;b&gt;blue&lt;/b&gt;" in page
        assert "<code>prod/db-password</code>" in page
        assert "correct horse" not in page

    def test_keeps_a_plain_value_as_it_was_typed(self, alice: Client, app: App) -> None:
        answer = alice.post(PAGE, {"name": "TEXT", "value": " two\r\nlines ", "secret": ""})

        assert answer["Location"] == PAGE
        assert stored(app) == {"TEXT": " two\nlines "}

    def test_keeps_a_secret(self, alice: Client, app: App) -> None:
        alice.post(PAGE, {"name": "DB_PASSWORD", "value": "", "secret": "prod/db-password"})

        assert stored(app) == {"DB_PASSWORD": PASSWORD}

    @pytest.mark.parametrize(
        ("typed", "sentence"),
        [
            ({"name": "PORT", "value": "1"}, "PORT is set by the platform. Choose another name."),
            ({"name": "A-B", "value": "1"}, "cannot be the name of an environment variable."),
            ({"name": "A", "value": "1", "secret": "prod/db-password"}, "Give a value or a secret, not both."),
            ({"name": "A", "secret": "prod"}, "Write the scope and the key with a slash between them"),
            ({"name": "A", "secret": "prod/nope"}, "A refers to the key &#x27;nope&#x27;"),
            ({"name": "", "value": "kept text"}, "This field is required."),
        ],
    )
    def test_refuses_with_a_sentence(self, alice: Client, app: App, typed: dict[str, str], sentence: str) -> None:
        answer = alice.post(PAGE, typed)

        assert answer.status_code == 400
        assert sentence in answer.content.decode()
        assert typed.get("value", "") in answer.content.decode()
        assert stored(app) == {}

    def test_offers_only_what_the_person_can_read(self, alice: Client, world: World, app: App) -> None:
        offer = '<option value="prod/db-password">'

        assert offer in alice.get(PAGE).content.decode()
        assert offer not in signed_in(world.bob.user).get(PAGE).content.decode()

    def test_fills_the_form_to_change_one(self, alice: Client, world: World, app: App) -> None:
        env_vars.replace(world.alice, app, {"COLOUR": "blue"})

        page = alice.get(f"{PAGE}?edit=COLOUR").content.decode()

        assert "Change COLOUR" in page
        assert 'value="COLOUR"' in page

    def test_marks_what_is_gone(self, alice: Client, world: World, app: App) -> None:
        env_vars.replace(world.alice, app, {"DB_PASSWORD": PASSWORD})
        before = alice.get(PAGE).content.decode()
        secrets.delete(world.alice, secret_scopes.find(world.alice, "prod"), key="db-password")

        assert ("missing</span>" in before, "missing</span>" in alice.get(PAGE).content.decode()) == (False, True)

    def test_says_when_a_new_deployment_is_needed(self, alice: Client, world: World, app: App) -> None:
        active = deployments.request(world.alice, app, bundle=world.bundle())
        App.objects.filter(pk=app.pk).update(active_deployment=active)
        before = alice.get(PAGE).content.decode()
        env_vars.replace(world.alice, app, {"COLOUR": "blue"})

        assert ("Needs redeploy" in before, "Needs redeploy" in alice.get(PAGE).content.decode()) == (False, True)

    def test_says_that_a_secret_was_written_again_and_never_its_value(
        self, alice: Client, world: World, app: App
    ) -> None:
        env_vars.replace(world.alice, app, {"DB_PASSWORD": PASSWORD})
        deployment = deployed(world, app)
        Instance.objects.create(workspace=app.workspace, deployment=deployment, state=InstanceState.HEALTHY)
        before = alice.get(PAGE).content.decode()
        scope = SecretScope.objects.get(name="prod")
        secrets.put(world.alice, scope, key="db-password", value=b"battery staple", now=timezone.now())

        page = alice.get(PAGE).content.decode()

        assert "Needs redeploy" not in before
        assert "the secret behind <code>DB_PASSWORD</code> was written again" in " ".join(page.split())
        assert "battery" not in page

    def test_asks_as_often_for_many_as_for_few(
        self, alice: Client, world: World, app: App, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        env_vars.replace(world.alice, app, {"A": "", "B": PASSWORD})
        alice.get(PAGE)
        with CaptureQueriesContext(connection) as few:
            alice.get(PAGE)
        env_vars.replace(world.alice, app, {f"A{number}": PASSWORD if number % 2 else "" for number in range(100)})

        with django_assert_num_queries(len(few)):
            alice.get(PAGE)


class TestRemove:
    def test_removes_one(self, alice: Client, world: World, app: App) -> None:
        env_vars.replace(world.alice, app, {"A": "1", "B": "2"})

        alice.post(f"{PAGE}/remove", {"name": "A"})

        assert stored(app) == {"B": "2"}

    def test_leaves_what_is_not_named(self, alice: Client, world: World, app: App) -> None:
        env_vars.replace(world.alice, app, {"A": "1"})

        answer = alice.post(f"{PAGE}/remove", {"name": "a\0"}, follow=True)

        assert "is removed" not in answer.content.decode()
        assert stored(app) == {"A": "1"}


class TestPaste:
    TEXT = 'export COLOUR="green"\nNEW=1\nSAME=x\nDB_PASSWORD=plain\nPORT=80\nprose here\n'

    def test_previews_and_keeps_nothing_yet(self, alice: Client, world: World, app: App) -> None:
        env_vars.replace(world.alice, app, {"COLOUR": "blue", "SAME": "x", "DB_PASSWORD": PASSWORD})

        page = alice.post(f"{PAGE}/paste", {"text": self.TEXT}).content.decode()

        assert [word in page for word in ("Changes", "New", "Unchanged", "Replaces the secret")] == [True] * 4
        assert "Skipped. PORT is set by the platform." in page
        assert "Skipped. This line is not NAME=value." in page
        assert "Keep 4 variables" in page
        assert EnvVar.objects.get(name="COLOUR").value == "blue"

    def test_keeps_what_can_be(self, alice: Client, world: World, app: App) -> None:
        alice.post(f"{PAGE}/paste", {"text": self.TEXT, "keep": "1"})

        assert stored(app) == {"COLOUR": "green", "NEW": "1", "SAME": "x", "DB_PASSWORD": "plain"}

    def test_wants_something(self, alice: Client, app: App) -> None:
        answer = alice.post(f"{PAGE}/paste", {"text": " \n"})

        assert answer.status_code == 400
