"""What every address has in common: JSON errors, no redirects, no CSRF for programs."""

import json
from http import client as http
from typing import Any

import pytest
from django.test import Client as DjangoClient

from tests.deployments.api.clients import APPS, Client, is_error
from tests.deployments.api.live import LiveServer
from tests.world import PASSWORD, World
from workspaces.api import parsers


class TestAnUnknownAddress:
    @pytest.mark.parametrize("path", ["/api/v1/", "/api/v1/nothing", f"{APPS}/", f"{APPS}/hello/", f"{APPS}//log"])
    @pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
    def test_is_not_found_and_never_redirects(self, method: str, path: str, alice: Client, world: World) -> None:
        world.app()

        assert is_error(alice.ask(method, path), 404, "not_found")

    def test_is_not_found_for_nobody_too(self, db: None) -> None:
        assert is_error(Client().post("/api/v1/nothing"), 404, "not_found")


class TestAnotherMethod:
    @pytest.mark.parametrize(("method", "path"), [("put", APPS), ("delete", APPS), ("get", f"{APPS}/hello/stop")])
    def test_is_refused_with_those_that_exist(self, alice: Client, method: str, path: str) -> None:
        response = alice.ask(method, path)

        assert is_error(response, 405, "method_not_allowed")
        assert response["Allow"]


class TestABody:
    @pytest.mark.parametrize(
        "body",
        [b"{", b"", b"\xff", b"null", b"[]", b'"x"', b"NaN", b'{"name": NaN}', b'{"name": "\\ud800"}', b"[" * 100_000,
         b'{"startup_s": 1e999, "name": "a"}', b'{"instances": ' + b"9" * 5000 + b"}"],
    )  # fmt: skip
    def test_that_is_no_json_object_is_refused(self, alice: Client, body: bytes) -> None:
        assert is_error(alice.post(APPS, body), 400, "invalid")

    def test_that_is_too_large_is_refused(self, alice: Client) -> None:
        body = json.dumps({"name": "x" * parsers.MAX_JSON_BYTES})

        assert is_error(alice.post(APPS, body), 413, "limit")

    def test_of_another_type_is_refused(self, alice: Client) -> None:
        response = alice.post(APPS, "name=x", content_type="application/x-www-form-urlencoded")

        assert is_error(response, 415, "unsupported_media_type")


class TestAnAnswer:
    def test_is_not_kept_by_caches(self, alice: Client) -> None:
        assert alice.get(APPS)["Cache-Control"] == "no-store"

    def test_in_another_type_is_refused(self, alice: Client) -> None:
        assert is_error(alice.get(APPS, headers={"Accept": "text/csv"}), 406, "not_acceptable")


class TestABrowser:
    @pytest.fixture
    def browser(self, world: World) -> DjangoClient:
        browser = DjangoClient(enforce_csrf_checks=True)
        assert browser.login(email="alice@example.org", password=PASSWORD)
        return browser

    def test_can_look_around(self, browser: DjangoClient, world: World) -> None:
        world.app()

        for path in ("/api/v1", APPS, f"{APPS}/hello", f"{APPS}/hello/deployments", f"{APPS}/hello/log"):
            page = browser.get(path, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})

            assert (page.status_code, page["Content-Type"]) == (200, "text/html; charset=utf-8")

    @pytest.mark.parametrize(("path", "status"), [(APPS, 401), (f"{APPS}/hello", 401), ("/api/v1/nothing", 404)])
    def test_is_refused_without_a_session(self, db: None, path: str, status: int) -> None:
        assert DjangoClient().get(path, headers={"Accept": "text/html"}).status_code == status

    def test_needs_a_csrf_token_to_write(self, browser: DjangoClient) -> None:
        response = browser.post(APPS, {"name": "hello"}, content_type="application/json")

        assert is_error(response, 403, "forbidden")

    def test_needs_none_when_a_token_speaks_for_it(self, browser: DjangoClient, world: World) -> None:
        headers = {"Authorization": f"Bearer {world.token(world.alice)}"}

        response = browser.post(APPS, {"name": "hello"}, content_type="application/json", headers=headers)

        assert response.status_code == 201

    def test_is_nobody_when_a_wrong_token_speaks_for_it(self, browser: DjangoClient) -> None:
        assert is_error(browser.get(APPS, headers={"Authorization": "Bearer slw_wrong"}), 401, "unauthenticated")


class TestThroughAServer:
    """The same through uvicorn, where requests come as bytes and bodies in chunks."""

    @pytest.mark.parametrize("path", [f"{APPS}/", f"{APPS}/hello/", "/api/v1/", f"{APPS}/hello/deployments/"])
    def test_a_slash_too_many_is_not_found(self, server: LiveServer, world: World, path: str) -> None:
        world.app()

        with server.client(world.token(world.alice)) as client:
            response = client.post(path, json={"name": "x"}, follow_redirects=False)

        assert (response.status_code, response.json()["code"]) == (404, "not_found")

    @pytest.mark.parametrize("size_bytes", [100, 3 * 1024 * 1024])
    def test_a_chunked_archive_is_whole(self, server: LiveServer, world: World, size_bytes: int) -> None:
        content = b"x" * size_bytes

        told = _chunked(server, world, content, "application/gzip")

        assert (told["state"], told["bundle"]) == ("queued", world.bundle(content).digest)

    @pytest.mark.parametrize("size_bytes", [100, 3 * 1024 * 1024])
    def test_a_chunked_form_is_whole(self, server: LiveServer, world: World, size_bytes: int) -> None:
        content = b"x" * size_bytes
        head = b'--b\r\nContent-Disposition: form-data; name="source"; filename="a.tgz"\r\n\r\n'

        told = _chunked(server, world, head + content + b"\r\n--b--\r\n", "multipart/form-data; boundary=b")

        assert (told["state"], told["bundle"]) == ("queued", world.bundle(content).digest)

    def test_a_chunked_object_is_read(self, server: LiveServer, world: World) -> None:
        told = _chunked(server, world, b'{"bundle": "active"}', "application/json")

        assert told["code"] == "conflict"


def _chunked(server: LiveServer, world: World, body: bytes, content_type: str) -> dict[str, Any]:
    """The answer to a body sent in chunks, without a Content-Length."""
    world.app()
    connection = http.HTTPConnection("127.0.0.1", server.port, timeout=30)
    headers = {"Authorization": f"Bearer {world.token(world.alice)}", "Content-Type": content_type}
    pieces = (body[start : start + 65_536] for start in range(0, len(body), 65_536))
    connection.request("POST", f"{APPS}/hello/deployments", pieces, headers, encode_chunked=True)
    content: dict[str, Any] = json.loads(connection.getresponse().read())
    connection.close()
    return content
