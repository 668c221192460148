import pytest

from packagerepos.models import ExternalPackage, ProhibitedPackage
from packagerepos.operations import listed_packages, policies, rules
from packagerepos.operations.listed_packages import SiteAdmin
from packagerepos.policy import Level, ProhibitedAction
from tests.world import World
from workspaces.errors import Conflict, Forbidden, Invalid, NotFound
from workspaces.models import AuditEvent, User

SHIPPED = {"appnope", "pkg-resources", "pypiwin32", "pywin32", "pywinpty"}


@pytest.fixture
def root(db: None) -> SiteAdmin:
    return SiteAdmin(User.objects.create_superuser("root@example.org", name="Root"), "192.0.2.1")


class TestShipped:
    def test_is_the_sites_and_can_be_edited(self, world: World, root: SiteAdmin) -> None:
        assert {rule.name for rule in rules.in_force(world.alice.workspace).prohibited} == SHIPPED

        listed_packages.remove(root, ProhibitedPackage.objects.get(name="pywin32"))

        assert {rule.name for rule in rules.in_force(world.alice.workspace).prohibited} == SHIPPED - {"pywin32"}


class TestAdd:
    def test_keeps_the_canonical_name_and_audits(self, world: World) -> None:
        row = listed_packages.add(world.alice, ExternalPackage, name=" My.Cool_Package ", note="Ours")

        event = AuditEvent.objects.get(object_type="external package")
        assert (row.name, row.level, row.note) == ("my-cool-package", "workspace", "Ours")
        assert (event.verb, event.object_name, event.details) == ("added", "my-cool-package", {"level": "workspace"})

    def test_is_for_admins(self, world: World) -> None:
        with pytest.raises(Forbidden):
            listed_packages.add(world.bob, ExternalPackage, name="numpy")

    @pytest.mark.parametrize("name", ["", "-x", "numpy==1", "a b", "x" * 201, "../up", "nümpy", "a\0"])
    def test_refuses_what_is_no_name(self, world: World, name: str) -> None:
        with pytest.raises(Invalid, match="is not the name of a package"):
            listed_packages.add(world.alice, ExternalPackage, name=name)

    def test_finds_another_spelling_on_the_list(self, world: World) -> None:
        listed_packages.add(world.alice, ExternalPackage, name="my-package")

        with pytest.raises(Conflict):
            listed_packages.add(world.alice, ExternalPackage, name="My_Package")

    def test_of_the_site_holds_everywhere_and_stands_in_every_audit(self, world: World, root: SiteAdmin) -> None:
        listed_packages.add(root, ExternalPackage, name="numpy")

        for person in (world.alice, world.charlie):
            assert rules.in_force(person.workspace).external_names == ("numpy",)
            assert AuditEvent.objects.filter(workspace=person.workspace, object_name="numpy").count() == 1

    def test_of_the_site_is_for_superusers(self, world: World) -> None:
        with pytest.raises(Forbidden):
            listed_packages.add(SiteAdmin(world.alice.user), ExternalPackage, name="numpy")


class TestRemove:
    def test_leaves_the_sites_to_site_admins(self, world: World) -> None:
        with pytest.raises(Forbidden, match="on the site's list"):
            listed_packages.remove(world.alice, listed_packages.find(world.alice, ProhibitedPackage, "PyWin32"))

    def test_finds_the_workspaces_own_before_the_sites(self, world: World) -> None:
        listed_packages.add(world.alice, ProhibitedPackage, name="pywin32")

        listed_packages.remove(world.alice, listed_packages.find(world.alice, ProhibitedPackage, "pywin32"))

        assert ProhibitedPackage.objects.get(name="pywin32").level == "site"

    def test_does_not_know_another_workspaces_row(self, world: World) -> None:
        row = listed_packages.add(world.alice, ExternalPackage, name="numpy")

        with pytest.raises(NotFound):
            listed_packages.find(world.charlie, ExternalPackage, "numpy")
        with pytest.raises(NotFound):
            listed_packages.remove(world.charlie, row)

        assert ExternalPackage.objects.filter(pk=row.pk).exists()


class TestInForce:
    def test_puts_the_lists_of_both_levels_together(self, world: World, root: SiteAdmin, settings) -> None:
        settings.PROHIBITED_ACTION = "refuse"
        listed_packages.add(root, ExternalPackage, name="numpy")
        listed_packages.add(world.alice, ExternalPackage, name="numpy")
        listed_packages.add(world.alice, ExternalPackage, name="scipy")
        listed_packages.add(world.charlie, ExternalPackage, name="foreign")

        found = rules.in_force(world.alice.workspace)

        assert {rule.name: rule.level for rule in found.external} == {"numpy": Level.SITE, "scipy": Level.WORKSPACE}
        assert found.prohibited_action is ProhibitedAction.REFUSE

    def test_lets_the_workspace_choose_the_ways(self, world: World, settings) -> None:
        settings.EXTERNAL_VERSION_MATCHING = True
        assert rules.in_force(world.alice.workspace).matches_versions

        policies.change(world.alice, external_version_matching=False, prohibited_action="refuse")

        found = rules.in_force(world.alice.workspace)
        assert not found.matches_versions
        assert found.prohibited_action is ProhibitedAction.REFUSE

    def test_asks_three_times_however_long_the_lists_are(self, world: World, django_assert_num_queries) -> None:
        for number in range(20):
            listed_packages.add(world.alice, ExternalPackage, name=f"package-{number}")

        with django_assert_num_queries(3):
            rules.in_force(world.alice.workspace)
