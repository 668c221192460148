import pytest
from django.conf import LazySettings
from django.test import Client

from packagerepos.operations import policies, rules
from packagerepos.policy import Installer, ProhibitedAction
from tests.clients import signed_in
from tests.world import World
from workspaces.models import User

PAGE = "/admin/package-policy/"


@pytest.fixture
def alice(world: World) -> Client:
    return signed_in(world.alice.user)


class TestPage:
    def test_tells_what_the_site_says(self, alice: Client, settings: LazySettings) -> None:
        settings.PROHIBITED_ACTION = "refuse"

        page = alice.get(PAGE).content.decode()

        assert "As the site says: refused" in page
        assert "As the site says: by its name" in page
        assert "Prohibited are appnope, pkg-resources, pypiwin32, pywin32, pywinpty." in page
        assert "Nothing is external." in page

    def test_saves_each_choice_and_shows_it_again(self, alice: Client, world: World) -> None:
        chosen = {"prohibited_action": "refuse", "external_version_matching": "True", "installer": "pip"}

        answer = alice.post(PAGE, chosen, follow=True)

        page = " ".join(answer.content.decode().split())
        ruled = rules.in_force(world.alice.workspace)
        assert "Saved. It holds for builds that are requested from now on" in page
        assert (ruled.prohibited_action, ruled.matches_versions, ruled.installer) == (
            ProhibitedAction.REFUSE, True, Installer.PIP,
        )  # fmt: skip
        for name, value in chosen.items():
            (field,) = [tag for tag in page.split("<input") if f'name="{name}"' in tag and f'value="{value}"' in tag]
            assert "checked" in field.partition(">")[0]

    def test_goes_back_to_what_the_site_says(self, alice: Client, world: World) -> None:
        policies.change(world.alice, prohibited_action="refuse", external_version_matching=False, installer="pip")

        alice.post(PAGE, {"prohibited_action": "", "external_version_matching": "", "installer": ""})

        policy = policies.of(world.alice.workspace)
        assert (policy.prohibited_action, policy.external_version_matching, policy.installer) == ("", None, "")

    def test_refuses_what_was_not_offered(self, alice: Client, world: World) -> None:
        answer = alice.post(PAGE, {"installer": "conda"})

        assert answer.status_code == 400
        assert policies.of(world.alice.workspace).installer == ""

    def test_of_another_workspace_does_not_exist(self, alice: Client, world: World) -> None:
        assert alice.get(f"{PAGE}?workspace=globex").status_code == 404
        assert alice.post(PAGE, {"workspace": "globex", "installer": "pip"}).status_code == 404
        assert policies.of(world.charlie.workspace).installer == ""

    def test_is_any_workspaces_for_a_site_admin_who_names_it(self, world: World) -> None:
        root = signed_in(User.objects.create_superuser("root@example.org", name="Root"))

        root.post(PAGE, {"workspace": "globex", "installer": "pip"})

        assert policies.of(world.charlie.workspace).installer == "pip"
        assert root.post(PAGE, {"installer": "pip"}).status_code == 404
