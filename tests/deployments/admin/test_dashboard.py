"""The first page of the admin, as admins of two workspaces and a site admin get it."""

import platform
import re
import subprocess
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.signing import SignedPackage
from django_q.status import Stat, Status

from deployments.controller import pulse
from deployments.failures import FailureKind
from deployments.models import App, ControllerPulse, Deployment, Environment, State
from deployments.operations import deployments, environments
from tests.clients import signed_in
from workspaces.models import User
from workspaces.operations import invitations, join_requests
from workspaces.principals import Principal

if TYPE_CHECKING:
    from tests.world import World

MOST_QUERIES = 20


@pytest.fixture
def alice(world: "World") -> Client:
    return signed_in(world.alice.user)


@pytest.fixture
def site_admin(db: None) -> Client:
    return signed_in(User.objects.create_superuser("root@example.org", name="Root"))


def fail(world: "World", by: Principal, name: str, sentence: str = "It broke.", **values: object) -> Deployment:
    app = App.objects.in_workspace(by.workspace).filter(name=name).first() or world.app(name, by)
    deployment = deployments.request(by, app, bundle=world.bundle(by=by))
    deployment.move(State.FAILED, failure_message=sentence, **values)
    return deployment


def fill(world: "World", by: Principal, times: int, mark: str) -> None:
    """Apps that fail, builds that wait and that run, environments of its own and shared."""
    for number in range(times):
        word = f"{mark}-{number}"
        failed = fail(world, by, word, f"{word} has no entry point.")
        environments.claim(failed, by.workspace, fingerprint=f"{word}"[-16:], python_version="3.11.9")
        deployments.request(by, world.app(f"q-{word}", by), bundle=world.bundle(by=by))
        built = deployments.request(by, world.app(f"b-{word}", by), bundle=world.bundle(by=by))
        built.move(State.BUILDING, lease_owner="worker-1:7", lease_until=timezone.now() + timedelta(seconds=9))


def figures(client: Client) -> dict[str, tuple[str, str]]:
    """Each figure's number and what stands below it, as the page has them."""
    page = client.get("/admin/").content.decode()
    found = re.findall(r'<dt>([^<]+)</dt>\s*<dd class="dashboard-value">([^<]*)</dd>(.*?)</div>', page, re.DOTALL)
    return {
        label: (value.replace("\xa0", " "), " ".join(re.sub("<[^>]+>", " ", rest).replace("\xa0", " ").split()))
        for label, value, rest in found
    }


class TestJoinRequests:
    def test_are_shown_to_site_admins_with_the_way_to_them(
        self, world: "World", alice: Client, site_admin: Client
    ) -> None:
        now = timezone.now()
        assert "Waiting to join" not in figures(site_admin)
        invitations.create(world.alice, email="emil@example.org", role="member", now=now)
        for name, asked_at in (("dora", now), ("frida", now - timedelta(hours=3)), ("gone", now - timedelta(days=90))):
            found, _ = invitations.create(world.alice, email=f"{name}@example.org", role="member", now=asked_at)
            join_requests.note(found, password="a long enough phrase", name=name, now=asked_at)

        number, note = figures(site_admin)["Waiting to join"]

        assert (number, note.startswith("to be let in by a site admin, the first since")) == ("2", True)
        page = site_admin.get("/admin/").content.decode()
        (way,) = re.findall(r'<a href="([^"]+)">Look at who</a>', page)
        listed = site_admin.get(way).content.decode()
        assert ("dora@" in listed, "frida@" in listed, "emil@" in listed, "gone@" in listed) == (
            True,
            True,
            False,
            False,
        )
        assert "Waiting to join" not in figures(alice)


class TestBoth:
    @pytest.mark.parametrize("who", ["alice", "site_admin"])
    def test_ask_as_often_for_many_rows_as_for_few(
        self, who: str, world: "World", request: pytest.FixtureRequest
    ) -> None:
        client = request.getfixturevalue(who)
        fill(world, world.alice, 1, "few")
        client.get("/admin/")
        with CaptureQueriesContext(connection) as few:
            assert client.get("/admin/").status_code == 200
        fill(world, world.alice, 11, "many")

        with CaptureQueriesContext(connection) as many:
            page = client.get("/admin/")

        assert len(many) == len(few) <= MOST_QUERIES
        assert page.content.decode().count("has no entry point") == 8

    @pytest.mark.parametrize("who", ["alice", "site_admin"])
    def test_load_nothing_from_elsewhere_and_style_nothing_in_place(
        self, who: str, world: "World", request: pytest.FixtureRequest
    ) -> None:
        fill(world, world.alice, 1, "one")

        page = request.getfixturevalue(who).get("/admin/").content.decode()

        assert not re.findall(r'(?:src|<link[^>]*href)="(?:https?:)?//', page)
        own = page[page.index('<div class="dashboard">') : page.index("dashboard-tables")]
        assert not re.findall(r"style=|onclick=|x-data|<script", own)

    @pytest.mark.parametrize("who", ["alice", "site_admin"])
    def test_write_a_sentence_as_text(self, who: str, world: "World", request: pytest.FixtureRequest) -> None:
        fail(world, world.alice, "hello", "<script>alert(1)</script>")

        page = request.getfixturevalue(who).get("/admin/").content.decode()

        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;alert(1)" in page


