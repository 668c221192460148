import pytest

from deployments.models import App, Deployment
from tests.deployments import opted
from tests.deployments.api.clients import is_error

PAGE = "/api/v1/apps/hello/opt-out-preview"


class TestPreview:
    def test_is_asked_for_and_read(self, world, alice):
        opted.converted(world)

        begun = alice.post(PAGE)

        assert begun.status_code == 202
        assert begun.json() | {"created_at": "", "created_by": ""} == {
            "state": "queued", "created_at": "", "created_by": "", "finished_at": None, "deployment": 1,
            "outdated": "", "missing": [], "unknown": [], "notices": [], "broken": [], "verified": False,
            "trial": None, "trial_url": None, "bundle": None, "failure": None, "accepted_at": None,
        }  # fmt: skip
        assert alice.get(PAGE).json() == begun.json() == alice.post(PAGE).json()

    def test_tells_what_was_found(self, world, alice):
        preview = opted.ready(world, opted.converted(world))

        shown = alice.get(PAGE).json()

        assert (shown["state"], shown["verified"], shown["trial"]) == ("ready", True, preview.trial.number)
        assert shown["trial_url"] == preview.trial.preview_url
        assert shown["bundle"] == preview.bundle.digest
        assert shown["missing"][0] == {
            "module": "pandas", "distribution": "pandas", "requirement": "pandas==2.2.2",
            "files": ["app.py", "pages/sales_by_region_and_quarter.py"], "is_guarded": False,
            "needed_by": "",
        }  # fmt: skip
        assert [row["module"] for row in shown["unknown"]] == ["pytest"]

    def test_tells_why_it_failed(self, world, alice):
        opted.failed(world, opted.converted(world))

        shown = alice.get(PAGE).json()

        assert (shown["state"], shown["verified"]) == ("failed", False)
        assert shown["failure"]["hint"] == "Ask an admin about the index."

    def test_says_when_it_is_outdated(self, world, alice):
        app = opted.converted(world)
        opted.ready(world, app)
        App.objects.filter(pk=app.pk).update(active_deployment=None)

        assert alice.get(PAGE).json()["outdated"] == (
            "It was made for deployment 1, and it is not active any more."
        )  # fmt: skip

    def test_is_refused_with_a_sentence(self, world, alice):
        world.app("hello")

        assert is_error(alice.get(PAGE), 404, "not_found")
        assert is_error(alice.post(PAGE), 409, "conflict")
        assert is_error(alice.post(PAGE, {"force": True}), 400, "invalid")

    def test_costs_the_same_whatever_was_found(self, world, alice, django_assert_max_num_queries):
        opted.ready(world, opted.converted(world))

        with django_assert_max_num_queries(10):
            alice.get(PAGE)

    def test_is_discarded(self, world, alice):
        opted.ready(world, opted.converted(world))

        assert alice.ask("delete", PAGE, None).status_code == 204
        assert is_error(alice.get(PAGE), 404, "not_found")


class TestAccept:
    @pytest.mark.parametrize("deploy", [False, True])
    def test_opts_out(self, deploy, world, alice):
        app = opted.converted(world)
        preview = opted.ready(world, app)

        answer = alice.post(f"{PAGE}/accept", {"deploy": deploy})

        newest = Deployment.objects.filter(app=app).order_by("-number")[0]
        assert (answer.status_code, answer.json()) == (
            200,
            {
                "use_preinstalled_libraries": False,
                "bundle": preview.bundle.digest,
                "deployment": newest.number if deploy else None,
            },
        )
        assert newest.is_draft == (not deploy)
        assert alice.get(PAGE).json()["accepted_at"] is not None

    def test_is_refused_before_it_is_ready(self, world, alice):
        opted.tried(world, opted.converted(world))

        assert is_error(alice.post(f"{PAGE}/accept", {}), 409, "conflict")
        assert is_error(alice.post(f"{PAGE}/accept", {"deploy": "perhaps"}), 400, "invalid")
        assert App.objects.get().use_preinstalled_libraries
