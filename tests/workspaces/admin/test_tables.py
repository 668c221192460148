"""Every table of the admin, asked for by admins of two workspaces and by a site admin."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from deployments.models import Environment
from deployments.models.env_var import EnvVar
from deployments.operations import base_images, deployments
from packagerepos.models import ExternalPackage, ProhibitedPackage
from packagerepos.operations import listed_packages
from tests.world import World
from workspaces.admin.platform import UserAdmin
from workspaces.admin.site import site
from workspaces.admin.tenant import SiteAdminsOnly
from workspaces.models import Membership, ScopePermission, User, Workspace
from workspaces.operations import groups, invitations, scope_acls, secret_scopes, secrets
from workspaces.principals import Principal

TABLES = {model: table for model, table in site._registry.items() if not isinstance(table, SiteAdminsOnly)}
SITE_TABLES = {model: table for model, table in site._registry.items() if isinstance(table, SiteAdminsOnly)}


def name(table: object) -> str:
    return type(table).__name__


def address(model: object, page: str, *args: object) -> str:
    meta = model._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{page}", args=args)


def fill(world: World, by: Principal, times: int, mark: str = "mark") -> None:
    """``times`` rows in every table, all of ``by``'s workspace and with ``mark`` in their names."""
    scopes = []
    for number in range(times):
        word = f"{mark}-{number}"
        person = User.objects.create_user(f"{word}@example.org", name=word)
        Membership.objects.create(workspace=by.workspace, user=person)
        group = groups.create(by, name=word)
        groups.add_member(by, group, person)
        invitations.create(by, email=f"guest-{word}@example.org", role="member", now=timezone.now())
        scope = secret_scopes.create(by, name=word)
        secrets.put(by, scope, key=word, value=b"the-sealed-value", now=timezone.now())
        scope_acls.put(by, scope, grantee=word, permission=ScopePermission.READ)
        scopes.append(scope)
        world.token(by)
        app = world.app(word, by)
        deployment = deployments.request(by, app, bundle=world.bundle(word.encode(), by))
        deployment.environment = Environment.objects.create(key=word[-16:], python_version="3.11.9")
        deployment.save()
        deployment.instances.create(workspace=by.workspace)
        EnvVar.objects.create(workspace=by.workspace, app=app, name="PASSWORD", value="a-plain-value")
        for kind in (ExternalPackage, ProhibitedPackage):
            listed_packages.add(by, kind, name=word)
        base_images.create(by, name=f"image-{word}", summary=word, requirements="six", pythons=["3.11"])


