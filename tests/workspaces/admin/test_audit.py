import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.world import World
from workspaces.models import AuditEvent

AUDIT = reverse("admin:workspaces_auditevent_changelist")


class TestRows:
    @pytest.mark.parametrize("change", [{"verb": "praised"}, {"actor_name": "Nobody"}, {"actor": None, "verb": "x"}])
    def test_are_not_changed(self, change: dict[str, object], world: World) -> None:
        world.app()

        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            AuditEvent.objects.update(**change)

    def test_are_not_deleted(self, world: World) -> None:
        world.app()

        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            AuditEvent.objects.all().delete()
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            world.alice.workspace.delete()

    def test_keep_the_name_of_an_actor_whose_account_is_removed(self, world: World) -> None:
        world.app(by=world.bob)

        AuditEvent.objects.filter(actor=world.bob.user).update(actor=None)

        assert AuditEvent.objects.get(verb="created", object_type="app").actor_name == "Bob"

    def test_go_in_a_transaction_that_says_so(self, world: World) -> None:
        world.app()

        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL slipway.forget_audit = 'on'")
            AuditEvent.objects.all().delete()

        assert not AuditEvent.objects.exists()


class TestList:
    def test_searches_and_filters(self, world: World, alice: Client) -> None:
        world.app("orders")
        world.app("billing", by=world.bob)

        found = alice.get(AUDIT, {"q": "orders"}).context["cl"].result_list
        bobs = alice.get(AUDIT, {"q": "Bob", "object_type": "app", "verb": "created"}).context["cl"].result_list

        assert [event.object_name for event in found] == ["orders"]
        assert [event.object_name for event in bobs] == ["billing"]

    def test_offers_no_verb_of_another_workspace(self, world: World, alice: Client) -> None:
        AuditEvent.objects.create(workspace=world.charlie.workspace, actor_name="C", verb="juggled", object_type="ball")

        page = alice.get(AUDIT).content.decode()

        assert "juggled" not in page
        assert "ball" not in page

    def test_asks_as_often_for_100_000_rows(self, world: World, alice: Client) -> None:
        world.app()
        with CaptureQueriesContext(connection) as few:
            alice.get(AUDIT)
        workspace = world.alice.workspace
        rows = (
            AuditEvent(workspace=workspace, actor_name="A", verb="created", object_type="app", object_name=f"app-{n}")
            for n in range(100_000)
        )
        AuditEvent.objects.bulk_create(rows, batch_size=5000)

        with CaptureQueriesContext(connection) as many:
            page = alice.get(AUDIT, {"p": 1500})

        assert page.status_code == 200
        assert len(page.context["cl"].result_list) == 50
        assert len(many) == len(few)
