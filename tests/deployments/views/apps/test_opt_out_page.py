import re

import pytest
from django.test import Client

from deployments.models import App, Deployment, OptOutPreview
from deployments.venvs.inspecting.opting_out import Missing, Proposal
from tests.deployments import opted
from tests.world import World

PAGE = "/w/acme/apps/hello/opt-out"


def text_of(client: Client, address: str = PAGE) -> str:
    content = client.get(address).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", content))


class TestPage:
    def test_begins_a_preview(self, alice: Client, world: World) -> None:
        opted.converted(world)
        assert "No preview was made yet." in text_of(alice)

        answer = alice.post(PAGE, follow=True)

        assert answer.redirect_chain == [(PAGE, 302)]
        assert OptOutPreview.objects.count() == 1
        assert "data-poll" in answer.content.decode()

    def test_says_why_none_can_begin(self, alice: Client, world: World) -> None:
        world.app("hello")

        assert "A standard app has the libraries of its base image" in text_of(alice)
        assert "A standard app has the libraries" in alice.post(PAGE, follow=True).content.decode()
        assert not OptOutPreview.objects.exists()

    def test_shows_how_far_it_is(self, alice: Client, world: World) -> None:
        opted.tried(world, opted.converted(world))

        live = alice.get(f"{PAGE}?part=live").content.decode()

        assert "<html" not in live
        assert re.findall(r'class="mark is-(\w+)"', live) == [
            "done", "running", "waiting", "waiting",
        ]  # fmt: skip
        assert "gunicorn==22.0.0" in live

    def test_shows_what_is_missing_and_where_the_trial_is(self, alice: Client, world: World) -> None:
        preview = opted.ready(world, opted.converted(world))

        page = text_of(alice)

        assert "3 lines to add Verified" in page
        assert "pandas==2.2.2 app.py, pages/sales_by_region_and_quarter.py" in page
        assert "gunicorn==22.0.0 the command" in page
        assert "pytest in tests/test_app.py." in page
        assert "old.py were not read" in page
        assert preview.trial.preview_url in alice.get(PAGE).content.decode()

    def test_shows_a_line_with_hashes_short_in_the_table_and_whole_below(self, alice: Client, world: World) -> None:
        line = f"numpy==1.26.4 --hash=sha256:{'0' * 64}"
        opted.ready(world, opted.converted(world), Proposal((Missing("numpy", "numpy", line, needed_by="pandas"),)))

        page = text_of(alice)

        assert "numpy==1.26.4 with its hash needed by pandas" in page
        assert page.count(line) == 1

    def test_says_that_nothing_is_missing(self, alice: Client, world: World) -> None:
        opted.ready(world, opted.converted(world), Proposal())

        assert "Nothing is missing Verified" in text_of(alice)

    def test_says_what_could_not_be_imported(self, alice: Client, world: World) -> None:
        opted.ready(world, opted.converted(world), verified=False)

        page = text_of(alice)

        assert "Not verified" in page
        assert "pandas.old — ImportError: No." in page

    def test_says_why_it_failed_and_when_it_is_outdated(self, alice: Client, world: World) -> None:
        app = opted.converted(world)
        opted.failed(world, app)
        assert "could not be built: pandas 2.2.2 is on no index." in text_of(alice)

        App.objects.filter(pk=app.pk).update(active_deployment=None)

        assert "This preview is outdated. It was made for deployment 1" in text_of(alice)

    def test_asks_the_same_questions_whatever_was_found(
        self, alice: Client, world: World, django_assert_max_num_queries
    ) -> None:
        opted.ready(world, opted.converted(world))

        with django_assert_max_num_queries(18):
            alice.get(PAGE)


class TestAccept:
    @pytest.mark.parametrize("data", [{}, {"deploy": "1"}])
    def test_opts_out(self, data: dict[str, str], alice: Client, world: World) -> None:
        app = opted.converted(world)
        opted.ready(world, app)

        answer = alice.post(f"{PAGE}/accept", data)

        app.refresh_from_db()
        newest = Deployment.objects.filter(app=app).order_by("-number")[0]
        assert not app.use_preinstalled_libraries
        assert answer["Location"] == (f"/w/acme/apps/hello/deployments/{newest.number}" if data else PAGE)
        assert newest.is_draft == (not data)
        assert "hello has opted out" in text_of(alice)

    def test_of_what_is_not_ready_says_so(self, alice: Client, world: World) -> None:
        opted.tried(world, opted.converted(world))

        assert "The preview is still under way." in alice.post(f"{PAGE}/accept", follow=True).content.decode()
        assert App.objects.get().use_preinstalled_libraries


def test_discards(alice: Client, world: World) -> None:
    opted.ready(world, opted.converted(world))

    alice.post(f"{PAGE}/discard")

    assert not OptOutPreview.objects.exists()


def test_is_offered_in_the_settings_of_a_converted_app_alone(alice: Client, world: World) -> None:
    opted.converted(world)
    world.app("standard")

    assert f'formaction="{PAGE}"' in alice.get("/w/acme/apps/hello/settings").content.decode()
    assert "opt-out" not in alice.get("/w/acme/apps/standard/settings").content.decode()
