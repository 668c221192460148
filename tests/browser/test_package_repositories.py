"""A workspace's admin sets where packages come from, against a real private index."""

from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from packagerepos import index_settings
from tests.private_index import PASSWORD, PrivateIndex
from tests.world import World


class TestPackageRepositories:
    def test_are_typed_tested_saved_and_masked(
        self, page: Page, people: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with PrivateIndex(tmp_path) as index:
            index.add("acme")
            monkeypatch.setattr(settings, "ALLOWED_INTERNAL", [index.place])
            page.goto("/w/acme/apps")
            page.get_by_role("link", name="Packages").click()
            page.get_by_role("link", name="Default package repositories").click()
            expect(page.get_by_role("heading", name="Default package repositories")).to_be_visible()

            page.get_by_label("Index URL", exact=True).fill(index.address_with_login)
            page.get_by_label("Package to ask for").fill("acme")
            page.get_by_role("button", name="Test").click()
            expect(page.get_by_text("it is signed by an authority that is not trusted here")).to_be_visible()

            page.get_by_label("Certificates").fill(index.authority.pem)
            page.get_by_role("button", name="Test").click()
            expect(page.get_by_text("It has acme.")).to_be_visible()

            page.get_by_role("button", name="Save").click()
            expect(page.get_by_text("Saved.")).to_be_visible()
            expect(page.get_by_label("Index URL", exact=True)).to_have_value(f"https://***@{index.place}/simple")
            assert PASSWORD not in page.content()
            assert index_settings.stored(people.alice.workspace)["pip-index-url"] == index.address_with_login

            page.get_by_role("button", name="Test").click()
            expect(page.get_by_text("Works", exact=True)).to_be_visible()

            page.get_by_label("Index URL", exact=True).fill("https://***@elsewhere.example/simple")
            page.get_by_role("button", name="Save").click()
            expect(page.get_by_text("The login of elsewhere.example is not known")).to_be_visible()

            page.get_by_label("Index URL", exact=True).fill(f"https://***@{index.place}/simple")
            page.get_by_role("button", name="What would change").click()
            expect(page.get_by_text("No app is active in this workspace.")).to_be_visible()