class TestEveryTable:
    @pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__name__)
    def test_asks_as_often_for_3_rows_as_for_30(self, model: type, world: World, alice: Client) -> None:
        fill(world, world.alice, 3, "few")
        with CaptureQueriesContext(connection) as few:
            assert alice.get(address(model, "changelist")).status_code == 200
        fill(world, world.alice, 27, "many")

        with CaptureQueriesContext(connection) as many:
            response = alice.get(address(model, "changelist"))

        assert response.context["cl"].result_count >= 30
        assert len(many) == len(few)

    @pytest.mark.parametrize("who", ["alice", "site_admin"])
    def test_answers_to_each_choice_of_its_filters(
        self, who: str, world: World, request: pytest.FixtureRequest
    ) -> None:
        client = request.getfixturevalue(who)
        fill(world, world.alice, 1)

        for model in TABLES:
            listed = client.get(address(model, "changelist")).context["cl"]
            chosen = [choice["query_string"] for shown in listed.filter_specs for choice in shown.choices(listed)]
            answers = {query: client.get(address(model, "changelist") + query).status_code for query in chosen}
            assert set(answers.values()) <= {200}, (model, answers)

    def test_shows_nothing_of_another_workspace(self, world: World, alice: Client) -> None:
        fill(world, world.charlie, 1, "globex-own")
        fill(world, world.alice, 1, "mine")

        for model in TABLES:
            for query in ({}, {"q": "globex"}, {"o": "1"}):
                page = alice.get(address(model, "changelist"), query)
                assert page.status_code == 200
                assert "globex-own" not in page.content.decode(), model
                assert "Globex" not in page.content.decode(), model

    def test_has_no_address_for_a_row_of_another_workspace(self, world: World, alice: Client) -> None:
        fill(world, world.charlie, 1, "globex-own")

        for model in TABLES:
            row = model._default_manager.first()
            rows = model._default_manager.filter(pk__isnull=False)
            if model is not Environment:
                rows = rows.filter(workspace=world.charlie.workspace)
            row = rows.first()
            for page in ("change", "history", "delete"):
                answer = alice.get(address(model, page, row.pk))
                assert answer.status_code in {403, 404}, (model, page)
                never = alice.get(address(model, page, 2**31 - 1))
                assert (answer.status_code, len(answer.content)) == (never.status_code, len(never.content)), model

    def test_acts_on_no_row_of_another_workspace(self, world: World, alice: Client) -> None:
        fill(world, world.charlie, 1, "globex-own")
        before = _everything(world.charlie.workspace)

        for model, table in TABLES.items():
            for action in table.actions or ():
                ids = list(
                    model._default_manager.filter(workspace=world.charlie.workspace).values_list("pk", flat=True)
                )
                form = {"action": action, "_selected_action": ids, "confirmed": "yes"}
                answer = alice.post(address(model, "changelist"), form, follow=True)
                assert answer.status_code == 200
                assert "globex-own" not in answer.content.decode()

        assert _everything(world.charlie.workspace) == before

    def test_opens_its_rows(self, world: World, alice: Client) -> None:
        fill(world, world.alice, 1)

        for model in TABLES:
            row = alice.get(address(model, "changelist")).context["cl"].result_list[0]
            page = alice.get(address(model, "change", row.pk))
            assert page.status_code == 200, model
            assert "sealed-value" not in page.content.decode()
            assert "a-plain-value" not in page.content.decode()

    @pytest.mark.parametrize(
        "lookup", ["user__password__startswith", "digest__startswith", "sealed__isnull", "value__startswith"]
    )
    def test_lets_nobody_guess_at_columns_that_are_not_shown(self, lookup: str, world: World, alice: Client) -> None:
        for model in TABLES:
            assert alice.get(address(model, "changelist"), {lookup: "a"}).status_code == 400

    def test_is_whole_for_a_site_admin(self, world: World, site_admin: Client) -> None:
        fill(world, world.charlie, 1, "globex-own")
        fill(world, world.alice, 1, "acme-own")

        for model in TABLES | SITE_TABLES:
            page = site_admin.get(address(model, "changelist"))
            assert page.status_code == 200, model
        page = site_admin.get(address(Workspace, "changelist")).content.decode()
        assert "globex" in page
        assert "acme" in page


class TestSiteTables:
    @pytest.mark.parametrize("model", SITE_TABLES, ids=lambda model: model.__name__)
    def test_are_closed_to_admins_of_a_workspace(self, model: type, world: World, alice: Client) -> None:
        assert alice.get(address(model, "changelist")).status_code == 403
        assert alice.get(address(model, "change", world.alice.user.pk)).status_code in {403, 404}

    def test_let_nobody_raise_themselves(self, world: World, alice: Client, site_admin: Client) -> None:
        form = {"is_superuser": "on", "is_staff": "on", "is_active": "on", "email": "alice@example.org"}

        for client in (alice, site_admin):
            assert client.post(address(User, "change", world.alice.user.pk), form).status_code == 403

        world.alice.user.refresh_from_db()
        assert not world.alice.user.is_superuser
        assert not world.alice.user.is_staff
        assert set(UserAdmin.readonly_fields) == set(UserAdmin.fields)


def _everything(workspace: Workspace) -> dict[str, list[tuple[object, ...]]]:
    tables = (model for model in TABLES if model is not Environment)
    return {
        model.__name__: list(model._default_manager.filter(workspace=workspace).order_by("pk").values_list())
        for model in tables
    }
