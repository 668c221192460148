import base64
import json
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from deployments import layout
from deployments.models import FileUsage, WorkspaceFile
from deployments.operations import file_contents
from tests.deployments.api.clients import Client
from tests.workspaces.api.databricks.dialect import done, error
from tests.world import World
from workspaces.models import AuditEvent

FILES = "/api/2.0/workspace"
RAW = "/api/2.0/workspace-files/import-file"
HOME = "/Workspace/Users/alice@example.org"
BOBS = "/Workspace/Users/bob@example.org"
SHARED = "/Workspace/Shared"
NOTEBOOK = b"# Databricks notebook source\nprint(1)\n"


def upload(client: Client, path: str, content: bytes = b"x = 1\n", **fields: str) -> Any:
    form = {"path": path, "format": "AUTO", **fields, "content": SimpleUploadedFile("content", content)}
    return client.upload(f"{FILES}/import", form)


def told(client: Client, path: str) -> Any:
    return client.get(f"{FILES}/get-status", query_params={"path": path})


def listed(client: Client, path: str) -> list[tuple[str, str]]:
    answer = client.get(f"{FILES}/list", query_params={"path": path})
    assert answer.status_code == 200, answer.content
    return [(one["path"], one["object_type"]) for one in answer.json()["objects"]]


def content(client: Client, path: str, **query: str) -> bytes:
    answer = client.get(f"{FILES}/export", query_params={"path": path, "direct_download": "true", **query})
    assert answer.status_code == 200, answer.content
    return async_to_sync(_all_of)(answer)


async def _all_of(answer: Any) -> bytes:
    return b"".join([chunk async for chunk in answer])


def on_disk(world: World) -> list[Path]:
    return list((settings.HOME.files / world.alice.workspace.uuid.hex).glob("*/*"))


class TestMakeFolder:
    def test_makes_all_on_the_way(self, alice: Client) -> None:
        assert done(alice.post(f"{FILES}/mkdirs", {"path": f"{HOME}/a/b/"}))

        assert told(alice, f"{HOME}/a").json()["object_type"] == "DIRECTORY"
        assert listed(alice, f"{HOME}/a") == [(f"{HOME}/a/b", "DIRECTORY")]

    def test_changes_nothing_a_second_time(self, alice: Client) -> None:
        alice.post(f"{FILES}/mkdirs", {"path": f"{HOME}/a"})

        assert done(alice.post(f"{FILES}/mkdirs", {"path": "/Users/alice@example.org//a/."}))
        assert WorkspaceFile.objects.count() == 1

    @pytest.mark.parametrize("path", ["/", "/Workspace", "/Users", HOME, SHARED])
    def test_takes_what_always_exists(self, alice: Client, path: str) -> None:
        assert done(alice.post(f"{FILES}/mkdirs", {"path": path}))

    def test_is_stopped_by_a_file(self, alice: Client, folder: str) -> None:
        answer = alice.post(f"{FILES}/mkdirs", {"path": f"{folder}/app.py/x"})

        assert error(answer) == (400, "RESOURCE_ALREADY_EXISTS")

    @pytest.mark.parametrize("path", [BOBS, f"{BOBS}/a", "/Users/nobody@example.org/a", "/Repos/a", "/etc", "/Users/x"])
    def test_is_for_ones_own_places(self, bob: Client, alice: Client, path: str, world: World) -> None:
        charlie = Client(world.token(world.charlie))

        assert error(charlie.post(f"{FILES}/mkdirs", {"path": path})) == (403, "PERMISSION_DENIED")
        assert not WorkspaceFile.objects.exists()

    @pytest.mark.parametrize("path", [f"{HOME}/../bob@example.org", f"{HOME}/a\0b", f"{HOME}/a\nb", f"{HOME}/a\u202eb"])
    def test_refuses_names_that_no_file_may_have(self, alice: Client, path: str) -> None:
        assert error(alice.post(f"{FILES}/mkdirs", {"path": path})) == (400, "INVALID_PARAMETER_VALUE")

    @pytest.mark.parametrize("names", [["x" * 256], ["x"] * 33, ["x" * 200] * 3, ["x" * 3000]])
    def test_refuses_what_no_source_may_hold(self, alice: Client, names: list[str]) -> None:
        answer = alice.post(f"{FILES}/mkdirs", {"path": "/".join([HOME, *names])})

        assert error(answer) == (400, "INVALID_PARAMETER_VALUE")


