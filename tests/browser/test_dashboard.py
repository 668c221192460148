"""The first page of the admin on a screen and on a phone."""

import os
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from deployments.models import State
from deployments.operations import deployments
from tests.world import World
from workspaces.models import User
from workspaces.operations import invitations, join_requests


class TestDashboard:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_fits_a_screen_and_a_phone(self, scheme: str, page: Page, people: World) -> None:
        sentence = "No package index has “a-package-with-a-long-name-that-nobody-ever-published-anywhere-at-all==1.0”."
        deployment = deployments.request(people.alice, people.app("forecast"), bundle=people.bundle())
        deployment.move(State.FAILED, failure_message=sentence, failure_hint="Is its name right?")
        people.app("hello")
        waiting, _ = invitations.create(people.alice, email="dora@example.org", role="member", now=timezone.now())
        join_requests.note(waiting, password="a long enough phrase", name="Dora", now=timezone.now())
        User.objects.filter(pk=people.alice.user.pk).update(is_superuser=True)
        page.emulate_media(color_scheme=scheme)
        page.goto("/admin/")

        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            expect(page.get_by_role("heading", name="Failing deployments")).to_be_visible()
            expect(page.get_by_text("Waiting to join")).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            if os.environ.get("SHOTS"):
                page.screenshot(path=Path(os.environ["SHOTS"]) / f"admin-{scheme}-{width}.png", full_page=True)
        expect(page.locator("time").first).not_to_contain_text("UTC")

        page.get_by_role("link", name="forecast #1").click()
        expect(page.get_by_text(sentence).first).to_be_visible()
