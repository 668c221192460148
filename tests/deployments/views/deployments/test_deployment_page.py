import re

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from deployments import layout
from deployments.logs.lines import Line
from deployments.logs.segments import Writer
from deployments.models import Cause, Deployment, Environment, State
from deployments.operations import deployments, environments
from deployments.venvs.lock import Lock
from tests.deployments.locked import package
from tests.deployments.served import deployed
from tests.deployments.views.limits import MOST_QUERIES
from tests.world import World


def requested(world: World) -> Deployment:
    return deployments.request(world.alice, world.app("hello"), bundle=world.bundle())


class TestDeployment:
    def test_shows_the_log_so_far_and_where_to_go_on(self, alice: Client, world: World) -> None:
        deployment = requested(world)
        Writer(layout.build_log(deployment)).append(
            [Line(1.0, "slipway", "── Unpacking"), Line(2.0, "slipway", "3 <files>")]
        )

        page = alice.get("/w/acme/apps/hello/deployments/1").content.decode()

        assert "── Unpacking" in page
        assert "3 &lt;files&gt;" in page
        assert 'data-log="/w/acme/apps/hello/deployments/1/log"' in page
        assert 'data-offset="1-' in page

    def test_can_be_refreshed_without_scripts(self, alice: Client, world: World) -> None:
        requested(world)

        page = alice.get("/w/acme/apps/hello/deployments/1").content.decode()

        assert 'href="/w/acme/apps/hello/deployments/1#log-end" data-without-scripts' in page

    def test_shows_the_failure_and_that_visitors_notice_nothing(self, alice: Client, world: World) -> None:
        app = world.app("hello")
        deployed(world, app)
        failed = deployments.request(world.alice, app, bundle=world.bundle())
        failed.move(State.FAILED, failure_message="No port opened.", failure_hint="Listen on $PORT.")

        page = alice.get("/w/acme/apps/hello/deployments/2").content.decode()

        assert "No port opened." in page
        assert "Listen on $PORT." in page
        assert "deployment 1 keeps serving" in page

    def test_offers_the_app_once_it_serves(self, alice: Client, world: World) -> None:
        deployed(world, world.app("hello"))

        page = alice.get("/w/acme/apps/hello/deployments/1").content.decode()

        assert "Open the app" in page
        assert "Cancel" not in page

    def test_needs_few_queries(self, alice: Client, world: World) -> None:
        deployed(world, world.app("hello"), times=3)
        alice.get("/w/acme/apps/hello/deployments/2")

        with CaptureQueriesContext(connection) as queries:
            alice.get("/w/acme/apps/hello/deployments/2")

        assert len(queries) <= MOST_QUERIES

    def test_says_that_there_is_no_such_deployment(self, alice: Client, world: World) -> None:
        requested(world)

        for number in ("7", "99999999999"):
            answer = alice.get(f"/w/acme/apps/hello/deployments/{number}")

            assert answer.status_code == 404
            assert f"has no deployment {number}" in answer.content.decode()


class TestCancel:
    def test_ends_a_waiting_one(self, alice: Client, world: World) -> None:
        deployment = requested(world)

        answer = alice.post("/w/acme/apps/hello/deployments/1/cancel", follow=True)

        deployment.refresh_from_db()
        assert deployment.state == State.CANCELLED
        assert "is being cancelled" in answer.content.decode()

    def test_says_that_there_is_nothing_to_cancel(self, alice: Client, world: World) -> None:
        deployed(world, world.app("hello"))

        answer = alice.post("/w/acme/apps/hello/deployments/1/cancel", follow=True)

        assert "there is nothing to cancel" in answer.content.decode()


class TestActivate:
    def test_says_what_changes_before_it_does(self, alice: Client, world: World) -> None:
        self._two(world)

        page = alice.get("/w/acme/apps/hello/deployments/1/activate").content.decode()

        assert "in place of deployment 2" in page
        assert '<td data-label="What">fastapi</td>' in page
        assert "0.165.0" in page
        assert "0.164.0" in page
        assert "pandas" not in page
        assert Deployment.objects.count() == 2

    def test_names_changed_variables_interpreter_and_image(self, alice: Client, world: World) -> None:
        self._two(world)
        old, new = Deployment.objects.order_by("number")
        old.settings |= {"env": {"LEVEL": "debug", "GONE": ""}, "secrets": {}, "base_image": "apps"}
        new.settings |= {"env": {"LEVEL": "info", "SAME": "x"}, "secrets": {"KEY": {"scope": "prod", "key": "key"}}}
        old.settings["env"]["SAME"] = "x"
        for deployment, version in ((old, "3.11.9"), (new, "3.12.4")):
            deployment.environment = Environment.objects.create(key=f"{deployment.number:016}", python_version=version)
            deployment.save()

        page = alice.get("/w/acme/apps/hello/deployments/1/activate").content.decode()

        rows = re.findall(r'What">(.*?)</td>.*?<code>(.*?)</code>.*?<code>(.*?)</code>', page)
        assert rows == [
            ("Python", "3.12.4", "3.11.9"), ("Base image", "clean, version 1", "apps, version 1"),
            ("Variable GONE", "absent", "empty"), ("Variable KEY", "secret prod/key", "absent"),
            ("Variable LEVEL", "info", "debug"), ("fastapi", "0.165.0", "0.164.0"),
        ]  # fmt: skip

    def test_leads_to_the_new_deployment(self, alice: Client, world: World) -> None:
        self._two(world)

        answer = alice.post("/w/acme/apps/hello/deployments/1/activate")

        new = Deployment.objects.get(number=3)
        assert answer["Location"] == "/w/acme/apps/hello/deployments/3"
        assert (new.cause, new.activates.number) == (Cause.ROLLBACK, 1)

    def test_refuses_one_that_never_served(self, alice: Client, world: World) -> None:
        requested(world).move(State.FAILED)

        answer = alice.get("/w/acme/apps/hello/deployments/1/activate")

        assert answer.status_code == 409
        assert "is failed and cannot be activated" in answer.content.decode()

    @staticmethod
    def _two(world: World) -> None:
        served = deployed(world, world.app("hello"), times=2)
        for deployment, fastapi in zip(served, ("0.164.0", "0.165.0"), strict=True):
            content = Lock((package("fastapi", fastapi), package("pandas", "3.1.1"))).to_json()
            deployment.lock = environments.keep_lock(world.alice.workspace, fastapi, content)
            deployment.launch = {"argv": ["python"]}
            deployment.save(update_fields=["lock", "launch"])