class TestImport:
    def test_keeps_a_file_as_it_is(self, alice: Client, folder: str) -> None:
        assert done(upload(alice, f"{folder}/größe 1%.txt", b"\x00\xff"))

        assert content(alice, f"{folder}/größe 1%.txt") == b"\x00\xff"
        assert told(alice, f"{folder}/größe 1%.txt").json()["size"] == 2

    def test_takes_base64_in_json(self, alice: Client, folder: str) -> None:
        body = {"path": f"{folder}/a.bin", "format": "AUTO", "content": base64.b64encode(b"\x00\x01").decode()}

        assert done(alice.post(f"{FILES}/import", json.dumps(body), content_type="text/json"))

        assert content(alice, f"{folder}/a.bin") == b"\x00\x01"

    def test_takes_an_empty_file(self, alice: Client, folder: str) -> None:
        assert done(upload(alice, f"{folder}/__init__.py", b""))
        assert done(alice.post(f"{FILES}/import", {"path": f"{folder}/b.py", "format": "RAW", "content": ""}))

        assert content(alice, f"{folder}/__init__.py") == b""

    def test_makes_a_notebook_of_a_language(self, alice: Client, folder: str) -> None:
        assert done(upload(alice, f"{folder}/main", b"print(1)\n", format="SOURCE", language="PYTHON"))

        status = told(alice, f"{folder}/main").json()
        assert (status["object_type"], status["language"]) == ("NOTEBOOK", "PYTHON")
        assert content(alice, f"{folder}/main") == NOTEBOOK

    def test_recognises_a_notebook(self, alice: Client, folder: str) -> None:
        assert done(upload(alice, f"{folder}/etl.py", NOTEBOOK))

        assert told(alice, f"{folder}/etl").json()["object_type"] == "NOTEBOOK"
        assert error(told(alice, f"{folder}/etl.py")) == (404, "RESOURCE_DOES_NOT_EXIST")
        assert content(alice, f"{folder}/etl") == NOTEBOOK

    def test_does_not_take_a_file_for_a_notebook_that_is_raw(self, alice: Client, folder: str) -> None:
        assert done(upload(alice, f"{folder}/etl.py", NOTEBOOK, format="RAW"))

        assert told(alice, f"{folder}/etl.py").json()["object_type"] == "FILE"

    def test_replaces_only_when_asked(self, alice: Client, folder: str) -> None:
        assert error(upload(alice, f"{folder}/app.py", b"new")) == (400, "RESOURCE_ALREADY_EXISTS")
        assert content(alice, f"{folder}/app.py") == b"print('hello')\n"

        assert done(upload(alice, f"{folder}/app.py", b"new", overwrite="true"))
        assert content(alice, f"{folder}/app.py") == b"new"

    def test_never_replaces_a_folder(self, alice: Client, folder: str) -> None:
        assert error(upload(alice, folder, overwrite="true")) == (400, "RESOURCE_ALREADY_EXISTS")
        assert error(upload(alice, HOME, overwrite="true")) == (400, "RESOURCE_ALREADY_EXISTS")

    def test_wants_the_folder_first(self, alice: Client, folder: str) -> None:
        assert error(upload(alice, f"{HOME}/none/app.py")) == (404, "RESOURCE_DOES_NOT_EXIST")
        assert error(upload(alice, f"{folder}/app.py/b.py")) == (404, "RESOURCE_DOES_NOT_EXIST")

    @pytest.mark.parametrize(
        "fields", [{"format": "DBC"}, {"format": "SOURCE", "language": "COBOL"}, {"overwrite": "?"}]
    )
    def test_refuses_what_it_does_not_know(self, alice: Client, folder: str, fields: dict[str, str]) -> None:
        assert error(upload(alice, f"{folder}/x", **fields)) == (400, "INVALID_PARAMETER_VALUE")

    @pytest.mark.parametrize("body", [{}, {"content": "?"}, {"content": None}])
    def test_refuses_json_without_base64(self, alice: Client, folder: str, body: dict[str, Any]) -> None:
        answer = alice.post(f"{FILES}/import", {"path": f"{folder}/x", "format": "AUTO", **body})

        assert error(answer) == (400, "INVALID_PARAMETER_VALUE")

    def test_refuses_a_large_file_in_json(self, alice: Client, folder: str) -> None:
        large = base64.b64encode(bytes(10 * 1024 * 1024 + 1)).decode()

        answer = alice.post(f"{FILES}/import", {"path": f"{folder}/x", "format": "AUTO", "content": large})

        assert error(answer) == (400, "RESOURCE_LIMIT_EXCEEDED")


