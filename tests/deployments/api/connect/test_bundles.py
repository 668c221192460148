"""Uploads, in each way in which clients send them."""

import http.client
import io
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from deployments.models import Bundle, State, Upload
from tests.deployments.api.clients import Client
from tests.deployments.api.connect.dialect import CONTENT, bring, deploy, error, upload
from tests.deployments.api.live import LiveServer
from tests.world import World
from workspaces.models import AuditEvent


class TestUpload:
    def test_takes_the_archive_whatever_it_is_called(self, alice: Client, address: str, content: Any) -> None:
        told = alice.post(f"{address}/bundles", b"archive", content_type="application/gzip").json()

        assert (told["content_guid"], told["active"], told["size"]) == (content["guid"], False, 7)
        assert told["id"] == str(Bundle.objects.get().pk)
        assert AuditEvent.objects.filter(verb="uploaded", details__app="my-app").count() == 1

    def test_takes_a_form_with_metadata(self, alice: Client, address: str) -> None:
        archive = SimpleUploadedFile("bundle.tar.gz", b"archive", "application/x-tar")
        metadata = {"source": "git", "source_commit": "abc-dirty"}

        told = alice.upload(f"{address}/bundles", {"archive": archive, "metadata": json.dumps(metadata)}).json()

        assert told["metadata"].items() >= metadata.items()
        assert Upload.objects.get().metadata == metadata

    def test_is_the_same_bundle_for_the_same_bytes(self, alice: Client, address: str) -> None:
        assert upload(alice, address) == upload(alice, address)

    @pytest.mark.parametrize("metadata", ["{", "[]", '{"a": 1}', json.dumps({"a": "x" * 1001}), '{"a": "\\u0000"}'])
    def test_refuses_metadata_that_is_none(self, alice: Client, address: str, metadata: str) -> None:
        archive = SimpleUploadedFile("bundle.tar.gz", b"archive")

        answer = alice.upload(f"{address}/bundles", {"archive": archive, "metadata": metadata})

        assert error(answer) == (400, 25)
        assert not Bundle.objects.exists()

    def test_refuses_nothing(self, alice: Client, address: str) -> None:
        assert error(alice.post(f"{address}/bundles", b"", content_type="application/gzip")) == (400, 25)
        assert error(alice.upload(f"{address}/bundles", {"metadata": "{}"})) == (400, 25)

    def test_is_for_the_workspace_alone(self, charlie: Client, address: str) -> None:
        assert error(charlie.post(f"{address}/bundles", b"x", content_type="application/gzip")) == (404, 4)
        assert not Bundle.objects.exists()


class TestChunked:
    """As rsconnect does it: neither a length nor a type."""

    def test_arrives_whole(self, server: LiveServer, world: World) -> None:
        address = f"{CONTENT}/{world.app('chunked').uuid}"
        client = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
        body = io.BytesIO(b"x" * 300_000)

        client.request(
            "POST", f"{address}/bundles", _pieces(body), {"Authorization": f"Key {world.token(world.alice)}"}
        )
        told = json.loads(client.getresponse().read())

        assert told["size"] == 300_000


class TestFind:
    def test_lists_what_was_uploaded_and_what_was_deployed(self, alice: Client, address: str) -> None:
        first, second = upload(alice, address, b"1"), upload(alice, address, b"2")
        bring(deploy(alice, address, bundle_id=first), State.ACTIVE)

        found = alice.get(f"{address}/bundles").json()

        assert [(one["id"], one["active"], one["py_version"]) for one in found] == [
            (second, False, None),
            (first, True, "3.11.7"),
        ]

    def test_asks_as_often_for_many(self, alice: Client, address: str) -> None:
        counts = []
        for archives in ([b"1"], [b"2", b"3", b"4"]):
            for archive in archives:
                deploy(alice, address, bundle_id=upload(alice, address, archive))
            with CaptureQueriesContext(connection) as queries:
                alice.get(f"{address}/bundles")
            counts.append(len(queries))

        assert counts[0] == counts[1]

    def test_finds_one(self, alice: Client, address: str) -> None:
        bundle_id = upload(alice, address)

        assert alice.get(f"{address}/bundles/{bundle_id}").json()["id"] == bundle_id

    @pytest.mark.parametrize("bundle_id", ["0", "999999", "x", "-1", "9" * 30, "%00", "1.0"])
    def test_does_not_find_others(self, alice: Client, address: str, bundle_id: str) -> None:
        assert error(alice.get(f"{address}/bundles/{bundle_id}")) == (404, 4)

    def test_does_not_find_those_of_another_app(self, alice: Client, address: str, world: World) -> None:
        elsewhere = upload(alice, f"{CONTENT}/{world.app('other').uuid}")

        assert error(alice.get(f"{address}/bundles/{elsewhere}")) == (404, 4)
        assert error(alice.post(f"{address}/deploy", {"bundle_id": elsewhere})) == (404, 4)


class TestDownload:
    def test_gives_the_archive_back(self, server: LiveServer, world: World) -> None:
        app = world.app("back")
        with server.client(world.token(world.alice)) as client:
            address = f"{CONTENT}/{app.uuid}/bundles"
            bundle_id = client.post(address, content=b"x" * 200_000).json()["id"]

            answer = client.get(f"{address}/{bundle_id}/download")

        assert (answer.content, answer.headers["content-type"]) == (b"x" * 200_000, "application/gzip")

    def test_is_refused_to_a_stranger(self, alice: Client, charlie: Client, address: str) -> None:
        bundle_id = upload(alice, address)

        assert error(charlie.get(f"{address}/bundles/{bundle_id}/download")) == (404, 4)


def _pieces(body: io.BytesIO) -> Iterator[bytes]:
    while piece := body.read(65536):
        yield piece
