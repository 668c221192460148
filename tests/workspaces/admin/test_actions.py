from django.test import Client
from django.urls import reverse

from tests.world import World
from workspaces.models import AuditEvent, Group, Membership, Role, SecretScope
from workspaces.operations import groups, secret_scopes

MEMBERS = reverse("admin:workspaces_membership_changelist")


def member_of(world: World, name: str) -> Membership:
    return Membership.objects.get(user__name=name)


def chosen(action: str, *rows: object, **more: str) -> dict[str, object]:
    return {"action": action, "_selected_action": [row.pk for row in rows], **more}


class TestActions:
    def test_ask_and_say_what_they_will_touch(self, world: World, alice: Client) -> None:
        page = alice.post(MEMBERS, chosen("deactivate", member_of(world, "Bob")))

        assert "Bob (bob@example.org), member" in page.content.decode()
        assert "Their access to the workspace ends at once" in page.content.decode()
        assert member_of(world, "Bob").deactivated_at is None

    def test_go_through_the_operation_once_confirmed(self, world: World, alice: Client) -> None:
        alice.post(MEMBERS, chosen("deactivate", member_of(world, "Bob"), confirmed="yes"))

        assert member_of(world, "Bob").deactivated_at is not None
        event = AuditEvent.objects.get(verb="deactivated")
        assert (event.actor_name, event.object_name) == ("Alice", "bob@example.org")

    def test_tell_the_sentence_of_a_refusal(self, world: World, alice: Client) -> None:
        form = chosen("make_member", member_of(world, "Alice"), confirmed="yes")

        page = alice.post(MEMBERS, form, follow=True)

        assert "Alice is the last admin of Acme" in page.content.decode()
        assert member_of(world, "Alice").role == Role.ADMIN

    def test_tell_a_site_admin_who_decides_about_people(self, world: World, site_admin: Client) -> None:
        form = chosen("make_admin", member_of(world, "Bob"), confirmed="yes")

        page = site_admin.post(MEMBERS, form, follow=True).content.decode()

        assert "You are no admin of Acme, and who is in it is decided by its own admins." in page
        assert member_of(world, "Bob").role == Role.MEMBER

    def test_name_nothing_of_another_workspace(self, world: World, alice: Client) -> None:
        page = alice.post(MEMBERS, chosen("deactivate", member_of(world, "Charlie")))

        assert "harlie" not in page.content.decode()

    def test_delete_scopes_with_what_is_in_them(self, world: World, alice: Client) -> None:
        scope = secret_scopes.create(world.alice, name="prod")
        list_address = reverse("admin:workspaces_secretscope_changelist")

        asked = alice.post(list_address, chosen("delete_scopes", scope))
        alice.post(list_address, chosen("delete_scopes", scope, confirmed="yes"))

        assert "prod: 0 keys, 1 grants" in asked.content.decode()
        assert not SecretScope.objects.exists()
        assert AuditEvent.objects.filter(verb="deleted", object_type="secret scope").exists()


class TestForms:
    def test_add_a_group_in_the_administered_workspace(self, world: World, alice: Client) -> None:
        form = {"name": "data", "workspace": world.charlie.workspace.pk}

        alice.post(reverse("admin:workspaces_group_add"), form)

        assert Group.objects.get().workspace == world.alice.workspace
        assert AuditEvent.objects.filter(verb="created", object_type="group", actor_name="Alice").exists()

    def test_keep_what_was_typed_beside_the_sentence(self, world: World, alice: Client) -> None:
        page = alice.post(reverse("admin:workspaces_group_add"), {"name": "a@b"})

        assert "cannot be the name of a group" in page.content.decode()
        assert 'value="a@b"' in page.content.decode()
        assert not Group.objects.exists()

    def test_offer_members_of_the_workspace_and_take_nobody_else(self, world: World, alice: Client) -> None:
        group = groups.create(world.alice, name="data")
        address = reverse("admin:workspaces_group_change", args=[group.pk])

        page = alice.get(address).content.decode()
        alice.post(address, {"members": [world.bob.user.pk]})
        refused = alice.post(address, {"members": [world.bob.user.pk, world.charlie.user.pk]})

        assert "bob@example.org" in page or "Bob" in page
        assert "harlie" not in page
        assert list(group.members.all()) == [world.bob.user]
        assert "charlie@" not in refused.content.decode()
        assert AuditEvent.objects.filter(verb="added to", object_name="data").count() == 1

    def test_grant_on_a_scope(self, world: World, alice: Client) -> None:
        scope = secret_scopes.create(world.alice, name="prod")
        address = reverse("admin:workspaces_scopeacl_add")

        unknown = alice.post(address, {"scope": "prod", "grantee": "charlie@example.org", "permission": "READ"})
        alice.post(address, {"scope": "prod", "grantee": "bob@example.org", "permission": "READ"})

        assert "There is no person or group" in unknown.content.decode()
        assert scope.acls.filter(user=world.bob.user, permission="READ").exists()
        assert not scope.acls.filter(user=world.charlie.user).exists()

    def test_let_a_site_admin_choose_the_workspace(self, world: World, site_admin: Client) -> None:
        form = {"workspace": world.charlie.workspace.pk, "name": "theirs"}

        site_admin.post(reverse("admin:workspaces_secretscope_add"), form)

        assert SecretScope.objects.get().workspace == world.charlie.workspace
        assert AuditEvent.objects.get(object_name="theirs").actor_name == "Root"


class TestDoor:
    def test_leads_to_the_platforms_own_sign_in(self, world: World) -> None:
        assert Client().get("/admin/")["Location"].startswith("/sign-in?next=")
        assert Client().get("/admin/login/")["Location"].startswith("/sign-in")

    def test_is_closed_to_members(self, world: World) -> None:
        bob = Client()
        bob.force_login(world.bob.user)

        assert bob.get("/admin/").status_code == 403

    def test_closes_at_once_for_a_demoted_admin(self, world: World, alice: Client) -> None:
        Membership.objects.filter(user=world.alice.user).update(role=Role.MEMBER)

        assert alice.get("/admin/").status_code == 403

    def test_names_the_administered_workspace(self, world: World, alice: Client) -> None:
        assert "Acme" in alice.get("/admin/").content.decode()

    def test_switches_between_the_workspaces_one_administers(self, world: World, alice: Client) -> None:
        assert "/admin/switch/" not in alice.get("/admin/").content.decode()
        Membership.objects.create(workspace=world.charlie.workspace, user=world.alice.user, role=Role.ADMIN)
        alice.get("/w/acme/apps")
        assert "/admin/switch/globex/" in alice.get("/admin/").content.decode()

        page = alice.get("/admin/switch/globex/", follow=True)

        assert page.redirect_chain == [("/admin/", 302)]
        assert "charlie@example.org" in alice.get(MEMBERS).content.decode()
        assert "bob@example.org" not in alice.get(MEMBERS).content.decode()

    def test_switches_to_no_workspace_of_others(self, world: World, alice: Client) -> None:
        Membership.objects.create(workspace=world.charlie.workspace, user=world.alice.user, role=Role.MEMBER)

        assert alice.get("/admin/switch/globex/").status_code == 404
        assert alice.get("/admin/switch/nowhere/").status_code == 404

    def test_finds_the_workspace_in_which_one_is_admin(self, world: World) -> None:
        Membership.objects.create(workspace=world.charlie.workspace, user=world.alice.user, role=Role.MEMBER)
        alice = Client()
        alice.force_login(world.alice.user)
        alice.get("/w/globex/apps")

        page = alice.get(MEMBERS).content.decode()

        assert "bob@example.org" in page
        assert "charlie@example.org" not in page