class TestImportFile:
    def test_takes_the_body_as_it_is(self, alice: Client, folder: str) -> None:
        address = f"{RAW}/Users%2Falice%40example.org%2Fhello%2Fa%20b.json?overwrite=true"

        assert done(alice.post(address, b'{"not": "a request"}', content_type="application/octet-stream"))
        assert done(alice.post(address, b"{}", content_type="application/json"))
        assert content(alice, f"{folder}/a b.json") == b"{}"

    def test_takes_an_empty_body(self, alice: Client, folder: str) -> None:
        assert done(alice.post(f"{RAW}{folder}/py.typed?overwrite=true", b"", content_type="application/octet-stream"))

        assert content(alice, f"{folder}/py.typed") == b""

    def test_says_as_a_conflict_that_a_file_exists(self, alice: Client, folder: str) -> None:
        address = f"{RAW}{folder}/app.py?overwrite=false"

        assert error(alice.post(address, b"x", content_type="text/plain")) == (409, "RESOURCE_ALREADY_EXISTS")

    def test_says_otherwise_that_a_notebook_exists(self, alice: Client, folder: str) -> None:
        upload(alice, f"{folder}/etl.py", NOTEBOOK)

        answer = alice.post(f"{RAW}{folder}/etl.py?overwrite=false", NOTEBOOK, content_type="text/plain")

        assert error(answer) == (400, "RESOURCE_ALREADY_EXISTS")
        assert "already exists." in answer.json()["message"]

    def test_wants_the_folder_first(self, alice: Client) -> None:
        answer = alice.post(f"{RAW}{HOME}/none/a.py?overwrite=true", b"x", content_type="text/plain")

        assert error(answer) == (404, "RESOURCE_DOES_NOT_EXIST")


class TestList:
    def test_begins_at_the_top(self, alice: Client) -> None:
        assert listed(alice, "/") == [("/Shared", "DIRECTORY"), ("/Users", "DIRECTORY")]
        assert listed(alice, "/Users") == [("/Users/alice@example.org", "DIRECTORY")]
        assert listed(alice, HOME) == []

    def test_names_paths_as_the_question_does(self, alice: Client, folder: str) -> None:
        assert listed(alice, folder) == [(f"{folder}/app.py", "FILE")]
        assert listed(alice, folder.removeprefix("/Workspace")) == [("/Users/alice@example.org/hello/app.py", "FILE")]

    def test_of_a_file_is_the_file(self, alice: Client, folder: str) -> None:
        assert listed(alice, f"{folder}/app.py") == [(f"{folder}/app.py", "FILE")]

    def test_holds_no_grandchildren(self, alice: Client, folder: str) -> None:
        assert listed(alice, HOME) == [(folder, "DIRECTORY")]

    def test_gives_each_a_number(self, alice: Client, folder: str) -> None:
        paths = ["/", "/Users", "/Shared", HOME, folder, f"{folder}/app.py"]

        assert len({told(alice, path).json()["object_id"] for path in paths}) == len(paths)

    def test_takes_as_many_queries_for_many(self, alice: Client, folder: str, django_assert_num_queries: Any) -> None:
        for number in range(5):
            upload(alice, f"{folder}/{number}.txt")

        with django_assert_num_queries(4):
            listed(alice, folder)


