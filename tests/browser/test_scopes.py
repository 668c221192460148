import re

from playwright.sync_api import Page, expect

from tests.world import World
from workspaces.models import SecretScope
from workspaces.operations import scope_acls, secret_scopes, secrets


class TestScopes:
    def test_a_value_is_written_and_shared_and_never_shown(self, page: Page, people: World) -> None:
        page.goto("/w/acme/apps")
        page.get_by_role("link", name="Secrets").click()
        page.get_by_label("Name").fill("prod")
        page.get_by_role("button", name="Create scope").click()
        page.get_by_label("Key").fill("certificate")
        page.get_by_label("Value").fill("BEGIN horse\nEND\n")
        page.get_by_role("button", name="Write").click()
        expect(page.get_by_role("status")).to_have_text("“certificate” has its new value.")
        page.get_by_label("Person or group").fill("bob@example.org")
        page.get_by_role("button", name="Grant").click()

        expect(page.get_by_role("status")).to_have_text("“bob@example.org” has READ now.")
        expect(page.get_by_role("cell", name="certificate", exact=True)).to_be_visible()
        assert "horse" not in page.content()
        scope = secret_scopes.find(people.bob, "prod")
        assert secrets.read(people.bob, scope, key="certificate") == b"BEGIN horse\nEND\n"
        assert len(scope_acls.all(people.alice, scope)) == 2

    def test_deletion_waits_for_the_name(self, page: Page, people: World) -> None:
        secret_scopes.create(people.alice, name="prod")
        page.goto("/w/acme/scopes/prod")
        button = page.get_by_role("button", name="Delete prod")
        expect(button).to_be_disabled()

        page.get_by_label("Type prod to delete it").fill("prod")
        button.click()

        expect(page).to_have_url(re.compile("/w/acme/scopes$"))
        assert not SecretScope.objects.exists()
