import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest
from django.test import Client, RequestFactory

from deployments.models import App, Deployment, State
from deployments.views import commands
from tests.deployments.api.live import LiveServer
from tests.world import World


class TestServer:
    @pytest.mark.parametrize(
        ("url", "host", "server"),
        [
            ("http://localhost:8000", "localhost:8000", "http://localhost:8000"),
            ("http://localhost:8000", "127.0.0.1:9000", "http://127.0.0.1:9000"),
            ("https://apps.example.org", "localhost", "https://localhost"),
            ("https://localhost:8443/slipway", "localhost:8443", "https://localhost:8443/slipway"),
        ],
    )
    def test_is_the_one_the_reader_sees(self, url: str, host: str, server: str, settings) -> None:
        settings.URL = url

        assert commands.server_of(RequestFactory().get("/", headers={"Host": host})) == server


class TestDatabricks:
    @pytest.mark.parametrize(
        ("url", "before"),
        [
            ("https://apps.example.org", ""),
            ("http://apps.example.org:80", ""),
            ("http://localhost:8000", "http_proxy=http://localhost:8000 "),
            ("https://apps.example.org:8443", None),
        ],
    )
    def test_is_offered_where_the_command_gets_through(self, url: str, before: str | None) -> None:
        assert commands.databricks(url) == before


@pytest.mark.django_db(transaction=True)
class TestCommand:
    @pytest.mark.parametrize("page", ["apps/new", "apps/there/deploy"])
    @pytest.mark.parametrize("client", ["curl", "databricks-sdk"])
    def test_deploys_as_it_stands_on_the_page(self, client: str, page: str, tmp_path: Path) -> None:
        from tests import world

        with LiveServer() as server:
            people = world.create()
            people.app("there")
            shown = shown_command(people, page, server, client)
            (tmp_path / "app.py").write_text("print()")
            script = shown.replace("slw_…", people.token(people.alice))

            done = typed(script, tmp_path)

        assert done.returncode == 0, done.stderr
        app = App.objects.get(name="hello" if page == "apps/new" else "there")
        assert Deployment.objects.get(app=app).state == State.QUEUED


def typed(script: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """In a shell that finds the tests' own Python, with nothing of a user's own configuration."""
    environment = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(folder)}
    return subprocess.run(
        ["bash", "-ec", script], cwd=folder, capture_output=True, text=True, timeout=60, env=environment
    )  # fmt: skip


def shown_command(people: World, page: str, server: LiveServer, client: str) -> str:
    """What a browser at the server's own address would copy."""
    browser = Client(headers={"Host": f"127.0.0.1:{server.port}"})
    browser.force_login(people.alice.user)
    html = browser.get(f"/w/acme/{page}").content.decode()
    found = re.search(rf'(?s)id="{client}"><code>(.*?)</code>', html)
    assert found is not None
    return unescape(found[1])