class TestOthers:
    def test_see_nothing_of_it(self, bob: Client, folder: str) -> None:
        for path in (HOME, folder, f"{folder}/app.py", "/Users/nobody@example.org"):
            assert error(told(bob, path)) == (404, "RESOURCE_DOES_NOT_EXIST")
            assert error(bob.get(f"{FILES}/list", query_params={"path": path})) == (404, "RESOURCE_DOES_NOT_EXIST")
            assert error(bob.get(f"{FILES}/export", query_params={"path": path})) == (404, "RESOURCE_DOES_NOT_EXIST")
        assert listed(bob, "/Users") == [("/Users/bob@example.org", "DIRECTORY")]

    def test_change_nothing_of_it(self, bob: Client, folder: str) -> None:
        assert error(upload(bob, f"{folder}/x.py")) == (403, "PERMISSION_DENIED")
        delete = bob.post(f"{FILES}/delete", {"path": folder, "recursive": True})
        assert error(delete) == (404, "RESOURCE_DOES_NOT_EXIST")
        assert WorkspaceFile.objects.count() == 2

    def test_share_one_folder(self, alice: Client, bob: Client) -> None:
        assert done(upload(bob, f"{SHARED}/notes.txt", b"from bob"))

        assert content(alice, f"{SHARED}/notes.txt") == b"from bob"
        assert done(alice.post(f"{FILES}/delete", {"path": f"{SHARED}/notes.txt"}))

    def test_of_another_workspace_have_a_tree_of_their_own(self, alice: Client, charlie: Client, folder: str) -> None:
        upload(alice, f"{SHARED}/notes.txt")

        assert listed(charlie, SHARED) == []
        assert error(told(charlie, folder)) == (404, "RESOURCE_DOES_NOT_EXIST")
        assert done(upload(charlie, f"{SHARED}/notes.txt", b"charlie's"))
        assert content(alice, f"{SHARED}/notes.txt") == b"x = 1\n"

    def test_are_open_to_admins(self, alice: Client, bob: Client) -> None:
        upload(bob, f"{BOBS}/a.py", b"bob's")

        assert listed(alice, "/Users") == [
            ("/Users/alice@example.org", "DIRECTORY"),
            ("/Users/bob@example.org", "DIRECTORY"),
        ]
        assert content(alice, f"{BOBS}/a.py") == b"bob's"
        assert done(alice.post(f"{FILES}/delete", {"path": f"{BOBS}/a.py"}))

    def test_are_not_looked_for_beyond_the_workspace(self, alice: Client) -> None:
        assert error(told(alice, "/Users/charlie@example.org")) == (404, "RESOURCE_DOES_NOT_EXIST")


