from playwright.sync_api import Page, expect

from deployments.models import Instance, InstanceState, State
from deployments.operations import deployments
from tests.deployments.served import deployed
from tests.world import World


class TestHead:
    def test_follows_what_happens_elsewhere_and_leaves_the_form_alone(self, page: Page, people: World) -> None:
        app = people.app("hello")
        [serving] = deployed(people, app)
        page.clock.install()
        page.goto("/w/acme/apps/hello/settings")
        expect(page.locator(".head .badge").first).to_have_text("Running")
        page.get_by_label("Title").fill("half a ti")

        deployments.request(people.alice, app, bundle=people.bundle()).move(State.FAILED)
        Instance.objects.filter(deployment=serving).update(state=InstanceState.CRASHED)
        page.clock.run_for(20_000)

        expect(page.locator(".head .badge").first).to_have_text("Crashed")
        expect(page.locator("#newest")).to_have_text("#2 failed")
        expect(page.get_by_label("Title")).to_have_value("half a ti")
        expect(page.get_by_label("Title")).to_be_focused()