class TestWorkspace:
    def test_shows_nothing_of_another(self, world: "World", alice: Client) -> None:
        fill(world, world.charlie, 2, "globex-own")
        Environment.objects.update(built_at=timezone.now(), own_bytes=5_000_000, shared_bytes=9_000_000)
        fail(world, world.charlie, "far", failure_kind=FailureKind.INDEX_UNREACHABLE)

        found = figures(alice)

        page = alice.get("/admin/").content.decode()
        assert "globex" not in page.lower()
        assert "There are no apps yet." in page
        assert found["Apps"][0] == found["Failing"][0] == found["Builds queued"][0] == "0"
        assert found["Builds queued"][1] == "0 running, 0 starting."
        assert found["Environments on disk"] == (
            "0 bytes",
            "of their own, and 0 bytes of packages that environments share Environments",
        )
        assert found["Package indexes"][0] == "Not used yet"
        assert not {"Workers", "Controller", "Disk free", "Workspaces"} & set(found)

    def test_counts_its_own(self, world: "World", alice: Client) -> None:
        fill(world, world.alice, 2, "mine")
        fail(world, world.alice, "hello")
        Environment.objects.update(built_at=timezone.now(), own_bytes=1024, shared_bytes=2 * 1024 * 1024)

        found = figures(alice)

        assert found["Apps"][0] == "7"
        assert found["Failing"][0] == "3"
        assert found["Builds queued"][0] == "2"
        assert found["Builds queued"][1].startswith("2 running, 0 starting. The oldest waits since")
        assert found["Environments on disk"][0] == "2.0 KB"
        assert "4.0 MB of packages" in found["Environments on disk"][1]

    def test_lists_what_fails_the_newest_first_with_its_page(self, world: "World", alice: Client) -> None:
        now = timezone.now()
        fail(world, world.alice, "older", "No pandas.", finished_at=now - timedelta(hours=2))
        newer = fail(world, world.alice, "newer", "No numpy.", finished_at=now - timedelta(hours=1))
        fail(world, world.alice, "mended", "Mended since.")
        deployments.request(world.alice, App.objects.get(name="mended"), bundle=world.bundle())
        App.objects.filter(pk=fail(world, world.alice, "gone", "Deleted.").app_id).update(deleted_at=now)

        page = alice.get("/admin/").content.decode()

        assert page.index("No numpy.") < page.index("No pandas.")
        assert reverse("deployment", args=["acme", "newer", newer.number]) in page
        assert alice.get(reverse("deployment", args=["acme", "newer", newer.number])).status_code == 200
        assert "Mended since." not in page
        assert "Deleted." not in page

    def test_says_when_an_index_last_kept_silent(self, world: "World", alice: Client) -> None:
        fail(world, world.alice, "hello", failure_kind=FailureKind.INDEX_UNREACHABLE)
        assert figures(alice)["Package indexes"][0] == "Not answering"

        environments.keep_lock(world.alice.workspace, "some request", {"packages": []})

        assert figures(alice)["Package indexes"][0] == "Answering"
        assert reverse("admin:package-repositories") in alice.get("/admin/").content.decode().split("</dl>")[0]


class TestSite:
    def test_shows_all_workspaces(self, world: "World", site_admin: Client) -> None:
        fill(world, world.charlie, 1, "globex-own")
        failed = fail(world, world.alice, "hello", "No numpy.")

        found = figures(site_admin)
        page = site_admin.get("/admin/").content.decode()

        assert found["Workspaces"] == ("2", "4 people can sign in Workspaces")
        assert found["Apps"] == ("4", "2 whose newest deployment failed Apps")
        assert found["Builds queued"][0] == "1"
        assert "Worker worker-1:7 renews its lease" in page
        assert reverse("admin:deployments_deployment_change", args=[failed.pk]) in page

    def test_tells_a_lease_that_has_run_out(self, world: "World", site_admin: Client) -> None:
        fill(world, world.alice, 1, "one")
        Deployment.objects.filter(state=State.BUILDING).update(lease_until=timezone.now() - timedelta(seconds=1))

        assert "Left by worker-1:7" in site_admin.get("/admin/").content.decode()

    def test_counts_workers_that_give_signs_of_life(self, site_admin: Client) -> None:
        assert figures(site_admin)["Workers"][0] == "None"
        cluster = Stat.__new__(Stat)
        Status.__init__(cluster, pid=7, cluster_id="test")
        cluster.broker, cluster.tob, cluster.workers = get_broker(), timezone.now(), [8, 9]

        cluster.broker.set_stat(cluster.key, SignedPackage.dumps(cluster, True), 60)

        try:
            assert figures(site_admin)["Workers"][0] == "2"
        finally:
            cluster.broker.cache.delete(cluster.key)

    def test_feels_the_controllers_pulse(self, site_admin: Client) -> None:
        assert figures(site_admin)["Controller"][0] == "Never seen"

        pulse.beat()
        assert figures(site_admin)["Controller"][0] == "Working"

        ControllerPulse.objects.update(at=timezone.now() - 2 * pulse.SILENCE)
        assert figures(site_admin)["Controller"][0] == "Silent"

    def test_has_the_versions_that_the_programs_say(self, site_admin: Client) -> None:
        page = site_admin.get("/admin/").content.decode()
        shown = dict(re.findall(r"<div><dt>([^<]+)</dt><dd>([^<]+)</dd></div>", page))

        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            said = cursor.fetchone()[0]
        bubblewrap = subprocess.run(["bwrap", "--version"], capture_output=True, text=True, check=True).stdout
        assert shown["Python"] == platform.python_version()
        assert shown["PostgreSQL"] == said.split()[0]
        assert shown["bubblewrap"] in bubblewrap
        assert set(shown) == {"Slipway", "Python", "PostgreSQL", "Envoy", "uv", "bubblewrap"}
        assert all(re.match(r"\d", number) for number in shown.values())