class TestDelete:
    def test_takes_a_file_with_its_content(
        self, alice: Client, folder: str, world: World, django_capture_on_commit_callbacks: Any
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            assert done(alice.post(f"{FILES}/delete", {"path": f"{folder}/app.py"}))

        assert error(told(alice, f"{folder}/app.py")) == (404, "RESOURCE_DOES_NOT_EXIST")
        assert on_disk(world) == []

    def test_takes_a_folder_only_with_all_that_is_in_it(
        self, alice: Client, folder: str, world: World, django_capture_on_commit_callbacks: Any
    ) -> None:
        upload(alice, f"{HOME}/hello.txt", b"a neighbour")

        assert error(alice.post(f"{FILES}/delete", {"path": folder})) == (400, "DIRECTORY_NOT_EMPTY")
        with django_capture_on_commit_callbacks(execute=True):
            assert done(alice.post(f"{FILES}/delete", {"path": folder, "recursive": True}))

        assert listed(alice, HOME) == [(f"{HOME}/hello.txt", "FILE")]
        assert len(on_disk(world)) == 1

    def test_keeps_a_content_that_others_have(
        self, alice: Client, folder: str, django_capture_on_commit_callbacks: Any
    ) -> None:
        upload(alice, f"{folder}/copy.py", b"print('hello')\n")

        with django_capture_on_commit_callbacks(execute=True):
            alice.post(f"{FILES}/delete", {"path": f"{folder}/app.py"})

        assert content(alice, f"{folder}/copy.py") == b"print('hello')\n"

    @pytest.mark.parametrize("path", ["/", "/Users", HOME, SHARED])
    def test_leaves_what_always_exists(self, alice: Client, path: str, folder: str) -> None:
        answer = alice.post(f"{FILES}/delete", {"path": path, "recursive": True})

        assert error(answer) == (400, "INVALID_PARAMETER_VALUE")
        assert WorkspaceFile.objects.count() == 2

    def test_finds_nothing_where_nothing_is(self, alice: Client) -> None:
        assert error(alice.post(f"{FILES}/delete", {"path": f"{HOME}/none"})) == (404, "RESOURCE_DOES_NOT_EXIST")

    def test_reads_no_wildcards(self, alice: Client, folder: str) -> None:
        alice.post(f"{FILES}/mkdirs", {"path": f"{HOME}/h%o"})

        assert done(alice.post(f"{FILES}/delete", {"path": f"{HOME}/h%o", "recursive": True}))
        assert listed(alice, folder) != []


class TestExport:
    def test_answers_in_base64(self, alice: Client, folder: str) -> None:
        answer = alice.get(f"{FILES}/export", query_params={"path": f"{folder}/app.py", "format": "AUTO"})

        assert answer.json() == {"content": base64.b64encode(b"print('hello')\n").decode(), "file_type": "py"}

    def test_gives_no_browser_anything_to_run(self, alice: Client, folder: str) -> None:
        upload(alice, f"{folder}/a.html", b"<script>")

        answer = alice.get(f"{FILES}/export", query_params={"path": f"{folder}/a.html", "direct_download": "true"})

        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["Content-Disposition"] == "attachment"
        assert answer["X-Content-Type-Options"] == "nosniff"

    def test_takes_no_folder(self, alice: Client, folder: str) -> None:
        answer = alice.get(f"{FILES}/export", query_params={"path": folder})

        assert error(answer) == (400, "INVALID_PARAMETER_VALUE")

    def test_says_when_the_content_is_lost(self, alice: Client, folder: str, world: World) -> None:
        on_disk(world)[0].unlink()

        answer = alice.get(f"{FILES}/export", query_params={"path": f"{folder}/app.py"})

        assert error(answer) == (404, "RESOURCE_DOES_NOT_EXIST")
        assert str(settings.HOME.root) not in answer.json()["message"]


class TestLimits:
    def test_end_a_workspace_that_holds_too_much(self, alice: Client, folder: str, settings: Any) -> None:
        settings.WORKSPACE_FILES_MAX_BYTES = 20

        assert error(upload(alice, f"{folder}/x", b"123456")) == (400, "RESOURCE_LIMIT_EXCEEDED")
        assert done(upload(alice, f"{folder}/x", b"12345"))
        assert done(upload(alice, f"{folder}/x", b"54321", overwrite="true"))
        assert done(alice.post(f"{FILES}/delete", {"path": f"{folder}/x"}))
        assert done(upload(alice, f"{folder}/y", b"12345"))

    def test_end_a_workspace_that_holds_too_many(self, alice: Client, folder: str, settings: Any) -> None:
        settings.WORKSPACE_FILES_MAX = 3

        assert done(upload(alice, f"{folder}/x"))
        assert error(upload(alice, f"{folder}/y")) == (400, "RESOURCE_LIMIT_EXCEEDED")
        assert error(alice.post(f"{FILES}/mkdirs", {"path": f"{folder}/z"})) == (400, "RESOURCE_LIMIT_EXCEEDED")
        assert FileUsage.objects.get().entries == 3

    def test_end_a_file_that_is_too_large(self, alice: Client, folder: str, settings: Any, world: World) -> None:
        settings.UPLOAD_MAX_BYTES = 4

        assert error(upload(alice, f"{folder}/x", b"12345")) == (400, "RESOURCE_LIMIT_EXCEEDED")
        assert len(on_disk(world)) == 1

    def test_are_another_workspaces_own(self, alice: Client, charlie: Client, folder: str, settings: Any) -> None:
        settings.WORKSPACE_FILES_MAX_BYTES = 20

        assert done(upload(charlie, f"{SHARED}/x", b"x" * 20))


class TestContents:
    def test_go_when_they_are_replaced(
        self, alice: Client, folder: str, world: World, django_capture_on_commit_callbacks: Any
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            upload(alice, f"{folder}/app.py", b"new", overwrite="true")

        assert [path.read_bytes() for path in on_disk(world)] == [b"new"]

    def test_stay_when_the_same_comes_again(self, alice: Client, folder: str, world: World) -> None:
        assert done(upload(alice, f"{folder}/app.py", b"print('hello')\n", overwrite="true"))

        assert len(on_disk(world)) == 1

    def test_of_a_crash_are_found(self, alice: Client, folder: str, world: World) -> None:
        orphan = layout.file_content(world.alice.workspace, "sha256:" + "ab" * 32)
        orphan.parent.mkdir(parents=True, exist_ok=True)
        orphan.write_bytes(b"nobody's")
        gone = settings.HOME.files / ("0" * 32)
        gone.mkdir()

        assert file_contents.collect_leftovers() == 1

        assert not orphan.exists()
        assert not gone.exists()
        assert content(alice, f"{folder}/app.py") == b"print('hello')\n"


class TestAudit:
    def test_names_what_was_done(self, alice: Client, folder: str) -> None:
        alice.post(f"{FILES}/delete", {"path": folder, "recursive": True})

        rows = AuditEvent.objects.filter(object_type="workspace file").order_by("pk")
        assert [(row.verb, row.object_name) for row in rows] == [
            ("made", "/Users/alice@example.org/hello"),
            ("wrote", "/Users/alice@example.org/hello/app.py"),
            ("deleted", "/Users/alice@example.org/hello"),
        ]
